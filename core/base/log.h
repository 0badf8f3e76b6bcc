/* Logging.  An object that logs embeds a struct log_tag named `log`; a line
 * is written as log_info(obj, "publish start name=%s", name).
 *
 * error: an operator must act; warn: we lost something; info: the life of a
 * session; debug: per message.  Nothing per frame above debug.  Lines are
 * escaped here (text_escape), so what peers sent may be passed as it is.
 * Each category may write so many lines per second and level; what exceeds
 * that is counted and told in one line.  Thread: any; nothing here blocks
 * or allocates. */
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

enum {
	LOG_TEXT_MAX = 1000,     /* bytes of one line's text; the rest is cut */
	LOG_CATEGORY_MAX = 24,   /* room for a category's name, with its zero */
	LOG_BUDGET = 1000,       /* lines per second at the start */
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
	bool is_asked;           /* for all appenders: log_ask_level, or its
				  * category has a level of its own */
	struct str text;         /* escaped, no line end; borrowed */
};

/* Called for each line, on the thread that logged it: must not block. */
typedef void (log_sink_fn)(const struct log_record *rec, void *arg);

/* Send lines to `sink` from now on (NULL: to standard error, synchronously,
 * as at the start).  Thread: main, while no other thread logs. */
API void log_set_sink(log_sink_fn *sink, void *arg);

/* Write lines up to `level`; at the start, up to LOG_LEVEL_INFO. */
API void log_set_level(enum log_level level);

/* The same, for who asks for it while the server runs: whatever level an
 * appender has, it gets these lines, until the next log_set_level. */
API void log_ask_level(enum log_level level);
API enum log_level log_level(void);

/* The same for one category only, whatever log_set_level says.  Returns 0,
 * or -EMSGSIZE: the name is LOG_CATEGORY_MAX or longer, or there are too
 * many categories. */
API int log_set_category_level(struct str category, enum log_level level);

/* Back to the level of all others.  Thread: any. */
API void log_unset_category_level(struct str category);

/* Call fn for each category that has a level of its own. */
API void log_each_category(void (*fn)(const char *name, enum log_level level,
				      void *arg), void *arg);

/* Let each category write `per_s` lines a second of each level (0: without
 * a limit); debug, which somebody asked for, has none. */
API void log_set_budget(unsigned per_s);

/* Tell what was left out in the seconds before now_us (of clock_now_us;
 * INT64_MAX: all so far).  log_write does so with the next line of the same
 * category; the sink's thread calls this for those that became silent. */
API void log_tell_left_out(int64_t now_us);

/* May a line of `level` be written, in some category at least? */
API bool log_is_on(enum log_level level);

API const char *log_level_name(enum log_level level);

/* 0 and *level, or -ENOENT: "error", "warn", "info", "debug". */
API int log_level_parse(enum log_level *level, struct str name);

/* Write one line, in printf's form; use the macros below. */
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
