/* Reading binary input.  A reader walks borrowed bytes; its error sticks:
 * read all fields, test r->err once, then commit.  A read past the end gives
 * zero and sets -EAGAIN.  Thread: any, pure. */
#ifndef READER_H
#define READER_H

#include "base/error.h"
#include "base/slice.h"

struct reader {
	const uint8_t *p;
	const uint8_t *end;
	int err;         /* 0, or the first error met */
};

static inline struct reader reader(struct slice s)
{
	struct reader r = { s.p, s.len ? s.p + s.len : s.p, 0 };

	return r;
}


static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->p);
}

/* One number of 1 to 8 bytes, big or little endian. */
API uint8_t get_u8(struct reader *r);
API uint16_t get_be16(struct reader *r);
API uint32_t get_be24(struct reader *r);
API uint32_t get_be32(struct reader *r);
API uint64_t get_be64(struct reader *r);
API uint32_t get_le32(struct reader *r);

/* The next `len` bytes, borrowed; empty when there are fewer. */
API struct slice get_bytes(struct reader *r, size_t len);

/* All bytes that are left. */
API struct slice get_rest(struct reader *r);

#endif
