/* Unit tests: each case is a function that returns 0, or a negative errno,
 * and is found by its line TEST(name) at the left margin.  The same cases run plain, and with every allocation
 * failing in turn: then -ENOMEM (TEST_ERR passes it on) is the right result,
 * and memory and descriptors must be as before.
 *
 *	TEST(x_counts)
 *	{
 *		struct x *x = NULL;
 *		int err;
 *
 *		TEST_ERR(x_new(&x));
 *		TEST_EQ(7, x_count(x));
 *		err = 0;
 *	 out:
 *		x_unref(x);
 *		return err;
 *	}
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "base/error.h"
#include "base/slice.h"

/* Define the case `name`; the Makefile collects all of them. */
#define TEST(name)						\
	int test_##name(void);					\
	int test_##name(void)

/* Say what failed, on standard error. */
void test_say(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True while an allocation was made to fail in this run of the case. */
bool test_alloc_failed(void);

/* True in the runs in which an allocation is to fail: cases that take long
 * do less then. */
bool test_is_starved(void);

#define TEST_FAIL(...)						\
	do {							\
		test_say(__FILE__, __LINE__, __VA_ARGS__);	\
		err = -EINVAL;					\
		goto out;					\
	} while (0)

/* `cond` must hold. */
#define TEST_OK(cond)						\
	do {							\
		if (!(cond))					\
			TEST_FAIL("%s", #cond);			\
	} while (0)

/* `cond` must hold, unless an allocation was made to fail: that ends the
 * case as it should. */
#define TEST_EXPECT(cond)					\
	do {							\
		if (!(cond)) {					\
			err = -ENOMEM;				\
			if (test_alloc_failed())		\
				goto out;			\
			TEST_FAIL("%s", #cond);			\
		}						\
	} while (0)

/* Two integers must be equal. */
#define TEST_EQ(want, got)					\
	do {							\
		long long want_ = (long long)(want);		\
		long long got_ = (long long)(got);		\
		if (want_ != got_)				\
			TEST_FAIL("%s: want %lld, got %lld",	\
				  #got, want_, got_);		\
	} while (0)

/* Two runs of bytes must be equal. */
#define TEST_MEM(want, want_len, got, got_len)			\
	do {							\
		TEST_EQ(want_len, got_len);			\
		if (memcmp(want, got, want_len))		\
			TEST_FAIL("%s: other bytes", #got);	\
	} while (0)

/* `expr` must give 0; a failed allocation ends the case as it should. */
#define TEST_ERR(expr)						\
	do {							\
		err = (expr);					\
		if (err == -ENOMEM && test_alloc_failed())	\
			goto out;				\
		if (err)					\
			TEST_FAIL("%s: %s", #expr, error_text(err)); \
	} while (0)

/* `expr` must give `want`; a failed allocation ends the case. */
#define TEST_ERRNO(want, expr)					\
	do {							\
		err = (expr);					\
		if (err == -ENOMEM && test_alloc_failed())	\
			goto out;				\
		TEST_EQ(want, err);				\
		err = 0;					\
	} while (0)

/* `ptr` must not be NULL, unless an allocation was made to fail. */
#define TEST_PTR(ptr)						\
	do {							\
		if (!(ptr)) {					\
			err = -ENOMEM;				\
			if (test_alloc_failed())		\
				goto out;			\
			TEST_FAIL("%s is NULL", #ptr);		\
		}						\
	} while (0)

#endif
