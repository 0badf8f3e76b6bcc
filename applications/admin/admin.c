/* admin: the API, the metrics and the console. */
#include "admin_app.h"
#include "admin_console.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/secret_file.h"


static int admin_load(struct application *app, void **shared)
{
	struct admin_shared *s = mem_zalloc(sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;

	s->is_metrics_open = config_bool(app->section, "openMetrics");
	err = admin_tokens_read(&s->tokens, app);
	if (err) {
		explicit_bzero(s, sizeof(*s));
		mem_free(s);
		return err;
	}
	*shared = s;

	return 0;
}


static void admin_unload(void *shared)
{
	struct admin_shared *s = shared;

	explicit_bzero(&s->tokens, sizeof(s->tokens));
	mem_free(s);
}


/* -- how to use it -- */

static const struct binding *find_http(const struct application *app)
{
	const struct setup *setup = app->setup;

	for (size_t i = 0; i < setup->n_bindings; i++) {
		const struct binding *b = &setup->bindings[i];

		if (b->app == app && !b->recipe.is_datagram)
			return b;
	}

	return NULL;
}


/* A token with which all can be done, of the file if there is one: those of
 * the configuration are known to who wrote it. */
static const struct admin_token *find_token(const struct admin_tokens *tokens)
{
	const struct admin_token *best = NULL;

	for (size_t i = 0; i < tokens->n; i++) {
		if (!best || tokens->at[i].role >= best->role)
			best = &tokens->at[i];
	}

	return best;
}


static int admin_credentials(const struct application *app, struct str user,
			     struct writer *out)
{
	const struct admin_shared *s = app->shared;
	const struct admin_token *token = find_token(&s->tokens);
	const struct binding *b = find_http(app);
	char at[ADDR_TEXT_MAX] = "127.0.0.1:8081";

	(void)user;
	if (!token) {
		const char *path = config_str(app->section, "tokenFile");

		put_fmt(out, "%s: %s%s", app->name, path[0]
			? "the first start makes tokens in "
			: "there are no tokens: set tokens or tokenFile",
			path);
		return out->err;
	}

	if (b)
		addr_print(&b->addr, at);
	put_fmt(out, "Console and API: http://%s/\n  token (%s): ", at,
		token->role == ADMIN_WRITE ? "read and write" : "read");
	put_str(out, str_n(token->text, token->len));
	put_fmt(out, "\n  curl -H \"Authorization: Bearer $TOKEN\" "
		"http://%s/api/v1/server\n", at);

	return out->err;
}


/* -- on a worker -- */

static int admin_open(const struct application *app, struct host *host,
		      void **data)
{
	struct admin *admin = mem_zalloc(sizeof(*admin));

	if (!admin)
		return -ENOMEM;

	admin->log.category = "admin";
	admin->app = app;
	admin->shared = app->shared;
	admin->host = host;
	admin->server = host->server;
	admin_events_init(&admin->events, &host->server->notices,
			  &host->worker.loop);
	*data = admin;

	return 0;
}


static void admin_close(void *data)
{
	struct admin *admin = data;

	admin_events_fini(&admin->events);
	chunk_unref(admin->server_answer.chunk);
	chunk_unref(admin->metrics_answer.chunk);
	mem_free(admin);
}


static bool admin_on_http(void *data, struct http_exchange *x)
{
	return admin_dispatch(data, x) || admin_console_on_http(x);
}


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "admin",
	.keys = admin_keys,
	.load = admin_load,
	.unload = admin_unload,
	.credentials = admin_credentials,
	.open = admin_open,
	.on_http = admin_on_http,
	.close = admin_close,
};
