/* Self-contained access tokens (RFC 7635 s6.2, s7, s9). */
#include "turn/turn_token.h"
#include <openssl/crypto.h>
#include "base/reader.h"
#include "turn/turn_aead_int.h"

enum {
	KEY_MAX = 256,           /* bytes of a configured key */
	BLOCK_MAX = 2 + TURN_TOKEN_MAC_KEY_MAX + 8 + 4,
	FRACTION_BITS = 16,
};


static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;

	return c == '/' || c == '_' ? 63 : -1;
}


/* Base64 of both alphabets, with its padding or without (RFC 4648 s4, s5).
 * Returns the length, -EBADMSG or -EMSGSIZE. */
static int from_base64(uint8_t *out, size_t size, struct str s)
{
	unsigned bits = 0, n_bits = 0;
	size_t len = 0;

	while (s.len && s.p[s.len - 1] == '=')
		--s.len;

	for (size_t i = 0; i < s.len; i++) {
		int v = sextet(s.p[i]);

		if (v < 0)
			return -EBADMSG;
		bits = bits << 6 | (unsigned)v;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		if (len == size)
			return -EMSGSIZE;
		n_bits -= 8;
		out[len++] = (uint8_t)(bits >> n_bits);
	}

	return n_bits < 6 ? (int)len : -EBADMSG;
}


static size_t key_len(enum turn_token_algorithm algorithm)
{
	return algorithm == TURN_TOKEN_A128GCM ? 16 : 32;
}


int turn_token_key_parse(struct turn_token_key *key, struct str kid,
			 struct str algorithm, struct str base64)
{
	struct turn_token_key next = { .algorithm = TURN_TOKEN_A256GCM };
	uint8_t bytes[KEY_MAX];
	int len;

	if (str_is(algorithm, "A128GCM"))
		next.algorithm = TURN_TOKEN_A128GCM;
	else if (!str_is(algorithm, "A256GCM"))
		return -ENOENT;
	if (!kid.len || memchr(kid.p, 0, kid.len))
		return -EBADMSG;
	if (kid.len > TURN_TOKEN_KID_MAX)
		return -EMSGSIZE;

	len = from_base64(bytes, sizeof(bytes), base64);
	if (len >= 0 && (size_t)len < key_len(next.algorithm))
		len = -EBADMSG;
	if (len >= 0) {
		memcpy(next.kid, kid.p, kid.len);
		memcpy(next.bytes, bytes, key_len(next.algorithm));
		*key = next;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(&next, sizeof(next));

	return len < 0 ? len : 0;
}


int turn_tokens_add(struct turn_tokens *tokens,
		    const struct turn_token_key *key)
{
	if (turn_tokens_find(tokens, str(key->kid)))
		return -EEXIST;
	if (tokens->n_keys == TURN_TOKEN_KEYS_MAX)
		return -EMSGSIZE;

	tokens->keys[tokens->n_keys++] = *key;

	return 0;
}


const struct turn_token_key *turn_tokens_find(const struct turn_tokens *tokens,
					      struct str kid)
{
	for (size_t i = 0; i < tokens->n_keys; i++) {
		if (str_is(kid, tokens->keys[i].kid))
			return &tokens->keys[i];
	}

	return NULL;
}


static struct turn_aead aead_of(const struct turn_token_key *key,
				struct str server, const uint8_t *nonce)
{
	struct turn_aead aead = {
		.key = slice(key->bytes, key_len(key->algorithm)),
		.nonce = nonce,
		.data = slice(server.p, server.len),
	};

	return aead;
}


/* Read what was sealed: from one who has the key, yet checked. */
static int read_block(struct slice block, struct turn_token *token)
{
	struct turn_token next = { 0 };
	struct reader r = reader(block);
	struct slice mac_key = get_bytes(&r, get_be16(&r));

	next.made_at = get_be64(&r);
	next.lifetime_s = get_be32(&r);
	if (r.err || reader_left(&r) ||
	    mac_key.len < TURN_TOKEN_MAC_KEY_MIN ||
	    mac_key.len > TURN_TOKEN_MAC_KEY_MAX)
		return -EBADMSG;

	memcpy(next.mac_key.bytes, mac_key.p, mac_key.len);
	next.mac_key.len = mac_key.len;
	*token = next;
	OPENSSL_cleanse(&next, sizeof(next));

	return 0;
}


static int open_raw(const struct turn_token_key *key, struct str server,
		    struct slice in, struct turn_token *token)
{
	struct reader r = reader(in);
	size_t nonce_len = get_be16(&r);
	struct slice nonce = get_bytes(&r, TURN_TOKEN_NONCE_LEN);
	struct slice sealed = get_rest(&r);
	uint8_t block[BLOCK_MAX];
	struct turn_aead aead;
	int err;

	if (r.err || nonce_len != TURN_TOKEN_NONCE_LEN ||
	    in.len < TURN_TOKEN_FRAME_LEN + TURN_TOKEN_MAC_KEY_MIN ||
	    in.len > TURN_TOKEN_MAX)
		return -EBADMSG;

	aead = aead_of(key, server, nonce.p);
	err = turn_aead_open(&aead, sealed, block);
	if (!err)
		err = read_block(slice(block, sealed.len - TURN_AEAD_TAG_LEN),
				 token);
	OPENSSL_cleanse(block, sizeof(block));

	return err;
}


/* A raw token begins with a zero byte, which no base64 does. */
int turn_token_open(const struct turn_token_key *key, struct str server,
		    struct slice in, struct turn_token *token)
{
	uint8_t raw[TURN_TOKEN_MAX];
	int len;

	if (!in.len || !in.p[0])
		return open_raw(key, server, in, token);

	len = from_base64(raw, sizeof(raw), str_of(in));
	if (len < 0)
		return -EBADMSG;

	return open_raw(key, server, slice(raw, (size_t)len), token);
}


static void set_be(uint8_t *p, size_t n, uint64_t v)
{
	for (; n-- > 0; v >>= 8)
		p[n] = (uint8_t)v;
}


int turn_token_seal(const struct turn_token_key *key, struct str server,
		    const uint8_t *nonce, const struct turn_token *token,
		    uint8_t *out)
{
	struct turn_aead aead = aead_of(key, server, nonce);
	size_t n = token->mac_key.len;
	uint8_t block[BLOCK_MAX];
	int err;

	if (n < TURN_TOKEN_MAC_KEY_MIN || n > TURN_TOKEN_MAC_KEY_MAX)
		return -EMSGSIZE;

	set_be(block, 2, n);
	memcpy(block + 2, token->mac_key.bytes, n);
	set_be(block + 2 + n, 8, token->made_at);
	set_be(block + 2 + n + 8, 4, token->lifetime_s);

	set_be(out, 2, TURN_TOKEN_NONCE_LEN);
	memcpy(out + 2, nonce, TURN_TOKEN_NONCE_LEN);
	err = turn_aead_seal(&aead, slice(block, 2 + n + 8 + 4),
			     out + 2 + TURN_TOKEN_NONCE_LEN);
	OPENSSL_cleanse(block, sizeof(block));

	return err ? err : (int)(TURN_TOKEN_FRAME_LEN + n);
}


int64_t turn_token_left_s(const struct turn_token *token, int64_t wall_s)
{
	int64_t made_s = (int64_t)(token->made_at >> FRACTION_BITS);
	int64_t age_s = wall_s > made_s ? wall_s - made_s : made_s - wall_s;

	return (int64_t)token->lifetime_s + TURN_TOKEN_DELTA_S - age_s;
}
