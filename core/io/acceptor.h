/* A listening TCP socket of one loop.  Thread: the loop's. */
#ifndef ACCEPTOR_H
#define ACCEPTOR_H

#include "io/loop.h"

/* Called for each connection; the callee owns `fd`. */
typedef void (accept_fn)(int fd, const struct addr *peer, void *arg);

struct acceptor {
	struct io io;
	accept_fn *fn;
	void *arg;
	struct timer retry;      /* accept again, after a shortage */
	uint64_t n_accepted;
	uint64_t n_refused;      /* for want of descriptors */
};

/* Accept on the listening, non-blocking `take_fd`, which is closed on error
 * too.  `acceptor` is the caller's, zeroed; it must outlive the turn in which
 * it is closed.  Returns 0 or what the backend says. */
API int acceptor_open(struct acceptor *acceptor, struct loop *loop,
		      int take_fd, accept_fn *fn, void *arg);

API void acceptor_close(struct acceptor *acceptor);

#endif
