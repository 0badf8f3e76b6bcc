/* Deciders: whom the configuration can let decide. */
#include "host/decider.h"
#include "base/error.h"
#include "host/setup.h"


/* Who offers it, or NULL. */
static struct application *find(const struct setup *setup,
				enum decider_kind kind)
{
	for (size_t i = 0; i < setup->n_apps; i++) {
		const struct application_module *m = setup->apps[i].module;

		if (m && m->decider && m->decider->kind == kind)
			return &setup->apps[i];
	}

	return NULL;
}


/* The key by which `app` asks for it, or NULL. */
static const char *key_of(const struct application *app,
			  enum decider_kind kind, enum question_type type)
{
	const char *hook = application_hook_key(type);

	if (kind == DECIDER_URL)
		return config_hook_url(app->section, hook) ? hook : NULL;

	/* Who connects has not said yet what for. */
	return type != QUESTION_SESSION && config_has(app->section, "jwt")
		? "jwt" : NULL;
}


static int open_one(struct setup *setup, struct application *app,
		    enum decider_kind kind, enum question_type type)
{
	static const char *const modules[] = {
		[DECIDER_TOKEN] = "jwt", [DECIDER_URL] = "webhooks",
	};
	struct decision_maker *maker = &app->makers[kind][type];
	const char *key = key_of(app, kind, type);
	struct application *of_module = find(setup, kind);
	int err;

	if (!key)
		return 0;
	if (!of_module) {
		config_fail(app->section, key, "%sneeds the module %s: "
			    "add { name = \"%s\" } to the applications",
			    kind == DECIDER_URL ? "a URL " : "",
			    modules[kind], modules[kind]);
		return -EBADMSG;
	}

	err = of_module->module->decider->open(of_module, app, type,
					       &maker->conf);
	if (!err)
		maker->decider = of_module->module->decider;

	return err;
}


/* All that `app` asks of one kind. */
static int open_kind(struct setup *setup, struct application *app,
		     enum decider_kind kind)
{
	int failed = 0;

	for (int t = 0; t < QUESTION_TYPES; t++) {
		int err = open_one(setup, app, kind, (enum question_type)t);

		failed = failed ? failed : err;

		/* One key is for all types: its errors are told once. */
		if (err && kind == DECIDER_TOKEN)
			break;
	}

	return failed;
}


int deciders_open(struct setup *setup)
{
	int failed = 0;

	for (size_t i = 0; i < setup->n_apps; i++) {
		for (int k = 0; k < DECIDER_KINDS; k++) {
			int err = open_kind(setup, &setup->apps[i],
					    (enum decider_kind)k);

			failed = failed ? failed : err;
		}
	}

	return failed;
}


static void close_all(struct application *app)
{
	for (int k = 0; k < DECIDER_KINDS; k++) {
		for (int t = 0; t < QUESTION_TYPES; t++) {
			struct decision_maker *maker = &app->makers[k][t];

			if (maker->decider && maker->decider->close)
				maker->decider->close(maker->conf);
			maker->decider = NULL;
		}
	}
}


void deciders_close(struct setup *setup)
{
	for (size_t i = 0; i < setup->n_apps; i++)
		close_all(&setup->apps[i]);
}
