/* What a node wants to send: control messages that it owns, and sources,
 * which lend bytes kept elsewhere (a cursor in a stream's log).
 *
 * Control messages go out between the messages of sources, never inside one;
 * several sources take turns by message.  Thread: the loop's. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <sys/uio.h>
#include "base/list.h"
#include "base/writer.h"

enum {
	OUTBOX_IOV = 16,              /* runs of bytes lent at once */
	OUTBOX_CONTROL_MAX = 1 << 20, /* control bytes waiting, at most */
	OUTBOX_ROOM = 256 * 1024,     /* bytes that one may send in a turn */
};

struct outbox_source;

struct outbox_source_ops {
	/* Lend the bytes that come next: at most `n_iov` runs in `iov`, about
	 * `room` bytes, and only up to the end of one message if one_message.
	 * Sets source->has_more if it holds back what it could lend.
	 * Returns the number of runs; 0: there is nothing now. */
	int (*peek)(struct outbox_source *source, struct iovec *iov,
		    int n_iov, size_t room, bool one_message);

	/* The first `len` of the bytes lent are sent. */
	void (*consume)(struct outbox_source *source, size_t len);

	/* True if the next byte is not the first of a message. */
	bool (*is_inside)(struct outbox_source *source);
};

/* Embedded by its owner; zeroed but for ops. */
struct outbox_source {
	const struct outbox_source_ops *ops;
	struct list_node node;
	bool has_more;           /* after a peek: ask again, once it is sent */
};

/* A run of what was lent last, by one source or (NULL) the control bytes. */
struct outbox_loan {
	struct outbox_source *source;
	uint32_t len;
	bool is_gone;            /* the source was taken out meanwhile */
};

struct outbox {
	struct list sources;
	struct writer control;
	bool is_all_lent;        /* the last peek left nothing behind */
	size_t n_loans;
	struct outbox_loan loans[OUTBOX_IOV];
};

API void outbox_init(struct outbox *outbox);
API void outbox_fini(struct outbox *outbox);

/* Where control messages are written, each as a whole, in one turn. */
static inline struct writer *outbox_control(struct outbox *outbox)
{
	return &outbox->control;
}

/* Add a source; it stays the caller's, who takes it out before it dies.
 * One that is inside a message must not be taken out unless the chain goes. */
API void outbox_add(struct outbox *outbox, struct outbox_source *source);
API void outbox_del(struct outbox *outbox, struct outbox_source *source);

/* Lend up to `n_iov` (at most OUTBOX_IOV) runs and about `room` bytes.
 * Returns the number of runs.  What is lent must not be kept longer than to
 * the next call of anything here. */
API int outbox_peek(struct outbox *outbox, struct iovec *iov, int n_iov,
		    size_t room);

/* The first `len` of the bytes lent by outbox_peek are sent. */
API void outbox_consume(struct outbox *outbox, size_t len);

#endif
