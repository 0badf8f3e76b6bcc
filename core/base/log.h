/* Logging.  An object that logs embeds a struct log_tag named `log`; a line
 * is written as log_info(obj, "publish start name=%s", name).
 *
 * error: an operator must act; warn: we lost something; info: the life of a
 * session; debug: per message.  Nothing per frame above debug.  What peers
 * sent is escaped here.  Each category has a budget of lines per second;
 * what exceeds it is counted and told in one line.  Thread: any. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/api.h"
#include "base/slice.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

struct log_tag {
	const char *category;    /* static text: the folder's name */
	uint64_t id;             /* of the object; 0 for none */
};

/* One finished line, as an appender gets it. */
struct log_record {
	enum log_level level;
	int64_t wall_us;
	const char *category;
	uint64_t id;
	struct str text;         /* escaped, no line end; borrowed */
};

/* Called for each line, on the thread that logged it: must not block. */
typedef void (log_sink_fn)(const struct log_record *rec, void *arg);

/* Send lines to `sink` from now on (NULL: to standard error, synchronously,
 * as at the start).  Thread: main, while no other thread logs. */
API void log_set_sink(log_sink_fn *sink, void *arg);

/* Write lines up to `level`; at the start, up to LOG_LEVEL_INFO. */
API void log_set_level(enum log_level level);
API bool log_is_on(enum log_level level);

API const char *log_level_name(enum log_level level);

/* 0 and *level, or -ENOENT: "error", "warn", "info", "debug". */
API int log_level_parse(enum log_level *level, struct str name);

API void log_write(const struct log_tag *tag, enum log_level level,
		   const char *fmt, ...) PRINTF_LIKE(3, 4);

#define LOG_AT(obj, level, ...)					\
	do {							\
		if (log_is_on(level))				\
			log_write(&(obj)->log, level, __VA_ARGS__); \
	} while (0)

#define log_error(obj, ...) LOG_AT(obj, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(obj, ...) LOG_AT(obj, LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(obj, ...) LOG_AT(obj, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(obj, ...) LOG_AT(obj, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
