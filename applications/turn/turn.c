/* turn: a STUN and TURN server for whom its configuration lets in.  The
 * engine is protocols/turn; this tells it what the keys say. */
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/server.h"
#include "turn/turn_server.h"
#include "turn_app.h"
#include "turn_app_keys.h"

enum { SECOND_US = 1000000 };

/* onCredentials on one worker. */
struct ask {
	struct lua_hooks *hooks;
	int hook;                /* or negative */
};

/* app->shared. */
struct shared {
	struct turn_server *server; /* owned */
	struct turn_relay_conf relays[TURN_RELAYS_MAX]; /* as in its conf */
	size_t n_relays;
	uint16_t port_min, port_max;
	struct ask asks[];       /* one for each worker */
};


/* -- onCredentials -- */

static int ask(void *arg, const struct turn_auth_question *question,
	       struct turn_auth_answer *answer)
{
	const struct ask *a = arg;
	char ip[ADDR_TEXT_MAX];
	const struct lua_field fields[] = {
		{ .name = "user", .text = question->username },
		{ .name = "realm", .text = question->realm },
		{ .name = "address",
		  .text = str(addr_print_ip(question->from, ip)) },
	};
	struct lua_answer said;

	_Static_assert(sizeof(said.text) <= sizeof(answer->password),
		       "every answer has room");
	lua_hooks_ask_text(a->hooks, a->hook, fields, ARRAY_LEN(fields),
			   &said);
	if (said.verdict == LUA_LATER)
		return -EAGAIN;
	if (said.verdict != LUA_ALLOW)
		return -ENOENT;

	memcpy(answer->password, said.text, said.len);
	answer->len = said.len;
	answer->expires_s = 0;
	explicit_bzero(&said, sizeof(said));

	return 0;
}


/* -- slots -- */

static void log_relays(const struct application *app,
		       const struct shared *s)
{
	for (size_t i = 0; i < s->n_relays; i++) {
		const struct turn_relay_conf *relay = &s->relays[i];
		char ip[ADDR_TEXT_MAX], external[ADDR_TEXT_MAX];

		log_info(app, "relay %s%s%s ports=%u-%u",
			 addr_print_ip(&relay->ip, ip),
			 addr_eq(&relay->ip, &relay->external) ? "" : " as ",
			 addr_eq(&relay->ip, &relay->external) ? ""
			 : addr_print_ip(&relay->external, external),
			 s->port_min, s->port_max);
	}
}


static int read_keys(struct application *app, struct turn_conf *conf)
{
	const struct server *server = app->server;
	struct turn_app_net *net = mem_alloc(sizeof(*net));
	struct turn_app_reading r = {
		.log = app->log,
		.section = app->section,
		.apps = config_section(config_top(app->setup->config),
				       "applications"),
		.net = net,
		.ask = ask,
		.is_check = server->is_check,
	};
	int err;

	if (!net)
		return -ENOMEM;

	err = turn_app_net_read(net);
	if (err) {
		config_fail(app->section, NULL, "cannot tell the addresses "
			    "of this machine: %s", error_text(err));
		err = -EBADMSG;
	}
	if (!err)
		err = turn_app_read(&r);
	if (!err)
		*conf = r.conf;
	mem_free(net);

	return err;
}


/* The configuration is read again: what clients know stays good. */
static void follow(const struct application *app, struct shared *s)
{
	const struct setup *before = app->setup->before;
	const struct application *old =
		before ? setup_find_app(before, str(app->name)) : NULL;
	const struct shared *of_old = old ? old->shared : NULL;

	if (of_old && old->module == app->module)
		turn_server_follow(s->server, of_old->server);
}


static int turn_load(struct application *app, void **shared)
{
	unsigned n_workers = app->server->n_workers;
	struct turn_conf conf;
	struct shared *s;
	int err;

	s = mem_zalloc(sizeof(*s) + n_workers * sizeof(s->asks[0]));
	if (!s)
		return -ENOMEM;

	err = read_keys(app, &conf);
	if (err)
		goto no_server;

	memcpy(s->relays, conf.relays, sizeof(s->relays));
	s->n_relays = conf.n_relays;
	s->port_min = conf.port_min;
	s->port_max = conf.port_max;
	err = turn_server_new(&s->server, &conf, n_workers);
	if (err)
		goto no_server;
	follow(app, s);
	*shared = s;

	return 0;

 no_server:
	mem_free(s);
	return err;
}


static void turn_unload(void *shared)
{
	struct shared *s = shared;

	turn_server_free(s->server);
	mem_free(s);
}


static int turn_credentials(const struct application *app, struct str user,
			    struct writer *out)
{
	const struct shared *s = app->shared;

	return turn_app_usage(app, &s->relays[0].external, user,
			      clock_wall_us() / SECOND_US, out);
}


static int turn_open(const struct application *app, struct host *host,
		     void **data)
{
	struct shared *s = app->shared;
	struct ask *a = &s->asks[host->worker.index];
	const char *path = config_hook(app->section, "onCredentials");
	struct turn_worker *worker;
	int err;

	if (!host->worker.index)
		log_relays(app, s);
	a->hooks = host_instance(host, app)->lua;
	a->hook = path ? lua_hooks_find(a->hooks, path) : -ENOENT;
	if (path && a->hook < 0)
		return a->hook;

	err = turn_worker_new(&worker, s->server, host, a);
	if (!err)
		*data = worker;

	return err;
}


static size_t turn_describe(void *data, struct report *r, size_t from,
			    size_t *max)
{
	return turn_worker_describe(r, data, from, max);
}


static int turn_end(void *data, uint64_t id, const char *reason)
{
	return turn_worker_end(data, id, reason);
}


static void turn_reload(void *data, struct host *host,
			const struct application *next)
{
	const struct shared *s = next->shared;
	struct ask *a = turn_worker_ask_arg(data);
	const char *path = config_hook(next->section, "onCredentials");

	/* Without it, nobody is let in by it. */
	a->hooks = host->hooks;
	a->hook = path ? lua_hooks_find(a->hooks, path) : -ENOENT;
	turn_worker_adopt(data, s->server);
}


static void turn_close(void *data)
{
	turn_worker_free(data);
}


static const struct protocol *const protocols[] = { &turn_protocol, NULL };

static const struct application_chain chains[] = {
	{ "inboundTurn", "udp turn" },
	{ "inboundTcpTurn", "tcp tlsOrPlain turn" },
	{ "inboundTurns", "tcp tls turn" },
	{ NULL, NULL }
};

API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "turn",
	.keys = turn_app_keys,
	.protocols = protocols,
	.chains = chains,
	.load = turn_load,
	.unload = turn_unload,
	.credentials = turn_credentials,
	.open = turn_open,
	.objects = "allocations",
	.describe = turn_describe,
	.end = turn_end,
	.reload = turn_reload,
	.close = turn_close,
};
