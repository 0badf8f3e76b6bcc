/* The exchange of cookies: what is read, what is made, and what is valid. */
#include "dtls/dtls_cookie.h"
#include "base/mem.h"
#include "test.h"

enum { COOKIE_AT = 60, COOKIE_LEN = 20, HELLO_LEN = 100 };


/* A ClientHello with a cookie of 20 bytes, as far as it matters. */
static void make_hello(uint8_t p[HELLO_LEN])
{
	memset(p, 0, HELLO_LEN);
	p[0] = 22;
	p[1] = 0xfe;
	p[2] = 0xfd;
	p[10] = 7;               /* its number */
	p[12] = HELLO_LEN - 13;
	p[13] = 1;
	p[16] = p[24] = HELLO_LEN - 25;
	p[25] = 0xfe;
	p[26] = 0xfd;
	memset(p + 27, 'r', DTLS_RANDOM_LEN);
	p[COOKIE_AT] = COOKIE_LEN;
	memset(p + COOKIE_AT + 1, 'c', COOKIE_LEN);
}


TEST(dtls_hello_read)
{
	uint8_t bytes[HELLO_LEN];
	struct dtls_hello hello;
	int err = 0;

	make_hello(bytes);
	TEST_EQ(0, dtls_hello_read(&hello, slice(bytes, sizeof(bytes))));
	TEST_EQ(COOKIE_LEN, hello.cookie.len);
	TEST_OK(hello.cookie.p == bytes + COOKIE_AT + 1);
	TEST_OK(hello.random.p == bytes + 27);
	TEST_EQ(DTLS_RANDOM_LEN, hello.random.len);
	TEST_OK(hello.sequence.p == bytes + 5);

	for (size_t len = 0; len < COOKIE_AT + 1 + COOKIE_LEN; len++) {
		uint8_t *exact = mem_alloc(len ? len : 1);

		TEST_PTR(exact);
		memcpy(exact, bytes, len);
		err = dtls_hello_read(&hello, slice(exact, len));
		mem_free(exact);
		TEST_EQ(len < 14 ? -ENOENT : -EBADMSG, err);
		err = 0;
	}
 out:
	return err;
}


TEST(dtls_hello_is_something_else)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int want;
	} cases[] = {
		{ 0, 23, -ENOENT }, { 1, 3, -ENOENT }, { 3, 1, -ENOENT },
		{ 4, 1, -ENOENT }, { 13, 2, -ENOENT }, { 2, 0xff, 0 },
		{ 21, 1, -ENOTSUP }, { 24, 5, -ENOTSUP }, { 14, 1, -ENOTSUP },
		{ 59, 33, -EBADMSG }, { COOKIE_AT, 255, -EBADMSG },
		{ COOKIE_AT, 0, 0 }, { 5, 0xff, 0 },
	};
	uint8_t bytes[HELLO_LEN];
	struct dtls_hello hello;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_hello(bytes);
		bytes[cases[i].at] = cases[i].byte;
		TEST_EQ(cases[i].want,
			dtls_hello_read(&hello, slice(bytes, HELLO_LEN)));
	}
 out:
	return err;
}


TEST(dtls_verify_write)
{
	static const uint8_t want[] = {
		22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 7, 0, 18,
		3, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 6,
		0xfe, 0xff, 3, 'a', 'b', 'c',
	};
	uint8_t bytes[HELLO_LEN], out[DTLS_VERIFY_MAX], longest[255] = { 0 };
	struct dtls_hello hello;
	size_t len;
	int err = 0;

	make_hello(bytes);
	bytes[5 + DTLS_SEQUENCE_LEN - 1] = 0;
	bytes[10] = 7;
	TEST_EQ(0, dtls_hello_read(&hello, slice(bytes, sizeof(bytes))));
	len = dtls_verify_write(out, &hello, slice("abc", 3));
	TEST_MEM(want, sizeof(want), out, len);
	TEST_EQ(sizeof(out), dtls_verify_write(out, &hello,
					       slice(longest, 255)));
 out:
	return err;
}


/* A cookie is good for one address, one hello, one key, and a while. */
TEST(dtls_cookie)
{
	uint8_t key[DTLS_COOKIE_KEY_LEN] = { 1 }, cookie[DTLS_COOKIE_LEN];
	uint8_t bytes[HELLO_LEN];
	const int64_t now_us = 1000000000, s_us = 1000000;
	struct dtls_path path = { .local.u.sa.sa_family = 0 }, other;
	struct dtls_hello hello;
	int err = 0;

	make_hello(bytes);
	addr_parse(&path.peer, str("192.0.2.7"), 1234);
	TEST_EQ(0, dtls_hello_read(&hello, slice(bytes, sizeof(bytes))));
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello, now_us));
	TEST_ERR(dtls_cookie_make(cookie, key, &path, &hello, now_us));
	hello.cookie = slice(cookie, sizeof(cookie));
	TEST_OK(dtls_cookie_is_valid(key, &path, &hello, now_us));

	TEST_OK(dtls_cookie_is_valid(key, &path, &hello,
				     now_us + DTLS_COOKIE_S * s_us));
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello,
				      now_us + 2 * DTLS_COOKIE_S * s_us));
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello,
				      now_us - DTLS_COOKIE_S * s_us));

	other = path;
	addr_set_port(&other.peer, 1235);
	TEST_OK(!dtls_cookie_is_valid(key, &other, &hello, now_us));
	addr_parse(&other.peer, str("192.0.2.8"), 1234);
	TEST_OK(!dtls_cookie_is_valid(key, &other, &hello, now_us));
	addr_parse(&other.peer, str("::192.0.2.7"), 1234);
	TEST_OK(!dtls_cookie_is_valid(key, &other, &hello, now_us));
	other = path;
	addr_parse(&other.local, str("192.0.2.1"), 3478);
	TEST_OK(!dtls_cookie_is_valid(key, &other, &hello, now_us));

	bytes[27] ^= 1;          /* the random */
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello, now_us));
	bytes[27] ^= 1;
	for (size_t i = 0; i < sizeof(cookie); i++) {
		cookie[i] ^= 0x80;
		TEST_OK(!dtls_cookie_is_valid(key, &path, &hello, now_us));
		cookie[i] ^= 0x80;
	}
	hello.cookie.len = DTLS_COOKIE_LEN - 1;
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello, now_us));
	hello.cookie.len = DTLS_COOKIE_LEN;
	key[31] = 1;
	TEST_OK(!dtls_cookie_is_valid(key, &path, &hello, now_us));
 out:
	return err;
}
