/* Applications: loading their modules. */
#include "host/application.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "host/config_doc.h"
#include "stack/factory.h"

enum { LACK_MAX = 200 };         /* names of libraries */


static int check_abi(const struct application *app, const char *path)
{
	const struct application_module *module = app->module;

	if (!module) {
		config_fail(app->section, "library",
			    "%s has no symbol %s: it is not a module", path,
			    APPLICATION_SYMBOL);
		return -EBADMSG;
	}

	if (module->abi != APPLICATION_ABI) {
		config_fail(app->section, "library",
			    "%s was built for ABI %u, this server has %u: "
			    "build it anew", path, module->abi,
			    (unsigned)APPLICATION_ABI);
		return -EBADMSG;
	}

	return 0;
}


static int add_protocols(const struct application *app,
			 struct factory *factory)
{
	const struct protocol *const *p = app->module->protocols;
	const struct application_chain *c = app->module->chains;
	int err = 0;

	/* One module may serve several applications. */
	for (; p && *p && !err; p++) {
		err = factory_add_protocol(factory, *p);
		err = err == -EEXIST ? 0 : err;
	}

	for (; c && c->name && !err; c++) {
		err = factory_add_chain(factory, c->name, c->protocols);
		err = err == -EEXIST ? 0 : err;
		if (err)
			config_fail(app->section, "library",
				    "its chain %s (%s): %s", c->name,
				    c->protocols, error_text(err));
	}

	return err;
}


const char *application_hook_key(enum question_type type)
{
	static const char *const keys[] = { "onConnect", "onPublish",
					    "onPlay" };

	return keys[type];
}


bool application_is_named(const struct application *app, struct str name)
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


struct verdict verdict_deny(const char *fmt, ...)
{
	struct verdict verdict = { .kind = VERDICT_DENY };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(verdict.text, sizeof(verdict.text), fmt, ap);
	va_end(ap);

	return verdict;
}


/* Its keys, and what it makes of them: of both all errors are told. */
static int load_module(struct application *app)
{
	const struct application_module *module = app->module;
	int failed = 0, err;

	if (module->keys)
		failed = config_extend(app->section, module->keys);
	if (!module->load || (failed && failed != -EBADMSG))
		return failed;

	err = module->load(app, &app->shared);
	app->is_loaded = !err;
	if (err && err != -EBADMSG)
		config_fail(app->section, NULL, "module %s does not load: %s",
			    module->name, error_text(err));

	return failed ? failed : err;
}


/* The list is "x:liba+libb/y:libc/". */
bool application_lacks(const char *name, char *buf, size_t size)
{
	const char *p = SLUICE_LEFT_OUT;
	const size_t len = strlen(name);

	while (*p && (strncmp(p, name, len) || p[len] != ':')) {
		p += strcspn(p, "/");
		p += *p == '/';
	}
	if (!*p)
		return false;

	p += len + 1;
	snprintf(buf, size, "%.*s", (int)strcspn(p, "/"), p);
	for (char *c = buf; *c; c++)
		*c = *c == '+' ? ' ' : *c;

	return true;
}


static int open_library(struct application *app)
{
	const char *path = config_str(app->section, "library");
	bool has_library = config_has(app->section, "library");
	char lack[LACK_MAX];

	/* NOW: an undefined function is told here, not when it is called. */
	app->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!app->library && !has_library &&
	    application_lacks(app->name, lack, sizeof(lack))) {
		config_fail(app->section, "name", "its module was left out "
			    "when this server was built, without %s", lack);
		return -EBADMSG;
	}
	if (!app->library) {
		config_fail(app->section, has_library ? "library" : "name",
			    "cannot load its module%s: %s",
			    has_library ? "" : " (rootDirectory/name.so)",
			    dlerror());
		return -EBADMSG;
	}

	app->module = dlsym(app->library, APPLICATION_SYMBOL);

	return check_abi(app, path);
}


int application_load(struct application *app, struct factory *factory)
{
	int err, failed;

	err = open_library(app);
	if (err)
		return err;

	failed = load_module(app);
	err = add_protocols(app, factory);

	return failed ? failed : err;
}


int application_doc(const char *path, bool is_markdown, struct writer *out,
		    const char **error)
{
	const struct application_module *module;
	char name[PATH_MAX];
	void *library;

	/* Without a slash it would be looked for among the system's. */
	snprintf(name, sizeof(name), "%s%s", strchr(path, '/') ? "" : "./",
		 path);
	library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	module = library ? dlsym(library, APPLICATION_SYMBOL) : NULL;
	*error = library ? "it is not a module for this server" : dlerror();
	if (!module || module->abi != APPLICATION_ABI) {
		if (library)
			dlclose(library);
		return -EBADMSG;
	}

	snprintf(name, sizeof(name), "applications[n] (%s)", module->name);
	if (module->keys)
		config_doc_module(out, name, module->keys, is_markdown);
	dlclose(library);

	return out->err;
}


void application_unload(struct application *app)
{
	if (app->is_loaded && app->module->unload)
		app->module->unload(app->shared);
	app->is_loaded = false;
	if (app->library)
		dlclose(app->library);
	app->library = NULL;
}
