/* The command line. */
#include "host/options.h"
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "host/config_near.h"


enum option {
	OPTION_CHECK,
	OPTION_CREDENTIALS,
	OPTION_DAEMON,
	OPTION_PID,
	OPTION_UID,
	OPTION_GID,
	OPTION_LOG_LEVEL,
	OPTION_HELP,
	OPTION_HELP_CONFIG,
	OPTION_VERSION,
};

static const char *const names[] = {
	[OPTION_CHECK] = "--check",
	[OPTION_CREDENTIALS] = "--credentials",
	[OPTION_DAEMON] = "--daemon",
	[OPTION_PID] = "--pid",
	[OPTION_UID] = "--uid",
	[OPTION_GID] = "--gid",
	[OPTION_LOG_LEVEL] = "--log-level",
	[OPTION_HELP] = "--help",
	[OPTION_HELP_CONFIG] = "--help-config",
	[OPTION_VERSION] = "--version",
};


const char *options_help(void)
{
	return
"Usage: sluice [options] CONFIG\n"
"\n"
"Starts the media server that the Lua file CONFIG describes.\n"
"\n"
"  --check            only read CONFIG, and say what is wrong with it\n"
"  --daemon           run in the background, once all of it has started\n"
"  --pid=FILE         write the process id to FILE\n"
"  --uid=USER         run as USER (a name or a number) once sockets are open\n"
"  --gid=GROUP        run with GROUP (a name or a number)\n"
"  --log-level=LEVEL  error, warn, info or debug, for all appenders\n"
"\n"
"  --help             print this\n"
"  --help-config      print every key that CONFIG can have, or those of a\n"
"                     module: --help-config build/applications/turn.so\n"
"  --credentials      print a token for the console and the API, and a user\n"
"                     name and a password for TURN, and how to use them;\n"
"                     --credentials=NAME: of that user of TURN\n"
"  --version          print the version and what was built in\n"
"\n"
"SIGTERM and SIGINT end it, SIGHUP reads CONFIG again, SIGUSR1 lets\n"
"TURN make no new allocations until the next one.  The exit status is 0, or 1\n"
"if something is wrong, which is told on standard error.\n";
}


/* Says which option `arg` is, with *value behind its '=' (or NULL). */
static int find_option(struct options *o, const char *arg,
		       const char **value)
{
	size_t len = strcspn(arg, "=");
	struct config_near near = config_near(str_n(arg, len));

	*value = arg[len] ? arg + len + 1 : NULL;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_is(near.want, names[i]))
			return (int)i;
		config_near_try(&near, names[i]);
	}

	snprintf(o->error, sizeof(o->error), "unknown option '%.60s'%s%s%s",
		 arg, near.best ? "; did you mean '" : "",
		 near.best ? near.best : "; see --help",
		 near.best ? "'?" : "");

	return -EBADMSG;
}


/* Options take a value or not. */
static int check_value(struct options *o, enum option option,
		       const char *value)
{
	bool needs_value = option == OPTION_PID || option == OPTION_UID ||
		option == OPTION_GID || option == OPTION_LOG_LEVEL;

	if (needs_value && (!value || !value[0])) {
		snprintf(o->error, sizeof(o->error),
			 "%s needs a value: %s=...", names[option],
			 names[option]);
		return -EBADMSG;
	}
	if (!needs_value && value && option != OPTION_HELP_CONFIG &&
	    option != OPTION_CREDENTIALS) {
		snprintf(o->error, sizeof(o->error), "%s takes no value",
			 names[option]);
		return -EBADMSG;
	}

	return 0;
}


static int set_level(struct options *o, const char *value)
{
	if (!log_level_parse(&o->level, str(value))) {
		o->has_level = true;
		return 0;
	}

	snprintf(o->error, sizeof(o->error), "--log-level: '%.60s' is none of "
		 "'error', 'warn', 'info', 'debug'", value);

	return -EBADMSG;
}


static int set_help_config(struct options *o, const char *value)
{
	o->action = OPTIONS_HELP_CONFIG;
	o->is_markdown = value && !strcmp(value, "markdown");
	if (!value || o->is_markdown)
		return 0;

	snprintf(o->error, sizeof(o->error), "--help-config: '%.60s' is not "
		 "'markdown'", value);

	return -EBADMSG;
}


static int set_credentials(struct options *o, const char *value)
{
	o->action = OPTIONS_CREDENTIALS;
	o->user = value && value[0] ? value : "me";

	return 0;
}


static int set(struct options *o, enum option option, const char *value)
{
	int err;

	err = check_value(o, option, value);
	if (err)
		return err;

	switch (option) {

	case OPTION_CHECK:       o->action = OPTIONS_CHECK; break;
	case OPTION_CREDENTIALS: return set_credentials(o, value);
	case OPTION_DAEMON:      o->is_daemon = true; break;
	case OPTION_PID:         o->pid = value; break;
	case OPTION_UID:         o->uid = value; break;
	case OPTION_GID:         o->gid = value; break;
	case OPTION_LOG_LEVEL:   return set_level(o, value);
	case OPTION_HELP:        o->action = OPTIONS_HELP; break;
	case OPTION_HELP_CONFIG: return set_help_config(o, value);
	case OPTION_VERSION:     o->action = OPTIONS_VERSION; break;
	}

	return 0;
}


int options_parse(struct options *o, int argc, char *const argv[])
{
	const char *value;
	int option, err;

	memset(o, 0, sizeof(*o));
	o->program = argv[0];

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1]) {
			option = find_option(o, argv[i], &value);
			if (option < 0)
				return option;
			err = set(o, (enum option)option, value);
			if (err)
				return err;
		}
		else if (o->config) {
			snprintf(o->error, sizeof(o->error), "one CONFIG is "
				 "enough: '%.60s'", argv[i]);
			return -EBADMSG;
		}
		else {
			o->config = argv[i];
		}
	}

	if (!o->config && o->action <= OPTIONS_CREDENTIALS) {
		snprintf(o->error, sizeof(o->error),
			 "CONFIG is missing; see --help");
		return -EBADMSG;
	}

	return 0;
}
