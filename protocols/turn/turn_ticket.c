/* Sealed tickets (RFC 8016 s3.3, s5).
 *
 * Each ticket has a key of its own, made of the server's key and the ticket's
 * salt: 96 random bits of a nonce alone would repeat under one key after some
 * thousand million tickets, and a repeated nonce breaks GCM. */
#include "turn/turn_ticket.h"
#include <openssl/crypto.h>
#include "base/random.h"
#include "base/reader.h"
#include "stun/stun_crypto.h"
#include "turn/turn_aead_int.h"

enum {
	SALT_LEN = 16,
	TEXT_LEN = TURN_TICKET_LEN - SALT_LEN - TURN_AEAD_TAG_LEN,
};

static const char label[] = "MOBILITY-TICKET";
static const uint8_t nonce[TURN_AEAD_NONCE_LEN];


static uint8_t *set_be(uint8_t *p, size_t n, uint64_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;

	return p + n;
}


static int ticket_key(uint8_t out[STUN_SHA256_LEN], const uint8_t *key,
		      const uint8_t *salt)
{
	const struct slice parts[] = {
		slice(label, sizeof(label)), slice(salt, SALT_LEN),
	};

	return stun_hmac("SHA256", slice(key, TURN_TICKET_KEY_LEN), parts, 2,
			 out);
}


static void text_write(uint8_t *p, const struct turn_ticket *ticket)
{
	p = set_be(p, 2, ticket->worker);
	p = set_be(p, 4, ticket->slot);
	p = set_be(p, 4, ticket->generation);
	p = set_be(p, 4, ticket->serial);
	p = set_be(p, 8, (uint64_t)ticket->expires_s);
	memcpy(p, ticket->user, sizeof(ticket->user));
}


static void text_read(const uint8_t *p, struct turn_ticket *ticket)
{
	struct reader r = reader(slice(p, TEXT_LEN));

	ticket->worker = get_be16(&r);
	ticket->slot = get_be32(&r);
	ticket->generation = get_be32(&r);
	ticket->serial = get_be32(&r);
	ticket->expires_s = (int64_t)get_be64(&r);
	memcpy(ticket->user, get_rest(&r).p, sizeof(ticket->user));
}


int turn_ticket_seal(uint8_t *out, const uint8_t *key,
		     const struct turn_ticket *ticket)
{
	uint8_t own[STUN_SHA256_LEN], text[TEXT_LEN];
	struct turn_aead aead = {
		.key = slice(own, sizeof(own)), .nonce = nonce,
	};
	int err;

	random_bytes(out, SALT_LEN);
	text_write(text, ticket);

	err = ticket_key(own, key, out);
	if (!err)
		err = turn_aead_seal(&aead, slice(text, sizeof(text)),
				     out + SALT_LEN);
	OPENSSL_cleanse(own, sizeof(own));

	return err;
}


int turn_ticket_open(struct slice in, const uint8_t *key, int64_t now_s,
		     struct turn_ticket *ticket)
{
	uint8_t own[STUN_SHA256_LEN], text[TEXT_LEN];
	struct turn_aead aead = {
		.key = slice(own, sizeof(own)), .nonce = nonce,
	};
	struct turn_ticket next;
	int err;

	if (in.len != TURN_TICKET_LEN)
		return -EBADMSG;

	err = ticket_key(own, key, in.p);
	if (!err)
		err = turn_aead_open(&aead, slice_from(in, SALT_LEN), text);
	OPENSSL_cleanse(own, sizeof(own));
	if (err)
		return err;

	text_read(text, &next);
	if (next.expires_s <= now_s)
		return -ETIMEDOUT;
	*ticket = next;

	return 0;
}
