/* What URLs answer, and how what they are sent is signed. */
#include "applications/webhooks/webhooks_answer.h"
#include "applications/webhooks/webhooks_sign.h"
#include "base/text.h"
#include "test.h"

enum { NOW_US = 5000000 };


TEST(webhooks_answers)
{
	static const struct {
		const char *body;
		int err;
		enum verdict_kind kind;
		const char *text;
		int64_t ends_us;
	} rows[] = {
		{ "{\"allow\":true}", 0, VERDICT_ALLOW, "", 0 },
		{ " {\"allow\":true,\"more\":[1]} ", 0, VERDICT_ALLOW, "", 0 },
		{ "{\"allow\":false}", 0, VERDICT_DENY, "", 0 },
		{ "{\"allow\":false,\"reason\":\"no\\n\"}", 0, VERDICT_DENY,
		  "no\\x0a", 0 },
		{ "{\"allow\":false,\"redirect\":\"x\"}", 0, VERDICT_DENY, "",
		  0 },
		{ "{\"allow\":true,\"redirect\":\"new\"}", 0,
		  VERDICT_REDIRECT, "new", 0 },
		{ "{\"allow\":true,\"redirect\":null}", 0, VERDICT_ALLOW, "",
		  0 },
		{ "{\"allow\":true,\"options\":{\"maxSeconds\":1.5}}", 0,
		  VERDICT_ALLOW, "", 6500000 },
		{ "{\"allow\":true,\"options\":{\"maxSeconds\":1e300}}", 0,
		  VERDICT_ALLOW, "", 0 },
		{ "{\"allow\":true,\"redirect\":\"a\",\"options\":"
		  "{\"maxSeconds\":1}}", 0, VERDICT_REDIRECT, "a", 6000000 },
		{ "", -EBADMSG, 0, "", 0 },
		{ "true", -EBADMSG, 0, "", 0 },
		{ "{}", -EBADMSG, 0, "", 0 },
		{ "[{\"allow\":true}]", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":1}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":\"true\"}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true}x", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":false,\"allow\":true}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true,\"redirect\":\"\"}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true,\"redirect\":\"a\\u0000\"}", -EBADMSG, 0,
		  "", 0 },
		{ "{\"allow\":true,\"redirect\":1}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true,\"options\":1}", -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true,\"options\":{\"maxSeconds\":-1}}",
		  -EBADMSG, 0, "", 0 },
		{ "{\"allow\":true,\"options\":{\"maxSeconds\":\"1\"}}",
		  -EBADMSG, 0, "", 0 },
	};
	struct verdict v;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int got = webhooks_answer_read(
			&v, slice(rows[i].body, strlen(rows[i].body)),
			NOW_US);

		TEST_EQ(rows[i].err, got);
		if (got)
			continue;
		TEST_EQ(rows[i].kind, v.kind);
		TEST_EQ(rows[i].ends_us, v.ends_us);
		TEST_OK(str_is(str(v.text), rows[i].text));
	}
 out:
	return err;
}


TEST(webhooks_answer_too_long)
{
	char body[VERDICT_TEXT_MAX + 64];
	struct verdict v;
	int err = 0;

	memcpy(body, "{\"allow\":true,\"redirect\":\"", 26);
	memset(body + 26, 'x', VERDICT_TEXT_MAX);
	memcpy(body + 26 + VERDICT_TEXT_MAX, "\"}", 2);
	TEST_EQ(-EBADMSG, webhooks_answer_read(
			&v, slice(body, 28 + VERDICT_TEXT_MAX), NOW_US));
	body[26 + VERDICT_TEXT_MAX - 1] = '"';
	body[26 + VERDICT_TEXT_MAX] = '}';
	TEST_EQ(0, webhooks_answer_read(
			&v, slice(body, 27 + VERDICT_TEXT_MAX), NOW_US));
	TEST_EQ(VERDICT_TEXT_MAX - 1, strlen(v.text));
 out:
	return err;
}


/* By Python's hmac.new(b"whsec", b'1700000000.{"id":"1"}', "sha256"). */
TEST(webhooks_signature)
{
	static const char want[] = "t=1700000000,v1="
		"60734808e731b08d45bee887cade715d"
		"87211348f1bcb975b46c8d2e7fa5dbcd";
	char buf[WEBHOOKS_SIGNATURE_SIZE];
	int err = 0;

	TEST_EQ(0, webhooks_sign(buf, str("whsec"), 1700000000,
				 slice("{\"id\":\"1\"}", 10)));
	TEST_MEM(want, sizeof(want), buf, strlen(buf) + 1);

	TEST_EQ(0, webhooks_sign(buf, str("whsec"), INT64_MAX, slice("", 0)));
	TEST_EQ(22 + 4 + 64 - 1, strlen(buf));
 out:
	return err;
}
