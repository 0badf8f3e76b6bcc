/* What the RTMP cases share. */
#ifndef RTMP_TEST_H
#define RTMP_TEST_H

#include "test.h"

/* `n` bytes must have been eaten. */
#define TEST_EATEN(want, n)					\
	do {							\
		if ((n) < 0)					\
			TEST_ERR(n);				\
		TEST_EQ(want, n);				\
	} while (0)

#endif
