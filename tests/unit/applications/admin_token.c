/* The application admin: who may. */
#include "applications/admin/admin_token.h"
#include "test.h"

#define READ "0123456789abcdef"
#define WRITE "fedcba9876543210-+"


TEST(admin_tokens_find)
{
	static struct admin_tokens t;
	const struct admin_token *found;
	int err = 0;

	memset(&t, 0, sizeof(t));
	TEST_OK(!admin_tokens_find(&t, str("")));
	TEST_ERR(admin_tokens_add(&t, str("r"), str(READ), ADMIN_READ));
	TEST_ERR(admin_tokens_add(&t, str("w"), str(WRITE), ADMIN_WRITE));
	found = admin_tokens_find(&t, str(READ));
	TEST_OK(found && found->role == ADMIN_READ);
	found = admin_tokens_find(&t, str(WRITE));
	TEST_OK(found && found->role == ADMIN_WRITE && found->name[0] == 'w');
	TEST_OK(!admin_tokens_find(&t, str("")));
	TEST_OK(!admin_tokens_find(&t, str(READ "0")));
	TEST_OK(!admin_tokens_find(&t, str("0123456789abcde")));
	TEST_OK(!admin_tokens_find(&t, str("0123456789abcdeF")));
 out:
	return err;
}


TEST(admin_tokens_refused)
{
	static char large[ADMIN_TOKEN_MAX + 1];
	static struct admin_tokens t;
	int err = 0;

	memset(&t, 0, sizeof(t));
	memset(large, 'x', sizeof(large));
	TEST_EQ(-EBADMSG, admin_tokens_add(&t, str("a"),
			str("0123456789abcde"), ADMIN_READ));
	TEST_EQ(-EBADMSG, admin_tokens_add(&t, str("a"),
			str("0123456789 abcdef"), ADMIN_READ));
	TEST_EQ(-EBADMSG, admin_tokens_add(&t, str("a"),
			str("0123456789abcde\xe9"), ADMIN_READ));
	TEST_EQ(-EMSGSIZE, admin_tokens_add(&t, str("a"),
			str_n(large, sizeof(large)), ADMIN_READ));
	TEST_EQ(0, t.n);
	TEST_ERR(admin_tokens_add(&t, str("a"),
				  str_n(large, ADMIN_TOKEN_MAX), ADMIN_READ));
	while (t.n < ADMIN_TOKENS_MAX)
		TEST_ERR(admin_tokens_add(&t, str("a"), str(READ),
					  ADMIN_READ));
	TEST_EQ(-EMSGSIZE, admin_tokens_add(&t, str("a"), str(READ),
					    ADMIN_READ));
 out:
	return err;
}


TEST(admin_tokens_of_a_file)
{
	static struct admin_tokens t;
	unsigned line;
	int err = 0;

	memset(&t, 0, sizeof(t));
	TEST_ERR(admin_tokens_add_file(&t, str("# two\n\nread  " READ " \r\n"
					       "write " WRITE), &line));
	TEST_EQ(2, t.n);
	TEST_EQ(ADMIN_WRITE, admin_tokens_find(&t, str(WRITE))->role);

	TEST_EQ(-EBADMSG, admin_tokens_add_file(&t, str("read " READ "\n"
							"all " READ "\n"),
						&line));
	TEST_EQ(2, line);
	TEST_EQ(-EBADMSG, admin_tokens_add_file(&t, str("write"), &line));
	TEST_EQ(-EBADMSG, admin_tokens_add_file(&t, str(READ), &line));
	TEST_EQ(1, line);
 out:
	return err;
}


/* Ten at once, then one a second; others are not held up. */
TEST(admin_tokens_wrong)
{
	static struct admin_tokens t;
	const struct slice one = slice("\x7f\0\0\1", 4);
	const struct slice other = slice("\x7f\0\0\2", 4);
	int64_t now_us = 1000000000;
	int err = 0;

	memset(&t, 0, sizeof(t));
	keyed_rate_init(&t.wrong);
	for (int i = 0; i < ADMIN_ATTEMPTS; i++) {
		TEST_OK(admin_tokens_may_try(&t, one, now_us));
		TEST_OK(admin_tokens_may_try(&t, one, now_us));
		admin_tokens_was_wrong(&t, one, now_us);
	}
	TEST_OK(!admin_tokens_may_try(&t, one, now_us));
	TEST_OK(admin_tokens_may_try(&t, other, now_us));
	now_us += 900000;
	TEST_OK(!admin_tokens_may_try(&t, one, now_us));
	now_us += 200000;
	TEST_OK(admin_tokens_may_try(&t, one, now_us));
	admin_tokens_was_wrong(&t, one, now_us);
	TEST_OK(!admin_tokens_may_try(&t, one, now_us));
 out:
	return err;
}


TEST(admin_token_bearer)
{
	int err = 0;

	TEST_OK(str_is(admin_token_bearer(str("Bearer x")), "x"));
	TEST_OK(str_is(admin_token_bearer(str("bearer   x")), "x"));
	TEST_OK(str_is(admin_token_bearer(str("Bearer ")), ""));
	TEST_OK(str_is(admin_token_bearer(str("Bearer")), ""));
	TEST_OK(str_is(admin_token_bearer(str("Basic eDp4")), ""));
	TEST_OK(str_is(admin_token_bearer(str("")), ""));
	TEST_OK(str_is(admin_token_bearer(str(NULL)), ""));
 out:
	return err;
}
