/* Unpredictable bytes from the system. */
#include "base/random.h"
#include <stdlib.h>
#include <unistd.h>


enum { ENTROPY_MAX = 256 }; /* most that getentropy gives at once */


void random_bytes(void *p, size_t len)
{
	uint8_t *out = p;

	while (len) {
		size_t n = len < ENTROPY_MAX ? len : ENTROPY_MAX;

		if (getentropy(out, n))
			abort();
		out += n;
		len -= n;
	}
}


uint64_t random_u64(void)
{
	uint64_t v;

	random_bytes(&v, sizeof(v));

	return v;
}
