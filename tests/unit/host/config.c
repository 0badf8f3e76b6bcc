/* The configuration: values, defaults, and each class of error with its
 * exact message. */
#include <stdio.h>
#include "host/config.h"
#include "host/config_doc.h"
#include "host/config_keys.h"
#include "host/lua_source.h"
#include "test.h"

#define APP "configuration = { applications = { { name = 'a' "

struct fixture {
	struct lua_source *source;
	struct config *config;
	int err;                 /* of load or check, but for -EBADMSG */
	char errors[4096];       /* lines */
};


static void fixture_fini(struct fixture *f)
{
	f->config = config_free(f->config);
	f->source = lua_source_unref(f->source);
}


/* Load and check `text`; 0 also when there are errors in it. */
static int load(struct fixture *f, const char *text)
{
	size_t len = 0;
	int err;

	memset(f, 0, sizeof(*f));
	err = lua_source_new_text(&f->source, "/conf/", "t.lua", str(text));
	if (err)
		return err;
	err = config_load(&f->config, f->source);
	if (err && err != -EBADMSG)
		return err;
	err = config_check(f->config);
	if (err && err != -EBADMSG)
		return err;

	for (size_t i = 0; i < config_n_errors(f->config); i++)
		len += (size_t)snprintf(f->errors + len,
					sizeof(f->errors) - len, "%s\n",
					config_error(f->config, i));

	return !err == !len ? 0 : -EINVAL;
}


static int expect(const char *text, const char *errors)
{
	struct fixture f;
	int err;

	TEST_ERR(load(&f, text));
	if (strcmp(errors, f.errors))
		TEST_FAIL("want:\n%sgot:\n%s", errors, f.errors);
 out:
	fixture_fini(&f);
	return err;
}


/* A case that wants exactly these errors of this text. */
#define TEST_CONFIG(text, errors)				\
	do {							\
		err = expect(text, errors);			\
		if (err)					\
			goto out;				\
	} while (0)


TEST(config_values)
{
	const struct config_section *top, *app, *s;
	struct fixture f;
	int err;

	TEST_ERR(load(&f,
		"local big = 2 * 4\n"
		"configuration = { workers = 3, io = 'select', daemon = true,\n"
		"  logAppenders = { { type = 'file', fileName = 'x.log',\n"
		"    fileLength = '64 K' } },\n"
		"  applications = { rootDirectory = '/lib',\n"
		"    { name = 'live', aliases = { 'b', 'c' }, mergeMs = 20,\n"
		"      idleTimeoutMs = '5min', logSeconds = big / 2,\n"
		"      onPlay = function() return true end } } }\n"));
	TEST_OK(!strcmp("", f.errors));

	top = config_top(f.config);
	TEST_EQ(3, config_int(top, "workers"));
	TEST_EQ(1, config_enum(top, "io"));
	TEST_OK(!strcmp("select", config_str(top, "io")));
	TEST_OK(config_bool(top, "daemon"));

	s = config_at(config_section(top, "logAppenders"), 0);
	TEST_OK(!strcmp("/conf/x.log", config_str(s, "fileName")));
	TEST_EQ(65536, config_int(s, "fileLength"));

	app = config_at(config_section(top, "applications"), 0);
	TEST_OK(!strcmp("/lib/live.so", config_str(app, "library")));
	TEST_EQ(2, config_text_n(app, "aliases"));
	TEST_OK(!strcmp("c", config_text_at(app, "aliases", 1)));
	TEST_EQ(20, config_int(app, "mergeMs"));
	TEST_EQ(300000, config_int(app, "idleTimeoutMs"));
	TEST_EQ(4, config_int(app, "logSeconds"));
	TEST_OK(!strcmp("applications[1].onPlay", config_hook(app, "onPlay")));
 out:
	fixture_fini(&f);
	return err;
}


TEST(config_defaults)
{
	const struct config_section *top, *apps, *app, *s;
	struct fixture f;
	int err;

	TEST_ERR(load(&f, "configuration = { logAppenders = {\n"
		      "{ type = 'console' } },\n"
		      "applications = { { name = 'a' } } }\n"));
	TEST_OK(!strcmp("", f.errors));

	top = config_top(f.config);
	TEST_EQ(CONFIG_AUTO, config_int(top, "coalesceUs"));
	TEST_OK(!config_has(top, "coalesceUs"));
	s = config_at(config_section(top, "logAppenders"), 0);
	TEST_EQ(2, config_enum(s, "level"));
	TEST_OK(!strcmp("", config_str(s, "fileName")));

	apps = config_section(top, "applications");
	TEST_EQ(1, config_n(apps));
	app = config_at(apps, 0);
	TEST_OK(!strcmp("/conf/applications/a.so",
			config_str(app, "library")));
	TEST_EQ(8 << 20, config_int(app, "logBytes"));
	TEST_OK(!config_hook(app, "onClose"));
	TEST_OK(!config_bool(app, "default"));
	TEST_EQ(0, config_n(config_section(app, "acceptors")));
	TEST_EQ(0, config_text_n(app, "aliases"));
 out:
	fixture_fini(&f);
	return err;
}


TEST(config_acceptors)
{
	const struct config_section *apps, *list, *a;
	struct fixture f;
	int err;

	TEST_ERR(load(&f, "configuration = { applications = { { name = 'a',\n"
		      "acceptors = {\n"
		      "{ port = 1935, protocol = 'inboundRtmp' },\n"
		      "{ port = 1936, ip = '127.0.0.1', worker = 2,\n"
		      "  protocol = { 'tcp', 'rtmp' } } } } } }"));
	TEST_OK(!strcmp("", f.errors));
	apps = config_section(config_top(f.config), "applications");
	list = config_section(config_at(apps, 0), "acceptors");

	a = config_at(list, 0);
	TEST_OK(!strcmp("::", config_str(a, "ip")));
	TEST_EQ(CONFIG_AUTO, config_int(a, "worker"));
	TEST_EQ(1, config_text_n(a, "protocol"));
	TEST_EQ(0, config_n(config_section(a, "sslCertificates")));

	a = config_at(list, 1);
	TEST_EQ(2, config_int(a, "worker"));
	TEST_EQ(2, config_text_n(a, "protocol"));
	TEST_OK(!strcmp("rtmp", config_text_at(a, "protocol", 1)));
	TEST_OK(!strcmp("applications[1].acceptors[2]", config_path(a)));
	TEST_EQ(4, config_line(a, NULL));
	TEST_EQ(5, config_line(a, "protocol"));
	TEST_OK(!strcmp("t.lua", config_file(a)));
 out:
	fixture_fini(&f);
	return err;
}


TEST(config_unknown_keys)
{
	int err;

	TEST_CONFIG("configuration = {\n"
		    "  deamon = true, instancesCount = 8,\n"
		    "  logAppenders = { { type = 'console', 7 } },\n"
		    "  applications = { { name = 'a',\n"
		    "    validateHandshake = false,\n"
		    "    acceptors = { { port = 1, protocol = 'x' }, {\n"
		    "      port = 2,\n"
		    "      prot = 'inboundRtmp' } } } } }\n",
		    "t.lua:2: deamon: unknown key; did you mean 'daemon'?\n"
		    "t.lua:2: instancesCount: unknown key\n"
		    "t.lua:3: logAppenders[1][1]: this is not a list\n"
		    "t.lua:5: applications[1].validateHandshake: unknown key\n"
		    "t.lua:6: applications[1].acceptors[2].protocol: "
		    "must be set\n"
		    "t.lua:8: applications[1].acceptors[2].prot: "
		    "unknown key; did you mean 'protocol'?\n");
 out:
	return err;
}


TEST(config_wrong_types)
{
	int err;

	TEST_CONFIG("configuration = {\n"
		    "workers = {},\n"
		    "daemon = 'yes',\n"
		    "io = 1,\n"
		    "maxConnections = 'many',\n"
		    "coalesceUs = true,\n"
		    "logAppenders = 'console',\n"
		    "applications = { {\n"
		    "name = 5,\n"
		    "aliases = 'b',\n"
		    "library = {},\n"
		    "onPlay = 'yes', onClose = 'yes',\n"
		    "acceptors = { 1935, {\n"
		    "ip = 1,\n"
		    "port = '1935',\n"
		    "protocol = { 'tcp', 2 },\n"
		    "} } } } }",
		    "t.lua:2: workers: must be a whole number, or \"auto\", "
		    "not a table\n"
		    "t.lua:3: daemon: must be true or false, not a text\n"
		    "t.lua:4: io: must be a text, not a number\n"
		    "t.lua:5: maxConnections: must be a whole number, "
		    "not a text\n"
		    "t.lua:6: coalesceUs: must be a whole number, "
		    "or \"auto\", not true\n"
		    "t.lua:7: logAppenders: must be a list of tables, "
		    "not a text\n"
		    "t.lua:9: applications[1].name: must be a text, "
		    "not a number\n"
		    "t.lua:10: applications[1].aliases: must be a list of "
		    "texts, not a text\n"
		    "t.lua:11: applications[1].library: must be a path, "
		    "not a table\n"
		    "t.lua:12: applications[1].onPlay: must be a function, "
		    "or a URL that begins with http:// or https://\n"
		    "t.lua:12: applications[1].onClose: must be a function, "
		    "not a text\n"
		    "t.lua:13: applications[1].acceptors[1]: must be a table\n"
		    "t.lua:14: applications[1].acceptors[2].ip: must be an "
		    "IPv4 or IPv6 address, not a number\n"
		    "t.lua:15: applications[1].acceptors[2].port: must be "
		    "a whole number, not a text\n"
		    "t.lua:16: applications[1].acceptors[2].protocol[2]: "
		    "must be a text in a list, not a number\n");
 out:
	return err;
}


TEST(config_bad_values)
{
	int err;

	TEST_CONFIG("configuration = {\n"
		    "workers = 65,\n"
		    "io = 'epol',\n"
		    "coalesceUs = '1ms',\n"
		    "applications = { { name = '../x',\n"
		    "mergeMs = -1,\n"
		    "sendTimeoutMs = '10 parsecs',\n"
		    "idleTimeoutMs = '1500us',\n"
		    "logBytes = '8X',\n"
		    "decisionTimeoutMs = '999999999999999h',\n"
		    "acceptors = { {\n"
		    "ip = 'localhost',\n"
		    "port = 0,\n"
		    "sslCert = 'no/such.pem', sslKey = '/dev/null',\n"
		    "protocol = 'x' } } } } }",
		    "t.lua:2: workers: 65 is not within 1..64 threads\n"
		    "t.lua:3: io: 'epol' is none of 'epoll', 'select'; "
		    "did you mean 'epoll'?\n"
		    "t.lua:4: coalesceUs: 1000 is not within 0..500 us\n"
		    "t.lua:5: applications[1].name: '../x' is no name: "
		    "letters, digits, '-', '_', and '.' inside\n"
		    "t.lua:6: applications[1].mergeMs: -1 is not within "
		    "0..1000 ms\n"
		    "t.lua:7: applications[1].sendTimeoutMs: '10 parsecs' is "
		    "no duration in whole ms, such as \"10s\"\n"
		    "t.lua:8: applications[1].idleTimeoutMs: '1500us' is "
		    "no duration in whole ms, such as \"10s\"\n"
		    "t.lua:9: applications[1].logBytes: '8X' is no size, "
		    "such as \"64K\"\n"
		    "t.lua:10: applications[1].decisionTimeoutMs: "
		    "'999999999999999h' is no duration in whole ms, such as "
		    "\"10s\"\n"
		    "t.lua:12: applications[1].acceptors[1].ip: 'localhost' "
		    "is no IPv4 or IPv6 address\n"
		    "t.lua:13: applications[1].acceptors[1].port: 0 is not "
		    "within 1..65535\n"
		    "t.lua:14: applications[1].acceptors[1].sslCert: cannot "
		    "read '/conf/no/such.pem': No such file or directory\n"
		    "t.lua:14: applications[1].acceptors[1].sslKey: cannot "
		    "read '/dev/null': not a file\n");
 out:
	return err;
}


/* crtmpserver cast a granularity of 0.1 s to 0, and then filled the disk in
 * an endless loop (defect k). */
TEST(config_fraction_is_not_cut_to_zero)
{
	int err;

	TEST_CONFIG(APP ", logSeconds = 0.1,\n mergeMs = 1.5 } } }",
		    "t.lua:1: applications[1].logSeconds: 0.1 is not a whole "
		    "number of s\n"
		    "t.lua:2: applications[1].mergeMs: 1.5 is not a whole "
		    "number of ms\n");
	TEST_CONFIG(APP ", logSeconds = 0 } } }",
		    "t.lua:1: applications[1].logSeconds: 0 is not within "
		    "1..86400 s\n");
 out:
	return err;
}


TEST(config_rules)
{
	int err;

	TEST_CONFIG("configuration = { workers = 2,\n"
		    "logAppenders = { { type = 'file' } },\n"
		    "applications = {\n"
		    "{ name = 'a', default = true, aliases = { 'b' } },\n"
		    "{ name = 'b', default = true, aliases = { 'c', 'c' } },\n"
		    "{ name = 'd', acceptors = {\n"
		    "{ port = 1, protocol = 'x', sslKey = 'k' } } } } }",
		    "t.lua:2: logAppenders[1].fileName: must be set for a "
		    "file\n"
		    "t.lua:5: applications[2].name: the name 'b' is taken\n"
		    "t.lua:5: applications[2].aliases: the name 'c' is "
		    "taken\n"
		    "t.lua:5: applications[2].default: another application "
		    "is the default\n"
		    "t.lua:7: applications[3].acceptors[1].sslKey: cannot "
		    "read '/conf/k': No such file or directory\n"
		    "t.lua:7: applications[3].acceptors[1].sslKey: needs "
		    "sslCert too\n");
 out:
	return err;
}


TEST(config_is_no_program)
{
	int err;

	TEST_CONFIG("\n\nconfiguration = {\n  workers = = 2 }\n",
		    "t.lua:4: unexpected symbol near '='\n");
	TEST_CONFIG("x = \"hush\nconfiguration = {}",
		    "t.lua:1: unfinished string near a text or number\n");
	TEST_CONFIG("x = { 'a' 'hush' }",
		    "t.lua:1: '}' expected near a text or number\n");
	TEST_CONFIG("x = 12hush",
		    "t.lua:1: malformed number near a text or number\n");
	TEST_CONFIG("configuration = {}\nlocal x = y.z\n",
		    "t.lua:2: attempt to index a nil value (global 'y')\n");
	TEST_CONFIG("configurations = {}",
		    "t.lua: the file must set configuration = { ... }\n");
	TEST_CONFIG("error({})", "t.lua: an error that is no text\n");
	TEST_CONFIG("\033Lua", "t.lua: attempt to load a binary chunk "
		    "(mode is 't')\n");
 out:
	return err;
}


TEST(config_shape)
{
	int err;

	TEST_CONFIG("configuration = {}",
		    "t.lua:1: applications: must be set\n");
	TEST_CONFIG("local t = {}\nt.t = t\n"
		    "configuration = { daemon = false, applications = t }",
		    "t.lua:3: applications.t.t.t.t.t.t.t.t.t.t.t.t.t.t.t: "
		    "nested too deep\n"
		    "t.lua:3: applications.t: unknown key; "
		    "this is a list of tables: { { ... }, ... }\n");
	TEST_CONFIG("configuration = { applications = { [true] = 1,\n"
		    "[-1] = 2, [1.5] = 3 } }",
		    "t.lua:1: applications: a key is neither a name nor an "
		    "index from 1\n"
		    "t.lua:1: applications: a key is neither a name nor an "
		    "index from 1\n"
		    "t.lua:1: applications: a key is neither a name nor an "
		    "index from 1\n");
	TEST_CONFIG(APP ", description = 'x\\0y' } } }",
		    "t.lua:1: applications[1].description: a text of more "
		    "than 4096 bytes, or with a zero byte in it\n");
 out:
	return err;
}


/* Names, includes, comments, strings and functions between a key and what
 * tells its line. */
TEST(config_lines_are_found)
{
	int err;

	TEST_CONFIG("#!/usr/bin/sluice\n"
		    "local function f(a) if a then return { x = 1 } end end\n"
		    "--[==[ bad = { ]] ]==] local mine = {\n"
		    "  { port = 1, protocol = [[x\n"
		    "]], bad1 = 1 },\n"
		    "}\n"
		    "configuration = { daemon = 1 == 2, applications = {\n"
		    "  { name = 'a', acceptors = mine,\n"
		    "    onPlay = function(s)\n"
		    "      for i = 1, 2 do local t = { bad2 = i, } end\n"
		    "      repeat local z = '}' until true\n"
		    "      return true -- }\n"
		    "    end; bad2 = '\\'}', [\"bad3\"] = f(1, { 2 }), -- }\n"
		    "    bad4 = 'x'\n"
		    "  },\n"
		    "} }\n"
		    "configuration.late = 1\n",
		    "t.lua:5: applications[1].acceptors[1].bad1: "
		    "unknown key\n"
		    "t.lua:7: late: unknown key\n"
		    "t.lua:13: applications[1].bad2: unknown key\n"
		    "t.lua:13: applications[1].bad3: unknown key\n"
		    "t.lua:14: applications[1].bad4: unknown key\n");
 out:
	return err;
}


TEST(config_lines_of_includes)
{
	static const char *const want[] = {
		"t.lua:3: applications[2].name: '-/' is no name: letters, "
			"digits, '-', '_', and '.' inside",
		"t.lua:3: applications[2].bad: unknown key",
		"apps/a.lua:3: applications[1].name: '-/' is no name: "
			"letters, digits, '-', '_', and '.' inside",
		"apps/a.lua:4: applications[1].bad: unknown key",
	};
	struct fixture f = { 0 };
	int err;

	TEST_ERR(lua_source_new_text(&f.source, "/conf/", "t.lua", str(
		"configuration = { applications = {\n"
		"  include 'apps/a.lua',\n"
		"  (include('apps/a.lua')),\n"
		"} }")));
	TEST_ERR(lua_source_add(f.source, "apps/a.lua", str(
		"local name = include 'name.lua'\n"
		"return {\n"
		"  name = name,\n"
		"  bad = 1,\n"
		"}")));
	TEST_ERR(lua_source_add(f.source, "apps/name.lua",
				str("return '-/'")));
	TEST_ERRNO(-EBADMSG, config_load(&f.config, f.source));
	TEST_ERRNO(-EBADMSG, config_check(f.config));

	TEST_EQ(4, config_n_errors(f.config));
	for (size_t i = 0; i < 4; i++)
		if (strcmp(want[i], config_error(f.config, i)))
			TEST_FAIL("%s", config_error(f.config, i));
 out:
	fixture_fini(&f);
	return err;
}


TEST(config_many_errors)
{
	struct fixture f;
	int err;

	TEST_ERR(load(&f, "configuration = { applications = {} }\n"
		      "for i = 1, 100 do configuration['k' .. i] = i end\n"
		      "configuration.daemon = 2"));
	TEST_EQ(CONFIG_ERRORS_MAX, config_n_errors(f.config));
	TEST_OK(!strcmp("t.lua:1: daemon: must be true or false, "
			"not a number", config_error(f.config, 0)));
 out:
	fixture_fini(&f);
	return err;
}


static const struct config_key keys_limit[] = {
	{ .name = "low", .type = CONFIG_INT, .def = "7", .min = 1, .max = 9 },
	{ .name = "secret", .type = CONFIG_ENUM, .flags = CONFIG_SECRET,
	  .choices = "a b", .def = "b" },
	{ .name = NULL }
};

static const struct config_key keys_module[] = {
	{ .name = "realm", .type = CONFIG_STRING, .flags = CONFIG_REQUIRED },
	{ .name = "limit", .type = CONFIG_SECTION, .keys = keys_limit },
	{ .name = "limits", .type = CONFIG_LIST, .items = keys_limit },
	{ .name = "file", .type = CONFIG_PATH, .flags = CONFIG_OR_EMPTY,
	  .def = "x" },
	{ .name = NULL }
};

static const struct config_key keys_clash[] = {
	{ .name = "mergeMs", .type = CONFIG_INT },
	{ .name = NULL }
};


/* A module brings keys of its own, between load and check. */
TEST(config_extend)
{
	const struct config_section *app, *limits;
	struct fixture f = { 0 };
	int err;

	TEST_ERR(lua_source_new_text(&f.source, "/", "t.lua", str(
		"configuration = { applications = { { name = 'a',\n"
		"  realm = 'r', file = '',\n"
		"  limits = { { low = 3 }, { secret = 'hidden',\n"
		"    lov = 1 } } } } }")));
	TEST_ERR(config_load(&f.config, f.source));
	app = config_at(config_section(config_top(f.config), "applications"),
			0);

	TEST_ERRNO(-EBADMSG, config_extend(app, keys_module));
	TEST_ERR(config_extend(app, keys_module));
	TEST_ERRNO(-EBADMSG, config_extend(app, keys_clash));
	config_fail(app, "realm", "no such realm '%s'", "r");
	config_fail(config_top(f.config), NULL, "too much");
	TEST_ERRNO(-EBADMSG, config_check(f.config));

	TEST_OK(!strcmp("r", config_str(app, "realm")));
	TEST_OK(!strcmp("", config_str(app, "file")));
	TEST_EQ(7, config_int(config_section(app, "limit"), "low"));
	limits = config_section(app, "limits");
	TEST_EQ(2, config_n(limits));
	TEST_EQ(3, config_int(config_at(limits, 0), "low"));
	TEST_EQ(1, config_enum(config_at(limits, 0), "secret"));

	TEST_EQ(5, config_n_errors(f.config));
	TEST_OK(!strcmp("t.lua:1: configuration: too much",
			config_error(f.config, 0)) ||
		!strcmp("t.lua:1: applications[1].mergeMs: two tables of "
			"keys have this key", config_error(f.config, 0)));
	TEST_OK(!strcmp("t.lua:2: applications[1].realm: no such realm 'r'",
			config_error(f.config, 2)));
	TEST_OK(!strcmp("t.lua:3: applications[1].limits[2].secret: "
			"is none of 'a', 'b'", config_error(f.config, 3)));
	TEST_OK(!strcmp("t.lua:4: applications[1].limits[2].lov: unknown "
			"key; did you mean 'low'?",
			config_error(f.config, 4)));
 out:
	fixture_fini(&f);
	return err;
}


/* Each key has what the reference page needs. */
static int check_table(const struct config_key *keys)
{
	int err = 0;

	for (; keys->name; ++keys) {
		TEST_OK(keys->doc && strlen(keys->doc) < 60);
		TEST_OK(keys->min <= keys->max);
		TEST_OK((keys->type == CONFIG_ENUM) == !!keys->choices);
		TEST_OK(keys->type != CONFIG_DURATION || keys->unit);
		if (keys->keys)
			err = check_table(keys->keys);
		if (!err && keys->items)
			err = check_table(keys->items);
		if (err)
			goto out;
	}
 out:
	return err;
}


TEST(config_doc)
{
	static const char *const lines[] = {
		"configuration\n",
		("  workers: number 1..64 threads or \"auto\"; "
		 "default \"auto\"\n"),
		"applications[n].acceptors[n].sslCertificates[n]\n",
	};
	struct writer w = writer(1 << 20);
	int err;

	err = check_table(config_keys_top);
	if (err)
		goto out;

	config_doc_text(&w);
	config_doc_markdown(&w);
	put_u8(&w, 0);
	TEST_ERR(w.err);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		TEST_OK(strstr((const char *)w.data, lines[i]));
	TEST_OK(strstr((const char *)w.data, "| `io` | one of \"epoll\", "
		       "\"select\" | \"epoll\" | how a worker waits |\n"));
 out:
	writer_fini(&w);
	return err;
}


/* docs/configuration.md tells what the tables tell. */
TEST(config_page_is_current)
{
	static const char mark[] = "(make docs). -->\n\n";
	struct writer want = writer(1 << 20), page = writer(1 << 20);
	FILE *f = fopen("docs/configuration.md", "r");
	const char *p;
	int err = 0, c;

	TEST_OK(f);
	while ((c = getc_unlocked(f)) != EOF)
		put_u8(&page, (unsigned)c);
	put_u8(&page, 0);
	config_doc_markdown(&want);
	put_u8(&want, 0);
	TEST_ERR(page.err);
	TEST_ERR(want.err);

	p = strstr((const char *)page.data, mark);
	if (!p || strcmp((const char *)want.data, p + strlen(mark)))
		TEST_FAIL("run make docs");
 out:
	if (f)
		fclose(f);
	writer_fini(&want);
	writer_fini(&page);
	return err;
}
