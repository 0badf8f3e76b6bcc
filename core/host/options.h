/* The command line: sluice [options] CONFIG.  Thread: any, pure. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include "base/log.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK,           /* --check: read CONFIG, say what is wrong */
	OPTIONS_CREDENTIALS,     /* --credentials: tell those of a user */
	OPTIONS_HELP,
	OPTIONS_HELP_CONFIG,
	OPTIONS_VERSION,
};

struct options {
	enum options_action action;
	const char *program;     /* argv[0], borrowed */
	const char *config;      /* borrowed from argv; set for RUN, CHECK and
				  * CREDENTIALS; a module or NULL for
				  * HELP_CONFIG */
	const char *user;        /* --credentials[=USER] */
	const char *pid;         /* --pid=FILE, or NULL */
	const char *uid;         /* --uid=USER, number or name, or NULL */
	const char *gid;         /* --gid=GROUP, number or name, or NULL */
	bool is_daemon;
	bool has_level;
	enum log_level level;    /* --log-level=, if has_level */
	bool is_markdown;        /* --help-config=markdown */
	char error[160];         /* what is wrong, for a person */
};

/* Read `argv`, argv[0] being the program.  Returns 0, or -EBADMSG and
 * o->error. */
int options_parse(struct options *o, int argc, char *const argv[]);

/* What --help prints; fits a screen. */
const char *options_help(void);

#endif
