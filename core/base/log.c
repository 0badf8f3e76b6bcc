/* Logging. */
#include "base/log.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/error.h"


enum { LOG_LINE_MAX = 1024 };

/* The one exception to "no globals": like errno, a log line must be possible
 * where nothing else is at hand. */
static struct {
	log_sink_fn *sink;
	void *arg;
	atomic_int level;
} sink = { NULL, NULL, LOG_LEVEL_INFO };


void log_set_sink(log_sink_fn *fn, void *arg)
{
	sink.sink = fn;
	sink.arg = arg;
}


void log_set_level(enum log_level level)
{
	atomic_store(&sink.level, (int)level);
}


bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&sink.level,
						  memory_order_relaxed);
}


const char *log_level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	return names[level];
}


int log_level_parse(enum log_level *level, struct str name)
{
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
		if (str_is(name, log_level_name((enum log_level)i))) {
			*level = (enum log_level)i;
			return 0;
		}
	}

	return -ENOENT;
}


void log_write(const struct log_tag *tag, enum log_level level,
	       const char *fmt, ...)
{
	struct log_record rec;
	char line[LOG_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line))
		n = sizeof(line) - 1;

	rec.level = level;
	rec.wall_us = clock_wall_us();
	rec.category = tag->category;
	rec.id = tag->id;
	rec.text = str_n(line, (size_t)n);

	if (sink.sink)
		sink.sink(&rec, sink.arg);
	else
		fprintf(stderr, "%s %s#%llu %s\n", log_level_name(level),
			rec.category, (unsigned long long)rec.id, line);
}
