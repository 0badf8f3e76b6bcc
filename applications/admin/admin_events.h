/* Server-sent events (WHATWG HTML s9.2): what happens, as it happens.
 *
 * A follower is a position in the ring of notices (host/notice.h), and one
 * event on its way: nothing queues for it.  One that is slower than the ring
 * is told how many it has lost, and goes on.  Thread: the worker's. */
#ifndef ADMIN_EVENTS_H
#define ADMIN_EVENTS_H

#include "host/notice.h"
#include "io/loop.h"

enum {
	ADMIN_FOLLOWERS_MAX = 1000,      /* on one worker */
	ADMIN_EVENTS_BEAT_MS = 15000,    /* a comment, when it is silent */
};

/* Those of one worker. */
struct admin_events {
	struct notices *notices;
	struct loop *loop;
	struct list followers;
	struct notice_listener listener; /* while there are followers */
	struct mail news;
	struct timer beat;
};

/* Keep events from now on, so that who comes back finds what was missed.
 * Thread: main, as admin_events_fini. */
void admin_events_init(struct admin_events *events, struct notices *notices,
		       struct loop *loop);

/* After the last follower. */
void admin_events_fini(struct admin_events *events);

#endif
