/* Where log lines go: the appenders of the configuration.  Lines pass a
 * bounded ring and are written by one helper thread, so nothing that a disk
 * or a console does can hold up a worker; what finds no room is dropped,
 * and a line tells how many were.
 *
 * A file whose path is missing or whose disk is full is told once on
 * standard error, tried again, and never stops the server.  Old files are
 * PATH.1 (the youngest) to PATH.n. */
#ifndef LOG_APPENDER_H
#define LOG_APPENDER_H

#include "host/log_line.h"

enum {
	LOG_APPENDERS_MAX = 16,
	LOG_RECENT = 512,        /* lines that are kept to be looked at */
};

enum log_appender_type {
	LOG_APPENDER_CONSOLE,    /* standard error */
	LOG_APPENDER_COLOURED,   /* the same, with colours if it is a tty */
	LOG_APPENDER_FILE,
};

/* One element of logAppenders in the configuration. */
struct log_appender_conf {
	const char *name;
	enum log_appender_type type;
	enum log_level level;    /* lines up to this one */

	/* Files only. */
	const char *file_name;
	int64_t file_length;     /* bytes, to rotate at; 0: never */
	int64_t file_history_size;       /* old files to keep; 0: all */
};

struct log_appenders;

/* Start the helper and become the log's sink; the log's level is that of
 * the loudest appender.  Descriptors other than standard error are opened by
 * the helper.  Thread: main, while no other thread logs, after any fork.
 * confs: n of them, at most LOG_APPENDERS_MAX, copied.
 * Returns 0 and *appendersp (owned by the caller), or -ENOMEM. */
int log_appenders_open(struct log_appenders **appendersp,
		       const struct log_appender_conf *confs, size_t n);

/* Use other appenders from now on (a new configuration); may wait for the
 * disk.  Thread: main.  Returns 0, or -ENOMEM: nothing has changed. */
int log_appenders_set(struct log_appenders *appenders,
		      const struct log_appender_conf *confs, size_t n);

/* Open all files anew, after lines logged so far are written: logrotate has
 * renamed them.  Does not wait for that.  Thread: any. */
void log_appenders_reopen(struct log_appenders *appenders);

/* Wait until all lines logged so far are written, or lost.  Thread: any, but
 * not a worker. */
void log_appenders_flush(struct log_appenders *appenders);

/* Called for a line that was kept; number: 1 and up, of all lines. */
typedef void (log_recent_fn)(const struct log_line *line, uint64_t number,
			     void *arg);

/* Call fn for the newest `max` of those lines that are kept and have numbers
 * above `after`, oldest first.  Thread: any; fn must be quick and must not
 * log. */
API void log_appenders_recent(struct log_appenders *appenders,
			      uint64_t after, size_t max, log_recent_fn *fn,
			      void *arg);

/* Write what is left, stop and free; the log goes to standard error again.
 * If the disk does not come back within LOG_CLOSE_MS, what is left is
 * abandoned.  NULL is allowed.  Thread: main, while no other thread logs. */
void log_appenders_close(struct log_appenders *appenders);

enum { LOG_CLOSE_MS = 1000 };

#endif
