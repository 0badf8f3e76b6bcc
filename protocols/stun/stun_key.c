/* Keys of STUN's credentials, and the text that goes into them (RFC 8489 s9,
 * RFC 8265 s4.2). */
#include "stun/stun_key.h"
#include <openssl/crypto.h>
#include "base/text.h"
#include "stun/stun_int.h"


struct range {
	uint32_t first;
	uint32_t last;
};


int stun_key_long_term(struct stun_key *key, unsigned algorithm,
		       struct str username, struct str realm,
		       struct str password)
{
	const struct slice parts[] = {
		slice(username.p, username.len), slice(":", 1),
		slice(realm.p, realm.len), slice(":", 1),
		slice(password.p, password.len),
	};
	struct stun_key next = { .len = algorithm == STUN_KEY_MD5 ? 16 : 32 };
	int err;

	if (algorithm != STUN_KEY_MD5 && algorithm != STUN_KEY_SHA256)
		return -ENOTSUP;

	err = stun_digest(algorithm == STUN_KEY_MD5 ? "MD5" : "SHA256",
			  parts, 5, next.bytes);
	if (!err)
		*key = next;
	OPENSSL_cleanse(&next, sizeof(next));

	return err;
}


int stun_userhash(uint8_t out[32], struct str username, struct str realm)
{
	const struct slice parts[] = {
		slice(username.p, username.len), slice(":", 1),
		slice(realm.p, realm.len),
	};

	return stun_digest("SHA256", parts, 3, out);
}


static bool is_in(const struct range *ranges, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}

	return false;
}


/* General category Zs, but for U+0020. */
static bool is_space(uint32_t code)
{
	static const struct range spaces[] = {
		{ 0x00a0, 0x00a0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
	};

	return is_in(spaces, sizeof(spaces) / sizeof(spaces[0]), code);
}


/* What the FreeformClass disallows (RFC 8264 s4.3.3, s9): controls, old
 * Hangul Jamo, what is ignorable by default (without the two joiners), and
 * noncharacters. */
static bool is_refused(uint32_t code)
{
	static const struct range refused[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad },
		{ 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x1100, 0x11ff },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200b },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0x3164, 0x3164 }, { 0xa960, 0xa97c }, { 0xd7b0, 0xd7fb },
		{ 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	return (code & 0xfffe) == 0xfffe ||
	       is_in(refused, sizeof(refused) / sizeof(refused[0]), code);
}


int stun_opaque_string(struct str s, char *out, size_t size)
{
	size_t len = 0;

	if (!s.len)
		return -EBADMSG;
	if (s.len > INT32_MAX)
		return -EMSGSIZE;

	while (s.len) {
		const char *p = s.p;
		uint32_t code;
		size_t in = text_utf8(s, &code);
		size_t n = in;

		if (!in || is_refused(code))
			return -EBADMSG;
		if (is_space(code)) {
			p = " ";
			n = 1;
		}
		if (n > size - len)
			return -EMSGSIZE;
		memcpy(out + len, p, n);
		len += n;
		s = str_n(s.p + in, s.len - in);
	}

	return (int)len;
}


bool stun_is_secret(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || !CRYPTO_memcmp(a.p, b.p, a.len));
}
