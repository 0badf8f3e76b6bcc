/* A worker: a thread with its loop, on a processor of its own. */
#ifndef WORKER_H
#define WORKER_H

#include "io/loop.h"

struct worker {
	unsigned index;          /* 0 and up */
	struct loop loop;
	pthread_t thread;
	bool is_started;
};

/* Make the loop, with the backend of that name; no thread yet.  Returns 0,
 * -ENOENT (unknown backend), -ENOMEM, or the system's.  Thread: main. */
API int worker_init(struct worker *worker, unsigned index,
		    struct str backend);

/* The same over `take_backend`, which is destroyed on error too. */
int worker_init_over(struct worker *worker, unsigned index,
		     struct backend *take_backend);
API void worker_fini(struct worker *worker);

/* Start the thread, pinned to processor `index` modulo their number; signals
 * are left to main.  Returns 0 or a negative errno.  Thread: main. */
API int worker_start(struct worker *worker);

/* Wait for the thread to end, which loop_stop makes it do; nothing happens if
 * there is none.  Thread: main. */
API void worker_join(struct worker *worker);

#endif
