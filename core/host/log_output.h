/* Where an appender's lines go: the console, or a file that is rotated.
 * What cannot be written is dropped and counted, and told in a line once
 * writing works again.  Thread: the log's helper. */
#ifndef LOG_OUTPUT_H
#define LOG_OUTPUT_H

#include "base/slice.h"

enum {
	LOG_OUTPUT_BUFFER = 4096,       /* PIPE_BUF: what a pipe with room for
					 * anything takes without blocking */
	LOG_OUTPUT_RETRY_US = 5000000,  /* between tries to open a file */
	LOG_OUTPUT_PATIENCE_MS = 50,    /* with a console that is stuck */
	LOG_HISTORY_MAX = 9999,
};

struct log_output {
	char *path;              /* owned; NULL: the console */
	int64_t length;          /* rotate before it has more bytes; 0: never */
	int history;             /* old files that are kept; 0: all */
	int fd;                  /* or -1 */
	bool is_regular;
	bool is_torn;            /* the last line is not whole */
	int64_t size;            /* of the file, as far as we wrote it */
	int64_t retry_us;        /* do not try to open it before */
	int patience_ms;
	int err;                 /* of the last try to open or write */
	unsigned n_lost;         /* lines */
	int lost_err;            /* why the last of them was lost */
	int rotate_err;          /* why the file could not be rotated */
	size_t n_buffered;
	char buffer[LOG_OUTPUT_BUFFER];
};

/* Output to the file `path`, or to standard error if NULL.
 * length: bytes, at least 0; history: 0 to LOG_HISTORY_MAX.  A path is not
 * opened yet.  Returns 0, or -ENOMEM. */
int log_output_init(struct log_output *out, const char *path, int64_t length,
		    int history);

/* Flush, close and free. */
void log_output_fini(struct log_output *out);

/* Add one line, with its line end; line.len: at most LOG_OUTPUT_BUFFER. */
void log_output_put(struct log_output *out, struct str line);

/* Write what is buffered.  Returns 0, or why lines are lost, or why the file
 * was not rotated: a negative errno, any of the system's. */
int log_output_flush(struct log_output *out);

/* Flush, close the file and open the path anew (logrotate has renamed it);
 * returns as log_output_flush.  The console stays as it is. */
int log_output_reopen(struct log_output *out);

/* A line on standard error, if that takes it at once.  Thread: any. */
void log_output_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
