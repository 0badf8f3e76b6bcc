/* The server: everything that main makes and hands down. */
#include "host/server.h"
#include <stdio.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/decider.h"


enum { SETTLE_TURNS = 100 };     /* for mail between stopped workers */


static void print_error(const char *text, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
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

	server->path = text_dup(str(path));
	if (!server->path)
		return -ENOMEM;

	err = setup_new(&server->setup, server, path, NULL);
	if (err) {
		setup_each_error(server->setup, path, err, print_error, NULL);
		return err;
	}

	setup_apply_limits(server->setup);
	notices_set_node(&server->notices,
			 config_str(config_top(server->setup->config),
				    "node"));

	return err;
}


void server_fini(struct server *server)
{
	for (unsigned i = 0; i < server->n_hosts; i++)
		host_fini(&server->hosts[i]);
	mem_free(server->hosts);

	setup_free(server->setup);
	factory_fini(&server->factory);

	registry_fini(&server->registry);
	notices_fini(&server->notices);
	metrics_fini(&server->metrics);
	mem_free(server->per_address);
	mem_free(server->path);
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
	struct setup *setup = server->setup;

	for (size_t i = 0; i < setup->n_bindings; i++) {
		int err = binding_listen(&setup->bindings[i],
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


struct application *server_find_app(struct application *of_acceptor,
				    struct str name)
{
	const struct setup *setup = of_acceptor->setup;

	if (!name.len || application_is_named(of_acceptor, name))
		return of_acceptor;
	if (!config_bool(of_acceptor->section, "default"))
		return NULL;

	for (size_t i = 0; i < setup->n_apps; i++) {
		if (application_is_named(&setup->apps[i], name))
			return &setup->apps[i];
	}

	return of_acceptor;
}
