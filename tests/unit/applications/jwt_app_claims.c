/* Claims: what a token is good for. */
#include "applications/jwt/jwt_app_claims.h"
#include "test.h"

enum { NOW_S = 1000000 };

#define FOR "\"stream\":\"cam-*\",\"action\":\"publish\""


TEST(jwt_app_patterns)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
		{ "", "", true },         { "", "a", false },
		{ "*", "", true },        { "*", "a/b", true },
		{ "a", "a", true },       { "a", "A", false },
		{ "a", "ab", false },     { "ab", "a", false },
		{ "a*", "a", true },      { "a*c", "abcbc", true },
		{ "a*c", "abcb", false }, { "*a*a", "aa", true },
		{ "*a*a", "a", false },   { "?", "", false },
		{ "?", "x", true },       { "c?m-*", "cam-1", true },
		{ "**?", "x", true },     { "[a]", "a", false },
		{ "a*b*c*d", "a1b2c3b4c5d", true },
		{ "*****************************b",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TEST_EQ(rows[i].fits,
			jwt_app_pattern_fits(str(rows[i].pattern),
					     str(rows[i].text)));
 out:
	return err;
}


static const char *refuse(const char *json, const char *issuer,
			  const char *audience, int64_t leeway_s)
{
	const struct jwt_app_want want = {
		.application = str("live"), .stream = str("cam-1"),
		.action = "publish", .issuer = issuer, .audience = audience,
		.now_s = NOW_S, .leeway_s = leeway_s,
	};
	int64_t expires_s;

	return jwt_app_claims_refuse(str(json), &want, &expires_s);
}


TEST(jwt_app_claims)
{
	static const struct {
		const char *json;
		const char *why;         /* its beginning; NULL: allowed */
	} rows[] = {
		{ "{" FOR "}", NULL },
		{ "{" FOR ",\"application\":\"live\"}", NULL },
		{ "{" FOR ",\"application\":[\"a\",\"live\"]}", NULL },
		{ "{" FOR ",\"application\":\"vod\"}", "the token is not for" },
		{ "{" FOR ",\"application\":[]}", "the token is not for" },
		{ "{" FOR ",\"application\":null}", "the token is not for" },
		{ "{\"stream\":[\"x\",\"*-1\"],\"action\":[\"play\","
		  "\"publish\"]}", NULL },
		{ "{\"stream\":\"cam-2\",\"action\":\"publish\"}",
		  "the token is not for" },
		{ "{\"stream\":\"*\",\"action\":\"play\"}",
		  "the token is not for" },
		{ "{\"stream\":\"*\",\"action\":\"*\"}",
		  "the token is not for" },
		{ "{\"stream\":\"*\"}", "the token is not for" },
		{ "{\"action\":\"publish\"}", "the token is not for" },
		{ "{" FOR ",\"exp\":1000001}", NULL },
		{ "{" FOR ",\"exp\":1000000}", "the token has expired" },
		{ "{" FOR ",\"exp\":0}", "the token has expired" },
		{ "{" FOR ",\"exp\":\"1000001\"}", "the token makes no sense" },
		{ "{" FOR ",\"exp\":-1}", "the token makes no sense" },
		{ "{" FOR ",\"exp\":1e300}", "the token makes no sense" },
		{ "{" FOR ",\"exp\":null}", "the token makes no sense" },
		{ "{" FOR ",\"nbf\":1000000}", NULL },
		{ "{" FOR ",\"nbf\":1000001}", "the token is not valid yet" },
		{ "{" FOR ",\"exp\":1,\"exp\":2000000}",
		  "the token makes no sense" },
		{ "[]", "the token makes no sense" },
		{ "", "the token makes no sense" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = refuse(rows[i].json, "", "", 0);

		TEST_EQ(!rows[i].why, !why);
		if (why && strncmp(why, rows[i].why, strlen(rows[i].why)))
			TEST_FAIL("row %zu: %s", i, why);
	}
 out:
	return err;
}


TEST(jwt_app_claims_registered)
{
	int err = 0;

	TEST_OK(!refuse("{" FOR ",\"iss\":\"me\"}", "me", "", 0));
	TEST_OK(refuse("{" FOR ",\"iss\":\"you\"}", "me", "", 0));
	TEST_OK(refuse("{" FOR "}", "me", "", 0));
	TEST_OK(!refuse("{" FOR ",\"aud\":[\"a\",\"b\"]}", "", "b", 0));
	TEST_OK(refuse("{" FOR ",\"aud\":[\"a\"]}", "", "b", 0));
	TEST_OK(!refuse("{" FOR ",\"exp\":999999}", "", "", 2));
	TEST_OK(refuse("{" FOR ",\"exp\":999998}", "", "", 2));
	TEST_OK(!refuse("{" FOR ",\"nbf\":1000002}", "", "", 2));
 out:
	return err;
}
