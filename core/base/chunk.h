/* A chunk is one counted run of bytes, immutable once it is shared.
 * Thread: any. */
#ifndef CHUNK_H
#define CHUNK_H

#include "base/slice.h"

struct chunk {
	size_t len;      /* bytes in use, at most `size` */
	size_t size;
	uint8_t data[];
};

/* An empty chunk with room for `size` bytes, which are undefined, or NULL. */
API struct chunk *chunk_new(size_t size);

/* A chunk that holds a copy of `s`, or NULL. */
API struct chunk *chunk_copy(struct slice s);

API struct chunk *chunk_ref(struct chunk *chunk);
API struct chunk *chunk_unref(struct chunk *chunk);

static inline struct slice chunk_slice(const struct chunk *chunk)
{
	return slice(chunk->data, chunk->len);
}

#endif
