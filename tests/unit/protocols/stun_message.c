/* STUN messages: the vectors of RFC 5769, and what must be refused. */
#include <stdlib.h>
#include "protocols/stun_test.h"
#include "stun/stun_int.h"
#include "stun/stun_key.h"
#include "stun/stun_message.h"
#include "test.h"

#define PARSE(bytes, m) stun_message_parse(slice(bytes, sizeof(bytes)), m)
#define COOKIE 0x21, 0x12, 0xa4, 0x42, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
#define INTEGRITY 0, 8, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define SHA256_16 0, 0x1c, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
	0, 0, 0, 0, 0, 0
#define FINGERPRINT 0x80, 0x28, 0, 4, 0, 0, 0, 0
#define PRIORITY 0, 0x24, 0, 4, 1, 2, 3, 4


TEST(stun_types)
{
	int err = 0;

	TEST_EQ(0x0001, stun_type(STUN_REQUEST, STUN_BINDING));
	TEST_EQ(0x0101, stun_type(STUN_SUCCESS, STUN_BINDING));
	TEST_EQ(0x0113, stun_type(STUN_ERROR, STUN_ALLOCATE));
	TEST_EQ(0x0017, stun_type(STUN_INDICATION, STUN_DATA_METHOD));
	TEST_EQ(0x3fff, stun_type(STUN_ERROR, 0xfff));

	for (unsigned i = 0; i <= 0x3fff; i++) {
		uint8_t in[] = { (uint8_t)(i >> 8), (uint8_t)i, 0, 0,
				 COOKIE };
		struct stun_message m;

		TEST_ERR(PARSE(in, &m));
		TEST_EQ(i, stun_type(m.class, m.method));
	}
	TEST_OK(!strcmp("ChannelBind", stun_method_name(9)));
	TEST_OK(!stun_method_name(2));
 out:
	return err;
}


TEST(stun_vector_request)
{
	struct slice key = slice(STUN_TEST_PASSWORD,
				 strlen(STUN_TEST_PASSWORD));
	struct stun_message m;
	struct slice v;
	uint32_t priority;
	int err = 0;

	TEST_ERR(PARSE(stun_request, &m));
	TEST_EQ(STUN_REQUEST, m.class);
	TEST_EQ(STUN_BINDING, m.method);
	TEST_MEM(stun_request + 8, 12, m.id, 12);
	TEST_ERR(stun_message_find(&m, STUN_SOFTWARE, &v));
	TEST_MEM("STUN test client", 16, v.p, v.len);
	TEST_ERR(stun_message_find(&m, STUN_USERNAME, &v));
	TEST_MEM("evtj:h6vY", 9, v.p, v.len);
	TEST_ERR(stun_message_find(&m, STUN_PRIORITY, &v));
	TEST_ERR(stun_u32_read(v, &priority));
	TEST_EQ(0x6e0001ff, priority);

	TEST_ERR(stun_message_check_fingerprint(&m));
	TEST_ERR(stun_message_check_integrity(&m, key));
	TEST_EQ(-EACCES, stun_message_check_integrity(&m, slice("x", 1)));
	TEST_EQ(-EACCES, stun_message_check_integrity(&m, slice(NULL, 0)));
	TEST_EQ(-ENOENT, stun_message_check_sha256(&m, key, 32));
 out:
	return err;
}


/* Any bit of the message that is protected, turned, must be seen.  (The
 * length may be cut such that just the fingerprint is gone.) */
TEST(stun_vector_request_bits)
{
	struct slice key = slice(STUN_TEST_PASSWORD,
				 strlen(STUN_TEST_PASSWORD));
	uint8_t in[sizeof(stun_request)];
	struct stun_message m;
	int err = 0;

	for (size_t bit = 0; bit < sizeof(in) * 8; bit++) {
		memcpy(in, stun_request, sizeof(in));
		in[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (PARSE(in, &m))
			continue;

		TEST_OK(stun_message_check_fingerprint(&m));
		if (bit / 8 != 3 && bit / 8 < sizeof(in) - 8)
			TEST_OK(stun_message_check_integrity(&m, key));
	}
 out:
	return err;
}


static int check_response(struct slice in, const char *ip)
{
	struct slice key = slice(STUN_TEST_PASSWORD,
				 strlen(STUN_TEST_PASSWORD));
	struct stun_message m;
	struct addr addr, want;
	struct slice v;
	int err = 0;

	TEST_ERR(addr_parse(&want, str(ip), 32853));
	TEST_ERR(stun_message_parse(in, &m));
	TEST_EQ(STUN_SUCCESS, m.class);
	TEST_ERR(stun_message_find(&m, STUN_XOR_MAPPED_ADDRESS, &v));
	TEST_ERR(stun_xor_addr_read(v, m.id, &addr));
	TEST_OK(addr_eq(&want, &addr));
	TEST_ERR(stun_message_check_fingerprint(&m));
	TEST_ERR(stun_message_check_integrity(&m, key));
 out:
	return err;
}


TEST(stun_vector_responses)
{
	int err = 0;

	TEST_ERR(check_response(slice(stun_response4, sizeof(stun_response4)),
				"192.0.2.1"));
	TEST_ERR(check_response(slice(stun_response6, sizeof(stun_response6)),
				"2001:db8:1234:5678:11:2233:4455:6677"));
 out:
	return err;
}


TEST(stun_vector_long_term)
{
	struct stun_message m;
	struct slice user, realm;
	struct stun_key key;
	int err = 0;

	TEST_ERR(PARSE(stun_long_term, &m));
	TEST_ERR(stun_message_find(&m, STUN_USERNAME, &user));
	TEST_MEM(STUN_TEST_USER, 18, user.p, user.len);
	TEST_ERR(stun_message_find(&m, STUN_REALM, &realm));
	TEST_ERR(stun_key_long_term(&key, STUN_KEY_MD5, str_of(user),
				    str_of(realm), str("TheMatrIX")));
	TEST_EQ(16, key.len);
	TEST_ERR(stun_message_check_integrity(&m, stun_key_slice(&key)));
	TEST_EQ(-ENOENT, stun_message_check_fingerprint(&m));
 out:
	return err;
}


/* RFC 8489 B.1: the length field counts the header too, and the HMAC was
 * made with that, so it is no message.  The HMAC, the key and the hash of the
 * user are right. */
TEST(stun_sha256_vector)
{
	static const size_t at = sizeof(stun_sha256) - 36;
	struct stun_message m;
	struct stun_key key;
	uint8_t out[32];
	struct slice part = slice(stun_sha256, at);
	int err = 0;

	TEST_EQ(-EAGAIN, PARSE(stun_sha256, &m));
	TEST_ERR(stun_userhash(out, str(STUN_TEST_USER), str("example.org")));
	TEST_MEM(stun_sha256 + 24, 32, out, sizeof(out));

	TEST_ERR(stun_key_long_term(&key, STUN_KEY_SHA256,
				    str(STUN_TEST_USER), str("example.org"),
				    str("TheMatrIX")));
	TEST_ERR(stun_hmac("SHA256", stun_key_slice(&key), &part, 1, out));
	TEST_MEM(stun_sha256 + at + 4, 32, out, sizeof(out));
 out:
	return err;
}


/* Cut anywhere, a message waits for more; what follows it is left alone. */
TEST(stun_cut)
{
	struct stun_message m = { .method = 0xabc };
	uint8_t in[sizeof(stun_request) + 4] = { 0 };
	uint8_t *copy = NULL;
	int err = 0;

	for (size_t n = 0; n < sizeof(stun_request); n++) {
		free(copy);
		copy = malloc(n + 1);
		TEST_EXPECT(copy);
		memcpy(copy, stun_request, n);
		TEST_EQ(-EAGAIN, stun_message_parse(slice(copy, n), &m));
		TEST_EQ(n < 20 ? -EAGAIN : (int)sizeof(stun_request),
			stun_message_length(slice(copy, n)));
		TEST_EQ(0xabc, m.method);
	}

	memcpy(in, stun_request, sizeof(stun_request));
	TEST_ERR(PARSE(in, &m));
	TEST_EQ(sizeof(stun_request), m.bytes.len);
	TEST_ERR(stun_message_check_fingerprint(&m));
 out:
	free(copy);
	return err;
}


TEST(stun_no_header)
{
	static const uint8_t bits[] = { 0x40, 1, 0, 0, COOKIE };
	static const uint8_t odd[] = { 0, 1, 0, 3, COOKIE, 0, 0, 0, 0 };
	uint8_t cookie[] = { 0, 1, 0, 0, COOKIE };
	struct stun_message m;
	int err = 0;

	TEST_EQ(-EBADMSG, PARSE(bits, &m));
	TEST_EQ(-EBADMSG, PARSE(odd, &m));
	TEST_ERR(PARSE(cookie, &m));
	TEST_EQ(0, m.attrs.len);
	cookie[7] ^= 1;
	TEST_EQ(-EBADMSG, PARSE(cookie, &m));
 out:
	return err;
}


TEST(stun_attr_lengths)
{
	static const uint8_t beyond[] = {
		0, 1, 0, 8, COOKIE, 0, 6, 0, 5, 'a', 'b', 'c', 'd',
		'e', 0, 0, 0
	};
	static const uint8_t huge[] = {
		0, 1, 0, 4, COOKIE, 0, 6, 0xff, 0xff, 0, 0, 0, 0
	};
	static const uint8_t short_integrity[] = {
		0, 1, 0, 20, COOKIE, 0, 8, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0
	};
	uint8_t sha[] = {
		0, 1, 0, 40, COOKIE, 0, 0x1c, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	};
	struct stun_message m;
	int err = 0;

	TEST_EQ(-EBADMSG, PARSE(beyond, &m));
	TEST_EQ(-EBADMSG, PARSE(huge, &m));
	TEST_EQ(-EBADMSG, PARSE(short_integrity, &m));

	for (uint8_t len = 0; len <= 36; len++) {
		sha[3] = (uint8_t)(4 + ((len + 3) & ~3));
		sha[23] = len;
		TEST_EQ(len >= 16 && len <= 32 && len % 4 == 0 ? 0 : -EBADMSG,
			PARSE(sha, &m));
	}
 out:
	return err;
}


/* What stands behind the integrity is not seen, but for a stronger one and
 * the fingerprint. */
TEST(stun_behind_integrity)
{
	static const uint8_t hidden[] = {
		0, 1, 0, 8 + 24 + 8 + 24 + 20 + 8 + 20 + 8, COOKIE,
		PRIORITY, INTEGRITY, 0, 6, 0, 1, 'x', 0, 0, 0, INTEGRITY,
		SHA256_16, 0x7f, 0xff, 0, 1, 'x', 0, 0, 0, SHA256_16,
		FINGERPRINT
	};
	static const uint8_t swapped[] = {
		0, 1, 0, 20 + 24, COOKIE, SHA256_16, INTEGRITY
	};
	struct stun_message m;
	uint16_t unknown[STUN_UNKNOWN_MAX];
	struct slice v;
	int err = 0;

	TEST_ERR(PARSE(hidden, &m));
	TEST_EQ(8, m.attrs.len);
	TEST_EQ(28, m.integrity);
	TEST_EQ(28 + 24 + 8 + 24, m.sha256);
	TEST_EQ(sizeof(hidden) - 8, m.fingerprint);
	TEST_EQ(-ENOENT, stun_message_find(&m, STUN_USERNAME, &v));
	TEST_EQ(1, stun_message_unknown(&m, NULL, 0, unknown));
	TEST_EQ(STUN_PRIORITY, unknown[0]);

	TEST_ERR(PARSE(swapped, &m));
	TEST_EQ(20, m.sha256);
	TEST_EQ(0, m.integrity);
	TEST_EQ(-EACCES, stun_message_check_sha256(&m, slice("k", 1), 32));
 out:
	return err;
}


TEST(stun_fingerprint_is_last)
{
	static const uint8_t behind[] = {
		0, 1, 0, 16, COOKIE, FINGERPRINT, PRIORITY
	};
	static const uint8_t twice[] = {
		0, 1, 0, 16, COOKIE, FINGERPRINT, FINGERPRINT
	};
	static const uint8_t integrity[] = {
		0, 1, 0, 32, COOKIE, FINGERPRINT, INTEGRITY
	};
	struct stun_message m;
	int err = 0;

	TEST_EQ(-EBADMSG, PARSE(behind, &m));
	TEST_EQ(-EBADMSG, PARSE(twice, &m));
	TEST_EQ(-EBADMSG, PARSE(integrity, &m));
 out:
	return err;
}


/* The first of several counts; padding may be anything. */
TEST(stun_first_counts)
{
	static const uint8_t in[] = {
		0, 1, 0, 40, COOKIE, 0, 6, 0, 1, 'a', 0xff, 0xff, 0xff,
		0, 6, 0, 1, 'b', 0, 0, 0, 0x7f, 0, 0, 0, 0x7f, 1, 0, 0,
		0x7f, 0, 0, 0, 0x80, 9, 0, 0, 0x7f, 2, 0, 4, 0, 0, 0, 0
	};
	static const uint16_t known[] = { STUN_USERNAME, 0x7f02 };
	uint16_t unknown[STUN_UNKNOWN_MAX];
	struct stun_message m;
	struct stun_attr a;
	struct reader r;
	struct slice v;
	int err = 0, n = 0;

	TEST_ERR(PARSE(in, &m));
	TEST_ERR(stun_message_find(&m, STUN_USERNAME, &v));
	TEST_MEM("a", 1, v.p, v.len);
	for (r = reader(m.attrs); stun_attr_next(&r, &a); )
		++n;
	TEST_EQ(7, n);
	TEST_EQ(2, stun_message_unknown(&m, known, 2, unknown));
	TEST_EQ(0x7f00, unknown[0]);
	TEST_EQ(0x7f01, unknown[1]);
 out:
	return err;
}


TEST(stun_attrs_limit)
{
	uint8_t in[STUN_HEADER_LEN + 4 * (STUN_ATTRS_MAX + 1)] = {
		0, 1, 4, 0, COOKIE
	};
	uint16_t unknown[STUN_UNKNOWN_MAX];
	struct stun_message m;
	int err = 0;

	for (size_t i = 0; i <= STUN_ATTRS_MAX; i++) {
		in[STUN_HEADER_LEN + 4 * i] = (uint8_t)(i >> 8 | 0x40);
		in[STUN_HEADER_LEN + 4 * i + 1] = (uint8_t)i;
	}
	TEST_ERR(PARSE(in, &m));
	TEST_EQ(STUN_UNKNOWN_MAX,
		stun_message_unknown(&m, NULL, 0, unknown));
	in[3] = 4;
	TEST_EQ(-EMSGSIZE, PARSE(in, &m));
 out:
	return err;
}
