/* Text: numbers, escapes, spelling, copies.  Nothing here knows a locale.
 * Thread: any, pure. */
#ifndef TEXT_H
#define TEXT_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TEXT_WORD_MAX = 64,      /* longest word that text_distance compares */
	TEXT_AMOUNT_MAX = 32,    /* room for text_print_bytes, _us */
	TEXT_TIME_MAX = 32,      /* room for text_print_time */
};

/* All of `s` as a decimal number, with a sign or without, nothing around it.
 * Returns 0 and *v in min..max, -EBADMSG (no such number) or -EMSGSIZE (it
 * is outside of min..max); then *v is unchanged. */
API int text_parse_int(struct str s, int64_t min, int64_t max, int64_t *v);

/* The value of a hexadecimal digit, 0..15, or -1: it is none. */
API int text_hex(char c);

/* The character at the start of `s`: its length in bytes and *code, or 0 if
 * `s` is empty or does not start with well-formed UTF-8 (RFC 3629 s4). */
API size_t text_utf8(struct str s, uint32_t *code);

/* Write `s` to `out` such that it is one harmless line for a terminal: what
 * is not UTF-8, controls (C0, DEL, C1), line separators and characters that
 * turn the direction of writing become \xNN, byte by byte.  A backslash
 * stays as it is, so escaping twice is the same as once.
 * out: `size` bytes, at least 1, always ended by a zero; what has no room is
 * left out, never in the middle of a character.  Returns the length. */
API size_t text_escape(char *out, size_t size, struct str s);

/* How many letters must be put in, taken out, replaced or swapped with their
 * neighbour to make `b` of `a`, ASCII case aside; SIZE_MAX if one of them is
 * longer than TEXT_WORD_MAX. */
API size_t text_distance(struct str a, struct str b);

/* For "did you mean": the known name that is nearest to a wrong one.
 *
 *	struct text_near near = text_near(word);
 *
 *	for (key = keys; key->name; key++)
 *		text_near_try(&near, key->name);
 *	if (near.best)
 *		... did you mean near.best?
 */
struct text_near {
	struct str want;         /* borrowed */
	const char *best;        /* borrowed; NULL: nothing is near enough */
	size_t distance;         /* of `best` */
};

API struct text_near text_near(struct str want);

/* Take `name` as the best, if it is nearer than the best so far and more
 * than half of it is right. */
API void text_near_try(struct text_near *near, const char *name);

/* A zero-terminated copy of `s`, for mem_free; NULL without memory. */
API char *text_dup(struct str s);

/* For people: "0 B", "1.5 KiB", "999 MiB".  n: at least 0.
 * out: TEXT_AMOUNT_MAX bytes.  Returns `out`. */
API const char *text_print_bytes(char *out, int64_t n);

/* "2026-01-31T12:00:00.123Z" (RFC 3339), of microseconds since 1970 and
 * before the year 10000.  out: TEXT_TIME_MAX bytes.  Returns `out`. */
API const char *text_print_time(char *out, int64_t wall_us);

/* For people: "0 us", "1.5 ms", "59.9 s", "3 h 05 min", "2 d 03 h".
 * us: at least 0. */
API const char *text_print_us(char *out, int64_t us);

#endif
