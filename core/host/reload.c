/* Reading the configuration again while the server runs. */
#include "host/reload.h"
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/lua_hooks.h"
#include "host/server.h"


/* One reading. */
struct reload {
	struct server *server;
	struct setup *next;
	struct writer *why;      /* or NULL */
	bool is_refused;
	struct swap *swaps;      /* one for each worker */
	sem_t done;
};

/* A worker's part of it. */
struct swap {
	struct mail mail;
	struct reload *reload;
	struct host *host;
	struct lua_hooks *lua;   /* the new ones; afterwards the old */
};


/* -- words -- */

static void put_why(struct reload *r, const char *text)
{
	if (r->why)
		put_fmt(r->why, "%s\n", text);
}


static void on_error(const char *text, void *arg)
{
	struct reload *r = arg;

	log_error(r->server, "not reloaded: %s", text);
	put_why(r, text);
}


static void refuse(struct reload *r, const char *path, const char *key,
		   const char *what)
{
	char text[512];

	r->is_refused = true;
	snprintf(text, sizeof(text), "%s%s%s: %s", path, *path ? "." : "",
		 key, what);
	on_error(text, r);
}


static void tell(struct reload *r, const struct config_section *section,
		 const char *key)
{
	const char *path = config_path(section);
	char text[512];

	snprintf(text, sizeof(text), "%s:%d: %s%s%s: needs a restart; it "
		 "stays as it is", config_file(section),
		 config_line(section, key), path, *path ? "." : "", key);
	log_warn(r->server, "%s", text);
	put_why(r, text);
}


static void on_difference(const struct config_section *section,
			  const struct config_key *key, void *arg)
{
	struct reload *r = arg;

	/* Who was let in by a URL must not be let in by nobody. */
	if (key->type == CONFIG_HOOK)
		refuse(r, config_path(section), key->name,
		       "another URL needs a restart");
	else
		tell(r, section, key->name);
}


/* -- before anything changes -- */

static void check_apps(struct reload *r)
{
	const struct setup *now = r->server->setup;

	for (size_t i = 0; i < now->n_apps; i++) {
		const struct application *app = &now->apps[i];
		const struct application *next =
			setup_find_app(r->next, str(app->name));

		if (!next || next->module != app->module)
			refuse(r, "applications", app->name,
			       "to take it away needs a restart");
	}
}


/* The hooks of each worker, evaluated here: what it takes is not the
 * workers' time. */
static int make_hooks(struct reload *r)
{
	struct server *server = r->server;
	int err = 0;

	r->swaps = mem_zalloc(server->n_hosts * sizeof(r->swaps[0]));
	if (!r->swaps)
		return -ENOMEM;

	for (unsigned i = 0; i < server->n_hosts && !err; i++) {
		struct swap *s = &r->swaps[i];

		s->reload = r;
		s->host = &server->hosts[i];
		err = lua_hooks_new(&s->lua, r->next->source);
		for (size_t j = 0; j < r->next->n_apps && !err; j++)
			err = instance_find_hooks(
				&r->next->apps[j].instances[i],
				&r->next->apps[j], s->lua);
	}

	return err;
}


static int prepare(struct reload *r)
{
	struct server *server = r->server;
	int err = setup_new(&r->next, server, server->path, server->setup);

	if (err) {
		setup_each_error(r->next, server->path, err, on_error, r);
		return err;
	}

	check_apps(r);
	config_diff(server->setup->config, r->next->config, on_difference, r);
	if (r->is_refused)
		return -ENOTSUP;

	err = make_hooks(r);
	if (!err && server->on_reload)
		err = server->on_reload(server, r->next, server->on_reload_arg);
	if (err)
		on_error(error_text(err), r);

	return err;
}


/* -- the change -- */

static void adopt(struct reload *r, struct binding *b)
{
	struct binding *next = setup_find_binding(r->next, &b->wanted,
						  b->recipe.is_datagram);

	for (size_t i = 0; next && i < b->n_parts; i++) {
		const struct protocol *p = b->parts[i].protocol;
		void *prepared = binding_prepared(next, p);

		if (!p->adopt || (!b->parts[i].prepared && !prepared))
			continue;
		if (b->parts[i].prepared && prepared)
			p->adopt(b->parts[i].prepared, prepared);
		else
			tell(r, next->section, "sslCert");
	}
}


/* What all workers share. */
static void change_shared(struct reload *r)
{
	struct setup *now = r->server->setup;

	setup_apply_limits(r->next);
	for (size_t i = 0; i < now->n_bindings; i++)
		adopt(r, &now->bindings[i]);

	for (size_t i = 0; i < now->n_apps; i++) {
		struct application *app = &now->apps[i];
		const struct application *next =
			setup_find_app(r->next, str(app->name));

		atomic_store(&app->connections_per_address,
			     atomic_load(&next->connections_per_address));
		atomic_store(&app->decision_timeout_ms,
			     atomic_load(&next->decision_timeout_ms));
	}
}


/* Thread: the worker's. */
static void change(struct swap *s)
{
	struct host *host = s->host;
	struct setup *now = host->setup;
	struct lua_hooks *old = host->hooks;

	host->hooks = s->lua;
	s->lua = old;
	for (size_t i = 0; i < now->n_apps; i++) {
		struct application *app = &now->apps[i];
		struct instance *in = host_instance(host, app);
		const struct application *next =
			setup_find_app(s->reload->next, str(app->name));

		instance_take_hooks(in, host_instance(host, next));
		if (app->module->reload)
			app->module->reload(in->data, host, next);
	}
}


static void on_change(struct mail *mail)
{
	struct swap *s = CONTAINER_OF(mail, struct swap, mail);

	change(s);
	sem_post(&s->reload->done);
}


/* After this, no worker is in the middle of anything that it began before:
 * what has gone out of use may be freed. */
static void change_workers(struct reload *r)
{
	struct server *server = r->server;
	unsigned n_posted = 0;

	for (unsigned i = 0; i < server->n_hosts; i++) {
		struct swap *s = &r->swaps[i];

		s->mail.fn = on_change;
		if (s->host->worker.is_started) {
			loop_post(&s->host->worker.loop, &s->mail);
			++n_posted;
		} else {
			change(s);
		}
	}

	while (n_posted) {
		if (!sem_wait(&r->done))
			--n_posted;
	}
}


static void count_one(struct server *server, int err)
{
	const struct notice_facts facts = {
		.type = NOTICE_SERVER_RELOAD,
		.reason = str(err ? error_text(err) : ""),
	};

	if (err)
		++server->n_failed_reloads;
	else
		++server->n_reloads;
	notice_emit(server, &facts);
}


static void fini(struct reload *r)
{
	for (unsigned i = 0; r->swaps && i < r->server->n_hosts; i++)
		lua_hooks_free(r->swaps[i].lua);
	mem_free(r->swaps);
	setup_free(r->next);
	sem_destroy(&r->done);
}


int server_reload(struct server *server, struct writer *why)
{
	struct reload r = { .server = server, .why = why };
	int err;

	sem_init(&r.done, 0, 0);
	err = prepare(&r);
	if (!err) {
		change_shared(&r);
		change_workers(&r);
		log_info(server, "configuration read again");
	}
	fini(&r);
	count_one(server, err);

	return err;
}


void server_ask_reload(void)
{
	kill(getpid(), SIGHUP);
}
