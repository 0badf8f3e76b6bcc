/* Runs every case (cases.h is made by the Makefile): plain, then with every allocation failing in
 * turn.  The last line is read by tools/test. */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include "alloc.h"
#include "test.h"

#define CASE(name) int test_##name(void);
#include "cases.h"
#undef CASE

enum { OOM_ROUNDS_MAX = 5000 };

/* TSan learns nothing from failing allocations, and takes minutes. */
#ifdef __SANITIZE_THREAD__
enum { HAS_OOM_ROUNDS = 0 };
#else
enum { HAS_OOM_ROUNDS = 1 };
#endif

static const struct {
	const char *name;
	int (*fn)(void);
} cases[] = {
#define CASE(name) { #name, test_##name },
#include "cases.h"
#undef CASE
};

static bool is_starved;


void test_say(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}


bool test_alloc_failed(void)
{
	return alloc_has_failed();
}


bool test_is_starved(void)
{
	return is_starved;
}


static int n_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		++n;
	if (dir)
		closedir(dir);

	return n;
}


/* What one run of a case did; Check itself allocates between runs. */
struct outcome {
	int err;
	bool has_failed_alloc;
	long n_leaked;
};


static struct outcome run(int i, long fail_at)
{
	struct outcome o;
	long live = alloc_live();

	is_starved = fail_at;
	alloc_fail_at(fail_at);
	o.err = cases[i].fn();
	o.has_failed_alloc = alloc_has_failed();
	alloc_fail_at(0);
	o.n_leaked = alloc_live() - live;

	return o;
}


START_TEST(plain)
{
	int n_fds = n_descriptors();
	struct outcome o = run(_i, 0);

	ck_assert_msg(!o.err, "%s: %s", cases[_i].name, error_text(o.err));
	ck_assert_msg(!o.n_leaked, "%s: %ld blocks leaked", cases[_i].name,
		      o.n_leaked);
	ck_assert_msg(n_fds == n_descriptors(), "%s: descriptors leaked",
		      cases[_i].name);
}
END_TEST


START_TEST(out_of_memory)
{
	int n_fds = n_descriptors();
	struct outcome o;
	long n = 0;

	do {
		o = run(_i, ++n);
		ck_assert_msg(!o.err ||
			      (o.err == -ENOMEM && o.has_failed_alloc),
			      "%s: allocation %ld: %s", cases[_i].name, n,
			      error_text(o.err));
		ck_assert_msg(!o.n_leaked,
			      "%s: allocation %ld: %ld blocks leaked",
			      cases[_i].name, n, o.n_leaked);
	} while (o.has_failed_alloc && n < OOM_ROUNDS_MAX);

	ck_assert_msg(n < OOM_ROUNDS_MAX, "%s: too many allocations",
		      cases[_i].name);
	ck_assert_msg(n_fds == n_descriptors(), "%s: descriptors leaked",
		      cases[_i].name);
}
END_TEST


int main(int argc, char **argv)
{
	Suite *suite = suite_create(program_invocation_short_name);
	TCase *tc = tcase_create("cases");
	SRunner *runner;
	int n = (int)ARRAY_LEN(cases), first = 0, failed;

	/* unit NAME runs one case. */
	for (int i = 0; argc > 1 && i < n; i++) {
		if (!strcmp(argv[1], cases[i].name)) {
			first = i;
			n = i + 1;
		}
	}

	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, plain, first, n);
	if (HAS_OOM_ROUNDS)
		tcase_add_loop_test(tc, out_of_memory, first, n);
	suite_add_tcase(suite, tc);

	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	printf("%s: %d passed, %d failed\n", program_invocation_short_name,
	       srunner_ntests_run(runner) - failed, failed);
	srunner_free(runner);

	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
