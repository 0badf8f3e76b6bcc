/* The allocator under the unit tests: counts what lives, and fails on
 * request.  Works by the linker's --wrap, on product code as it is. */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>

/* Let the `n`-th allocation from now on fail (1 is the next); 0: none. */
void alloc_fail_at(long n);

/* True if that allocation was reached. */
bool alloc_has_failed(void);

/* Blocks allocated and not freed. */
long alloc_live(void);

#endif
