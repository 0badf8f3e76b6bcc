/* A request: its head is taken alike however it is cut, and what it says is
 * within it; paths that are taken are canonical. */
#include <stdlib.h>
#include "http/http_accept.h"
#include "http/http_conditional.h"
#include "http/http_range.h"
#include "http/http_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void look_at_target(const struct http_target *t)
{
	char path[HTTP_PATH_MAX + 1], value[64];
	struct str query = t->query, key, raw;
	int n = http_target_path(path, sizeof(path), t->path);

	if (n >= 0) {
		check(n <= HTTP_PATH_MAX && strlen(path) == (size_t)n);
		check(path[0] == '/' && !strstr(path, "//") &&
		      !strstr(path, "/../"));
	}
	while (http_target_query_next(&query, &key, &raw))
		check(http_target_unescape(value, sizeof(value), raw) <
		      (int)sizeof(value));
}


static void look_at_fields(const struct http_request *req)
{
	static const struct http_validators v = {
		{ "\"a\"", 3 }, 784111777, true, true
	};
	struct http_range ranges[HTTP_RANGES_MAX];
	int n = http_range_parse(ranges, http_request_find(req, "Range"),
				 1000);
	int status = http_conditional_check(req, &v, 1700000000);

	check(!status || status == 304 || status == 412);
	http_conditional_has_range(req, &v, 1700000000);
	check(http_accept_type(req, str("text/html")) <= HTTP_QUALITY_MAX);
	check(http_accept_encoding(req, str("gzip")) <= HTTP_QUALITY_MAX);

	for (int i = 0; i < n; i++)
		check(ranges[i].from >= 0 && ranges[i].len > 0 &&
		      ranges[i].from + ranges[i].len <= 1000);
	for (size_t i = 0; i < req->n_fields; i++)
		check(http_text_is_token(req->fields[i].name) &&
		      http_text_is_value(req->fields[i].value));
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct http_request req;
	const struct http_limits limits = http_limits(1000);
	struct http_scan whole = { 0 }, cut = { 0 };
	size_t end = 0;
	int want, n = -EAGAIN, status;

	want = http_request_read(&req, &whole, slice(data, len), &limits);
	status = want < 0 ? req.status : 0;
	if (want > 0) {
		check((size_t)want <= len && want <= HTTP_HEAD_MAX + 2);
		check(req.content_length >= -1 && req.content_length <= 1000);
		look_at_target(&req.target);
		look_at_fields(&req);
	}

	for (size_t step = 1; n == -EAGAIN && end < len; step = step % 7 + 1) {
		end = len - end < step ? len : end + step;
		n = http_request_read(&req, &cut, slice(data, end), &limits);
	}
	check(n == want);
	check(n >= 0 || n == -EAGAIN || req.status == status);

	return 0;
}
