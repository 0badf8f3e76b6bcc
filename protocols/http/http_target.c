/* The target of a request (RFC 9112 s3.2, RFC 3986). */
#include "http/http_target.h"
#include "base/text.h"
#include "http/http_text.h"


enum {
	PORT_MAX = 65535,
	PORT_DIGITS_MAX = 5,
	CONTROL_END = 0x20,      /* below it: control characters */
	DELETE = 0x7f,           /* from here on, more of them */
	CONTROL_2_END = 0xa0,
};


static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}


static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}


static bool is_ipv6_char(char c)
{
	return text_hex(c) >= 0 || c == ':' || c == '.';
}


static bool is_made_of(struct str s, bool (*is_char)(char c))
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_char(s.p[i]))
			return false;
	}

	return s.len;
}


static int parse_port(uint16_t *port, struct str s)
{
	int64_t v = 0;

	if (s.len > PORT_DIGITS_MAX || http_text_number(&v, s) ||
	    !v || v > PORT_MAX)
		return -EBADMSG;

	*port = (uint16_t)v;

	return 0;
}


int http_authority_parse(struct http_authority *a, struct str s)
{
	bool is_ipv6 = s.len && s.p[0] == '[';
	size_t n = 0;

	memset(a, 0, sizeof(*a));

	if (is_ipv6)
		s = http_text_from(s, 1);
	while (n < s.len && s.p[n] != (is_ipv6 ? ']' : ':'))
		++n;
	if (n > HTTP_HOST_MAX)
		return -EMSGSIZE;

	a->host = str_n(s.p, n);
	if (!is_made_of(a->host, is_ipv6 ? is_ipv6_char : is_name_char))
		return -EBADMSG;
	if (is_ipv6) {
		if (n == s.len)
			return -EBADMSG;
		++n;
	}

	s = http_text_from(s, n);
	if (s.len && s.p[0] != ':')
		return -EBADMSG;

	/* `host:` is valid, and says no port (RFC 3986 s3.2.3). */
	return s.len > 1 ? parse_port(&a->port, http_text_from(s, 1)) : 0;
}


/* The length of "http://" or "https://" at the start of `s`, or 0. */
static size_t scheme_len(struct str s)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (s.len >= n && http_text_eq(str_n(s.p, n),
					       str(schemes[i])))
			return n;
	}

	return 0;
}


/* Visible ASCII only: all else must be escaped.  What else the RFC wants to
 * see escaped ("{", "|") is sent as it is by curl and browsers. */
static bool is_visible(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((uint8_t)s.p[i] <= ' ' || (uint8_t)s.p[i] >= DELETE)
			return false;
	}

	return s.len;
}


static void split_query(struct http_target *t, struct str s)
{
	t->path = http_text_cut(&s, '?');
	t->query = s;
}


static int parse_absolute(struct http_target *t, struct str s)
{
	size_t n = 0;
	int err;

	while (n < s.len && s.p[n] != '/' && s.p[n] != '?')
		++n;

	err = http_authority_parse(&t->authority, str_n(s.p, n));
	if (err)
		return -EBADMSG;

	split_query(t, http_text_from(s, n));
	if (!t->path.len)
		t->path = str("/");

	return 0;
}


int http_target_parse(struct http_target *t, struct str raw)
{
	size_t n = scheme_len(raw);

	memset(t, 0, sizeof(*t));

	if (!is_visible(raw) || memchr(raw.p, '#', raw.len))
		return -EBADMSG;

	if (raw.p[0] == '/') {
		t->form = HTTP_FORM_ORIGIN;
		split_query(t, raw);
		return 0;
	}
	if (str_is(raw, "*")) {
		t->form = HTTP_FORM_ASTERISK;
		return 0;
	}
	if (n) {
		t->form = HTTP_FORM_ABSOLUTE;
		return parse_absolute(t, http_text_from(raw, n));
	}

	t->form = HTTP_FORM_AUTHORITY;
	if (http_authority_parse(&t->authority, raw) || !t->authority.port)
		return -EBADMSG;

	return 0;
}


/* Take the first byte off `s`, unescaped; `s` is not empty. */
static int unescape_next(struct str *s, char *c)
{
	int high, low;

	*c = s->p[0];
	if (*c != '%') {
		*s = http_text_from(*s, 1);
		return *c ? 0 : -EBADMSG;
	}

	high = s->len > 2 ? text_hex(s->p[1]) : -1;
	low = high >= 0 ? text_hex(s->p[2]) : -1;
	if (low < 0 || !(high | low))
		return -EBADMSG;

	*c = (char)(high << 4 | low);
	*s = http_text_from(*s, 3);

	return 0;
}


int http_target_unescape(char *buf, size_t size, struct str s)
{
	size_t n = 0;
	char c;

	while (s.len) {
		int err = unescape_next(&s, &c);

		if (err)
			return err;
		if (n + 1 >= size)
			return -EMSGSIZE;
		buf[n++] = c;
	}
	if (!size)
		return -EMSGSIZE;

	buf[n] = '\0';

	return (int)n;
}


static bool has_escaped_slash(struct str s)
{
	for (size_t i = 0; i + 2 < s.len; i++) {
		if (s.p[i] == '%' && s.p[i + 1] == '2' &&
		    (s.p[i + 2] == 'f' || s.p[i + 2] == 'F'))
			return true;
	}

	return false;
}


/* UTF-8, no control character, no backslash? */
static bool is_plain(struct str s)
{
	while (s.len) {
		uint32_t code = 0;
		size_t n = text_utf8(s, &code);

		if (!n || code < CONTROL_END || code == '\\' ||
		    (code >= DELETE && code < CONTROL_2_END))
			return false;
		s = http_text_from(s, n);
	}

	return true;
}


/* Is there no empty segment but the last, and no dot segment?  path: without
 * its first slash. */
static bool is_canonical(struct str path)
{
	while (path.len) {
		struct str segment = http_text_cut(&path, '/');

		if (!segment.len || str_is(segment, ".") ||
		    str_is(segment, ".."))
			return false;
	}

	return true;
}


int http_target_path(char *buf, size_t size, struct str raw)
{
	size_t room = size > HTTP_PATH_MAX ? HTTP_PATH_MAX + 1 : size;
	int n;

	if (!raw.len || raw.p[0] != '/' || has_escaped_slash(raw))
		return -EBADMSG;

	n = http_target_unescape(buf, room, raw);
	if (n < 0)
		return n;

	if (!is_plain(str_n(buf, (size_t)n)) ||
	    !is_canonical(str_n(buf + 1, (size_t)n - 1)))
		return -EBADMSG;

	return n;
}


bool http_target_query_next(struct str *query, struct str *key,
			    struct str *value)
{
	while (query->len) {
		*value = http_text_cut(query, '&');
		*key = http_text_cut(value, '=');
		if (key->len)
			return true;
	}

	return false;
}


/* Is `escaped` another spelling of `z`? */
static bool says(struct str escaped, const char *z)
{
	char c;

	while (escaped.len) {
		if (unescape_next(&escaped, &c) || c != *z)
			return false;
		++z;
	}

	return !*z;
}


int http_target_query_find(struct str query, const char *key, char *buf,
			   size_t size)
{
	struct str k, value;

	while (http_target_query_next(&query, &k, &value)) {
		if (says(k, key))
			return http_target_unescape(buf, size, value);
	}

	return -ENOENT;
}
