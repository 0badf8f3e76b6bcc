/* A setup: what one reading of the configuration has made. */
#include "host/setup.h"
#include <sched.h>
#include <stdio.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"
#include "host/lua_source.h"
#include "host/server.h"


static unsigned n_processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);

	return n > SERVER_WORKERS_MAX ? SERVER_WORKERS_MAX : (unsigned)n;
}


/* -- applications -- */

/* What stays of an application over a reload is how much there is of it. */
static struct application_counts *counts_of(const struct application *app)
{
	const struct setup *before = app->setup->before;
	const struct application *old =
		before ? setup_find_app(before, str(app->name)) : NULL;
	struct application_counts *counts;

	if (old)
		return mem_ref(old->counts);

	counts = mem_new(sizeof(*counts), NULL);
	if (counts)
		counts->scope = app->server->n_scopes++;

	return counts;
}


static int init_app(struct setup *setup, struct application *app,
		    const struct config_section *section)
{
	struct server *server = setup->server;

	app->log.category = "application";
	app->log.id = (unsigned)(app - setup->apps) + 1; /* as in the file */
	app->server = server;
	app->setup = setup;
	app->section = section;
	app->name = config_str(section, "name");
	app->index = (unsigned)(app - setup->apps);
	for (int i = 0; i < QUESTION_TYPES; i++)
		app->hooks[i] = config_hook(section, application_hook_key(
						    (enum question_type)i));
	app->close_hook = config_hook(section, "onClose");
	app->connections_per_address =
		config_int(section, "maxConnectionsPerAddress");
	app->decision_timeout_ms = config_int(section, "decisionTimeoutMs");

	app->counts = counts_of(app);
	app->instances = mem_zalloc(server->n_workers *
				    sizeof(app->instances[0]));

	return app->counts && app->instances ? 0 : -ENOMEM;
}


/* Load what can be loaded, so that one run tells all errors. */
static int load_apps(struct setup *setup)
{
	const struct config_section *list =
		config_section(config_top(setup->config), "applications");
	int failed = 0;

	setup->apps = mem_zalloc(config_n(list) * sizeof(setup->apps[0]));
	if (!setup->apps)
		return -ENOMEM;
	setup->n_apps = config_n(list);

	for (size_t i = 0; i < setup->n_apps; i++) {
		struct application *app = &setup->apps[i];
		int err = init_app(setup, app, config_at(list, i));

		if (!err)
			err = application_load(app, &setup->factory);
		failed = failed ? failed : err;
	}

	return failed;
}


/* -- bindings -- */

/* One address may stand in one line only. */
static int check_address(const struct setup *setup,
			 const struct binding *last)
{
	for (const struct binding *b = setup->bindings; b < last; b++) {
		if (b->recipe.is_datagram != last->recipe.is_datagram ||
		    !addr_eq(&b->wanted, &last->wanted))
			continue;

		config_fail(last->section, "port",
			    "%s listens on that address already",
			    config_path(b->section));
		return -EBADMSG;
	}

	return 0;
}


static int init_binding(struct setup *setup, struct application *app,
			const struct config_section *section)
{
	struct binding *b = &setup->bindings[setup->n_bindings++];
	int err = binding_init(b, app, section);

	return err ? err : check_address(setup, b);
}


static int init_bindings(struct setup *setup)
{
	size_t n = 0;
	int failed = 0;

	for (size_t i = 0; i < setup->n_apps; i++)
		n += config_n(config_section(setup->apps[i].section,
					     "acceptors"));

	setup->bindings = mem_zalloc((n ? n : 1) *
				     sizeof(setup->bindings[0]));
	if (!setup->bindings)
		return -ENOMEM;

	for (size_t i = 0; i < setup->n_apps; i++) {
		struct application *app = &setup->apps[i];
		const struct config_section *list =
			config_section(app->section, "acceptors");

		for (size_t j = 0; j < config_n(list); j++) {
			int err = init_binding(setup, app,
					       config_at(list, j));

			failed = failed ? failed : err;
		}
	}

	if (!n) {
		config_fail(config_top(setup->config), "applications",
			    "nothing to listen on: none of them has acceptors");
		failed = -EBADMSG;
	}

	return failed;
}


/* -- life -- */

static int load_config(struct setup *setup, const char *path)
{
	int err = lua_source_new(&setup->source, path);

	return err ? err : config_load(&setup->config, setup->source);
}


/* The number of workers is that of the start. */
static void read_workers(struct setup *setup)
{
	const int64_t n = config_int(config_top(setup->config), "workers");
	struct server *server = setup->server;

	if (!server->n_workers)
		server->n_workers = n == CONFIG_AUTO ? n_processors()
						     : (unsigned)n;
}


/* Everything that can be wrong with the file, in one go. */
static int read_config(struct setup *setup, const char *path)
{
	int err, failed;

	failed = load_config(setup, path);
	if (!setup->config)
		return failed;

	read_workers(setup);
	err = load_apps(setup);
	failed = failed ? failed : err;
	err = failed ? failed : deciders_open(setup);
	failed = failed ? failed : err;

	/* These lean on values that are right. */
	err = failed ? failed : init_bindings(setup);
	failed = failed ? failed : err;
	err = config_check(setup->config);

	return failed ? failed : err;
}


int setup_new(struct setup **setupp, struct server *server, const char *path,
	      const struct setup *before)
{
	struct setup *setup = mem_zalloc(sizeof(*setup));
	int err;

	*setupp = setup;
	if (!setup)
		return -ENOMEM;

	setup->server = server;
	setup->number = before ? before->number + 1 : 1;
	setup->before = before;
	err = factory_copy(&setup->factory, &server->factory);
	if (!err)
		err = read_config(setup, path);
	setup->before = NULL;

	return err;
}


void setup_apply_limits(struct setup *setup)
{
	const struct config_section *top = config_top(setup->config);

	atomic_store(&setup->server->connections.max,
		     (long)config_int(top, "maxConnections"));
	for (size_t i = 0; i < setup->n_apps; i++) {
		struct application *app = &setup->apps[i];
		struct application_counts *counts = app->counts;

		atomic_store(&counts->connections.max,
			     (long)config_int(app->section, "maxConnections"));
		atomic_store(&counts->streams.max,
			     (long)config_int(app->section, "maxStreams"));
		atomic_store(&counts->waiting.max,
			     (long)config_int(app->section, "maxWaiting"));
	}

	for (size_t i = 0; i < setup->n_bindings; i++) {
		struct binding *b = &setup->bindings[i];

		atomic_store(&b->connections->max,
			     (long)config_int(b->section, "maxConnections"));
	}
}


struct setup *setup_free(struct setup *setup)
{
	if (!setup)
		return NULL;

	for (size_t i = 0; i < setup->n_bindings; i++)
		binding_fini(&setup->bindings[i]);
	mem_free(setup->bindings);

	factory_fini(&setup->factory);
	deciders_close(setup);
	for (size_t i = 0; i < setup->n_apps; i++) {
		struct application *app = &setup->apps[i];

		application_unload(app);
		mem_unref(app->counts);
		mem_free(app->instances);
	}
	mem_free(setup->apps);

	config_free(setup->config);
	lua_source_unref(setup->source);

	return mem_free(setup);
}


void setup_each_error(const struct setup *setup, const char *path, int err,
		      void (*fn)(const char *text, void *arg), void *arg)
{
	const size_t n = setup && setup->config
				 ? config_n_errors(setup->config) : 0;
	char text[512];

	for (size_t i = 0; i < n; i++)
		fn(config_error(setup->config, i), arg);
	if (n)
		return;

	snprintf(text, sizeof(text), "cannot read %s: %s", path,
		 error_text(err));
	fn(text, arg);
}


struct binding *setup_find_binding(const struct setup *setup,
				   const struct addr *wanted,
				   bool is_datagram)
{
	for (size_t i = 0; i < setup->n_bindings; i++) {
		struct binding *b = &setup->bindings[i];

		if (b->recipe.is_datagram == is_datagram &&
		    addr_eq(&b->wanted, wanted))
			return b;
	}

	return NULL;
}


struct application *setup_find_app(const struct setup *setup,
				   struct str name)
{
	for (size_t i = 0; i < setup->n_apps; i++) {
		if (str_is(name, setup->apps[i].name))
			return &setup->apps[i];
	}

	return NULL;
}
