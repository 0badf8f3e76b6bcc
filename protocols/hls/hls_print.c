/* What both kinds of playlists print (draft-pantos-hls-rfc8216bis-22
 * s4.2). */
#include <inttypes.h>
#include "base/writer.h"
#include "hls/hls_int.h"


enum {
	SECOND_US = 1000000,
	DECIMALS = 6,
	DECIMALS_MIN = 3,
	CONTROL_END = 0x20,
	DELETE = 0x7f,
};


void put_hls_seconds(struct writer *w, int64_t us)
{
	int64_t whole = us > 0 ? us / SECOND_US : 0;
	int n = DECIMALS, rest = us > 0 ? (int)(us % SECOND_US) : 0;

	for (; n > DECIMALS_MIN && rest % 10 == 0; n--)
		rest /= 10;
	put_fmt(w, "%" PRId64 ".%0*d", whole, n, rest);
}


void put_hls_uri(struct writer *w, const struct hls_name *name,
		 struct str query)
{
	char text[HLS_NAME_MAX];

	put_str(w, str_n(text, hls_name_print(text, name)));
	if (query.len) {
		put_fmt(w, "?");
		put_str(w, query);
	}
}


void put_hls_quoted(struct writer *w, const char *key, struct str s)
{
	if (!s.len)
		return;

	put_fmt(w, ",%s=\"", key);
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.p[i];

		put_u8(w, c < CONTROL_END || c == DELETE || c == '"' ? '_'
								     : c);
	}
	put_fmt(w, "\"");
}
