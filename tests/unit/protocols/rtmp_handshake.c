/* rtmp/rtmp_handshake: both roles, cut anywhere, and digests against those
 * that another program computed. */
#include "rtmp/rtmp_handshake.h"
#include <openssl/evp.h>
#include "test.h"


enum {
	LEN = RTMP_HANDSHAKE_LEN,
	DIGEST_LEN = 32,
	OUT_MAX = 8192,
};

/* What Python's hmac and hashlib make of the C1 of make_c1(): where the
 * digest stands, the digest, and the key of the signature in S2. */
static const struct vector {
	int scheme;
	size_t at;
	uint8_t digest[DIGEST_LEN];
	uint8_t key[DIGEST_LEN];
} vectors[] = {
	{ 0, 450, {
		0x75, 0x0a, 0xa7, 0x7a, 0x54, 0x12, 0x93, 0xfc,
		0x1c, 0x59, 0xb1, 0xd3, 0x8e, 0x59, 0xbf, 0xb3,
		0x9b, 0x75, 0xc0, 0xce, 0xf8, 0x2d, 0x64, 0xaa,
		0x2a, 0x46, 0xed, 0xae, 0xdb, 0x9d, 0xdf, 0xc4,
	}, {
		0xb4, 0xb9, 0x02, 0x8f, 0x31, 0xc9, 0x0f, 0x51,
		0x01, 0x58, 0x6f, 0x06, 0x5c, 0x48, 0x42, 0xed,
		0x9d, 0x48, 0x24, 0xca, 0x4a, 0x9c, 0x4d, 0x0d,
		0xfc, 0x53, 0x4a, 0x2b, 0xe0, 0x3b, 0x34, 0x71,
	} },
	{ 1, 1486, {
		0x83, 0xfd, 0xaa, 0x7f, 0x56, 0xfa, 0xc8, 0x7d,
		0x75, 0xce, 0x48, 0x6d, 0xb3, 0x7b, 0x27, 0x22,
		0xc3, 0x9f, 0xb4, 0x29, 0x0a, 0x29, 0xea, 0xca,
		0x81, 0x21, 0x1e, 0x59, 0x61, 0x2a, 0xe0, 0xfc,
	}, {
		0x1e, 0x13, 0xac, 0xad, 0xf5, 0xee, 0x1f, 0xe6,
		0xe9, 0xba, 0x25, 0x02, 0x8d, 0xa0, 0x89, 0x52,
		0xfe, 0xf3, 0xc7, 0xe3, 0x01, 0x46, 0xdf, 0x95,
		0xcd, 0x99, 0xff, 0x75, 0x80, 0xb9, 0x4e, 0x73,
	} },
};


/* C0, C1, C2 and the first bytes of what follows. */
struct hello {
	uint8_t c0;
	uint8_t c1[LEN];
	uint8_t c2[LEN];
	uint8_t next[3];
};


static void make_hello(struct hello *h)
{
	memset(h, 0xee, sizeof(*h));
	h->c0 = RTMP_VERSION;
	for (size_t i = 0; i < LEN; i++)
		h->c1[i] = (uint8_t)(i * 31 + 7);
}


/* Give `in` to `hs` in pieces of at most `cut` bytes; what is not eaten is
 * given again, with more.  Returns the bytes eaten. */
static int feed(struct rtmp_handshake *hs, struct slice in, size_t cut,
		struct writer *out)
{
	size_t at = 0, seen = 0;
	int n;

	while (seen < in.len) {
		seen = in.len - seen < cut ? in.len : seen + cut;
		n = rtmp_handshake_input(hs, slice(in.p + at, seen - at), out);
		if (n < 0)
			return n;
		at += (size_t)n;
	}

	return (int)at;
}


static int mac(uint8_t *digest, struct slice key, struct slice data)
{
	size_t len;

	return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.p, key.len,
			 data.p, data.len, digest, DIGEST_LEN, &len) ?
		0 : -ENOMEM;
}


/* S1 must be signed as servers sign it, at the place of that scheme. */
static int check_s1(const uint8_t *s1, int scheme)
{
	static const char key[] = "Genuine Adobe Flash Media Server 001";
	size_t base = scheme ? 772 : 8;
	size_t at = base + 4 + (size_t)(s1[base] + s1[base + 1] +
					s1[base + 2] + s1[base + 3]) % 728;
	uint8_t rest[LEN - DIGEST_LEN], digest[DIGEST_LEN];
	int err;

	TEST_OK(s1[4] >= 3);
	memcpy(rest, s1, at);
	memcpy(rest + at, s1 + at + DIGEST_LEN, sizeof(rest) - at);
	TEST_ERR(mac(digest, slice(key, sizeof(key) - 1),
		     slice(rest, sizeof(rest))));
	TEST_MEM(digest, DIGEST_LEN, s1 + at, DIGEST_LEN);
 out:
	return err;
}


static int check_digest(const struct vector *v, size_t cut)
{
	struct writer out = writer(OUT_MAX);
	struct rtmp_handshake hs;
	uint8_t digest[DIGEST_LEN];
	const uint8_t *s2;
	struct hello h;
	int err, n;

	make_hello(&h);
	memcpy(h.c1 + v->at, v->digest, DIGEST_LEN);
	rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
	n = feed(&hs, slice(&h, sizeof(h)), cut, &out);
	if (n < 0)
		TEST_ERR(n);

	TEST_EQ(1 + 2 * LEN, n);
	TEST_OK(hs.has_digest);
	TEST_EQ(1 + 2 * LEN, out.len);
	TEST_EQ(RTMP_VERSION, out.data[0]);
	TEST_ERR(check_s1(out.data + 1, v->scheme));

	s2 = out.data + 1 + LEN;
	TEST_ERR(mac(digest, slice(v->key, DIGEST_LEN),
		     slice(s2, LEN - DIGEST_LEN)));
	TEST_MEM(digest, DIGEST_LEN, s2 + LEN - DIGEST_LEN, DIGEST_LEN);
 out:
	writer_fini(&out);
	return err;
}


TEST(rtmp_handshake_digest)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		TEST_ERR(check_digest(&vectors[i], SIZE_MAX));
		TEST_ERR(check_digest(&vectors[i], 1));
		TEST_ERR(check_digest(&vectors[i], 1000));
	}
 out:
	return err;
}


static int check_simple(size_t cut)
{
	static const uint8_t zeros[8];
	struct writer out = writer(OUT_MAX);
	struct rtmp_handshake hs;
	struct hello h;
	int err, n;

	make_hello(&h);
	rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
	n = feed(&hs, slice(&h, sizeof(h)), cut, &out);
	if (n < 0)
		TEST_ERR(n);

	TEST_OK(!hs.has_digest);
	TEST_EQ(1 + 2 * LEN, n);
	TEST_OK(rtmp_handshake_is_done(&hs));
	TEST_EQ(0, rtmp_handshake_input(&hs, slice(h.next, 3), &out));

	TEST_EQ(1 + 2 * LEN, out.len);
	TEST_EQ(RTMP_VERSION, out.data[0]);
	TEST_MEM(zeros, 8, out.data + 1, 8);
	TEST_MEM(h.c1, LEN, out.data + 1 + LEN, LEN);
	err = 0;
 out:
	writer_fini(&out);
	return err;
}


TEST(rtmp_handshake_simple)
{
	int err = 0;

	TEST_ERR(check_simple(SIZE_MAX));
	for (size_t cut = 1; cut < 2000; cut += 333)
		TEST_ERR(check_simple(cut));
 out:
	return err;
}


/* One bit off, and it is the simple handshake. */
TEST(rtmp_handshake_wrong_digest)
{
	struct writer out = writer(OUT_MAX);
	struct rtmp_handshake hs;
	struct hello h;
	int err, n;

	make_hello(&h);
	memcpy(h.c1 + vectors[0].at, vectors[0].digest, DIGEST_LEN);
	h.c1[LEN - 1] ^= 1;
	rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
	n = feed(&hs, slice(&h, sizeof(h)), SIZE_MAX, &out);
	if (n < 0)
		TEST_ERR(n);
	TEST_OK(!hs.has_digest);
	TEST_MEM(h.c1, LEN, out.data + 1 + LEN, LEN);
	err = 0;
 out:
	writer_fini(&out);
	return err;
}


/* The answer comes with the last byte of C1; clients wait for it. */
TEST(rtmp_handshake_answers_c1)
{
	struct writer out = writer(OUT_MAX);
	struct rtmp_handshake hs;
	struct hello h;
	int err = 0, n;

	make_hello(&h);
	rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
	TEST_EQ(1, rtmp_handshake_input(&hs, slice(&h, LEN), &out));
	TEST_EQ(0, rtmp_handshake_input(&hs, slice(h.c1, LEN - 1), &out));
	TEST_EQ(0, out.len);

	n = rtmp_handshake_input(&hs, slice(h.c1, LEN), &out);
	if (n < 0)
		TEST_ERR(n);
	TEST_EQ(LEN, n);
	TEST_EQ(1 + 2 * LEN, out.len);
	TEST_OK(!rtmp_handshake_is_done(&hs));
 out:
	writer_fini(&out);
	return err;
}


TEST(rtmp_handshake_versions)
{
	static const struct {
		uint8_t version;
		int want;
	} cases[] = {
		{ 0, 1 }, { 3, 1 }, { 4, 1 }, { 31, 1 },
		{ 6, -ENOTSUP }, { 8, -ENOTSUP }, { 9, -ENOTSUP },
		{ 32, -EBADMSG }, { 'G', -EBADMSG }, { 0x16, 1 },
		{ 255, -EBADMSG },
	};
	struct writer out = writer(OUT_MAX);
	struct rtmp_handshake hs;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
		TEST_EQ(cases[i].want, rtmp_handshake_input(&hs,
				slice(&cases[i].version, 1), &out));
	}
	TEST_EQ(0, out.len);
 out:
	return err;
}


TEST(rtmp_handshake_out_is_full)
{
	struct writer out = writer(100);
	struct rtmp_handshake hs;
	struct hello h;
	int err = 0;

	make_hello(&h);
	rtmp_handshake_init(&hs, RTMP_ROLE_SERVER);
	TEST_EQ(-EMSGSIZE, feed(&hs, slice(&h, sizeof(h)), SIZE_MAX, &out));
 out:
	return err;
}


static int check_pair(size_t cut)
{
	struct writer up = writer(OUT_MAX), down = writer(OUT_MAX);
	struct rtmp_handshake client, server;
	int err, n;

	rtmp_handshake_init(&client, RTMP_ROLE_CLIENT);
	rtmp_handshake_init(&server, RTMP_ROLE_SERVER);

	TEST_ERR(rtmp_handshake_start(&client, &up));
	n = feed(&server, writer_slice(&up), cut, &down);
	if (n < 0)
		TEST_ERR(n);
	TEST_EQ(1 + LEN, n);
	writer_drop(&up, up.len);

	n = feed(&client, writer_slice(&down), cut, &up);
	if (n < 0)
		TEST_ERR(n);
	TEST_EQ(1 + 2 * LEN, n);
	TEST_OK(rtmp_handshake_is_done(&client));
	TEST_MEM(down.data + 1, LEN, up.data, up.len);

	n = feed(&server, writer_slice(&up), cut, &down);
	TEST_EQ(LEN, n);
	TEST_OK(rtmp_handshake_is_done(&server));
	err = 0;
 out:
	writer_fini(&up);
	writer_fini(&down);
	return err;
}


TEST(rtmp_handshake_client)
{
	int err = 0;

	TEST_ERR(check_pair(SIZE_MAX));
	TEST_ERR(check_pair(1));
	TEST_ERR(check_pair(1537));
 out:
	return err;
}
