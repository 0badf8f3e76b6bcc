/* Memory: plain blocks, and objects with a reference count.
 *
 * Every allocation of the server goes through these functions.  Unit tests
 * wrap the C library's allocator underneath, so that each call fails in turn
 * (tests/unit/alloc.h).  Thread: any, for all of them. */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>
#include "base/api.h"

typedef void (mem_destroy_fn)(void *obj);

/* A zeroed block of `size` bytes, or NULL when there is no memory. */
API void *mem_zalloc(size_t size);

/* A block of `size` bytes with undefined content, or NULL. */
API void *mem_alloc(size_t size);

/* `p` (or a new block, if NULL) with `size` bytes; NULL leaves `p` as it
 * was. */
API void *mem_resize(void *p, size_t size);

/* Free a plain block; NULL is allowed.  Returns NULL, to clear a field. */
API void *mem_free(void *p);

/* A zeroed object with one reference, or NULL.  `destroy` (may be NULL) is
 * called on the thread that drops the last reference, before it is freed. */
API void *mem_new(size_t size, mem_destroy_fn *destroy);

/* The same with undefined content. */
API void *mem_new_raw(size_t size, mem_destroy_fn *destroy);

/* One more reference; NULL is allowed.  Returns `obj`. */
API void *mem_ref(void *obj);

/* One reference less; NULL is allowed.  Returns NULL, to clear a field. */
API void *mem_unref(void *obj);

#endif
