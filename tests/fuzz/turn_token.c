/* Access tokens: any bytes are refused, those that were sealed open again,
 * and no change of one opens; keys are any text. */
#include <stdlib.h>
#include "turn/turn_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CHANGES = 4 };


static void check(bool ok)
{
	if (!ok)
		abort();
}


/* A token made of the input, then changed by it. */
static void seal(const struct turn_token_key *key, struct slice in)
{
	uint8_t nonce[TURN_TOKEN_NONCE_LEN] = { 0 };
	uint8_t sealed[TURN_TOKEN_MAX];
	struct turn_token t = { .lifetime_s = 600 }, back;
	size_t n = in.len < STUN_KEY_MAX ? in.len : STUN_KEY_MAX;
	int len;

	if (n)
		memcpy(t.mac_key.bytes, in.p, n);
	t.mac_key.len = n;
	t.made_at = n ? (uint64_t)in.p[0] << 56 : 0;
	len = turn_token_seal(key, str("s"), nonce, &t, sealed);
	check(len == -EMSGSIZE || len == (int)(TURN_TOKEN_FRAME_LEN + n));
	if (len < 0)
		return;

	check(!turn_token_open(key, str("s"), slice(sealed, (size_t)len),
			       &back));
	check(back.made_at == t.made_at && back.lifetime_s == 600 &&
	      back.mac_key.len == n &&
	      !memcmp(back.mac_key.bytes, in.p, n));
	turn_token_left_s(&back, 1700000000);

	for (size_t i = 0; i + 1 < in.len && i < CHANGES; i++) {
		size_t at = in.p[i] % (size_t)len;

		sealed[at] ^= in.p[i + 1] | 1;
		check(turn_token_open(key, str("s"),
				      slice(sealed, (size_t)len), &back) < 0);
		sealed[at] ^= in.p[i + 1] | 1;
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct turn_token_key key = { .kid = "k" };
	struct slice in = slice(data, len);
	struct turn_token_key parsed;
	struct turn_token token;

	check(turn_token_open(&key, str("s"), in, &token) < 0);
	seal(&key, in);
	if (!turn_token_key_parse(&parsed, str("k"), str("A128GCM"),
				  str_of(in)))
		seal(&parsed, in);
	turn_token_key_parse(&parsed, str_of(in), str("A256GCM"), str_of(in));

	return 0;
}
