/* Checksums, digests and HMACs of STUN (RFC 8489 s14.5 to s14.7).
 * NOTE: requests alone need them, never relayed data, so that each call may
 * fetch its algorithm and nothing global is kept. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include "stun/stun_int.h"
#include "stun/stun_message.h"


uint32_t stun_crc32(struct slice s)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= s.p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}

	return ~crc;
}


static int hmac_run(EVP_MAC_CTX *ctx, const char *digest, struct slice key,
		    const struct slice *parts, size_t n, uint8_t *out)
{
	char name[16] = { 0 };
	OSSL_PARAM params[2];
	size_t len;

	memcpy(name, digest, strlen(digest));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						     name, 0);
	params[1] = OSSL_PARAM_construct_end();

	/* NOTE: without an address, OpenSSL would take no key at all. */
	if (EVP_MAC_init(ctx, key.len ? key.p : (const uint8_t *)"", key.len,
			 params) != 1)
		return -ENOTSUP;

	for (size_t i = 0; i < n; i++) {
		if (EVP_MAC_update(ctx, parts[i].p, parts[i].len) != 1)
			return -ENOTSUP;
	}

	return EVP_MAC_final(ctx, out, &len, EVP_MAX_MD_SIZE) == 1
		       ? 0 : -ENOTSUP;
}


int stun_hmac(const char *digest, struct slice key, const struct slice *parts,
	      size_t n, uint8_t *out)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx;
	int err;

	if (!mac)
		return -ENOTSUP;

	ctx = EVP_MAC_CTX_new(mac);
	err = ctx ? hmac_run(ctx, digest, key, parts, n, out) : -ENOMEM;

	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);

	return err;
}


int stun_integrity(const char *digest, struct slice key, const uint8_t *msg,
		   size_t at, size_t value_len, uint8_t *out)
{
	size_t len = at + STUN_ATTR_HEADER_LEN + value_len -
		     STUN_HEADER_LEN;
	uint8_t head[4] = {
		msg[0], msg[1], (uint8_t)(len >> 8), (uint8_t)len
	};
	const struct slice parts[] = {
		slice(head, sizeof(head)),
		slice(msg + sizeof(head), at - sizeof(head)),
	};

	return stun_hmac(digest, key, parts, 2, out);
}


static int digest_run(EVP_MD_CTX *ctx, const EVP_MD *md,
		      const struct slice *parts, size_t n, uint8_t *out)
{
	if (EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		return -ENOTSUP;

	for (size_t i = 0; i < n; i++) {
		if (EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) != 1)
			return -ENOTSUP;
	}

	return EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -ENOTSUP;
}


int stun_digest(const char *digest, const struct slice *parts, size_t n,
		uint8_t *out)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
	EVP_MD_CTX *ctx;
	int err;

	if (!md)
		return -ENOTSUP;

	ctx = EVP_MD_CTX_new();
	err = ctx ? digest_run(ctx, md, parts, n, out) : -ENOMEM;

	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);

	return err;
}
