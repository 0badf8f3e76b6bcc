/* Mail from one thread to another: intrusive, so that it cannot fail.
 * Any thread posts; the owner takes, in the order of posting. */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include "base/api.h"

struct mail;

typedef void (mail_fn)(struct mail *mail);

/* Embedded in what is posted, zeroed at first.  Until `fn` is called it must
 * live; then it may be posted again, or freed. */
struct mail {
	struct mail *next;
	atomic_bool is_queued;
	mail_fn *fn;
};

struct mailbox {
	_Atomic(struct mail *) posted;  /* newest first */
	struct mail *taken;             /* the owner's: oldest first */
};

/* Put it into the box; nothing happens if it is in one already (fn is then
 * still to be called, and sees all that was written before this call).
 * Returns true if it was put.  Thread: any. */
API bool mailbox_post(struct mailbox *box, struct mail *mail);

/* Call fn of every mail that is in the box now.  Thread: the owner. */
API void mailbox_run(struct mailbox *box);

/* Take `mail` out, if it is in.  The caller has made sure that nobody posts
 * it any more.  Thread: the owner. */
API void mailbox_cancel(struct mailbox *box, struct mail *mail);

API bool mailbox_is_empty(const struct mailbox *box);

#endif
