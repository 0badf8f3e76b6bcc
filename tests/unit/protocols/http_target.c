/* http/http_target. */
#include "http/http_target.h"
#include "http_test.h"


static const struct {
	const char *raw, *path;  /* NULL: refused */
} paths[] = {
	{ "/", "/" },
	{ "/live/x.flv", "/live/x.flv" },
	{ "/live/", "/live/" },
	{ "/a%20b", "/a b" },
	{ "/%61%2Eb", "/a.b" },
	{ "/...", "/..." },
	{ "/.hidden", "/.hidden" },
	{ "/%2541", "/%41" },
	{ "/a+b", "/a+b" },
	{ "/l%c3%a4m", "/l\xc3\xa4m" },
	{ "/l\xc3\xa4m", "/l\xc3\xa4m" },
	{ "/%3Cimg%20src=x%20onerror=alert(1)%3E",
	  "/<img src=x onerror=alert(1)>" },
	{ "", NULL },
	{ "x", NULL },
	{ "//", NULL },
	{ "//x", NULL },
	{ "/a//b", NULL },
	{ "/.", NULL },
	{ "/..", NULL },
	{ "/a/./b", NULL },
	{ "/a/../b", NULL },
	{ "/a/..", NULL },
	{ "/%2e%2E/x", NULL },
	{ "/.%2e/x", NULL },
	{ "/..%2fx", NULL },
	{ "/a%2Fb", NULL },
	{ "/..%5cx", NULL },
	{ "/a\\b", NULL },
	{ "/%", NULL },
	{ "/%4", NULL },
	{ "/%4g", NULL },
	{ "/%g4", NULL },
	{ "/%00", NULL },
	{ "/a%0d%0ab", NULL },
	{ "/a%7fb", NULL },
	{ "/a%c2%80b", NULL },
	{ "/%ff", NULL },
	{ "/%c0%ae%c0%ae/x", NULL },     /* overlong dots */
	{ "/%e0%80%af", NULL },          /* overlong slash */
	{ "/%ed%a0%80", NULL },          /* surrogate */
	{ "/%f4%90%80%80", NULL },       /* beyond Unicode */
	{ "/%c3", NULL },
};


TEST(http_target_path)
{
	char buf[HTTP_PATH_MAX + 1];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int n = http_target_path(buf, sizeof(buf),
					 str(paths[i].raw));

		if (!paths[i].path && n != -EBADMSG)
			TEST_FAIL("%s is taken: %d", paths[i].raw, n);
		if (!paths[i].path)
			continue;
		TEST_EQ(strlen(paths[i].path), n);
		TEST_STR(paths[i].path, str(buf));
	}
 out:
	return err;
}


TEST(http_target_path_limit)
{
	char raw[HTTP_PATH_MAX + 2], buf[2 * HTTP_PATH_MAX];
	int err = 0;

	memset(raw, 'a', sizeof(raw));
	raw[0] = '/';
	TEST_EQ(HTTP_PATH_MAX,
		http_target_path(buf, sizeof(buf),
				 str_n(raw, HTTP_PATH_MAX)));
	TEST_EQ(-EMSGSIZE,
		http_target_path(buf, sizeof(buf),
				 str_n(raw, HTTP_PATH_MAX + 1)));
	TEST_EQ(4, http_target_path(buf, 5, str_n(raw, 4)));
	TEST_EQ(-EMSGSIZE, http_target_path(buf, 5, str_n(raw, 5)));
	TEST_EQ(-EMSGSIZE, http_target_path(buf, 0, str_n(raw, 5)));
 out:
	return err;
}


TEST(http_target_query)
{
	struct str query = str("a=1&&b&=x&c=%3d+&a=2&%6be%79=v%00&d=%4");
	struct str key, value;
	char buf[4];
	size_t n = 0;
	int err = 0;

	TEST_EQ(1, http_target_query_find(query, "a", buf, sizeof(buf)));
	TEST_STR("1", str(buf));
	TEST_EQ(0, http_target_query_find(query, "b", buf, sizeof(buf)));
	TEST_EQ(2, http_target_query_find(query, "c", buf, sizeof(buf)));
	TEST_STR("=+", str(buf));
	TEST_EQ(-EMSGSIZE, http_target_query_find(query, "c", buf, 2));
	TEST_EQ(-EBADMSG, http_target_query_find(query, "key", buf, 4));
	TEST_EQ(-EBADMSG, http_target_query_find(query, "d", buf, 4));
	TEST_EQ(-ENOENT, http_target_query_find(query, "ke", buf, 4));
	TEST_EQ(-ENOENT, http_target_query_find(query, "keys", buf, 4));

	while (http_target_query_next(&query, &key, &value))
		++n;
	TEST_EQ(6, n);
 out:
	return err;
}


TEST(http_authority)
{
	struct http_authority a;
	char host[HTTP_HOST_MAX + 1];
	int err = 0;

	TEST_ERR(http_authority_parse(&a, str("a-b_c.Example:8080")));
	TEST_STR("a-b_c.Example", a.host);
	TEST_EQ(8080, a.port);
	TEST_ERR(http_authority_parse(&a, str("[::ffff:10.0.0.1]")));
	TEST_STR("::ffff:10.0.0.1", a.host);
	TEST_EQ(0, a.port);

	memset(host, 'h', sizeof(host));
	TEST_ERR(http_authority_parse(&a, str_n(host, HTTP_HOST_MAX)));
	TEST_EQ(-EMSGSIZE, http_authority_parse(&a, str_n(host, 256)));
	TEST_EQ(-EBADMSG, http_authority_parse(&a, str("")));
	TEST_EQ(-EBADMSG, http_authority_parse(&a, str(":80")));
	TEST_EQ(-EBADMSG, http_authority_parse(&a, str("h:65536")));
	TEST_EQ(-EBADMSG, http_authority_parse(&a, str("h:0")));
	TEST_EQ(-EBADMSG, http_authority_parse(&a, str("h:000080")));
 out:
	return err;
}
