/* The target of a request, its authority, path and query (RFC 9112 s3.2,
 * RFC 9110 s4, RFC 3986).
 * Results are borrowed from the arguments.  Thread: any, pure. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/error.h"
#include "base/slice.h"

enum {
	HTTP_HOST_MAX = 255,
	HTTP_PATH_MAX = 1024,    /* bytes, once unescaped */
};

enum http_form {
	HTTP_FORM_ORIGIN,        /* /path?query */
	HTTP_FORM_ABSOLUTE,      /* http://host/path?query */
	HTTP_FORM_AUTHORITY,     /* host:port, of CONNECT */
	HTTP_FORM_ASTERISK,      /* *, of OPTIONS */
};

struct http_authority {
	struct str host;         /* an IPv6 literal without its brackets */
	uint16_t port;           /* 0: not said */
};

struct http_target {
	enum http_form form;
	struct http_authority authority; /* absolute and authority form */
	struct str path;         /* origin and absolute form; still escaped */
	struct str query;        /* without its "?", still escaped */
};

/* Tell the form of a target and take it apart; the escapes of its path and
 * query are looked at when they are read.  Returns 0 or -EBADMSG: none of the
 * forms, anything but visible ASCII, another scheme than http or https, user
 * information, a fragment, a bad authority. */
int http_target_parse(struct http_target *t, struct str raw);

/* Take `host`, `host:port`, `[IPv6]` or `[IPv6]:port` apart: the Host field
 * too.  Names are letters, digits, "-", ".", "_": what is valid as a URI
 * but no name of a host is refused.  Returns 0, -EBADMSG, or -EMSGSIZE. */
int http_authority_parse(struct http_authority *a, struct str s);

/* Write the path `raw`, unescaped once, in the one form that routes compare
 * and applications make names of: it starts with "/", is well-formed UTF-8
 * without control characters, and has between its slashes neither nothing,
 * nor ".", nor ".." (its last segment may be empty).
 *
 * What is not so is refused, never repaired: clients remove dot segments
 * (RFC 3986 s5.2.4) themselves.  Nor may escapes say a slash, a backslash
 * or a NUL.
 *
 * buf: `size` bytes, zero-terminated on success.  Returns its length,
 * -EBADMSG, or -EMSGSIZE: longer than HTTP_PATH_MAX or size - 1. */
int http_target_path(char *buf, size_t size, struct str raw);

/* Walk a query: cut the first `key=value` off `query`, both still escaped.
 * False at its end. */
bool http_target_query_next(struct str *query, struct str *key,
			    struct str *value);

/* Find the first `key` of a query, as http_target_unescape() says it, and
 * unescape its value.  Returns as that does, or -ENOENT. */
int http_target_query_find(struct str query, const char *key, char *buf,
			   size_t size);

/* Unescape `s`: "%41" is undone, "+" is not, as in RTMP's queries: tokens
 * are sent as they are.
 *
 * buf: `size` bytes, zero-terminated on success.  Returns the length;
 * -EMSGSIZE: longer than size - 1; -EBADMSG: a broken escape, or a NUL. */
int http_target_unescape(char *buf, size_t size, struct str s);

#endif
