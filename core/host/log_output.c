/* Where an appender's lines go: the console, or a file that is rotated. */
#include "host/log_output.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/log_line.h"


int log_output_init(struct log_output *out, const char *path, int64_t length,
		    int history)
{
	memset(out, 0, sizeof(*out));
	out->length = length;
	out->history = history;
	out->patience_ms = LOG_OUTPUT_PATIENCE_MS;
	out->fd = -1;

	if (!path) {
		out->fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		return 0;
	}

	out->path = text_dup(str(path));

	return out->path ? 0 : -ENOMEM;
}


static void close_fd(struct log_output *out)
{
	if (out->fd >= 0)
		close(out->fd);
	out->fd = -1;
}


void log_output_fini(struct log_output *out)
{
	log_output_flush(out);
	close_fd(out);
	out->path = mem_free(out->path);
}


/* O_NONBLOCK: a path may name a pipe that nobody reads. */
static int open_path(struct log_output *out)
{
	int64_t now_us = clock_now_us();
	struct stat st;

	if (out->fd >= 0)
		return 0;
	if (!out->path)
		return -EBADF;
	if (now_us < out->retry_us)
		return out->err;

	out->fd = open(out->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
		       O_NONBLOCK | O_NOCTTY, 0640);
	if (out->fd < 0 || fstat(out->fd, &st)) {
		int err = -errno;

		close_fd(out);
		out->retry_us = now_us + LOG_OUTPUT_RETRY_US;
		return err;
	}

	out->is_regular = S_ISREG(st.st_mode);
	out->size = out->is_regular ? st.st_size : 0;

	return 0;
}


/* Wait a little for a console with room; once it is stuck, no more. */
static int await_room(struct log_output *out)
{
	struct pollfd p = { .fd = out->fd, .events = POLLOUT };

	if (out->is_regular)
		return 0;

	if (poll(&p, 1, out->patience_ms) != 1) {
		out->patience_ms = 0;
		return -EAGAIN;
	}
	out->patience_ms = LOG_OUTPUT_PATIENCE_MS;

	return 0;
}


/* Write all of `s`, or as much as can be: *n bytes. */
static int write_all(struct log_output *out, struct str s, size_t *n)
{
	*n = 0;
	while (*n < s.len) {
		int err = await_room(out);
		ssize_t len;

		if (err)
			return err;

		len = write(out->fd, s.p + *n, s.len - *n);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len ? -errno : -EIO;

		*n += (size_t)len;
		out->size += len;
	}

	return 0;
}


static unsigned n_lines(struct str s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '\n';

	return n;
}


static int write_lines(struct log_output *out, struct str s)
{
	size_t n;
	int err = write_all(out, s, &n);

	if (n)
		out->is_torn = s.p[n - 1] != '\n';
	if (err) {
		out->n_lost += n_lines(str_n(s.p + n, s.len - n));
		out->lost_err = err;
	}

	return err;
}


static int tell_lost(struct log_output *out)
{
	struct log_line line = {
		.level = LOG_LEVEL_WARN,
		.wall_us = clock_wall_us(),
		.category = "log",
	};
	char text[LOG_LINE_MAX + 1] = "\n";
	size_t len, n;
	int err;

	if (!out->n_lost)
		return 0;

	line.len = (size_t)snprintf(line.text, sizeof(line.text),
				    "%u lines lost: %s", out->n_lost,
				    out->lost_err == -EAGAIN
				    ? "nobody reads them"
				    : error_text(out->lost_err));
	len = log_line_print(text + out->is_torn, &line, false) +
		out->is_torn;
	err = write_all(out, str_n(text, len), &n);
	if (n)
		out->is_torn = n < len;
	if (!err)
		out->n_lost = 0;

	return err;
}


int log_output_flush(struct log_output *out)
{
	struct str s = str_n(out->buffer, out->n_buffered);
	int rotate_err = out->rotate_err, err;

	if (!s.len)
		return out->err;

	out->n_buffered = 0;
	out->rotate_err = 0;
	err = open_path(out);
	if (!err)
		err = tell_lost(out);
	if (err) {
		out->n_lost += n_lines(s);
		out->lost_err = err;
	}
	else {
		err = write_lines(out, s);
	}
	out->err = err;

	return err ? err : rotate_err;
}


/* PATH.n, the n-th youngest of the old files; false: it is too long. */
static bool print_old(char *old, const char *path, int n)
{
	int len = snprintf(old, PATH_MAX, "%s.%d", path, n);

	return len > 0 && len < PATH_MAX;
}


/* Move PATH.n to PATH.n+1, or delete it if that is beyond the history. */
static void age(const struct log_output *out, int n)
{
	int keep = out->history ? out->history : LOG_HISTORY_MAX;
	char from[PATH_MAX], to[PATH_MAX];

	if (!print_old(from, out->path, n) ||
	    !print_old(to, out->path, n + 1))
		return;

	if (n >= keep)
		unlink(from);
	else
		rename(from, to);
}


/* Nothing is remembered of the old files: their names say all, so that they
 * are found and deleted after a restart too (and after the history has been
 * made shorter). */
static int rotate(struct log_output *out)
{
	char old[PATH_MAX];
	int n = 1;

	while (n <= LOG_HISTORY_MAX && print_old(old, out->path, n) &&
	       !access(old, F_OK))
		++n;
	while (--n > 0)
		age(out, n);

	if (!print_old(old, out->path, 1))
		return -ENAMETOOLONG;
	if (rename(out->path, old))
		return -errno;

	close_fd(out);
	out->err = open_path(out);

	return out->err;
}


void log_output_put(struct log_output *out, struct str line)
{
	int64_t size = out->size + (int64_t)(out->n_buffered + line.len);

	assert(line.len <= sizeof(out->buffer));

	if (out->length && out->is_regular && size > out->length) {
		log_output_flush(out);
		if (out->size)
			out->rotate_err = rotate(out);
		/* If it failed: try again after as many bytes. */
		out->size = 0;
	}

	if (line.len > sizeof(out->buffer) - out->n_buffered)
		log_output_flush(out);

	memcpy(out->buffer + out->n_buffered, line.p, line.len);
	out->n_buffered += line.len;
}


int log_output_reopen(struct log_output *out)
{
	int err = log_output_flush(out);

	if (!out->path)
		return err;

	close_fd(out);
	out->retry_us = 0;
	out->err = open_path(out);

	return out->err;
}


void log_output_say(const char *fmt, ...)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	char text[LOG_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	if (n > 0 && poll(&p, 1, 0) == 1)
		n = (int)write(p.fd, text, strlen(text));
}
