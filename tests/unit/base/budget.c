/* budget. */
#include "base/budget.h"
#include "test.h"


TEST(budget)
{
	enum { S = 1000000 };
	struct budget budget = { 0 };
	int64_t now = 50 * S;
	int err = 0;

	for (int i = 0; i < 3; i++)
		TEST_OK(budget_take(&budget, now + i, 3));
	TEST_OK(!budget_take(&budget, now + 3, 3));
	TEST_OK(!budget_take(&budget, now + S - 1, 3));
	TEST_EQ(0, budget_refused(&budget, now + S - 1));

	TEST_EQ(2, budget_refused(&budget, now + S));
	TEST_EQ(0, budget_refused(&budget, now + S));
	TEST_OK(budget_take(&budget, now + S, 3));
	TEST_EQ(0, budget_refused(&budget, now + 9 * S));

	for (int i = 0; i < 100; i++)
		TEST_OK(budget_take(&budget, now, 0));
 out:
	return err;
}
