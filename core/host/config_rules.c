/* What one key must agree on with another. */
#include <ctype.h>
#include <string.h>
#include "base/error.h"
#include "host/config_int.h"


/* It becomes a part of paths and of URLs. */
static bool is_name(const char *s)
{
	if (!s[0] || s[0] == '.')
		return false;
	for (; *s; ++s)
		if (!isalnum((unsigned char)*s) && !strchr("-_.", *s))
			return false;

	return true;
}


/* Where `name` is among the names and aliases of `app` from number `from`
 * on (0 is the name itself), or -1. */
static int find_name(const struct config_section *app, const char *name,
		     size_t from)
{
	size_t n = config_text_n(app, "aliases");

	for (size_t i = from; i <= n; i++)
		if (!strcmp(name, i ? config_text_at(app, "aliases", i - 1)
				    : config_str(app, "name")))
			return (int)i;

	return -1;
}


static bool is_taken(const struct config_section *apps, size_t app,
		     size_t which, const char *name)
{
	for (size_t i = 0; i < app; i++)
		if (find_name(config_at(apps, i), name, 0) >= 0)
			return true;

	for (size_t i = 0; i < which; i++)
		if (find_name(config_at(apps, app), name, i) == (int)i)
			return true;

	return false;
}


static void check_names(const struct config_section *apps, size_t i)
{
	const struct config_section *app = config_at(apps, i);
	const struct config_node *node = config_value_find(app, "name")->node;
	size_t n = config_text_n(app, "aliases");

	if (!node || node->kind != CONFIG_NODE_TEXT)
		return;

	for (size_t j = 0; j <= n; j++) {
		const char *key = j ? "aliases" : "name";
		const char *name = j ? config_text_at(app, "aliases", j - 1)
				     : config_str(app, "name");

		if (!is_name(name))
			config_fail(app, key, "'%.200s' is no name: letters, "
				    "digits, '-', '_', and '.' inside", name);
		else if (is_taken(apps, i, j, name))
			config_fail(app, key, "the name '%.200s' is taken",
				    name);
	}
}


/* rootDirectory/name.so, unless the file says otherwise. */
static int set_library(struct config *config,
		       const struct config_section *apps,
		       const struct config_section *app)
{
	struct config_value *v = config_value_find(app, "library");

	if (v->node)
		return 0;

	v->text = config_fmt(config, "%s/%s.so",
			     config_str(apps, "rootDirectory"),
			     config_str(app, "name"));

	return v->text ? 0 : -ENOMEM;
}


static void check_certificate(const struct config_section *acceptor)
{
	bool has_cert = config_has(acceptor, "sslCert");

	if (has_cert != config_has(acceptor, "sslKey"))
		config_fail(acceptor, has_cert ? "sslCert" : "sslKey",
			    "needs %s too", has_cert ? "sslKey" : "sslCert");
}


static int check_applications(struct config *config)
{
	const struct config_section *apps, *acceptors;
	bool has_default = false;
	int err = 0;

	apps = config_section(config->top, "applications");
	for (size_t i = 0; !err && i < config_n(apps); i++) {
		const struct config_section *app = config_at(apps, i);

		check_names(apps, i);
		err = set_library(config, apps, app);

		if (config_bool(app, "default") && has_default)
			config_fail(app, "default", "another application is "
				    "the default");
		has_default |= config_bool(app, "default");

		acceptors = config_section(app, "acceptors");
		for (size_t j = 0; j < config_n(acceptors); j++)
			check_certificate(config_at(acceptors, j));
	}

	return err;
}


int config_rules_check(struct config *config)
{
	const struct config_section *appenders;

	appenders = config_section(config->top, "logAppenders");
	for (size_t i = 0; i < config_n(appenders); i++) {
		const struct config_section *a = config_at(appenders, i);

		if (!strcmp(config_str(a, "type"), "file") &&
		    !config_has(a, "fileName"))
			config_fail(a, "fileName", "must be set for a file");
	}

	return check_applications(config);
}
