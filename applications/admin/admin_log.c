/* Routes about the log. */
#include <stdio.h>
#include "admin_app.h"
#include "admin_json.h"
#include "base/text.h"
#include "host/log_appender.h"

enum { LINES = 200, LINES_MAX = 1000 };

struct tail {
	struct report r;
	enum log_level level;
};


/* -- the tail -- */

/* A session's id as everywhere else, others are plain numbers. */
static const char *print_id(char *buf, uint64_t id)
{
	if (id >> 32)
		return session_id_print(buf, id);
	snprintf(buf, SESSION_ID_TEXT_MAX, "%llu", (unsigned long long)id);

	return buf;
}


static void describe_line(const struct log_line *line, uint64_t number,
			  void *arg)
{
	struct tail *t = arg;
	char text[TEXT_TIME_MAX], id[SESSION_ID_TEXT_MAX];

	if (line->level > t->level)
		return;

	report_open(&t->r, NULL);
	report_gauge(&t->r, "id", REPORT_PLAIN, (int64_t)number, NULL);
	report_text(&t->r, "time", str(text_print_time(text, line->wall_us)));
	report_text(&t->r, "level", str(log_level_name(line->level)));
	report_text(&t->r, "category", str(line->category));
	if (line->id)
		report_text(&t->r, "object", str(print_id(id, line->id)));
	report_text(&t->r, "text", str_n(line->text, line->len));
	report_close(&t->r);
}


static void answer_tail(struct admin *admin, struct http_exchange *x,
			struct tail *t, uint64_t after, size_t max)
{
	struct writer w = writer(ADMIN_REPORT_MAX);
	int err;

	report_init(&t->r, REPORT_JSON, &w);
	report_open(&t->r, NULL);
	report_list_open(&t->r, "lines");
	if (admin->server->appenders)
		log_appenders_recent(admin->server->appenders, after, max,
				     describe_line, t);
	report_list_close(&t->r);
	report_close(&t->r);
	err = report_fini(&t->r);

	if (err)
		http_exchange_problem(x, 503, "no memory for the answer");
	else
		http_exchange_answer(x, &(struct http_answer){
			.type = report_content_type(REPORT_JSON),
			.body = writer_slice(&w),
		});
	writer_fini(&w);
}


void admin_get_log(struct admin *admin, struct http_exchange *x,
		   const struct admin_args *args)
{
	char buf[3][ADMIN_NAME_MAX];
	struct str limit, after, level;
	struct tail t = { .level = LOG_LEVEL_DEBUG };
	int64_t max = LINES, from = 0;

	(void)args;
	if (!admin_query(x, "limit", buf[0], &limit) ||
	    !admin_query(x, "after", buf[1], &after) ||
	    !admin_query(x, "level", buf[2], &level))
		return;

	if ((limit.len && text_parse_int(limit, 1, LINES_MAX, &max)) ||
	    (after.len && text_parse_int(after, 0, INT64_MAX, &from)) ||
	    (level.len && log_level_parse(&t.level, level)))
		http_exchange_problem(x, 400, "limit is 1 to %d, after the id "
				      "of a line, level one of error, warn, "
				      "info and debug", (int)LINES_MAX);
	else
		answer_tail(admin, x, &t, (uint64_t)from, (size_t)max);
}


/* -- levels -- */

static void describe_category(const char *name, enum log_level level,
			      void *arg)
{
	struct report *r = arg;

	report_open(r, NULL);
	report_label(r, "category", str(name));
	report_text(r, "level", str(log_level_name(level)));
	report_close(r);
}


static void describe_levels(struct report *r, struct admin *admin)
{
	(void)admin;
	report_open(r, NULL);
	report_text(r, "level", str(log_level_name(log_level())));
	report_list_open(r, "categories");
	log_each_category(describe_category, r);
	report_list_close(r);
	report_close(r);
}


void admin_get_log_level(struct admin *admin, struct http_exchange *x,
			 const struct admin_args *args)
{
	(void)args;
	admin_answer_report(admin, x, REPORT_JSON, describe_levels, NULL);
}


/* 0, or the status to answer. */
static int set_level(struct str category, struct str level)
{
	enum log_level l = LOG_LEVEL_INFO;

	if (level.len && log_level_parse(&l, level))
		return 422;
	if (!category.len && !level.len)
		return 422;

	if (!category.len)
		log_ask_level(l);
	else if (!level.len)
		log_unset_category_level(category);
	else if (log_set_category_level(category, l))
		return 422;

	return 0;
}


void admin_put_log_level(struct admin *admin, struct http_exchange *x,
			 const struct admin_args *args)
{
	char level[ADMIN_TEXT_MAX] = "", category[ADMIN_TEXT_MAX] = "";
	struct admin_field fields[] = {
		{ .name = "level", .type = ADMIN_TEXT, .is_required = true,
		  .is_nullable = true, .value = level },
		{ .name = "category", .type = ADMIN_TEXT, .value = category },
		{ .name = NULL }
	};
	int status;

	(void)args;
	if (!admin_read_body(x, fields))
		return;

	status = set_level(str(category), str(level));
	if (status) {
		http_exchange_problem(x, status, "level must be error, warn, "
				      "info or debug, or with a category null: "
				      "as all others; a category has a short "
				      "name");
		return;
	}

	log_info(admin, "log level %s%s%s, by the API", level[0] ? level
		 : "as all", category[0] ? " of " : "", category);
	admin_answer_report(admin, x, REPORT_JSON, describe_levels, NULL);
}
