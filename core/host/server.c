/* The server: everything that main makes and hands down. */
#include "host/server.h"
#include <sched.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"


enum { SETTLE_TURNS = 100 };     /* for mail between stopped workers */


static unsigned n_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);

	return n > SERVER_WORKERS_MAX ? SERVER_WORKERS_MAX : (unsigned)n;
}


static int load_config(struct server *server, const char *path)
{
	int err = lua_source_new(&server->source, path);

	if (err) {
		fprintf(stderr, "cannot read %s: %s\n", path,
			error_text(err));
		return err;
	}

	return config_load(&server->config, server->source);
}


static void init_app(struct server *server, struct application *app,
		     const struct config_section *section, unsigned index)
{
	app->log.category = "application";
	app->log.id = index + 1; /* applications[1] is the first */
	app->server = server;
	app->section = section;
	app->name = config_str(section, "name");
	app->index = index;
	for (int i = 0; i < QUESTION_TYPES; i++)
		app->hooks[i] = config_hook(section, application_hook_key(
						    (enum question_type)i));
	app->close_hook = config_hook(section, "onClose");
	app->connections.max = (long)config_int(section, "maxConnections");
	app->connections_per_address =
		config_int(section, "maxConnectionsPerAddress");
	app->streams.max = (long)config_int(section, "maxStreams");
	app->waiting.max = (long)config_int(section, "maxWaiting");
	app->decision_timeout_ms = config_int(section, "decisionTimeoutMs");
}


/* Load what can be loaded, so that one run tells all errors. */
static int load_apps(struct server *server)
{
	const struct config_section *list =
		config_section(config_top(server->config), "applications");
	int failed = 0;

	server->apps = mem_zalloc(config_n(list) * sizeof(server->apps[0]));
	if (!server->apps)
		return -ENOMEM;
	server->n_apps = config_n(list);

	for (size_t i = 0; i < server->n_apps; i++) {
		int err;

		init_app(server, &server->apps[i], config_at(list, i),
			 (unsigned)i);
		err = application_load(&server->apps[i], &server->factory);
		failed = failed ? failed : err;
	}

	return failed;
}


/* One address may stand in one line only. */
static int check_address(const struct server *server,
			 const struct binding *last)
{
	for (const struct binding *b = server->bindings; b < last; b++) {
		if (b->recipe.is_datagram != last->recipe.is_datagram ||
		    !addr_eq(&b->addr, &last->addr))
			continue;

		config_fail(last->section, "port",
			    "%s listens on that address already",
			    config_path(b->section));
		return -EBADMSG;
	}

	return 0;
}


static int init_binding(struct server *server, struct application *app,
			const struct config_section *section)
{
	struct binding *b = &server->bindings[server->n_bindings++];
	int err = binding_init(b, app, section);

	return err ? err : check_address(server, b);
}


static int init_bindings(struct server *server)
{
	size_t n = 0;
	int failed = 0;

	for (size_t i = 0; i < server->n_apps; i++)
		n += config_n(config_section(server->apps[i].section,
					     "acceptors"));

	server->bindings = mem_zalloc((n ? n : 1) *
				      sizeof(server->bindings[0]));
	if (!server->bindings)
		return -ENOMEM;

	for (size_t i = 0; i < server->n_apps; i++) {
		struct application *app = &server->apps[i];
		const struct config_section *list =
			config_section(app->section, "acceptors");

		for (size_t j = 0; j < config_n(list); j++) {
			int err = init_binding(server, app,
					       config_at(list, j));

			failed = failed ? failed : err;
		}
	}

	if (!n) {
		config_fail(config_top(server->config), "applications",
			    "nothing to listen on: none of them has acceptors");
		failed = -EBADMSG;
	}

	return failed;
}


static void print_errors(const struct server *server)
{
	for (size_t i = 0; i < config_n_errors(server->config); i++)
		fprintf(stderr, "%s\n", config_error(server->config, i));
}


/* Everything that can be wrong with the file, in one go. */
static int read_config(struct server *server, const char *path)
{
	const struct config_section *top;
	int64_t workers;
	int err, failed;

	failed = load_config(server, path);
	if (!server->config)
		return failed;

	top = config_top(server->config);
	workers = config_int(top, "workers");
	server->n_workers = workers == CONFIG_AUTO ? n_processors()
						   : (unsigned)workers;
	server->connections.max = (long)config_int(top, "maxConnections");
	notices_set_node(&server->notices, config_str(top, "node"));

	err = load_apps(server);
	failed = failed ? failed : err;
	err = failed ? failed : deciders_open(server);
	failed = failed ? failed : err;

	/* These lean on values that are right. */
	err = failed ? failed : init_bindings(server);
	failed = failed ? failed : err;
	err = config_check(server->config);

	return failed ? failed : err;
}


int server_init(struct server *server, const char *path)
{
	int err;

	server->log.category = "server";
	registry_init(&server->registry);
	metrics_init(&server->metrics);
	notices_init(&server->notices, &server->metrics);
	server->registry.metrics = &server->metrics;
	server->started_us = clock_wall_us();

	server->per_address = mem_zalloc(sizeof(*server->per_address));
	if (!server->per_address)
		return -ENOMEM;
	keyed_quota_init(server->per_address);

	err = read_config(server, path);
	if (err && server->config)
		print_errors(server);

	return err;
}


void server_fini(struct server *server)
{
	for (unsigned i = 0; i < server->n_hosts; i++)
		host_fini(&server->hosts[i]);
	mem_free(server->hosts);

	for (size_t i = 0; i < server->n_bindings; i++)
		binding_fini(&server->bindings[i]);
	mem_free(server->bindings);

	factory_fini(&server->factory);
	deciders_close(server);
	for (size_t i = 0; i < server->n_apps; i++)
		application_unload(&server->apps[i]);
	mem_free(server->apps);

	registry_fini(&server->registry);
	notices_fini(&server->notices);
	metrics_fini(&server->metrics);
	mem_free(server->per_address);
	config_free(server->config);
	lua_source_unref(server->source);
}


static void tell(struct server *server, enum notice_type type,
		 const char *reason)
{
	const struct notice_facts facts = {
		.type = type,
		.reason = str(reason),
	};

	notice_emit(server, &facts);
}


void server_drain(struct server *server, bool is_draining)
{
	server->is_draining = is_draining;
	log_info(server, is_draining ? "drains: no new allocations" :
		 "drains no longer");
	tell(server, NOTICE_SERVER_DRAIN, is_draining ? "begins" : "ends");
}


int server_listen(struct server *server)
{
	for (size_t i = 0; i < server->n_bindings; i++) {
		int err = binding_listen(&server->bindings[i],
					 server->n_workers);

		if (err)
			return err;
	}

	return 0;
}


int server_open_hosts(struct server *server)
{
	int err = 0;

	server->hosts = mem_zalloc(server->n_workers *
				   sizeof(server->hosts[0]));
	if (!server->hosts)
		return -ENOMEM;
	server->n_hosts = server->n_workers;

	for (unsigned i = 0; i < server->n_hosts && !err; i++)
		err = host_init(&server->hosts[i], server, i);

	return err;
}


int server_start(struct server *server)
{
	int err = server_open_hosts(server);

	for (unsigned i = 0; i < server->n_hosts && !err; i++)
		err = worker_start(&server->hosts[i].worker);
	if (!err)
		tell(server, NOTICE_SERVER_START, NULL);

	return err;
}


void server_stop(struct server *server)
{
	tell(server, NOTICE_SERVER_STOP, NULL);

	for (unsigned i = 0; i < server->n_hosts; i++) {
		if (server->hosts[i].worker.is_started)
			host_drain(&server->hosts[i]);
	}

	for (unsigned i = 0; i < server->n_hosts; i++)
		worker_join(&server->hosts[i].worker);

	for (unsigned i = 0; i < server->n_hosts; i++)
		host_close(&server->hosts[i]);

	/* Viewers and streams of different workers part by mail. */
	for (int turn = 0; turn < SETTLE_TURNS; turn++) {
		for (unsigned i = 0; i < server->n_hosts; i++) {
			struct loop *loop = &server->hosts[i].worker.loop;

			if (loop->backend)
				loop_pulse(loop, 0);
		}
	}
}


static bool is_named(const struct application *app, struct str name)
{
	size_t n = config_text_n(app->section, "aliases");

	if (str_is(name, app->name))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (str_is(name, config_text_at(app->section, "aliases", i)))
			return true;
	}

	return false;
}


struct application *server_find_app(struct application *of_acceptor,
				    struct str name)
{
	const struct server *server = of_acceptor->server;

	if (!name.len || is_named(of_acceptor, name))
		return of_acceptor;
	if (!config_bool(of_acceptor->section, "default"))
		return NULL;

	for (size_t i = 0; i < server->n_apps; i++) {
		if (is_named(&server->apps[i], name))
			return &server->apps[i];
	}

	return of_acceptor;
}
