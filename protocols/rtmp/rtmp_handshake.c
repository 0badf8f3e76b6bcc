/* The RTMP handshake (RTMP 1.0 s5.2), and the digests that Flash Player 9
 * added to it, which the specification leaves out:
 *
 *	C1, S1:  time (4), version (4), 1528 bytes, 32 of them a digest:
 *	         HMAC-SHA256 of all the others.  Where it stands follows from
 *	         the sum of 4 bytes, which open block 0 or 1 (the "scheme").
 *	S2:      1504 random bytes, then their HMAC-SHA256 with a key that is
 *	         the HMAC-SHA256 of the digest in C1.
 *
 * The keys are public, and the same for everybody: this authenticates
 * nothing, it is what some clients want to see before they play H.264. */
#include "rtmp/rtmp_handshake.h"
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "base/random.h"


enum {
	LEN = RTMP_HANDSHAKE_LEN,
	DIGEST_LEN = 32,
	TIME_LEN = 4,
	VERSION_LEN = 4,
	BLOCK_LEN = 764,         /* block 0 at 8, block 1 at 772 */
	N_SCHEMES = 2,
	N_OFFSETS = BLOCK_LEN - 4 - DIGEST_LEN,
	VERSION_TEXT = 32,       /* from here on it is some text protocol */
	PLAYER_TEXT_LEN = 30,
	SERVER_TEXT_LEN = 36,
};

#define KEY_TAIL \
	0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, \
	0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, \
	0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, \
	0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae

/* Digests in C1 and S1 are keyed with the text, S2 with all of it. */
static const uint8_t player_key[PLAYER_TEXT_LEN + DIGEST_LEN] = {
	'G', 'e', 'n', 'u', 'i', 'n', 'e', ' ', 'A', 'd', 'o', 'b', 'e', ' ',
	'F', 'l', 'a', 's', 'h', ' ', 'P', 'l', 'a', 'y', 'e', 'r', ' ',
	'0', '0', '1', KEY_TAIL
};

static const uint8_t server_key[SERVER_TEXT_LEN + DIGEST_LEN] = {
	'G', 'e', 'n', 'u', 'i', 'n', 'e', ' ', 'A', 'd', 'o', 'b', 'e', ' ',
	'F', 'l', 'a', 's', 'h', ' ', 'M', 'e', 'd', 'i', 'a', ' ',
	'S', 'e', 'r', 'v', 'e', 'r', ' ', '0', '0', '1', KEY_TAIL
};

/* ffmpeg verifies our digests if the first number is 3 or more. */
static const uint8_t server_version[VERSION_LEN] = { 4, 5, 0, 1 };


static int hmac(uint8_t digest[DIGEST_LEN], struct slice key,
		struct slice data)
{
	unsigned len = DIGEST_LEN;

	if (!HMAC(EVP_sha256(), key.p, (int)key.len, data.p, data.len,
		  digest, &len))
		return -ENOMEM;

	return 0;
}


static size_t digest_at(const uint8_t *c1, int scheme)
{
	size_t at = TIME_LEN + VERSION_LEN + (size_t)scheme * BLOCK_LEN;
	const uint8_t *p = c1 + at;
	size_t sum = (size_t)p[0] + p[1] + p[2] + p[3];

	return at + 4 + sum % N_OFFSETS;
}


/* The digest of a C1 or S1 that holds it at `at`. */
static int make_digest(uint8_t digest[DIGEST_LEN], const uint8_t *c1,
		       size_t at, struct slice key)
{
	uint8_t others[LEN - DIGEST_LEN];

	memcpy(others, c1, at);
	memcpy(others + at, c1 + at + DIGEST_LEN, sizeof(others) - at);

	return hmac(digest, key, slice(others, sizeof(others)));
}


/* Look for a valid digest.  Returns the scheme, or -ENOENT, -ENOMEM. */
static int find_digest(const uint8_t *c1)
{
	uint8_t digest[DIGEST_LEN];

	for (int scheme = 0; scheme < N_SCHEMES; scheme++) {
		size_t at = digest_at(c1, scheme);
		int err;

		err = make_digest(digest, c1, at,
				  slice(player_key, PLAYER_TEXT_LEN));
		if (err)
			return err;
		if (!CRYPTO_memcmp(digest, c1 + at, DIGEST_LEN))
			return scheme;
	}

	return -ENOENT;
}


static int sign_s1(uint8_t *s1, int scheme)
{
	size_t at = digest_at(s1, scheme);

	memcpy(s1 + TIME_LEN, server_version, VERSION_LEN);

	return make_digest(s1 + at, s1, at,
			   slice(server_key, SERVER_TEXT_LEN));
}


static int sign_s2(uint8_t *s2, const uint8_t *c1, int scheme)
{
	const uint8_t *digest = c1 + digest_at(c1, scheme);
	uint8_t key[DIGEST_LEN];
	int err;

	err = hmac(key, slice(server_key, sizeof(server_key)),
		   slice(digest, DIGEST_LEN));
	if (err)
		return err;

	return hmac(s2 + LEN - DIGEST_LEN, slice(key, sizeof(key)),
		    slice(s2, LEN - DIGEST_LEN));
}


/* C1 and S1 of the simple handshake: time 0, "zero" 0, then anything. */
static void make_first(uint8_t *c1)
{
	const size_t head = TIME_LEN + VERSION_LEN;

	memset(c1, 0, head);
	random_bytes(c1 + head, LEN - head);
}


static int answer_c1(struct rtmp_handshake *hs, const uint8_t *c1,
		     struct writer *out)
{
	uint8_t *s0, *s1, *s2;
	int scheme, err;

	scheme = find_digest(c1);
	if (scheme == -ENOMEM)
		return scheme;

	s0 = put_room(out, 1 + LEN + LEN);
	if (!s0)
		return out->err;

	s1 = s0 + 1;
	s2 = s1 + LEN;
	*s0 = RTMP_VERSION;
	make_first(s1);

	hs->has_digest = scheme >= 0;
	if (!hs->has_digest) {
		memcpy(s2, c1, LEN);
		return 0;
	}

	random_bytes(s2, LEN - DIGEST_LEN);
	err = sign_s1(s1, scheme);

	return err ? err : sign_s2(s2, c1, scheme);
}


static int input_version(struct rtmp_handshake *hs, uint8_t version)
{
	if (version == 6 || version == 8 || version == 9) /* RTMPE */
		return -ENOTSUP;
	if (version >= VERSION_TEXT)
		return -EBADMSG;

	/* Other versions are answered with ours, s5.2.2. */
	hs->state = RTMP_HANDSHAKE_FIRST;

	return 1;
}


static int input_first(struct rtmp_handshake *hs, struct slice in,
		       struct writer *out)
{
	int err;

	if (in.len < LEN)
		return 0;

	if (hs->role == RTMP_ROLE_SERVER) {
		err = answer_c1(hs, in.p, out);
	}
	else {
		put_bytes(out, slice(in.p, LEN));
		err = out->err;
	}
	if (err)
		return err;

	hs->state = RTMP_HANDSHAKE_SECOND;
	hs->skip = LEN;

	return LEN;
}


/* C2 should echo S1, and S2 C1.  Too many peers send something else for it
 * to be worth a look: Flash's digest, zeros, S1 of the wrong connection. */
static int input_second(struct rtmp_handshake *hs, struct slice in)
{
	size_t n = in.len < hs->skip ? in.len : hs->skip;

	hs->skip -= n;
	if (!hs->skip)
		hs->state = RTMP_HANDSHAKE_DONE;

	return (int)n;
}


void rtmp_handshake_init(struct rtmp_handshake *hs, enum rtmp_role role)
{
	memset(hs, 0, sizeof(*hs));
	hs->role = role;
}


int rtmp_handshake_start(struct rtmp_handshake *hs, struct writer *out)
{
	uint8_t *c0;

	assert(hs->role == RTMP_ROLE_CLIENT);

	c0 = put_room(out, 1 + LEN);
	if (!c0)
		return out->err;

	*c0 = RTMP_VERSION;
	make_first(c0 + 1);

	return 0;
}


int rtmp_handshake_input(struct rtmp_handshake *hs, struct slice in,
			 struct writer *out)
{
	size_t eaten = 0;
	int n = 1;

	while (n && eaten < in.len) {
		struct slice left = slice_from(in, eaten);

		switch (hs->state) {

		case RTMP_HANDSHAKE_VERSION:
			n = input_version(hs, left.p[0]);
			break;

		case RTMP_HANDSHAKE_FIRST:
			n = input_first(hs, left, out);
			break;

		case RTMP_HANDSHAKE_SECOND:
			n = input_second(hs, left);
			break;

		case RTMP_HANDSHAKE_DONE:
			n = 0;
			break;
		}
		if (n < 0)
			return n;

		eaten += (size_t)n;
	}

	return (int)eaten;
}
