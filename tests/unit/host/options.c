/* The command line. */
#include "host/options.h"
#include "base/error.h"
#include "test.h"

enum { ARGS_MAX = 8 };


/* Parse the words of `line`, split in place. */
static int parse(struct options *o, char *line)
{
	char *argv[ARGS_MAX + 1];
	int argc = 0;

	argv[argc++] = line;
	for (char *p = line; *p && argc < ARGS_MAX; p++) {
		if (*p == ' ') {
			*p = '\0';
			argv[argc++] = p + 1;
		}
	}
	argv[argc] = NULL;

	return options_parse(o, argc, argv);
}


TEST(options_parse)
{
	char all[] = "sluice --check --daemon --pid=/p --uid=u --gid=5 "
		"--log-level=debug c.lua";
	char run[] = "sluice c.lua", help[] = "sluice --help";
	char config[] = "sluice --help-config=markdown";
	char module[] = "sluice --help-config turn.so";
	char user[] = "sluice --credentials=joe c.lua";
	char nobody[] = "sluice --credentials c.lua";
	struct options o;
	int err;

	TEST_ERR(parse(&o, run));
	TEST_EQ(OPTIONS_RUN, o.action);
	TEST_OK(!o.is_daemon && !o.has_level && !o.pid);

	TEST_ERR(parse(&o, all));
	TEST_EQ(OPTIONS_CHECK, o.action);
	TEST_OK(o.is_daemon && o.has_level);
	TEST_EQ(LOG_LEVEL_DEBUG, o.level);
	TEST_OK(!strcmp("/p", o.pid) && !strcmp("u", o.uid));
	TEST_OK(!strcmp("5", o.gid) && !strcmp("c.lua", o.config));

	TEST_ERR(parse(&o, help));
	TEST_EQ(OPTIONS_HELP, o.action);
	TEST_ERR(parse(&o, config));
	TEST_EQ(OPTIONS_HELP_CONFIG, o.action);
	TEST_OK(o.is_markdown && !o.config);
	TEST_ERR(parse(&o, module));
	TEST_OK(!o.is_markdown && !strcmp("turn.so", o.config));

	TEST_ERR(parse(&o, user));
	TEST_EQ(OPTIONS_CREDENTIALS, o.action);
	TEST_OK(!strcmp("joe", o.user));
	TEST_ERR(parse(&o, nobody));
	TEST_OK(!strcmp("me", o.user));
 out:
	return err;
}


TEST(options_errors)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "sluice", "CONFIG is missing; see --help" },
		{ "sluice --check", "CONFIG is missing; see --help" },
		{ "sluice --credentials", "CONFIG is missing; see --help" },
		{ "sluice a b", "one CONFIG is enough: 'b'" },
		{ "sluice --chek a", "unknown option '--chek'; "
			"did you mean '--check'?" },
		{ "sluice --level=debug a", "unknown option "
			"'--level=debug'; see --help" },
		{ "sluice -x", "unknown option '-x'; see --help" },
		{ "sluice --pid a", "--pid needs a value: --pid=..." },
		{ "sluice --uid= a", "--uid needs a value: --uid=..." },
		{ "sluice --daemon=1 a", "--daemon takes no value" },
		{ "sluice --log-level=loud a", "--log-level: 'loud' is none "
			"of 'error', 'warn', 'info', 'debug'" },
		{ "sluice --help-config=html", "--help-config: 'html' is "
			"not 'markdown'" },
	};
	struct options o;
	char line[100];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		strcpy(line, cases[i].line);
		TEST_EQ(-EBADMSG, parse(&o, line));
		if (strcmp(cases[i].error, o.error))
			TEST_FAIL("%s", o.error);
	}
 out:
	return err;
}


TEST(options_help_fits_a_screen)
{
	const char *p = options_help();
	int err = 0, n_lines = 0;

	for (; *p; ++n_lines) {
		size_t n = strcspn(p, "\n");

		TEST_OK(n < 80);
		p += n + 1;
	}
	TEST_OK(n_lines <= 24);
 out:
	return err;
}
