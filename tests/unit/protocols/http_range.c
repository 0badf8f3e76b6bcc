/* http/http_range. */
#include "http/http_range.h"
#include "http_test.h"


static const struct {
	const char *value;
	int64_t size;
	int n;                   /* or an error */
	struct http_range ranges[3];
} cases[] = {
	{ "bytes=0-499", 1000, 1, { { 0, 500 } } },
	{ "Bytes=500-", 1000, 1, { { 500, 500 } } },
	{ "bytes=-200", 1000, 1, { { 800, 200 } } },
	{ "bytes=-2000", 1000, 1, { { 0, 1000 } } },
	{ "bytes=0-0", 1, 1, { { 0, 1 } } },
	{ "bytes=999-5000", 1000, 1, { { 999, 1 } } },
	{ "bytes=0-99999999999999999999", 1000, 1, { { 0, 1000 } } },
	{ "bytes=-99999999999999999999", 1000, 1, { { 0, 1000 } } },
	{ "bytes=0-0, 5-6 ,-1", 1000, 3, { { 0, 1 }, { 5, 2 }, { 999, 1 } } },
	{ "bytes=1000-, 5-6", 1000, 1, { { 5, 2 } } },
	{ "bytes=1000-", 1000, -ENOENT, { { 0 } } },
	{ "bytes=99999999999999999999-", 1000, -ENOENT, { { 0 } } },
	{ "bytes=-0", 1000, -ENOENT, { { 0 } } },
	{ "bytes=0-", 0, -ENOENT, { { 0 } } },
	{ "bytes=-5", 0, -ENOENT, { { 0 } } },
	{ "items=0-5", 1000, -ENOTSUP, { { 0 } } },
	{ "0-5", 1000, -ENOTSUP, { { 0 } } },
	{ "bytes=", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=,", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=5", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=-", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=--5", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=+1-5", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=5-4", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=1-2-3", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=1 - 2", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=0x1-0x2", 1000, -EBADMSG, { { 0 } } },
	{ "bytes=0-,0-", 1000, -EMSGSIZE, { { 0 } } },
	{ "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,10-10,11-11,12-12,"
	  "13-13,14-14,15-15,16-16", 1000, -EMSGSIZE, { { 0 } } },
};


TEST(http_range_parse)
{
	struct http_range ranges[HTTP_RANGES_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int n = http_range_parse(ranges, str(cases[i].value),
					 cases[i].size);

		if (n != cases[i].n)
			TEST_FAIL("%s: %d", cases[i].value, n);
		for (int k = 0; k < n; k++) {
			TEST_EQ(cases[i].ranges[k].from, ranges[k].from);
			TEST_EQ(cases[i].ranges[k].len, ranges[k].len);
		}
	}
 out:
	return err;
}


TEST(http_range_write)
{
	static const char want[] =
		"bytes */9\r\n--b\r\nContent-Type: t/u\r\n"
		"Content-Range: bytes 1-3/9\r\n\r\n\r\n--b--\r\n";
	const struct http_range range = { 1, 3 };
	struct writer w = writer(1000);
	int err;

	http_range_write(&w, NULL, 9);
	http_range_part_write(&w, &range, 9, str("b"), str("t/u"));
	http_range_end_write(&w, str("b"));
	TEST_ERR(w.err);
	TEST_MEM(want, strlen(want), w.data, w.len);
 out:
	writer_fini(&w);
	return err;
}
