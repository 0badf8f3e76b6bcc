/* Reading fields of bits, and the Exp-Golomb codes of H.264 and HEVC.  As
 * with a reader, the error sticks: read all fields, test b->err once.
 * Thread: any, pure. */
#ifndef BITS_H
#define BITS_H

#include "base/error.h"
#include "base/slice.h"

struct bits {
	const uint8_t *p;        /* borrowed: the byte that holds next bit */
	const uint8_t *end;
	unsigned n_left;         /* bits of *p not yet read, 1 to 8 */
	unsigned n_zeros;        /* zero bytes in a row before *p */
	bool is_nal;             /* skip emulation prevention bytes */
	int err;                 /* 0 or -EBADMSG: read beyond the end */
};

/* Start at bit 0 of `s`, borrowed. */
struct bits bits(struct slice s);

/* The same for a NAL unit: in 00 00 03 the 03 is skipped (H.264 s7.4.1,
 * HEVC s7.4.2). */
struct bits bits_of_nal(struct slice s);

/* The next `n` bits, 0 to 32, as a number; 0 beyond the end. */
uint32_t bits_get(struct bits *b, unsigned n);
bool bits_flag(struct bits *b);

/* Skip `n` bits. */
void bits_skip(struct bits *b, size_t n);

/* ue(v), 0 to 2^32 - 2, and se(v) (H.264 s9.1); a code of more than 32
 * leading zeros is an error. */
uint32_t bits_ue(struct bits *b);
int32_t bits_se(struct bits *b);

/* Bits that are left, emulation prevention bytes counted. */
size_t bits_left(const struct bits *b);

/* The bytes behind the last bit, which ended a byte; empty on error. */
struct slice bits_rest(const struct bits *b);

#endif
