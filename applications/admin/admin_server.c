/* Routes about the server as a whole. */
#include "admin_app.h"
#include "admin_assets.h"
#include "admin_json.h"
#include "host/describe.h"
#include "host/notice.h"
#include "host/reload.h"


/* -- without a token -- */

void admin_get_health(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	bool is_draining = atomic_load(&admin->server->is_draining);

	(void)args;
	http_exchange_answer(x, &(struct http_answer){
		.status = is_draining ? 503 : 200,
		.type = "application/json",
		.body = is_draining ? slice("{\"status\":\"draining\"}", 21)
				    : slice("{\"status\":\"ok\"}", 15),
	});
}


void admin_get_openapi(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	const struct admin_asset *asset =
		admin_assets_find(str("openapi.json"));

	(void)admin;
	(void)args;
	http_exchange_answer(x, &(struct http_answer){
		.type = asset->type,
		.body = admin_asset_bytes(asset),
		.etag = str(asset->etag),
		.max_age_s = -1,
	});
}


/* -- reports -- */

static void describe_server(struct report *r, struct admin *admin)
{
	server_describe(r, admin->host->setup, DESCRIBE_WORKERS);
}


void admin_get_server(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_server,
			    &admin->server_answer);
}


static void describe_workers(struct report *r, struct admin *admin)
{
	report_open(r, NULL);
	report_list_open(r, "workers");
	for (unsigned i = 0; i < admin->server->n_hosts; i++)
		worker_describe(r, &admin->server->hosts[i]);
	report_list_close(r);
	report_close(r);
}


void admin_get_workers(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_workers, NULL);
}


static void describe_applications(struct report *r, struct admin *admin)
{
	report_open(r, NULL);
	report_list_open(r, "applications");
	for (size_t i = 0; i < admin->host->setup->n_apps; i++)
		application_describe(r, &admin->host->setup->apps[i]);
	report_list_close(r);
	report_close(r);
}


void admin_get_applications(struct admin *admin, struct http_exchange *x,
			    const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_applications,
			    NULL);
}


static void describe_acceptors(struct report *r, struct admin *admin)
{
	report_open(r, NULL);
	report_list_open(r, "acceptors");
	for (size_t i = 0; i < admin->host->setup->n_bindings; i++)
		binding_describe(r, &admin->host->setup->bindings[i]);
	report_list_close(r);
	report_close(r);
}


void admin_get_acceptors(struct admin *admin, struct http_exchange *x,
			 const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_acceptors, NULL);
}


static void describe_counters(struct report *r, struct admin *admin)
{
	report_open(r, NULL);
	metrics_describe(r, &admin->server->metrics);
	report_close(r);
}


void admin_get_counters(struct admin *admin, struct http_exchange *x,
			const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_counters, NULL);
}


static void describe_config(struct report *r, struct admin *admin)
{
	config_describe(r, admin->host->setup->config);
}


void admin_get_config(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_config, NULL);
}


static void describe_metrics(struct report *r, struct admin *admin)
{
	server_describe(r, admin->host->setup, DESCRIBE_ALL);
	metrics_describe(r, &admin->server->metrics);
}


void admin_get_metrics(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_PROMETHEUS, describe_metrics,
			    &admin->metrics_answer);
}


/* -- actions -- */

void admin_post_drain(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	struct server *server = admin->server;
	bool is_draining = true;
	struct admin_field fields[] = {
		{ .name = "draining", .type = ADMIN_BOOL,
		  .value = &is_draining },
		{ .name = NULL }
	};

	(void)args;
	if (x->body.len && !admin_read_body(x, fields))
		return;

	if (atomic_exchange(&server->is_draining, is_draining) !=
	    is_draining) {
		log_info(server, is_draining ? "drains, by the API"
					     : "drains no longer, by the "
					       "API");
		if (is_draining)
			notice_emit(server, &(struct notice_facts){
				.type = NOTICE_SERVER_DRAIN });
	}
	admin_answer_nothing(x);
}


void admin_post_reload(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	(void)args;
	log_info(admin, "the API asks to read the configuration again");
	server_ask_reload();
	http_exchange_answer(x, &(struct http_answer){ .status = 202 });
}
