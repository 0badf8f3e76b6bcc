/* A chunk is one counted run of bytes, immutable once it is shared. */
#include "base/chunk.h"
#include "base/mem.h"


struct chunk *chunk_new(size_t size)
{
	struct chunk *chunk;

	chunk = mem_new_raw(sizeof(*chunk) + size, NULL);
	if (!chunk)
		return NULL;

	chunk->len = 0;
	chunk->size = size;

	return chunk;
}


struct chunk *chunk_copy(struct slice s)
{
	struct chunk *chunk;

	chunk = chunk_new(s.len);
	if (!chunk)
		return NULL;

	if (s.len)
		memcpy(chunk->data, s.p, s.len);
	chunk->len = s.len;

	return chunk;
}


struct chunk *chunk_ref(struct chunk *chunk)
{
	return mem_ref(chunk);
}


struct chunk *chunk_unref(struct chunk *chunk)
{
	return mem_unref(chunk);
}
