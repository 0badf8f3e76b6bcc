/* Names in `connect`, `publish` and `play`. */
#include "rtmp/rtmp_url.h"
#include "base/text.h"


enum {
	PORT_DIGITS_MAX = 5,
	PORT_MAX = 65535,
	CONTROL_END = 0x20,      /* below it: control characters */
	DELETE = 0x7f,           /* from here on, more of them */
	CONTROL_2_END = 0xa0,
	SURROGATES = 0xd800,     /* no characters: up to ... */
	SURROGATES_END = 0xe000,
	UNICODE_END = 0x110000,
};

/* Old players could not send "?": SRS and others spell it with dots. */
static const char dots_vhost[] = "...vhost...";


static struct str str_from(struct str s, size_t n)
{
	return n ? str_n(s.p + n, s.len - n) : s;
}


/* Where `c` first stands in `s`, or s.len. */
static size_t index_of(struct str s, char c)
{
	size_t i = 0;

	while (i < s.len && s.p[i] != c)
		++i;

	return i;
}


/* Where `z` first stands in `s`, or s.len. */
static size_t index_of_text(struct str s, const char *z)
{
	size_t n = strlen(z);

	for (size_t i = 0; i + n <= s.len; i++) {
		if (!memcmp(s.p + i, z, n))
			return i;
	}

	return s.len;
}


/* Cut off and return what stands before the first `c`; drop that too. */
static struct str cut(struct str *s, char c)
{
	size_t n = index_of(*s, c);
	struct str head = str_n(s->p, n);

	*s = str_from(*s, n < s->len ? n + 1 : n);

	return head;
}


static struct str trim_slashes(struct str s)
{
	while (s.len && s.p[0] == '/')
		s = str_from(s, 1);
	while (s.len && s.p[s.len - 1] == '/')
		--s.len;

	return s;
}


static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}


static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}


static bool is_host_char(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
		c == '.' || c == '-' || c == '_' || c == ':';
}


/* How many bytes the first one announces (RFC 3629 s4); 0: none may begin
 * so. */
static size_t utf8_claim(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;

	return first < 0xf5 ? 4 : 0;
}


/* The length of the first character of `s`; 0: no UTF-8 in its shortest form,
 * or a control character. */
static size_t utf8_len(struct str s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)s.p;
	size_t n = utf8_claim(p[0]);
	uint32_t c = n > 1 ? p[0] & (0x7fu >> n) : p[0];

	if (!n || n > s.len)
		return 0;

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}

	if (c < least[n] || c >= UNICODE_END ||
	    (c >= SURROGATES && c < SURROGATES_END))
		return 0;

	return c < CONTROL_END || (c >= DELETE && c < CONTROL_2_END) ? 0 : n;
}


static int check_text(struct str s, size_t max)
{
	if (s.len > max)
		return -EMSGSIZE;

	while (s.len) {
		size_t n = utf8_len(s);

		if (!n)
			return -EBADMSG;
		s = str_from(s, n);
	}

	return 0;
}


/* Lower case, and only what stands in names and addresses of hosts. */
static int copy_vhost(char buf[RTMP_HOST_MAX + 1], struct str vhost)
{
	if (vhost.len > RTMP_HOST_MAX)
		return -EMSGSIZE;

	for (size_t i = 0; i < vhost.len; i++) {
		if (!is_host_char(vhost.p[i]))
			return -EBADMSG;
		buf[i] = lower(vhost.p[i]);
	}
	buf[vhost.len] = '\0';

	return 0;
}


/* Cut `path...vhost...x` and `path?query` into their parts; `vhost` is left
 * as it is where none is asked for. */
static int split_query(struct str *path, struct str *query,
		       char vhost[RTMP_HOST_MAX + 1])
{
	struct str all = *path, key, value, rest;
	size_t dots;

	*path = cut(&all, '?');
	*query = all;

	dots = index_of_text(*path, dots_vhost);
	if (dots < path->len) {
		rest = str_from(*path, dots + strlen(dots_vhost));
		path->len = dots;
		rest.len = index_of_text(rest, "...");
		return copy_vhost(vhost, cut(&rest, '/'));
	}

	for (rest = *query; rtmp_query_next(&rest, &key, &value); ) {
		if (str_is(key, "vhost"))
			return copy_vhost(vhost, value);
	}

	return 0;
}


static int parse_port(uint16_t *port, struct str s)
{
	unsigned v = 0;

	if (!s.len || s.len > PORT_DIGITS_MAX)
		return -EBADMSG;

	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.p[i]))
			return -EBADMSG;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	if (!v || v > PORT_MAX)
		return -EBADMSG;

	*port = (uint16_t)v;

	return 0;
}


/* `host`, `host:port`, `[address]`, `[address]:port`; user information
 * before an "@" is dropped. */
static int parse_authority(struct rtmp_url *u, struct str s)
{
	size_t at = index_of(s, '@');

	if (at < s.len)
		s = str_from(s, at + 1);

	if (s.len && s.p[0] == '[') {
		s = str_from(s, 1);
		if (index_of(s, ']') == s.len)
			return -EBADMSG;
		u->host = cut(&s, ']');
		if (s.len && s.p[0] != ':')
			return -EBADMSG;
	}
	else {
		u->host = str_n(s.p, index_of(s, ':'));
		s = str_from(s, u->host.len);
	}

	if (u->host.len > RTMP_HOST_MAX)
		return -EMSGSIZE;
	if (!u->host.len)
		return -EBADMSG;

	for (size_t i = 0; i < u->host.len; i++) {
		if (!is_host_char(u->host.p[i]))
			return -EBADMSG;
	}

	return s.len > 1 ? parse_port(&u->port, str_from(s, 1)) : 0;
}


/* Everything up to the path, which is left in `*path`. */
static int parse_origin(struct rtmp_url *u, struct str tc_url,
			struct str *path)
{
	size_t n = index_of_text(tc_url, "://");
	struct str authority;

	if (n == tc_url.len)
		return -EBADMSG;

	u->scheme = str_n(tc_url.p, n);
	*path = str_from(tc_url, n + strlen("://"));

	n = index_of(str_n(path->p, index_of(*path, '?')), '/');
	authority = str_n(path->p, n);
	*path = str_from(*path, n);

	return parse_authority(u, authority);
}


/* The application is the first segment, the instance what follows. */
static int parse_app(struct rtmp_url *u, struct str app)
{
	int err = 0;

	u->instance = trim_slashes(app);
	u->application = cut(&u->instance, '/');
	u->instance = trim_slashes(u->instance);

	if (u->application.len)
		err = rtmp_name_check(u->application);
	if (!err && u->instance.len)
		err = rtmp_name_check(u->instance);

	return err;
}


int rtmp_url_parse(struct rtmp_url *u, struct str tc_url, struct str app)
{
	struct str path = { NULL, 0 }, query;
	int err;

	memset(u, 0, sizeof(*u));
	u->port = RTMP_PORT_DEFAULT;

	err = check_text(tc_url, RTMP_URL_MAX);
	if (!err)
		err = check_text(app, RTMP_URL_MAX);
	if (!err && tc_url.len)
		err = parse_origin(u, tc_url, &path);
	if (!err)
		err = split_query(&path, &query, u->vhost);
	if (!err)
		err = split_query(&app, &u->query, u->vhost);
	if (err)
		return err;

	if (!u->query.len)
		u->query = query;

	return parse_app(u, app.len ? app : path);
}


int rtmp_name_parse(struct rtmp_name *n, struct str raw)
{
	int err;

	memset(n, 0, sizeof(*n));

	err = check_text(raw, RTMP_URL_MAX);
	if (err)
		return err;

	n->name = raw;
	err = split_query(&n->name, &n->query, n->vhost);
	if (err)
		return err;

	n->name = trim_slashes(n->name);

	return rtmp_name_check(n->name);
}


int rtmp_name_check(struct str name)
{
	struct str rest = name;
	int err;

	err = check_text(name, RTMP_NAME_MAX);
	if (err)
		return err;

	if (index_of(name, '\\') < name.len || index_of(name, '?') < name.len)
		return -EBADMSG;
	if (!name.len || name.p[name.len - 1] == '/')
		return -EBADMSG;

	while (rest.len) {
		struct str segment = cut(&rest, '/');

		if (!segment.len || str_is(segment, ".") ||
		    str_is(segment, ".."))
			return -EBADMSG;
	}

	return 0;
}


int rtmp_name_print(char *buf, struct str instance, struct str name)
{
	size_t n = 0;
	int err;

	if (instance.len && !str_is(instance, "_definst_"))
		n = instance.len + 1;
	if (n + name.len > RTMP_NAME_MAX)
		return -EMSGSIZE;

	if (n) {
		memcpy(buf, instance.p, n - 1);
		buf[n - 1] = '/';
	}
	if (name.len)
		memcpy(buf + n, name.p, name.len);
	n += name.len;

	err = rtmp_name_check(str_n(buf, n));
	if (err)
		return err;

	buf[n] = '\0';

	return (int)n;
}


int rtmp_query_find(struct str query, const char *key, char *buf, size_t size)
{
	struct str k, value;

	while (rtmp_query_next(&query, &k, &value)) {
		if (str_is(k, key))
			return rtmp_unescape(buf, size, value);
	}

	return -ENOENT;
}


bool rtmp_query_next(struct str *query, struct str *key, struct str *value)
{
	while (query->len) {
		*value = cut(query, '&');
		*key = cut(value, '=');
		if (key->len)
			return true;
	}

	return false;
}


int rtmp_unescape(char *buf, size_t size, struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.len ? text_hex(s.p[i + 1]) : -1;
			int low = high >= 0 ? text_hex(s.p[i + 2]) : -1;

			if (low < 0 || !(high | low))
				return -EBADMSG;
			c = (char)(high << 4 | low);
			i += 2;
		}

		if (n + 1 >= size)
			return -EMSGSIZE;
		buf[n++] = c;
	}

	if (!size)
		return -EMSGSIZE;
	buf[n] = '\0';

	return (int)n;
}
