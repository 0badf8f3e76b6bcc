/* One line of the log, and how it is printed. */
#include "host/log_line.h"
#include <stdio.h>
#include <time.h>


void log_line_set(struct log_line *line, const struct log_record *rec)
{
	struct str category = str(rec->category);

	if (category.len >= LOG_CATEGORY_MAX)
		category.len = LOG_CATEGORY_MAX - 1;

	line->level = rec->level;
	line->wall_us = rec->wall_us;
	line->id = rec->id;
	line->is_asked = rec->is_asked;
	memcpy(line->category, category.p, category.len);
	line->category[category.len] = '\0';
	line->len = rec->text.len < LOG_TEXT_MAX ? rec->text.len
		: LOG_TEXT_MAX;
	memcpy(line->text, rec->text.p, line->len);
}


static const char *colour(enum log_level level)
{
	static const char *const colours[] = {
		"\x1b[31m", "\x1b[33m", "", "\x1b[90m"
	};

	return colours[level];
}


size_t log_line_print(char *out, const struct log_line *line,
		      bool is_coloured)
{
	time_t s = (time_t)(line->wall_us / 1000000);
	const char *on = is_coloured ? colour(line->level) : "";
	char stamp[32], id[24] = "";
	struct tm tm;
	int n;

	gmtime_r(&s, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	if (line->id)
		snprintf(id, sizeof(id), "#%llu",
			 (unsigned long long)line->id);

	n = snprintf(out, LOG_LINE_MAX, "%s%s.%03dZ %-5s %s%s %.*s%s\n", on,
		     stamp, (int)(line->wall_us / 1000 % 1000),
		     log_level_name(line->level), line->category, id,
		     (int)line->len, line->text, *on ? "\x1b[0m" : "");

	return n < 0 ? 0 : (size_t)n;
}
