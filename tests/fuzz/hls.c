/* The URL of a playlist, segment or part: its last segment and its query,
 * one a line.  A name that is taken is printed back as it was; what is handed
 * on of a query has no directive, and is taken again. */
#include <stdlib.h>
#include "hls/hls_media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void name(struct str s)
{
	char out[HLS_NAME_MAX];
	struct hls_name n;

	if (hls_name_parse(s, &n))
		return;

	check(str_eq(s, str_n(out, hls_name_print(out, &n))));
	check(!memchr(s.p, '/', s.len) && s.p[0] != '.');
}


static void query(struct str s)
{
	static const struct hls_media media = {
		.target_s = 1, .part_target_us = 1, .first_msn = 7,
	};
	char out[HLS_QUERY_MAX], again[HLS_QUERY_MAX];
	struct hls_request q;
	int len = hls_query_print(out, s);

	if (!hls_request_parse(s, &q)) {
		check(q.has_msn || !q.has_part);
		check(q.has_msn || !hls_media_wait(&media, &q));
		check(q.msn < 9 || hls_media_wait(&media, &q) == -EBADMSG);
	}
	if (len < 0)
		return;

	check(len < HLS_QUERY_MAX && strlen(out) == (size_t)len);
	check(!hls_request_parse(str(out), &q) && !q.has_msn && !q.skip);
	check(hls_query_print(again, str(out)) == len);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	size_t n = 0;

	while (n < len && text[n] != '\n')
		++n;
	name(str_n(text, n));
	query(str_n(text + n, len - n));
	if (n < len)
		query(str_n(text + n + 1, len - n - 1));

	return 0;
}
