/* A slice is a borrowed run of bytes; a str is a borrowed run of text,
 * without a terminating zero.  Neither owns anything. */
#ifndef SLICE_H
#define SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/api.h"

struct slice {
	const uint8_t *p;
	size_t len;
};

struct str {
	const char *p;
	size_t len;
};

/* For printf: PRINT_STR(s) goes with "%.*s". */
#define PRINT_STR(s) (int)(s).len, (s).p


static inline struct slice slice(const void *p, size_t len)
{
	struct slice s = { p, len };

	return s;
}


/* `s` without its first `n` bytes; `n` is at most s.len. */
static inline struct slice slice_from(struct slice s, size_t n)
{
	return slice(s.p + n, s.len - n);
}


static inline struct str str_n(const char *p, size_t len)
{
	struct str s = { p, len };

	return s;
}


/* The text of a zero-terminated string; NULL gives the empty text. */
static inline struct str str(const char *z)
{
	return str_n(z, z ? strlen(z) : 0);
}


static inline struct str str_of(struct slice s)
{
	return str_n((const char *)s.p, s.len);
}


static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}


static inline bool str_is(struct str a, const char *z)
{
	return str_eq(a, str(z));
}

#endif
