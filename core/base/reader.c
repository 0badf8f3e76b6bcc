/* Reading binary input. */
#include "base/reader.h"


static uint64_t get_be(struct reader *r, size_t n)
{
	struct slice s = get_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | s.p[i];

	return v;
}


uint8_t get_u8(struct reader *r)
{
	return (uint8_t)get_be(r, 1);
}


uint16_t get_be16(struct reader *r)
{
	return (uint16_t)get_be(r, 2);
}


uint32_t get_be24(struct reader *r)
{
	return (uint32_t)get_be(r, 3);
}


uint32_t get_be32(struct reader *r)
{
	return (uint32_t)get_be(r, 4);
}


uint64_t get_be64(struct reader *r)
{
	return get_be(r, 8);
}


uint32_t get_le32(struct reader *r)
{
	return __builtin_bswap32(get_be32(r));
}


struct slice get_bytes(struct reader *r, size_t len)
{
	struct slice s;

	if (r->err)
		return slice(NULL, 0);

	if (len > reader_left(r)) {
		r->err = -EAGAIN;
		return slice(NULL, 0);
	}

	s = slice(r->p, len);
	if (len)
		r->p += len;

	return s;
}


struct slice get_rest(struct reader *r)
{
	return get_bytes(r, reader_left(r));
}
