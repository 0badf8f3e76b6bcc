/* What an acceptor line says about who may come: `detects`, or all that there
 * is; TLS, if it has a certificate. */
#include "base/mem.h"
#include "base/text.h"
#include "detect/detect_int.h"
#include "host/binding.h"
#include "host/config.h"
#include "host/server.h"
#include "tls/tls_config.h"
#include "tls/tls_node.h"


/* What can be named.  TURN belongs to the applications of its module. */
static const struct {
	const char *name;
	enum detect_start start;
	bool is_module;
} names[] = {
	{ "rtmp", DETECT_RTMP, false },
	{ "http", DETECT_HTTP, false },
	{ "turn", DETECT_TURN, true },
};


static int fail(const struct binding *binding, struct str name)
{
	struct text_near near = text_near(name);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		text_near_try(&near, names[i].name);

	if (near.best && !str_is(name, near.best))
		config_fail(binding->section, "detects",
			    "nothing is known of '%.*s'; did you mean '%s'?",
			    PRINT_STR(name), near.best);
	else
		config_fail(binding->section, "detects",
			    "nothing is known of '%.*s'; there are rtmp, "
			    "http, and turn, if that module is loaded",
			    PRINT_STR(name));

	return -EBADMSG;
}


static bool has_module(const struct binding *binding, const char *name)
{
	const struct protocol *const *p = binding->app->module->protocols;

	while (p && *p && strcmp((*p)->name, name))
		++p;

	return p && *p;
}


/* Is it to be looked for? */
static bool is_wanted(const struct binding *binding, size_t i)
{
	size_t n = config_text_n(binding->section, "detects");

	for (size_t k = 0; k < n; k++) {
		if (!strcmp(config_text_at(binding->section, "detects", k),
			    names[i].name))
			return true;
	}

	return !n && (!names[i].is_module ||
		      has_module(binding, names[i].name));
}


static int check_names(const struct binding *binding)
{
	size_t n = config_text_n(binding->section, "detects"), i;
	int err = 0;

	for (size_t k = 0; k < n; k++) {
		const char *name = config_text_at(binding->section, "detects",
						  k);

		for (i = 0; i < ARRAY_LEN(names); i++) {
			if (!strcmp(name, names[i].name))
				break;
		}
		if (i == ARRAY_LEN(names))
			err = fail(binding, str(name));
	}

	return err;
}


static int add(struct detect_conf *conf, struct binding *binding,
	       enum detect_start start, const struct protocol *protocol)
{
	conf->mask |= 1u << start;
	conf->protocols[start] = protocol;

	return binding_prepare(binding, protocol);
}


static int add_named(struct detect_conf *conf, struct binding *binding,
		     size_t i)
{
	const struct str words[] = { str("tcp"), str(names[i].name) };
	struct recipe recipe;
	struct str unknown;

	if (!is_wanted(binding, i))
		return 0;
	if (factory_find(&binding->app->setup->factory, words, ARRAY_LEN(words),
			 &recipe, &unknown))
		return fail(binding, words[1]);

	return add(conf, binding, names[i].start, recipe.protocols[0]);
}


int detect_configure(struct detect_conf **confp, struct binding *binding)
{
	struct detect_conf *conf;
	int err = check_names(binding);

	if (err)
		return err;

	conf = mem_zalloc(sizeof(*conf));
	if (!conf)
		return -ENOMEM;

	for (size_t i = 0; i < ARRAY_LEN(names) && !err; i++)
		err = add_named(conf, binding, i);
	if (!err && tls_is_configured(binding))
		err = add(conf, binding, DETECT_TLS, &tls_protocol);
	if (conf->protocols[DETECT_RTMP])
		conf->mask |= 1u << DETECT_RTMPE;

	if (err)
		mem_free(conf);
	else
		*confp = conf;

	return err;
}
