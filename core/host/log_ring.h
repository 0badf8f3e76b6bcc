/* The bounded ring between all threads that log and the one that writes.
 * A thread that logs never waits: when the ring is full, the line is dropped
 * and counted. */
#ifndef LOG_RING_H
#define LOG_RING_H

#include <stdatomic.h>
#include "host/log_line.h"

enum { LOG_RING_LINES = 512 };   /* a power of two */

struct log_ring {
	struct log_slot *slots;  /* owned */
	atomic_size_t head;      /* where the next line goes */
	size_t tail;             /* the reader's */
	atomic_uint n_dropped;
};

/* An empty ring; 0, or -ENOMEM. */
int log_ring_init(struct log_ring *ring);
void log_ring_fini(struct log_ring *ring);

/* Copy a line to the end, or count it as dropped.  Thread: any. */
void log_ring_push(struct log_ring *ring, const struct log_record *rec);

/* The oldest line, borrowed until log_ring_pop; NULL: there is none.
 * Thread: the one that reads, here and below. */
const struct log_line *log_ring_first(struct log_ring *ring);

/* Drop the oldest line, which there is. */
void log_ring_pop(struct log_ring *ring);

/* How many were dropped since this was asked. */
unsigned log_ring_dropped(struct log_ring *ring);

#endif
