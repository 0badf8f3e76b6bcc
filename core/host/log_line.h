/* One line of the log, and how it is printed. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "base/log.h"

/* Room for a printed line: time, level, category, id, colours, text. */
enum { LOG_LINE_MAX = LOG_TEXT_MAX + 120 };

struct log_line {
	enum log_level level;
	int64_t wall_us;
	uint64_t id;
	bool is_asked;
	char category[LOG_CATEGORY_MAX];
	size_t len;
	char text[LOG_TEXT_MAX];
};

/* Copy what `rec` borrows.  Thread: any, as below. */
void log_line_set(struct log_line *line, const struct log_record *rec);

/* Print "2026-01-31T12:00:00.000Z info  rtmp#7 text" and a line end to
 * `out` of LOG_LINE_MAX bytes; the time is UTC (ISO 8601).  Returns the
 * length. */
size_t log_line_print(char *out, const struct log_line *line,
		      bool is_coloured);

#endif
