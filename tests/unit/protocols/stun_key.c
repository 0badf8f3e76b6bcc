/* Keys, OpaqueString and nonces of STUN. */
#include "stun/stun_key.h"
#include "stun/stun_nonce.h"
#include "test.h"


TEST(stun_keys)
{
	static const uint8_t md5[] = {
		0x84, 0x93, 0xfb, 0xc5, 0x3b, 0xa5, 0x82, 0xfb,
		0x4c, 0x04, 0x4c, 0x45, 0x6b, 0xdc, 0x40, 0xeb,
	};
	static const uint8_t sha[] = {
		0x07, 0xe9, 0x34, 0x11, 0x7a, 0xbd, 0x40, 0x83,
		0x6e, 0x7c, 0x63, 0x29, 0xb5, 0x47, 0x31, 0xb2,
		0xb2, 0xd2, 0xa5, 0xf9, 0xa7, 0x1f, 0x54, 0x49,
		0x22, 0xd7, 0x5e, 0x07, 0x30, 0xd8, 0x25, 0x1b,
	};
	struct stun_key key = { .len = 7 };
	int err = 0;

	TEST_EQ(-ENOTSUP, stun_key_long_term(&key, 3, str("user"),
					     str("realm"), str("pass")));
	TEST_EQ(7, key.len);
	TEST_ERR(stun_key_long_term(&key, STUN_KEY_MD5, str("user"),
				    str("realm"), str("pass")));
	TEST_MEM(md5, sizeof(md5), key.bytes, key.len);
	TEST_ERR(stun_key_long_term(&key, STUN_KEY_SHA256, str("user"),
				    str("realm"), str("pass")));
	TEST_MEM(sha, sizeof(sha), key.bytes, key.len);

	TEST_OK(stun_is_secret(slice("abc", 3), slice("abc", 3)));
	TEST_OK(!stun_is_secret(slice("abc", 3), slice("abd", 3)));
	TEST_OK(!stun_is_secret(slice("abc", 3), slice("ab", 2)));
	TEST_OK(stun_is_secret(slice(NULL, 0), slice(NULL, 0)));
 out:
	return err;
}


TEST(stun_opaque)
{
	static const struct {
		const char *in;
		const char *want;        /* NULL: refused */
	} cases[] = {
		{ "correct horse", "correct horse" },
		{ "\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5" },
		{ "Jack of \u2666s", "Jack of \u2666s" },
		{ "foo\u1680bar\u3000", "foo bar " },
		{ "nbsp\xc2\xa0.", "nbsp ." },
		{ "\U0001f600", "\U0001f600" },
		{ "", NULL },
		{ "my cat is a \tby", NULL },
		{ "del\x7f", NULL },
		{ "c1\xc2\x85", NULL },
		{ "The\xc2\xadM", NULL },
		{ "\xff", NULL },
		{ "cut\xe3\x83", NULL },
		{ "\ufeff", NULL },
		{ "\uffff", NULL },
		{ "\U0010ffff", NULL },
	};
	char out[32];
	int err = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want = cases[i].want;
		int n = stun_opaque_string(str(cases[i].in), out,
					   sizeof(out));

		if (want)
			TEST_MEM(want, strlen(want), out, n);
		else
			TEST_EQ(-EBADMSG, n);
	}
	TEST_EQ(-EMSGSIZE, stun_opaque_string(str("abcd"), out, 3));
	TEST_EQ(-EMSGSIZE, stun_opaque_string(str("a"), out, 0));
	TEST_EQ(3, stun_opaque_string(str("abc"), out, 3));
 out:
	return err;
}


TEST(stun_nonce_cookie)
{
	static const struct {
		const char *nonce;
		uint32_t want;
	} cases[] = {
		{ "obMatJos2AAAA", 0 },
		{ "obMatJos2gAAA", STUN_FEATURE_PASSWORD_ALGORITHMS },
		{ "obMatJos2QAAAx", STUN_FEATURE_USERNAME_ANONYMITY },
		{ "obMatJos2wAAA", STUN_FEATURE_PASSWORD_ALGORITHMS |
				   STUN_FEATURE_USERNAME_ANONYMITY },
		{ "obMatJos2AAAC", 2 },
	};
	static const char *const none[] = {
		"", "obMatJos2", "obMatJos2AAA", "obMatJos3AAAA",
		"obMatJos2AA A", "obMatJos2AAA=", "obMatJos2AA-A",
		"f//499k954d6OL34oL9FSTvy64sA",
	};
	uint32_t features = 77;
	int err = 0;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		TEST_EQ(-ENOENT, stun_nonce_features(str(none[i]), &features));
	TEST_EQ(77, features);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEST_ERR(stun_nonce_features(str(cases[i].nonce), &features));
		TEST_EQ(cases[i].want, features);
	}
 out:
	return err;
}


TEST(stun_nonce_seal)
{
	struct stun_nonce_keys keys;
	struct addr a, port, ip, v6;
	char nonce[STUN_NONCE_LEN + 1];
	struct str s = str_n(nonce, STUN_NONCE_LEN);
	uint32_t features;
	int err = 0;

	TEST_ERR(addr_parse(&a, str("192.0.2.1"), 1000));
	TEST_ERR(addr_parse(&port, str("192.0.2.1"), 1001));
	TEST_ERR(addr_parse(&ip, str("192.0.2.2"), 1000));
	TEST_ERR(addr_parse(&v6, str("2001:db8::1"), 1000));
	stun_nonce_keys_init(&keys);

	TEST_ERR(stun_nonce_print(nonce, &keys,
				  STUN_FEATURE_PASSWORD_ALGORITHMS, 600, &a));
	TEST_EQ(STUN_NONCE_LEN, strlen(nonce));
	TEST_OK(!strncmp(nonce, "obMatJos2gAAA", 13));
	TEST_ERR(stun_nonce_features(s, &features));
	TEST_EQ(STUN_FEATURE_PASSWORD_ALGORITHMS, features);

	TEST_ERR(stun_nonce_check(s, &keys, 0, &a));
	TEST_ERR(stun_nonce_check(s, &keys, 599, &a));
	TEST_EQ(-ETIMEDOUT, stun_nonce_check(s, &keys, 600, &a));
	TEST_EQ(-EACCES, stun_nonce_check(s, &keys, 0, &port));
	TEST_EQ(-EACCES, stun_nonce_check(s, &keys, 0, &ip));
	TEST_EQ(-EACCES, stun_nonce_check(s, &keys, 0, &v6));
	TEST_ERR(stun_nonce_check_ip(s, &keys, 0, &port));
	TEST_EQ(-ETIMEDOUT, stun_nonce_check_ip(s, &keys, 600, &port));
	TEST_EQ(-EACCES, stun_nonce_check_ip(s, &keys, 0, &ip));
	TEST_EQ(-EACCES, stun_nonce_check_ip(s, &keys, 0, &v6));
	TEST_EQ(-EACCES, stun_nonce_check(str("obMatJos2gAAA"), &keys, 0, &a));

	for (size_t i = 0; i < STUN_NONCE_LEN; i++) {
		nonce[i] ^= 1;
		TEST_EQ(-EACCES, stun_nonce_check(s, &keys, 0, &a));
		nonce[i] ^= 1;
	}

	stun_nonce_keys_rotate(&keys);
	TEST_ERR(stun_nonce_check(s, &keys, 0, &a));
	stun_nonce_keys_rotate(&keys);
	TEST_EQ(-EACCES, stun_nonce_check(s, &keys, 0, &a));
 out:
	return err;
}
