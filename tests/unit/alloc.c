/* The allocator under the unit tests. */
#include "alloc.h"
#include <stdatomic.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static atomic_long n_live, countdown;
static atomic_bool failed;


static bool is_to_fail(void)
{
	if (!atomic_load(&countdown) || atomic_fetch_sub(&countdown, 1) != 1)
		return false;

	atomic_store(&failed, true);
	return true;
}


static void *counted(void *p)
{
	if (p)
		atomic_fetch_add(&n_live, 1);
	return p;
}


void *__wrap_malloc(size_t size)
{
	return is_to_fail() ? NULL : counted(__real_malloc(size));
}


void *__wrap_calloc(size_t n, size_t size)
{
	return is_to_fail() ? NULL : counted(__real_calloc(n, size));
}


void *__wrap_realloc(void *p, size_t size)
{
	if (is_to_fail())
		return NULL;

	return p ? __real_realloc(p, size) : counted(__real_malloc(size));
}


void __wrap_free(void *p)
{
	if (p)
		atomic_fetch_sub(&n_live, 1);
	__real_free(p);
}


void alloc_fail_at(long n)
{
	atomic_store(&failed, false);
	atomic_store(&countdown, n);
}


bool alloc_has_failed(void)
{
	return atomic_load(&failed);
}


long alloc_live(void)
{
	return atomic_load(&n_live);
}
