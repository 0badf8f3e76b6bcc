/* Names in the folder of a stream. */
#include "hls/hls_name.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include "base/text.h"


enum { LIFE_DIGITS = 8 };

/* What stands behind the number, and what it says. */
static const struct {
	const char *suffix;
	enum hls_kind kind;
	enum hls_format format;
} endings[] = {
	{ "mp4", HLS_INIT, HLS_FMP4 },
	{ "m4s", HLS_SEGMENT, HLS_FMP4 },
	{ "ts", HLS_SEGMENT, HLS_TS },
};


static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}


static struct str str_from(struct str s, size_t n)
{
	return str_n(s.p + n, s.len - n);
}


/* Cut off what stands before `c`, and `c`. */
static bool cut(struct str *s, char c, struct str *head)
{
	const char *at = s->len ? memchr(s->p, c, s->len) : NULL;

	if (!at)
		return false;

	*head = str_n(s->p, (size_t)(at - s->p));
	*s = str_from(*s, head->len + 1);

	return true;
}


/* Decimal, in its only form. */
static bool parse_number(struct str s, int64_t *v)
{
	if (!s.len || !is_digit(s.p[0]) || (s.p[0] == '0' && s.len > 1))
		return false;

	return !text_parse_int(s, 0, INT64_MAX, v);
}


/* Eight digits of lower-case hexadecimal. */
static bool parse_life(struct str s, uint32_t *life)
{
	uint32_t v = 0;

	if (s.len != LIFE_DIGITS)
		return false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (is_digit(c))
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*life = v;

	return true;
}


static bool parse_ending(struct str s, struct hls_name *name)
{
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		if (str_is(s, endings[i].suffix)) {
			name->kind = endings[i].kind;
			name->format = endings[i].format;
			return true;
		}
	}

	return false;
}


/* `number.suffix`, or `pnumber.suffix` of a part. */
static bool parse_media(struct str s, struct hls_name *name)
{
	bool is_part = s.len && s.p[0] == 'p';
	struct str number;
	int64_t v;

	if (is_part)
		s = str_from(s, 1);
	if (!cut(&s, '.', &number) || !parse_number(number, &v) ||
	    !parse_ending(s, name))
		return false;
	name->number = (uint64_t)v;

	if (is_part && name->kind != HLS_SEGMENT)
		return false;
	if (is_part)
		name->kind = HLS_PART;

	return true;
}


const char *hls_content_type(const struct hls_name *name)
{
	if (name->kind == HLS_MULTIVARIANT || name->kind == HLS_PLAYLIST)
		return "application/vnd.apple.mpegurl";

	return name->format == HLS_TS ? "video/mp2t" : "video/mp4";
}


bool hls_rendition_is_legal(struct str rendition)
{
	size_t i = 0;

	while (i < rendition.len && (is_digit(rendition.p[i]) ||
				     (rendition.p[i] >= 'a' &&
				      rendition.p[i] <= 'z')))
		++i;

	return i && i == rendition.len && i <= HLS_RENDITION_MAX &&
		!str_is(rendition, "index");
}


int hls_name_parse(struct str s, struct hls_name *name)
{
	struct hls_name n = { 0 };
	struct str life;

	if (str_is(s, "index.m3u8")) {
		*name = n;
		return 0;
	}

	if (cut(&s, '-', &n.rendition)) {
		if (!cut(&s, '-', &life) || !parse_life(life, &n.life) ||
		    !parse_media(s, &n))
			return -ENOENT;
	}
	else {
		n.kind = HLS_PLAYLIST;
		if (!cut(&s, '.', &n.rendition) || !str_is(s, "m3u8"))
			return -ENOENT;
	}
	if (!hls_rendition_is_legal(n.rendition))
		return -ENOENT;

	*name = n;

	return 0;
}


size_t hls_name_print(char *out, const struct hls_name *name)
{
	const char *suffix = name->kind == HLS_INIT ? "mp4" :
		name->format == HLS_TS ? "ts" : "m4s";
	int n;

	assert(name->kind == HLS_MULTIVARIANT ||
	       hls_rendition_is_legal(name->rendition));

	if (name->kind == HLS_MULTIVARIANT)
		n = snprintf(out, HLS_NAME_MAX, "index.m3u8");
	else if (name->kind == HLS_PLAYLIST)
		n = snprintf(out, HLS_NAME_MAX, "%.*s.m3u8",
			     PRINT_STR(name->rendition));
	else
		n = snprintf(out, HLS_NAME_MAX,
			     "%.*s-%08" PRIx32 "-%s%" PRIu64 ".%s",
			     PRINT_STR(name->rendition), name->life,
			     name->kind == HLS_PART ? "p" : "", name->number,
			     suffix);

	return (size_t)n;
}
