/* http/http_date. */
#include "http/http_date.h"
#include "http_test.h"
#include "random.h"

enum { NOW_S = 1700000000 };     /* 2023 */

static const struct {
	const char *text;
	int64_t time_s;          /* -1: refused */
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "Wed Nov 16 08:49:37 1994", 784975777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
	{ "Sat, 01-Jan-73 00:00:00 GMT", -1 },
	{ "Sunday, 01-Jan-73 00:00:00 GMT", 3250454400 },
	{ "Tuesday, 01-Jan-74 00:00:00 GMT", 126230400 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 +0000", -1 },
	{ "sun, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 94 08:49:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:60:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:00:61 GMT", -1 },
	{ "Sun, 00 Nov 1994 08:00:00 GMT", -1 },
	{ "Sun, 31 Nov 1994 08:00:00 GMT", -1 },
	{ "Thu, 29 Feb 1900 08:00:00 GMT", -1 },
	{ "Sun, -6 Nov 1994 08:49:37 GMT", -1 },
	{ "1994-11-06T08:49:37Z", -1 },
};


TEST(http_date_parse)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		int64_t t = -1;
		int got = http_date_parse(&t, str(dates[i].text), NOW_S);

		if (t != dates[i].time_s ||
		    got != (t < 0 ? -EBADMSG : 0))
			TEST_FAIL("%s: %d, %lld", dates[i].text, got,
				  (long long)t);
	}
 out:
	return err;
}


TEST(http_date_print)
{
	struct test_random random = { 3 };
	char out[HTTP_DATE_SIZE];
	int err = 0;

	TEST_STR(dates[0].text, str(http_date_print(out, 784111777)));
	TEST_STR(dates[4].text, str(http_date_print(out, 0)));
	TEST_STR("Wed, 31 Dec 1969 23:59:59 GMT",
		 str(http_date_print(out, -1)));
	TEST_STR("Sat, 01 Jan 0000 00:00:00 GMT",
		 str(http_date_print(out, INT64_MIN)));
	TEST_STR("Fri, 31 Dec 9999 23:59:59 GMT",
		 str(http_date_print(out, INT64_MAX)));

	for (int i = 0; i < 5000; i++) {
		int64_t t = (int64_t)test_below(&random, 253402300800), back;

		http_date_print(out, t);
		TEST_ERR(http_date_parse(&back, str(out), NOW_S));
		TEST_EQ(t, back);
	}
 out:
	return err;
}
