/* Reading fields of bits (H.264 s7.2, s9.1). */
#include "codec/bits.h"
#include <assert.h>


enum {
	EMULATION_PREVENTION = 0x03,
	UE_ZEROS_MAX = 31,
};


static void next_byte(struct bits *b)
{
	b->n_zeros = *b->p ? 0 : b->n_zeros + 1;
	++b->p;
	b->n_left = 8;

	if (b->is_nal && b->n_zeros >= 2 && b->p < b->end &&
	    *b->p == EMULATION_PREVENTION) {
		++b->p;
		b->n_zeros = 0;
	}
}


/* The next bits of the present byte, at most `n`; how many is *got. */
static uint32_t take(struct bits *b, unsigned n, unsigned *got)
{
	unsigned v = *b->p & (0xffu >> (8 - b->n_left));

	*got = n < b->n_left ? n : b->n_left;
	v >>= b->n_left - *got;
	b->n_left -= *got;
	if (!b->n_left)
		next_byte(b);

	return v;
}


struct bits bits(struct slice s)
{
	struct bits b = { s.p, s.len ? s.p + s.len : s.p, 8, 0, false, 0 };

	return b;
}


struct bits bits_of_nal(struct slice s)
{
	struct bits b = bits(s);

	b.is_nal = true;

	return b;
}


uint32_t bits_get(struct bits *b, unsigned n)
{
	uint64_t v = 0;
	uint32_t field;
	unsigned got;

	assert(n <= 32);

	for (; n; n -= got) {
		if (b->err || b->p >= b->end) {
			b->err = -EBADMSG;
			return 0;
		}
		field = take(b, n, &got);
		v = v << got | field;
	}

	return (uint32_t)v;
}


bool bits_flag(struct bits *b)
{
	return bits_get(b, 1);
}


void bits_skip(struct bits *b, size_t n)
{
	for (; n > 32 && !b->err; n -= 32)
		bits_get(b, 32);
	if (!b->err)
		bits_get(b, (unsigned)n);
}


uint32_t bits_ue(struct bits *b)
{
	unsigned n_zeros = 0;

	while (!b->err && !bits_flag(b)) {
		if (++n_zeros > UE_ZEROS_MAX)
			b->err = -EBADMSG;
	}
	if (b->err)
		return 0;

	return (uint32_t)((1ull << n_zeros) - 1) + bits_get(b, n_zeros);
}


int32_t bits_se(struct bits *b)
{
	int64_t k = bits_ue(b);

	return (int32_t)(k & 1 ? (k + 1) / 2 : -(k / 2));
}


size_t bits_left(const struct bits *b)
{
	if (b->err || b->p >= b->end)
		return 0;

	return (size_t)(b->end - b->p - 1) * 8 + b->n_left;
}


struct slice bits_rest(const struct bits *b)
{
	if (b->err || b->n_left != 8)
		return slice(NULL, 0);

	return slice(b->p, (size_t)(b->end - b->p));
}
