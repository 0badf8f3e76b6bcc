/* Names: what `connect` (tcUrl, app) and `publish` or `play` (stream name)
 * say about virtual host, application, stream, and their query.
 *
 * Results are borrowed from the arguments.  Thread: any, pure. */
#ifndef RTMP_URL_H
#define RTMP_URL_H

#include "base/error.h"
#include "base/slice.h"

enum {
	RTMP_URL_MAX = 4096,             /* tcUrl, app; name with its query */
	RTMP_NAME_MAX = 255,             /* application; instance and name */
	RTMP_HOST_MAX = 255,
	RTMP_PORT_DEFAULT = 1935,
};

struct rtmp_url {
	struct str scheme;       /* as written: "rtmp", "rtmps", ... */
	struct str host;         /* an IPv6 literal without its brackets */
	struct str application;  /* may be empty */
	struct str instance;     /* what follows `application/`; may be empty */
	struct str query;        /* without its "?", still escaped */
	uint16_t port;           /* RTMP_PORT_DEFAULT if not said */
	char vhost[RTMP_HOST_MAX + 1];   /* if asked for by name; lower case */
};

struct rtmp_name {
	struct str name;         /* "key", "mp4:clip": prefixes are kept */
	struct str query;        /* without its "?", still escaped */
	char vhost[RTMP_HOST_MAX + 1];   /* as above */
};

/* Take apart what `connect` said.
 *
 * tc_url: `rtmp://host:port/app/instance?query`, or empty.
 * app: `app/instance?query`, or empty: then it is what tc_url says, and
 * where it has no query, that of tc_url counts.
 *
 * The virtual host is only what was asked for as such, in either of them:
 * `?vhost=x`, or `app...vhost...x`; the host by which the client found us is
 * another matter.
 *
 * Returns 0; -EBADMSG: no host, a bad port or virtual host, control bytes,
 * not UTF-8; or -EMSGSIZE. */
int rtmp_url_parse(struct rtmp_url *u, struct str tc_url, struct str app);

/* Take apart the stream name of `publish` or `play`: `name?query`, also
 * `name...vhost...x`.  Slashes at both ends are dropped.  The name obeys
 * rtmp_name_check().  Returns 0, or the errors of that and of
 * rtmp_url_parse(). */
int rtmp_name_parse(struct rtmp_name *n, struct str raw);

/* The rule for names of applications and streams, which become keys, parts of
 * URLs and of file names: 1..RTMP_NAME_MAX bytes of UTF-8 without control
 * bytes, "\\" and "?"; and between slashes neither nothing, nor ".", nor
 * "..".  Returns 0, -EBADMSG or -EMSGSIZE. */
int rtmp_name_check(struct str name);

/* The name under which the registry knows a stream: `name`, or
 * `instance/name`; an instance "_definst_" is none.
 *
 * buf: at least RTMP_NAME_MAX + 1 bytes, zero-terminated on success.
 * Returns its length, or the errors of rtmp_name_check(). */
int rtmp_name_print(char *buf, struct str instance, struct str name);

/* Find the first `key` in a query `a=1&b=2` and unescape its value.
 *
 * buf: `size` bytes, zero-terminated on success.  "%41" is undone, "+" is
 * not: clients send tokens as they are.
 *
 * Returns the value's length; -ENOENT; -EMSGSIZE: longer than size - 1;
 * -EBADMSG: a broken escape, or one of a NUL. */
int rtmp_query_find(struct str query, const char *key, char *buf,
		    size_t size);

/* Walk a query: cut the first `key=value` off `query`, both still escaped.
 * False at its end. */
bool rtmp_query_next(struct str *query, struct str *key, struct str *value);

/* Unescape `s`: as rtmp_query_find(), without -ENOENT. */
int rtmp_unescape(char *buf, size_t size, struct str s);

#endif
