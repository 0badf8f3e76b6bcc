/* Time-limited users: names and passwords. */
#include "turn/turn_rest.h"
#include "test.h"

#define NOW 1700000000


TEST(turn_rest_names)
{
	static const struct {
		const char *name;
		int want;
		int64_t expires_s;
		const char *user;
	} cases[] = {
		{ "1700000001:alice", 0, NOW + 1, "alice" },
		{ "1700000001", 0, NOW + 1, "1700000001" },
		{ "1700000001:", 0, NOW + 1, "1700000001:" },
		{ "1700000001:a:b", 0, NOW + 1, "a:b" },
		{ "001700000001:alice", 0, NOW + 1, "alice" },
		{ "1700086400:alice", 0, NOW + 86400, "alice" },
		{ "1700086401:alice", -EACCES, 0, NULL },
		{ "999999999999:alice", -EACCES, 0, NULL },
		{ "9999999999999:alice", -EBADMSG, 0, NULL },
		{ "99999999999999999999999999", -EBADMSG, 0, NULL },
		{ "1700000000:alice", -ETIMEDOUT, 0, NULL },
		{ "0", -ETIMEDOUT, 0, NULL },
		{ "", -EBADMSG, 0, NULL },
		{ ":alice", -EBADMSG, 0, NULL },
		{ "alice", -EBADMSG, 0, NULL },
		{ "alice:1700000001", -EBADMSG, 0, NULL },
		{ "-1700000001:alice", -EBADMSG, 0, NULL },
		{ "1700000001-alice", -EBADMSG, 0, NULL },
		{ "1700000001 :alice", -EBADMSG, 0, NULL },
	};
	static const struct turn_rest_conf conf = { .horizon_s = 86400 };
	struct turn_rest rest;
	int err = 0;

	turn_rest_init(&rest, &conf);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct turn_rest_name name = { .expires_s = 7 };

		TEST_ERRNO(cases[i].want,
			   turn_rest_parse(&rest, str(cases[i].name), NOW,
					   &name));
		if (cases[i].want) {
			TEST_EQ(7, name.expires_s);
			continue;
		}
		TEST_EQ(cases[i].expires_s, name.expires_s);
		TEST_OK(str_is(name.user, cases[i].user));
	}
 out:
	return err;
}


TEST(turn_rest_separator_and_horizon)
{
	static const struct turn_rest_conf conf = { .separator = '-' };
	struct turn_rest_name name;
	struct turn_rest rest;
	int err;

	turn_rest_init(&rest, &conf);
	TEST_ERR(turn_rest_parse(&rest, str("999999999999-a:b"), NOW, &name));
	TEST_OK(str_is(name.user, "a:b"));
	TEST_ERRNO(-EBADMSG, turn_rest_parse(&rest, str("1700000001:a"), NOW,
					     &name));
 out:
	return err;
}


/* As openssl has it:
 * printf %s 1700000001:alice | openssl dgst -sha1 -hmac secret -binary |
 * base64 */
TEST(turn_rest_passwords)
{
	char out[TURN_REST_PASSWORD_MAX];
	int err = 0, len;

	len = turn_rest_password(out, TURN_REST_SHA1, str("secret"),
				 str("1700000001:alice"));
	TEST_EXPECT(len > 0);
	TEST_MEM("oJz86L8qJQAWF7/DHgERfH54PRk=", 28, out, len);
	TEST_EQ(28, strlen(out));

	len = turn_rest_password(out, TURN_REST_SHA256, str("secret"),
				 str("1700000001:alice"));
	TEST_EXPECT(len > 0);
	TEST_MEM("bDZdVsZJ1h0zrjCJTpZecIfTqGYp0YeaTzim50hGzkI=", 44, out, len);
	TEST_EQ(44, strlen(out));
 out:
	return err;
}


TEST(turn_rest_secrets)
{
	static const struct turn_rest_conf conf = { 0 };
	static char text[TURN_REST_SECRET_LEN_MAX + 1];
	struct turn_rest rest;
	int err;

	memset(text, 's', sizeof(text));
	turn_rest_init(&rest, &conf);
	TEST_ERRNO(-EBADMSG, turn_rest_add(&rest, str("")));
	TEST_ERRNO(-EBADMSG, turn_rest_add(&rest, str_n("a\0b", 3)));
	TEST_ERRNO(-EMSGSIZE, turn_rest_add(&rest, str_n(text, sizeof(text))));
	for (size_t i = 1; i <= TURN_REST_SECRETS_MAX; i++) {
		TEST_ERR(turn_rest_add(&rest, str_n(text, sizeof(text) - 1)));
		TEST_EQ(i, rest.n_secrets);
	}
	TEST_ERRNO(-EMSGSIZE, turn_rest_add(&rest, str("one more")));
 out:
	turn_rest_fini(&rest);
	return err;
}
