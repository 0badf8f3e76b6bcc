/* What is different in another reading of the configuration. */
#include <stdio.h>
#include "host/config.h"
#include "host/lua_source.h"
#include "test.h"

#define APP "configuration = { applications = { { name = 'a' "
#define END " } } }"

struct diff {
	char text[1024];         /* "path.key " of each */
	size_t len;
};


static void on_difference(const struct config_section *section,
			  const struct config_key *key, void *arg)
{
	struct diff *d = arg;

	d->len += (size_t)snprintf(d->text + d->len,
				   sizeof(d->text) - d->len, "%s.%s ",
				   config_path(section), key->name);
}


static int load(struct config **config, const char *text)
{
	struct lua_source *source;
	int err = lua_source_new_text(&source, "/conf/", "t.lua", str(text));

	if (err)
		return err;

	err = config_load(config, source);
	lua_source_unref(source);

	return err;
}


static int expect(const char *now_text, const char *next_text,
		  const char *want)
{
	struct config *now = NULL, *next = NULL;
	struct diff d = { .len = 0 };
	int err;

	TEST_ERR(load(&now, now_text));
	TEST_ERR(load(&next, next_text));
	config_diff(now, next, on_difference, &d);
	if (strcmp(want, d.text))
		TEST_FAIL("want: %s got: %s", want, d.text);
 out:
	config_free(now);
	config_free(next);
	return err;
}


TEST(config_diff_values)
{
	int err;

	TEST_ERR(expect(APP END, APP END, ""));
	TEST_ERR(expect(APP ", mergeMs = 5" END, APP ", mergeMs = '5ms'" END,
			""));
	TEST_ERR(expect(APP ", mergeMs = 5" END, APP END,
			"applications[1].mergeMs "));
	TEST_ERR(expect(APP END, APP ", aliases = { 'x' }" END,
			"applications[1].aliases "));
	TEST_ERR(expect(APP ", aliases = { 'x' }" END,
			APP ", aliases = { 'y' }" END,
			"applications[1].aliases "));
 out:
	return err;
}


TEST(config_diff_lists)
{
	static const char one[] =
		APP ", acceptors = { { port = 1, protocol = 'p' } }" END;
	static const char other[] =
		APP ", acceptors = { { port = 2, protocol = 'p' } }" END;
	int err;

	TEST_ERR(expect(one, one, ""));
	TEST_ERR(expect(one, other, "applications[1].acceptors[1].port "));
	TEST_ERR(expect(one, APP END, "applications[1].acceptors "));
 out:
	return err;
}


TEST(config_diff_live)
{
	int err;

	TEST_ERR(expect(APP ", maxStreams = 5" END,
			APP ", maxStreams = 6" END, ""));
	TEST_ERR(expect(APP END, APP ", onPlay = function() end" END, ""));
	TEST_ERR(expect(APP ", onPlay = 'http://a/'" END,
			APP ", onPlay = function() end" END, ""));
	TEST_ERR(expect(APP ", onPlay = 'http://a/'" END,
			APP ", onPlay = 'http://a/'" END, ""));
	TEST_ERR(expect(APP ", onPlay = 'http://a/'" END,
			APP ", onPlay = 'http://b/'" END,
			"applications[1].onPlay "));
	TEST_ERR(expect(APP ", onPlay = function() end" END,
			APP ", onPlay = 'http://b/'" END,
			"applications[1].onPlay "));
 out:
	return err;
}
