/* The words of HTTP (RFC 9110 s5.6). */
#include "http/http_text.h"
#include "base/text.h"


/* One bit for each of the lower 128 bytes: ! # $ % & ' * + - . ^ _ ` | ~,
 * digits and letters (s5.6.2). */
static const uint32_t tchars[4] = {
	0x00000000, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff
};


bool http_text_is_tchar(char c)
{
	uint8_t u = (uint8_t)c;

	return u < 128 && (tchars[u >> 5] >> (u & 31) & 1);
}


bool http_text_is_vchar(char c)
{
	uint8_t u = (uint8_t)c;

	return u == '\t' || (u >= ' ' && u != 0x7f);
}


bool http_text_is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!http_text_is_tchar(s.p[i]))
			return false;
	}

	return s.len;
}


bool http_text_is_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!http_text_is_vchar(s.p[i]))
			return false;
	}

	return true;
}


static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}


bool http_text_eq(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;

	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}

	return true;
}


static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}


struct str http_text_trim(struct str s)
{
	while (s.len && is_blank(s.p[0]))
		s = http_text_from(s, 1);
	while (s.len && is_blank(s.p[s.len - 1]))
		--s.len;

	return s;
}


struct str http_text_from(struct str s, size_t n)
{
	return n ? str_n(s.p + n, s.len - n) : s;
}


/* The first `n` bytes of `s`; the byte after them is dropped. */
static struct str cut_at(struct str *s, size_t n)
{
	struct str head = str_n(s->p, n);

	*s = http_text_from(*s, n < s->len ? n + 1 : n);

	return head;
}


struct str http_text_cut(struct str *s, char c)
{
	const char *at = s->len ? memchr(s->p, c, s->len) : NULL;

	return cut_at(s, at ? (size_t)(at - s->p) : s->len);
}


/* Where the first comma stands that is in no quoted string, or s.len. */
static size_t comma(struct str s)
{
	bool is_quoted = false;
	size_t i = 0;

	for (; i < s.len && (is_quoted || s.p[i] != ','); i++) {
		if (s.p[i] == '"')
			is_quoted = !is_quoted;
		else if (is_quoted && s.p[i] == '\\' && i + 1 < s.len)
			++i;
	}

	return i;
}


bool http_text_list_next(struct str *rest, struct str *item)
{
	while (rest->len) {
		*item = http_text_trim(cut_at(rest, comma(*rest)));
		if (item->len)
			return true;
	}

	return false;
}


int http_text_number(int64_t *v, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -EBADMSG;
	}

	return text_parse_int(s, 0, INT64_MAX, v);
}
