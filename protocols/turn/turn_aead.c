/* AES-GCM by OpenSSL (RFC 5116 s5). */
#include "turn/turn_aead_int.h"
#include <assert.h>
#include <openssl/evp.h>


/* A context with key and nonce, which has seen the data.  sealing: 1, or 0
 * to open.  Returns 0, -ENOTSUP or -ENOMEM. */
static int start(EVP_CIPHER_CTX *ctx, const struct turn_aead *aead,
		 int sealing)
{
	const EVP_CIPHER *cipher = aead->key.len == 16 ? EVP_aes_128_gcm()
						       : EVP_aes_256_gcm();
	int len;

	if (EVP_CipherInit_ex(ctx, cipher, NULL, aead->key.p, aead->nonce,
			      sealing) != 1)
		return -ENOTSUP;
	if (aead->data.len &&
	    EVP_CipherUpdate(ctx, NULL, &len, aead->data.p,
			     (int)aead->data.len) != 1)
		return -ENOTSUP;

	return 0;
}


static int seal(EVP_CIPHER_CTX *ctx, const struct turn_aead *aead,
		struct slice text, uint8_t *out)
{
	int err = start(ctx, aead, 1);
	int len;

	if (err)
		return err;
	if (EVP_CipherUpdate(ctx, out, &len, text.p, (int)text.len) != 1 ||
	    EVP_CipherFinal_ex(ctx, out + len, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TURN_AEAD_TAG_LEN,
				out + text.len) != 1)
		return -ENOTSUP;

	return 0;
}


static int open(EVP_CIPHER_CTX *ctx, const struct turn_aead *aead,
		struct slice in, uint8_t *out)
{
	uint8_t tag[TURN_AEAD_TAG_LEN];
	int err = start(ctx, aead, 0);
	int len;

	if (err)
		return err;

	memcpy(tag, in.p + in.len - sizeof(tag), sizeof(tag));
	in.len -= sizeof(tag);
	if (EVP_CipherUpdate(ctx, out, &len, in.p, (int)in.len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag),
				tag) != 1)
		return -ENOTSUP;

	return EVP_CipherFinal_ex(ctx, out + len, &len) == 1 ? 0 : -EACCES;
}


int turn_aead_seal(const struct turn_aead *aead, struct slice text,
		   uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int err;

	assert(aead->key.len == 16 || aead->key.len == 32);

	err = ctx ? seal(ctx, aead, text, out) : -ENOMEM;
	EVP_CIPHER_CTX_free(ctx);

	return err;
}


int turn_aead_open(const struct turn_aead *aead, struct slice in,
		   uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int err;

	assert(aead->key.len == 16 || aead->key.len == 32);

	if (in.len < TURN_AEAD_TAG_LEN)
		return -EBADMSG;

	ctx = EVP_CIPHER_CTX_new();
	err = ctx ? open(ctx, aead, in, out) : -ENOMEM;
	EVP_CIPHER_CTX_free(ctx);
	if (err)
		memset(out, 0, in.len - TURN_AEAD_TAG_LEN);

	return err;
}
