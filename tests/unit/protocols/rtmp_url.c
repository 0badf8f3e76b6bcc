/* rtmp/rtmp_url. */
#include "rtmp/rtmp_url.h"
#include "test.h"


/* A text must be equal to `want`. */
#define TEST_STR(want, got)						\
	do {								\
		struct str got_ = got;					\
		if (!str_is(got_, want))				\
			TEST_FAIL("want %s, got %.*s", want,		\
				  PRINT_STR(got_));			\
	} while (0)


static const struct {
	const char *tc_url, *app;
	const char *host;
	uint16_t port;
	const char *application, *instance, *query, *vhost;
} urls[] = {
	{ "rtmp://example.org/live", "live",
	  "example.org", 1935, "live", "", "", "" },
	{ "rtmp://example.org:1936/live/room1", "live/room1",
	  "example.org", 1936, "live", "room1", "", "" },
	{ "rtmps://u:p@10.0.0.1:443/live/a/b?token=x&vhost=One.Example",
	  "live/a/b?token=x", "10.0.0.1", 443, "live", "a/b", "token=x",
	  "one.example" },
	{ "rtmp://[2001:db8::1]:1935/live", "live",
	  "2001:db8::1", 1935, "live", "", "", "" },
	{ "rtmp://[::1]/live", "", "::1", 1935, "live", "", "", "" },
	{ "rtmp://h/live?a=b", "", "h", 1935, "live", "", "a=b", "" },
	{ "rtmp://h/live?a=/x://y", "", "h", 1935, "live", "", "a=/x://y",
	  "" },
	{ "rtmp://h?a=/b", "", "h", 1935, "", "", "a=/b", "" },
	{ "rtmp://h:/live", "live?c=d", "h", 1935, "live", "", "c=d", "" },
	{ "rtmp://h", "", "h", 1935, "", "", "", "" },
	{ "rtmp://h/", "/", "h", 1935, "", "", "", "" },
	{ "", "", "", 1935, "", "", "", "" },
	{ "", "/live/", "", 1935, "live", "", "", "" },
	{ "", "live//x/", "", 1935, "live", "x", "", "" },
	{ "rtmp://h/live...vhost...V.example", "live...vhost...V.example",
	  "h", 1935, "live", "", "", "v.example" },
	{ "rtmp://h/live", "live...vhost...v.example...k...v?a=b",
	  "h", 1935, "live", "", "a=b", "v.example" },
	{ "rtmp://h/live?vhost=a", "live?vhost=b:1", "h", 1935, "live", "",
	  "vhost=b:1", "b:1" },
	{ "rtmp://h/live.x...y", "", "h", 1935, "live.x...y", "", "", "" },
	{ "rtmp://h/l\xc3\xa4m\xe2\x82\xac\xf0\x9f\x98\x80", "",
	  "h", 1935, "l\xc3\xa4m\xe2\x82\xac\xf0\x9f\x98\x80", "", "", "" },
};


TEST(rtmp_url_parse)
{
	struct rtmp_url u;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		err = rtmp_url_parse(&u, str(urls[i].tc_url),
				     str(urls[i].app));
		if (err)
			TEST_FAIL("%s: %s", urls[i].tc_url, error_text(err));
		TEST_STR(urls[i].host, u.host);
		TEST_EQ(urls[i].port, u.port);
		TEST_STR(urls[i].application, u.application);
		TEST_STR(urls[i].instance, u.instance);
		TEST_STR(urls[i].query, u.query);
		TEST_STR(urls[i].vhost, str(u.vhost));
	}
	TEST_STR("rtmp", u.scheme);
	TEST_ERR(rtmp_url_parse(&u, str(NULL), str(NULL)));
 out:
	return err;
}


TEST(rtmp_url_wrong)
{
	static const char *const wrong[] = {
		"live", "rtmp:/h/live", "rtmp://", "rtmp:///live",
		"rtmp://:1935/live", "rtmp://h:x/live", "rtmp://h:0/live",
		"rtmp://h:65536/live", "rtmp://h:123456/live",
		"rtmp://h:-1/live", "rtmp://[::1/live", "rtmp://[::1]x/live",
		"rtmp://[]/live", "rtmp://h o/live", "rtmp://a@b@c/live",
		"rtmp://h/..", "rtmp://h/live/../x", "rtmp://h/live/./x",
		"rtmp://h/li\nve", "rtmp://h/li\\ve", "rtmp://h/\x7f",
		"rtmp://h/\xc2\x80", "rtmp://h/\xff", "rtmp://h/\xc0\xaf",
		"rtmp://h/\xe0\x80\xaf", "rtmp://h/\xed\xa0\x80",
		"rtmp://h/\xf4\x90\x80\x80", "rtmp://h/\xe2\x82",
		"rtmp://h/\x80", "rtmp://h/live?vhost=a/b",
		"rtmp://h/live?vhost=a%20", "rtmp://h/live...vhost...a b",
	};
	static char longest[RTMP_URL_MAX + 1];
	struct rtmp_url u;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		if (rtmp_url_parse(&u, str(wrong[i]), str("")) != -EBADMSG)
			TEST_FAIL("%s is taken", wrong[i]);
	}
	TEST_EQ(-EBADMSG, rtmp_url_parse(&u, str(""), str_n("a\0b", 3)));

	memset(longest, 'a', sizeof(longest));
	TEST_EQ(-EMSGSIZE, rtmp_url_parse(&u, str_n(longest, RTMP_URL_MAX + 1),
					  str("")));
	TEST_EQ(-EMSGSIZE, rtmp_url_parse(&u, str(""),
					  str_n(longest, RTMP_URL_MAX + 1)));
	TEST_EQ(-EMSGSIZE, rtmp_url_parse(&u, str(""),
					  str_n(longest, RTMP_NAME_MAX + 1)));
	TEST_ERR(rtmp_url_parse(&u, str(""), str_n(longest, RTMP_NAME_MAX)));
 out:
	return err;
}


TEST(rtmp_name_parse)
{
	static const struct {
		const char *raw, *name, *query, *vhost;
	} cases[] = {
		{ "key", "key", "", "" },
		{ "key?token=x", "key", "token=x", "" },
		{ "key?", "key", "", "" },
		{ "key??a", "key", "?a", "" },
		{ "/key/", "key", "", "" },
		{ "a/b", "a/b", "", "" },
		{ "mp4:dir/clip.mp4?x", "mp4:dir/clip.mp4", "x", "" },
		{ "with.dots...and more", "with.dots...and more", "", "" },
		{ "k?a=b&vhost=V.x&c", "k", "a=b&vhost=V.x&c", "v.x" },
		{ "k...vhost...v.x/y", "k", "", "v.x" },
	};
	static const char *const wrong[] = {
		"", "/", "?token=x", "..", "a/../b", "a//b", "a\\b", "a\tb",
	};
	struct rtmp_name n;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		TEST_ERR(rtmp_name_parse(&n, str(cases[i].raw)));
		TEST_STR(cases[i].name, n.name);
		TEST_STR(cases[i].query, n.query);
		TEST_STR(cases[i].vhost, str(n.vhost));
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		TEST_EQ(-EBADMSG, rtmp_name_parse(&n, str(wrong[i])));

	TEST_EQ(-EBADMSG, rtmp_name_parse(&n, str_n("a\0b", 3)));
	TEST_EQ(-EBADMSG, rtmp_name_parse(&n, str(NULL)));
 out:
	return err;
}


TEST(rtmp_name_print)
{
	static char longest[RTMP_NAME_MAX];
	char buf[RTMP_NAME_MAX + 1];
	int err = 0;

	TEST_EQ(1, rtmp_name_print(buf, str(""), str("k")));
	TEST_STR("k", str(buf));
	TEST_EQ(1, rtmp_name_print(buf, str("_definst_"), str("k")));
	TEST_STR("k", str(buf));
	TEST_EQ(5, rtmp_name_print(buf, str("a/b"), str("k")));
	TEST_STR("a/b/k", str(buf));
	TEST_EQ(-EBADMSG, rtmp_name_print(buf, str("a"), str("")));
	TEST_EQ(-EBADMSG, rtmp_name_print(buf, str(""), str("..")));

	memset(longest, 'a', sizeof(longest));
	TEST_EQ(RTMP_NAME_MAX, rtmp_name_print(buf, str(""), str_n(longest,
							RTMP_NAME_MAX)));
	TEST_EQ(RTMP_NAME_MAX, rtmp_name_print(buf, str("i"), str_n(longest,
							RTMP_NAME_MAX - 2)));
	TEST_EQ(-EMSGSIZE, rtmp_name_print(buf, str("i"), str_n(longest,
							RTMP_NAME_MAX - 1)));
 out:
	return err;
}


TEST(rtmp_query_find)
{
	const struct str q = str("a=1&&=x&b&c=%41%2f%C3%A4+&a=2&d=a=b&"
				 "bad=%4&bad2=%zz&nul=%00");
	char buf[6];
	int err = 0;

	TEST_EQ(1, rtmp_query_find(q, "a", buf, sizeof(buf)));
	TEST_STR("1", str(buf));
	TEST_EQ(0, rtmp_query_find(q, "b", buf, sizeof(buf)));
	TEST_STR("", str(buf));
	TEST_EQ(5, rtmp_query_find(q, "c", buf, sizeof(buf)));
	TEST_STR("A/\xc3\xa4+", str(buf));
	TEST_EQ(3, rtmp_query_find(q, "d", buf, sizeof(buf)));
	TEST_STR("a=b", str(buf));

	TEST_EQ(-ENOENT, rtmp_query_find(q, "x", buf, sizeof(buf)));
	TEST_EQ(-ENOENT, rtmp_query_find(q, "", buf, sizeof(buf)));
	TEST_EQ(-ENOENT, rtmp_query_find(str(NULL), "a", buf, sizeof(buf)));
	TEST_EQ(-EMSGSIZE, rtmp_query_find(q, "c", buf, 5));
	TEST_EQ(-EMSGSIZE, rtmp_query_find(q, "b", buf, 0));
	TEST_EQ(-EBADMSG, rtmp_query_find(q, "bad", buf, sizeof(buf)));
	TEST_EQ(-EBADMSG, rtmp_query_find(q, "bad2", buf, sizeof(buf)));
	TEST_EQ(-EBADMSG, rtmp_query_find(q, "nul", buf, sizeof(buf)));
 out:
	return err;
}


TEST(rtmp_query_next)
{
	struct str q = str("&a=1&&b&=x&c==");
	struct str key, value;
	int err = 0;

	TEST_OK(rtmp_query_next(&q, &key, &value));
	TEST_STR("a", key);
	TEST_STR("1", value);
	TEST_OK(rtmp_query_next(&q, &key, &value));
	TEST_STR("b", key);
	TEST_STR("", value);
	TEST_OK(rtmp_query_next(&q, &key, &value));
	TEST_STR("c", key);
	TEST_STR("=", value);
	TEST_OK(!rtmp_query_next(&q, &key, &value));
 out:
	return err;
}
