/* Which application answers a request. */
#include "httpd/http_route.h"
#include "base/mem.h"
#include "host/server.h"
#include "http/http_text.h"


static int read_apps(struct http_conf *conf, const struct binding *b)
{
	size_t n = config_text_n(b->section, "alsoServes");

	conf->apps = mem_zalloc((n + 1) * sizeof(conf->apps[0]));
	if (!conf->apps)
		return -ENOMEM;

	conf->apps[conf->n_apps++] = b->app;
	for (size_t i = 0; i < n; i++) {
		const char *name = config_text_at(b->section, "alsoServes",
						  i);
		const struct application *app =
			setup_find_app(b->app->setup, str(name));

		if (!app) {
			config_fail(b->section, "alsoServes",
				    "there is no application \"%s\"", name);
			return -EBADMSG;
		}
		conf->apps[conf->n_apps++] = app;
	}

	return 0;
}


static int count_answers(struct http_conf *conf, struct metrics *metrics)
{
	static const char *const classes[HTTP_STATUS_CLASSES] = {
		"1xx", "2xx", "3xx", "4xx", "5xx",
	};
	int err = 0;

	for (int i = 0; i < HTTP_STATUS_CLASSES && !err; i++) {
		const struct metric_conf metric = {
			.type = METRIC_COUNTER,
			.name = "http_requests",
			.help = "Requests by HTTP, by how they were answered",
			.labels = { { "status", classes[i] } },
		};

		err = metric_new(&conf->answers[i], metrics, &metric);
	}

	return err;
}


int http_conf_new(struct http_conf **confp, struct binding *b)
{
	struct http_conf *conf = mem_zalloc(sizeof(*conf));
	int err;

	if (!conf)
		return -ENOMEM;

	conf->section = b->section;
	conf->has_access_log = config_bool(b->section, "accessLog");
	err = read_apps(conf, b);
	if (!err)
		err = count_answers(conf, &b->server->metrics);
	if (err) {
		http_conf_free(conf);
		return err;
	}

	*confp = conf;

	return 0;
}


void http_conf_free(struct http_conf *conf)
{
	if (!conf)
		return;

	for (int i = 0; i < HTTP_STATUS_CLASSES; i++)
		metric_unref(conf->answers[i]);
	mem_free(conf->apps);
	mem_free(conf);
}


static bool ask(struct http_exchange *x, const struct application *app)
{
	const struct instance *in = host_instance(x->host, app);

	return app->module->on_http && app->module->on_http(in->data, x);
}


static void ask_all(struct http_exchange *x, const struct http_conf *conf)
{
	for (size_t i = 0; i < conf->n_apps; i++) {
		if (ask(x, conf->apps[i]))
			return;
	}

	http_exchange_problem(x, 404, "nothing is known by this path");
}


void http_route(struct http_exchange *x, const struct http_conf *conf)
{
	const struct http_target *target = &x->request->target;
	char path[HTTP_PATH_MAX + 1];
	int len;

	if (target->form == HTTP_FORM_ASTERISK) {
		http_exchange_allows(x, "");
		return;
	}

	len = http_target_path(path, sizeof(path), target->path);
	if (len < 0) {
		http_exchange_problem(x, len == -EMSGSIZE ? 414 : 400,
				      "the path is %s", len == -EMSGSIZE
				      ? "too long" : "malformed");
		return;
	}

	x->path = str_n(path, (size_t)len);
	ask_all(x, conf);
	x->path = str(NULL);
}


/* NOTE: "*" is said to all, and who is not listed gets a Vary, since a cache may
 * give the answer to the page of another origin. */
const char *http_route_origin(const struct http_conf *conf,
			      const struct http_request *req)
{
	struct str origin = http_request_find(req, "Origin");
	size_t n = config_text_n(conf->section, "allowOrigins");

	for (size_t i = 0; i < n; i++) {
		const char *allowed = config_text_at(conf->section,
						     "allowOrigins", i);

		if (!strcmp(allowed, "*") ||
		    (origin.len && http_text_eq(origin, str(allowed))))
			return allowed;
	}

	return n ? "" : NULL;
}
