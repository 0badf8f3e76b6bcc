/* UTF-8 in pieces. */
#include "websocket/websocket_utf8.h"


enum {
	ASCII_END = 0x80,
	TAIL_MIN = 0x80,         /* every byte but the first is one of these */
	TAIL_MAX = 0xbf,
};


/* How much of `s` is ASCII in whole words. */
static size_t ascii_words(struct slice s)
{
	uint64_t word;
	size_t n = 0;

	for (; s.len - n >= sizeof(word); n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}

	return n;
}


/* The first byte of a character.  It limits the second one too: no longer
 * form than needed, no surrogates, nothing beyond U+10FFFF. */
static bool begin(struct websocket_utf8 *u, uint8_t c)
{
	u->min = TAIL_MIN;
	u->max = TAIL_MAX;

	if (c < ASCII_END)
		return true;
	if (c < 0xc2 || c > 0xf4)
		return false;

	u->n_left = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	if (c == 0xe0)
		u->min = 0xa0;
	else if (c == 0xed)
		u->max = 0x9f;
	else if (c == 0xf0)
		u->min = 0x90;
	else if (c == 0xf4)
		u->max = 0x8f;

	return true;
}


bool websocket_utf8_take(struct websocket_utf8 *u, struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (u->n_left) {
			if (c < u->min || c > u->max)
				return false;
			u->min = TAIL_MIN;
			u->max = TAIL_MAX;
			--u->n_left;
			continue;
		}

		if (c < ASCII_END)
			i += ascii_words(slice_from(s, i));
		if (i < s.len && !begin(u, s.p[i]))
			return false;
	}

	return true;
}
