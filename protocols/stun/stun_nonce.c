/* Nonces that the server need not remember (RFC 8489 s9.2, s18.1):
 *
 *	"obMatJos2"  base64(features: 3 bytes)  base64(end: 6, port: 2, HMAC: 16)
 */
#include "stun/stun_nonce.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "base/error.h"
#include "base/random.h"
#include "stun/stun_int.h"


enum {
	FEATURES_LEN = 3,
	END_LEN = 8,             /* with the port */
	SEAL_LEN = 16,           /* of HMAC-SHA256's 32 bytes */
};

static const char cookie[] = "obMatJos2";


static void set_be(uint8_t *p, size_t n, uint64_t v)
{
	for (; n-- > 0; v >>= 8)
		p[n] = (uint8_t)v;
}


static uint64_t get_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];

	return v;
}


void stun_nonce_keys_init(struct stun_nonce_keys *keys)
{
	random_bytes(keys, sizeof(*keys));
}


void stun_nonce_keys_rotate(struct stun_nonce_keys *keys)
{
	memcpy(keys->old, keys->now, sizeof(keys->old));
	random_bytes(keys->now, sizeof(keys->now));
}


/* Four characters each for three bytes, of `s` as a whole: no blanks and no
 * padding, which OpenSSL would take too. */
static bool from_base64(uint8_t *out, struct str s)
{
	uint8_t buf[48];

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] <= ' ' || s.p[i] == '=' || s.p[i] == '-')
			return false;
	}

	if (EVP_DecodeBlock(buf, (const uint8_t *)s.p, (int)s.len) !=
	    (int)(s.len / 4 * 3))
		return false;
	memcpy(out, buf, s.len / 4 * 3);

	return true;
}


int stun_nonce_features(struct str nonce, uint32_t *features)
{
	size_t len = sizeof(cookie) - 1;
	uint8_t bits[FEATURES_LEN];

	if (nonce.len < STUN_COOKIE_LEN || memcmp(nonce.p, cookie, len) ||
	    !from_base64(bits, str_n(nonce.p + len, 4)))
		return -ENOENT;

	*features = (uint32_t)get_be(bits, sizeof(bits));

	return 0;
}


/* NOTE: the features are sealed too, or who sits in between could take them
 * out of a nonce unseen (s9.2.1). */
static int seal(uint8_t out[STUN_SHA256_LEN],
		const uint8_t key[STUN_NONCE_KEY_LEN], uint32_t features,
		uint64_t end, const struct addr *from)
{
	uint8_t head[FEATURES_LEN + END_LEN + 1];
	struct slice parts[2];

	set_be(head, FEATURES_LEN, features);
	set_be(head + FEATURES_LEN, END_LEN, end);
	head[sizeof(head) - 1] = from->u.sa.sa_family == AF_INET6 ? 6 : 4;

	parts[0] = slice(head, sizeof(head));
	parts[1] = addr_ip(from);

	return stun_hmac("SHA256", slice(key, STUN_NONCE_KEY_LEN), parts, 2,
			 out);
}


int stun_nonce_print(char out[STUN_NONCE_LEN + 1],
		     const struct stun_nonce_keys *keys, uint32_t features,
		     int64_t ends_s, const struct addr *from)
{
	const uint64_t end = (uint64_t)ends_s << 16 | addr_port(from);
	uint8_t *text = (uint8_t *)out;
	uint8_t raw[END_LEN + STUN_SHA256_LEN];
	uint8_t bits[FEATURES_LEN];
	int err;

	err = seal(raw + END_LEN, keys->now, features, end, from);
	if (err)
		return err;

	set_be(bits, sizeof(bits), features);
	set_be(raw, END_LEN, end);

	memcpy(out, cookie, sizeof(cookie) - 1);
	EVP_EncodeBlock(text + sizeof(cookie) - 1, bits, sizeof(bits));
	EVP_EncodeBlock(text + STUN_COOKIE_LEN, raw, END_LEN + SEAL_LEN);

	return 0;
}


/* Is it sealed with this key?  Returns 0, -EACCES, or OpenSSL's error. */
static int try_key(const uint8_t raw[END_LEN + SEAL_LEN],
		   const uint8_t key[STUN_NONCE_KEY_LEN], uint32_t features,
		   const struct addr *from)
{
	uint8_t want[STUN_SHA256_LEN];
	int err;

	err = seal(want, key, features, get_be(raw, END_LEN), from);
	if (err)
		return err;

	return CRYPTO_memcmp(want, raw + END_LEN, SEAL_LEN) ? -EACCES : 0;
}


static int check(struct str nonce, const struct stun_nonce_keys *keys,
		 int64_t now_s, const struct addr *from, bool is_any_port)
{
	uint8_t raw[END_LEN + SEAL_LEN];
	uint32_t features;
	uint64_t end;
	int err;

	if (nonce.len != STUN_NONCE_LEN ||
	    stun_nonce_features(nonce, &features) ||
	    !from_base64(raw, str_n(nonce.p + STUN_COOKIE_LEN,
				    STUN_NONCE_LEN - STUN_COOKIE_LEN)))
		return -EACCES;

	err = try_key(raw, keys->now, features, from);
	if (err == -EACCES)
		err = try_key(raw, keys->old, features, from);
	if (err)
		return err;

	end = get_be(raw, END_LEN);
	if (!is_any_port && (uint16_t)end != addr_port(from))
		return -EACCES;

	return (uint64_t)now_s >= end >> 16 ? -ETIMEDOUT : 0;
}


int stun_nonce_check(struct str nonce, const struct stun_nonce_keys *keys,
		     int64_t now_s, const struct addr *from)
{
	return check(nonce, keys, now_s, from, false);
}


int stun_nonce_check_ip(struct str nonce, const struct stun_nonce_keys *keys,
			int64_t now_s, const struct addr *from)
{
	return check(nonce, keys, now_s, from, true);
}
