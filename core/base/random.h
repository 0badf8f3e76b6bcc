/* Unpredictable bytes from the system.  Thread: any. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include "base/api.h"

/* Fill `len` bytes at `p`.  Aborts if the system has no randomness to give,
 * since nothing secure can be done without it. */
API void random_bytes(void *p, size_t len);

API uint64_t random_u64(void);

#endif
