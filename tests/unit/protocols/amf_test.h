/* What the AMF cases share. */
#ifndef AMF_TEST_H
#define AMF_TEST_H

#include "amf/amf0.h"
#include "amf/amf_print.h"
#include "test.h"

/* The bytes of a literal, without its terminating zero. */
#define BYTES(literal) slice(literal, sizeof(literal) - 1)

/* `expr` must give the error `want`, or that of a failed allocation. */
#define TEST_WANT(want, expr)						\
	do {								\
		err = (expr);						\
		if (err == -ENOMEM && test_alloc_failed())		\
			goto out;					\
		TEST_EQ(want, err);					\
		err = 0;						\
	} while (0)

/* The value must print as `want`. */
#define TEST_PRINT(want, v)						\
	do {								\
		char text_[400];					\
									\
		amf_value_print(text_, sizeof(text_), v);		\
		if (strcmp(want, text_))				\
			TEST_FAIL("want %s, got %s", want, text_);	\
	} while (0)

#endif
