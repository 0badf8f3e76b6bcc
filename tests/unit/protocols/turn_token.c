/* Access tokens of RFC 7635: its vectors, and what must not open. */
#include "turn/turn_token.h"
#include "test.h"

#define SERVER "blackdow.carleon.gov"
#define KEY "SEdrajMyS0pHaXV5MDk4c2RmYXFiTmpPaWF6NzE5MjM="
#define MADE_S 1410984813

/* Appendix A: the nonce, and both samples. */
static const uint8_t nonce[] = "h4j3k2l2n4b5";

static const uint8_t sample_256[] = {
	0x00, 0x0c, 0x68, 0x34, 0x6a, 0x33, 0x6b, 0x32, 0x6c, 0x32, 0x6e,
	0x34, 0x62, 0x35, 0x61, 0x7e, 0xf1, 0x34, 0xa3, 0xd5, 0xe4, 0x4e,
	0x9a, 0x19, 0xcc, 0x7d, 0xc1, 0x04, 0xb0, 0xc0, 0x3d, 0x03, 0xb2,
	0xa5, 0x51, 0xd8, 0xfd, 0xf5, 0xcd, 0x3b, 0x6d, 0xca, 0x6f, 0x10,
	0xcf, 0xb7, 0x7e, 0x5b, 0x2d, 0xde, 0xc8, 0x4d, 0x29, 0x3a, 0x5c,
	0x50, 0x49, 0x93, 0x59, 0xf0, 0xc2, 0xe2, 0x6f, 0x76,
};

static const uint8_t sample_128[] = {
	0x00, 0x0c, 0x68, 0x34, 0x6a, 0x33, 0x6b, 0x32, 0x6c, 0x32, 0x6e,
	0x34, 0x62, 0x35, 0x7f, 0xb9, 0xe9, 0x9f, 0x08, 0x27, 0xbe, 0x3d,
	0xf1, 0xe1, 0xbd, 0x65, 0x14, 0x93, 0xd3, 0x03, 0x1d, 0x36, 0xdf,
	0x57, 0x07, 0x97, 0x84, 0xae, 0xe5, 0xea, 0xcb, 0x65, 0xfa, 0xd4,
	0xf2, 0x7f, 0xab, 0x1a, 0x3f, 0x97, 0x97, 0x4b, 0x69, 0xf8, 0x51,
	0xb2, 0x4b, 0xf5, 0xaf, 0x09, 0xed, 0xa3, 0x57, 0xe0,
};

static const struct turn_token plain = {
	.mac_key = { "ZksjpweoixXmvn67534m", 20 },
	.made_at = 92470300704768,
	.lifetime_s = 3600,
};


static int key_of(struct turn_token_key *key, const char *algorithm)
{
	return turn_token_key_parse(key, str("kid"), str(algorithm), str(KEY));
}


static int check_sample(const char *algorithm, const uint8_t *sample)
{
	struct turn_token_key key;
	struct turn_token token;
	uint8_t out[TURN_TOKEN_MAX];
	int err, len;

	TEST_ERR(key_of(&key, algorithm));
	TEST_ERR(turn_token_open(&key, str(SERVER), slice(sample, 64),
				 &token));
	TEST_MEM(plain.mac_key.bytes, 20, token.mac_key.bytes,
		 token.mac_key.len);
	TEST_EQ(plain.made_at, token.made_at);
	TEST_EQ(3600, token.lifetime_s);

	len = turn_token_seal(&key, str(SERVER), nonce, &plain, out);
	TEST_EXPECT(len > 0);
	TEST_MEM(sample, 64, out, len);
 out:
	return err;
}


TEST(turn_token_vector_256)
{
	return check_sample("A256GCM", sample_256);
}


TEST(turn_token_vector_128)
{
	return check_sample("A128GCM", sample_128);
}


/* A client that takes "opaque" by its word sends the text it was given. */
TEST(turn_token_base64)
{
	static const char text[] =
		"AAxoNGozazJsMm40YjVhfvE0o9XkTpoZzH3BBLDAPQOypVHY/fXNO23KbxDP"
		"t35bLd7ITSk6XFBJk1nwwuJvdg==";
	struct turn_token_key key;
	struct turn_token token;
	int err;

	TEST_ERR(key_of(&key, "A256GCM"));
	TEST_ERR(turn_token_open(&key, str(SERVER),
				 slice(text, sizeof(text) - 1), &token));
	TEST_EQ(20, token.mac_key.len);
	TEST_ERR(turn_token_open(&key, str(SERVER),
				 slice(text, sizeof(text) - 3), &token));
	TEST_ERRNO(-EBADMSG,
		   turn_token_open(&key, str(SERVER),
				   slice(text, sizeof(text) - 4), &token));
	TEST_ERRNO(-EBADMSG, turn_token_open(&key, str(SERVER),
					     slice(text, 16), &token));
	TEST_ERRNO(-EBADMSG, turn_token_open(&key, str(SERVER),
					     slice("AAx?", 4), &token));
 out:
	return err;
}


TEST(turn_token_other_server_or_key)
{
	struct turn_token_key key, other;
	struct turn_token token = { .lifetime_s = 7 };
	struct slice in = slice(sample_256, sizeof(sample_256));
	int err;

	TEST_ERR(key_of(&key, "A256GCM"));
	TEST_ERR(key_of(&other, "A128GCM"));
	TEST_ERRNO(-EACCES, turn_token_open(&key, str("carleon.gov"), in,
					    &token));
	TEST_ERRNO(-EACCES, turn_token_open(&key, str(""), in, &token));
	TEST_ERRNO(-EACCES, turn_token_open(&other, str(SERVER), in, &token));
	TEST_EQ(7, token.lifetime_s);
 out:
	return err;
}


TEST(turn_token_any_change)
{
	uint8_t in[sizeof(sample_256)];
	struct turn_token_key key;
	struct turn_token token;
	int err;

	TEST_ERR(key_of(&key, "A256GCM"));
	if (test_is_starved())
		goto out;

	memcpy(in, sample_256, sizeof(in));
	for (size_t i = 0; i < 8 * sizeof(in); i++) {
		in[i / 8] ^= (uint8_t)(1 << i % 8);
		TEST_ERRNO(i < 16 ? -EBADMSG : -EACCES,
			   turn_token_open(&key, str(SERVER),
					   slice(in, sizeof(in)), &token));
		in[i / 8] ^= (uint8_t)(1 << i % 8);
	}
 out:
	return err;
}


/* No length is believed: CVE-2026-43994 was a nonce longer than its room. */
TEST(turn_token_any_length)
{
	uint8_t in[TURN_TOKEN_MAX + 1] = { 0, 12 };
	struct turn_token_key key;
	struct turn_token token;
	int err;

	TEST_ERR(key_of(&key, "A256GCM"));
	for (size_t len = 0; len <= sizeof(in); len++) {
		bool fits = len >= TURN_TOKEN_FRAME_LEN + 16 &&
			    len <= TURN_TOKEN_MAX;

		TEST_ERRNO(fits ? -EACCES : -EBADMSG,
			   turn_token_open(&key, str(SERVER), slice(in, len),
					   &token));
	}
	for (unsigned n = 0; n < 0x10000; n += 0xf3) {
		in[0] = 0;
		in[1] = (uint8_t)n;
		TEST_ERRNO(in[1] == 12 ? -EACCES : -EBADMSG,
			   turn_token_open(&key, str(SERVER), slice(in, 64),
					   &token));
	}
 out:
	return err;
}


/* A MAC key whose length does not fit what was sealed, by one who has the
 * key. */
TEST(turn_token_mac_key_lengths)
{
	struct turn_token_key key;
	struct turn_token in = plain, token;
	uint8_t out[TURN_TOKEN_MAX];
	int err, len;

	TEST_ERR(key_of(&key, "A256GCM"));
	for (size_t n = 0; n <= 33; n++) {
		in.mac_key.len = n;
		len = turn_token_seal(&key, str(SERVER), nonce, &in, out);
		if (n < 16 || n > 32) {
			TEST_EQ(-EMSGSIZE, len);
			continue;
		}
		TEST_EXPECT(len > 0);
		TEST_ERR(turn_token_open(&key, str(SERVER),
					 slice(out, (size_t)len), &token));
		TEST_EQ(n, token.mac_key.len);
	}
 out:
	return err;
}


/* lifetime + 5 > |now - made| (s7). */
TEST(turn_token_life)
{
	struct turn_token t = plain;
	int err = 0;

	TEST_EQ(3605, turn_token_left_s(&plain, MADE_S));
	TEST_EQ(1, turn_token_left_s(&plain, MADE_S + 3604));
	TEST_EQ(0, turn_token_left_s(&plain, MADE_S + 3605));
	TEST_EQ(3600, turn_token_left_s(&plain, MADE_S - 5));
	TEST_EQ(0, turn_token_left_s(&plain, MADE_S - 3605));

	t.made_at = UINT64_MAX;
	t.lifetime_s = UINT32_MAX;
	TEST_OK(turn_token_left_s(&t, MADE_S) < 0);
 out:
	return err;
}


TEST(turn_token_key_text)
{
	static const char short_128[] = "AAAAAAAAAAAAAAAAAAAAAA=="; /* 16 */
	static const char alnum[] = "AAAA";
	static const char blanks[] = "AAAA AAAA AAAA AAAA AAAA AAAA";
	struct turn_token_key key = { .kid = "x" };
	char kid[TURN_TOKEN_KID_MAX + 1];
	int err;

	memset(kid, 'k', sizeof(kid));
	TEST_ERRNO(-ENOENT, turn_token_key_parse(&key, str("k"),
						 str("A192GCM"), str(KEY)));
	TEST_ERRNO(-EBADMSG, turn_token_key_parse(&key, str(""),
						  str("A128GCM"), str(KEY)));
	TEST_ERRNO(-EBADMSG, turn_token_key_parse(&key, str_n("a\0b", 3),
						  str("A128GCM"), str(KEY)));
	TEST_ERRNO(-EMSGSIZE,
		   turn_token_key_parse(&key, str_n(kid, sizeof(kid)),
					str("A128GCM"), str(KEY)));
	TEST_ERRNO(-EBADMSG, turn_token_key_parse(&key, str("k"),
						  str("A256GCM"),
						  str(short_128)));
	TEST_ERRNO(-EBADMSG, turn_token_key_parse(&key, str("k"),
						  str("A128GCM"), str(alnum)));
	TEST_ERRNO(-EBADMSG, turn_token_key_parse(&key, str("k"),
						  str("A128GCM"), str(blanks)));
	TEST_OK(!strcmp("x", key.kid));

	TEST_ERR(turn_token_key_parse(&key, str_n(kid, TURN_TOKEN_KID_MAX),
				      str("A128GCM"), str(short_128)));
	TEST_EQ(TURN_TOKEN_KID_MAX, strlen(key.kid));
 out:
	return err;
}


TEST(turn_token_keys)
{
	struct turn_tokens tokens = { .n_keys = 0 };
	struct turn_token_key key;
	int err;

	TEST_ERR(key_of(&key, "A256GCM"));
	TEST_OK(!turn_tokens_find(&tokens, str("kid")));
	TEST_ERR(turn_tokens_add(&tokens, &key));
	TEST_ERRNO(-EEXIST, turn_tokens_add(&tokens, &key));
	for (char c = 'a'; c < 'a' + TURN_TOKEN_KEYS_MAX - 1; c++) {
		key.kid[0] = c;
		if (c != 'k')
			TEST_ERR(turn_tokens_add(&tokens, &key));
	}
	TEST_EQ(TURN_TOKEN_KEYS_MAX - 1, tokens.n_keys);
	key.kid[0] = 'Y';
	TEST_ERR(turn_tokens_add(&tokens, &key));
	key.kid[0] = 'Z';
	TEST_ERRNO(-EMSGSIZE, turn_tokens_add(&tokens, &key));

	TEST_OK(turn_tokens_find(&tokens, str("kid")) == &tokens.keys[0]);
	TEST_OK(!turn_tokens_find(&tokens, str("ki")));
	TEST_OK(!turn_tokens_find(&tokens, str("")));
 out:
	return err;
}
