/* Memory: plain blocks, and objects with a reference count. */
#include "base/mem.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>


/* Stands before each counted object; as aligned as malloc's own result. */
struct counted {
	_Alignas(max_align_t) mem_destroy_fn *destroy;
	atomic_uint n_refs;
};


static struct counted *counted(void *obj)
{
	return (struct counted *)obj - 1;
}


static void *begin(struct counted *c, mem_destroy_fn *destroy)
{
	if (!c)
		return NULL;

	c->destroy = destroy;
	atomic_init(&c->n_refs, 1);

	return c + 1;
}


void *mem_zalloc(size_t size)
{
	return calloc(1, size);
}


void *mem_alloc(size_t size)
{
	return malloc(size);
}


void *mem_resize(void *p, size_t size)
{
	return realloc(p, size);
}


void *mem_free(void *p)
{
	free(p);
	return NULL;
}


void *mem_new(size_t size, mem_destroy_fn *destroy)
{
	return begin(calloc(1, sizeof(struct counted) + size), destroy);
}


void *mem_new_raw(size_t size, mem_destroy_fn *destroy)
{
	return begin(malloc(sizeof(struct counted) + size), destroy);
}


void *mem_ref(void *obj)
{
	if (obj)
		atomic_fetch_add_explicit(&counted(obj)->n_refs, 1,
					  memory_order_relaxed);
	return obj;
}


void *mem_unref(void *obj)
{
	struct counted *c;

	if (!obj)
		return NULL;

	c = counted(obj);
	if (atomic_fetch_sub_explicit(&c->n_refs, 1,
				      memory_order_acq_rel) != 1)
		return NULL;

	if (c->destroy)
		c->destroy(obj);
	free(c);

	return NULL;
}
