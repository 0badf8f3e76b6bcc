/* A chain over the fake backend, and a socket that talks to it. */
#ifndef STACK_TEST_H
#define STACK_TEST_H

#include "io/fake.h"
#include "stack/chain.h"

struct stack_test {
	struct fake *fake;
	struct loop loop;
	struct chain *chain;
	struct carrier *peer;    /* the other end */
	struct writer got;       /* what it received */
	bool has_ended;          /* nothing more will come */
	bool is_closed;          /* the chain is, with */
	int err;
};

/* Open a chain of `recipe`, which receives at most recv_max bytes at once (0:
 * all there is).  Returns 0 or a negative errno; stack_test_fini in any case,
 * once or more often. */
int stack_test_init(struct stack_test *t, const struct recipe *recipe,
	      struct binding *binding, size_t recv_max);
void stack_test_fini(struct stack_test *t);

/* Have the peer send `s`, all of it, and let the loop work. */
void stack_test_say(struct stack_test *t, struct slice s);

/* The peer has received just this text. */
bool stack_test_heard(const struct stack_test *t, const char *text);

#endif
