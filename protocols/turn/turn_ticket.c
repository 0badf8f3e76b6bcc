/* Sealed tickets (RFC 8016 s3.3, s5), by AES-SIV (RFC 5297): its tag is over
 * the text, so that there is no nonce which must not repeat. */
#include "turn/turn_ticket.h"
#include <openssl/evp.h>
#include "base/random.h"
#include "base/reader.h"


enum { TAG_LEN = 16, TEXT_LEN = 16, RANDOM_LEN = 3 };

_Static_assert(TAG_LEN + TEXT_LEN == TURN_TICKET_LEN, "tag and text");


static uint8_t *set_be(uint8_t *p, size_t n, uint32_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;

	return p + n;
}


static void text_write(uint8_t *p, const struct turn_ticket *ticket)
{
	p = set_be(p, 2, ticket->worker);
	p = set_be(p, 3, ticket->slot);
	p = set_be(p, 4, ticket->generation);
	p = set_be(p, 4, ticket->serial);
	random_bytes(p, RANDOM_LEN);
}


static void text_read(const uint8_t *p, struct turn_ticket *ticket)
{
	struct reader r = reader(slice(p, TEXT_LEN));

	ticket->worker = get_be16(&r);
	ticket->slot = get_be24(&r);
	ticket->generation = get_be32(&r);
	ticket->serial = get_be32(&r);
}


/* A context for either way; with a tag, for opening.  NULL: out of memory, or
 * OpenSSL has no such cipher. */
static EVP_CIPHER_CTX *context_new(const uint8_t *key, const uint8_t *tag)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	uint8_t copy[TAG_LEN];

	if (ctx && EVP_CipherInit_ex2(ctx, cipher, key, NULL, !tag,
				      NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(cipher);

	if (ctx && tag) {
		memcpy(copy, tag, TAG_LEN);
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN,
				    copy);
	}

	return ctx;
}


static int seal(uint8_t *out, const uint8_t *key,
		const struct turn_ticket *ticket)
{
	EVP_CIPHER_CTX *ctx = context_new(key, NULL);
	uint8_t text[TEXT_LEN];
	bool is_sealed;
	int len;

	if (!ctx)
		return -ENOMEM;

	text_write(text, ticket);
	is_sealed = EVP_EncryptUpdate(ctx, out + TAG_LEN, &len, text,
				      TEXT_LEN) == 1 &&
		    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN,
					out) == 1;
	EVP_CIPHER_CTX_free(ctx);

	return is_sealed ? 0 : -ENOTSUP;
}


/* NOTE: coturn's client takes it for text, up to the first zero; nine of ten
 * have none. */
int turn_ticket_seal(uint8_t *out, const uint8_t *key,
		     const struct turn_ticket *ticket)
{
	int err;

	do {
		err = seal(out, key, ticket);
	} while (!err && memchr(out, 0, TURN_TICKET_LEN));

	return err;
}


int turn_ticket_open(struct slice in, const uint8_t *key,
		     struct turn_ticket *ticket)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t text[TEXT_LEN];
	bool is_ours;
	int len;

	if (in.len != TURN_TICKET_LEN)
		return -EBADMSG;

	ctx = context_new(key, in.p);
	if (!ctx)
		return -ENOMEM;
	is_ours = EVP_DecryptUpdate(ctx, text, &len, in.p + TAG_LEN,
				    TEXT_LEN) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!is_ours)
		return -EACCES;

	text_read(text, ticket);

	return 0;
}
