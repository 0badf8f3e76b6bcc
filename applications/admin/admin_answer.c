/* Answers that are made here and now. */
#include "admin_app.h"
#include "admin_json.h"
#include "base/error.h"

enum { PROBLEM_MAX = 1024 };


void admin_answer_problem(struct http_exchange *x, int status,
			  const char *name, const char *value,
			  const char *detail)
{
	struct writer w = writer(PROBLEM_MAX);
	int err = http_response_problem(&w, status, str(detail));

	http_exchange_answer(x, &(struct http_answer){
		.status = status,
		.type = HTTP_PROBLEM_TYPE,
		.headers = { { name, str(value) } },
		.body = err ? slice(NULL, 0) : writer_slice(&w),
	});
	writer_fini(&w);
}


void admin_answer_nothing(struct http_exchange *x)
{
	http_exchange_answer(x, &(struct http_answer){ .status = 204 });
}


static struct chunk *make_report(struct admin *admin,
				 enum report_format format,
				 admin_describe_fn *describe)
{
	struct writer w = writer(ADMIN_REPORT_MAX);
	struct chunk *chunk = NULL;
	struct report r;

	report_init(&r, format, &w);
	describe(&r, admin);
	if (!report_fini(&r))
		chunk = chunk_copy(writer_slice(&w));
	writer_fini(&w);

	return chunk;
}


static bool is_fresh(const struct admin_cache *cache, int64_t now_us)
{
	return cache->chunk && now_us < cache->until_us;
}


static void keep(struct admin_cache *cache, struct chunk *take_chunk,
		 int64_t now_us)
{
	chunk_unref(cache->chunk);
	cache->chunk = take_chunk;
	cache->until_us = now_us + ADMIN_CACHE_MS * 1000;
}


void admin_answer_report(struct admin *admin, struct http_exchange *x,
			 enum report_format format,
			 admin_describe_fn *describe,
			 struct admin_cache *cache)
{
	const int64_t now_us = admin->host->worker.loop.now_us;
	struct chunk *chunk;

	chunk = cache && is_fresh(cache, now_us)
		? chunk_ref(cache->chunk)
		: make_report(admin, format, describe);
	if (!chunk) {
		http_exchange_problem(x, 503, "no memory for the answer");
		return;
	}
	if (cache && chunk != cache->chunk)
		keep(cache, chunk_ref(chunk), now_us);

	http_exchange_answer(x, &(struct http_answer){
		.type = report_content_type(format),
		.body = chunk_slice(chunk),
	});
	chunk_unref(chunk);
}


/* "application/json", and whatever parameters it has. */
static bool is_json(struct str type)
{
	static const char json[] = "application/json";
	const size_t len = sizeof(json) - 1;

	return type.len >= len && !strncasecmp(type.p, json, len) &&
	       (type.len == len || strchr("; \t", type.p[len]));
}


bool admin_read_body(struct http_exchange *x, struct admin_field *fields)
{
	const char *why;
	int status;

	if (!is_json(http_exchange_field(x, "Content-Type"))) {
		http_exchange_problem(x, 415, "the body must be "
				      "application/json");
		return false;
	}

	status = admin_json_read(x->body, fields, &why);
	if (status)
		http_exchange_problem(x, status, "%s", why);

	return !status;
}


bool admin_query(struct http_exchange *x, const char *key, char *buf,
		 struct str *value)
{
	int n = http_exchange_query(x, key, buf, ADMIN_NAME_MAX);

	*value = str_n(buf, n > 0 ? (size_t)n : 0);
	if (n >= 0 || n == -ENOENT)
		return true;

	http_exchange_problem(x, 400, "%s: %s", key, n == -EMSGSIZE
			      ? "too long" : "a wrong escape");

	return false;
}
