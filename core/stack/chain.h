/* A chain: protocols from far (the carrier) to near (the application), and
 * the walk of bytes through them.  Thread: the loop's, for all. */
#ifndef CHAIN_H
#define CHAIN_H

#include "base/log.h"
#include "stack/protocol.h"

enum {
	CHAIN_NODES_MAX = 8,
	CHAIN_LINGER_MS = 2000,  /* for the peer to close, once we have */
};

enum chain_state {
	CHAIN_OPEN,
	CHAIN_ENDING,            /* sends what is left, eats nothing */
	CHAIN_LINGERING,         /* all is sent: waits for the peer's end */
	CHAIN_CLOSED,
};

/* What a chain is made of: protocols from far to near. */
struct recipe {
	bool is_datagram;        /* over UDP, one chain for each peer */
	size_t n;
	const struct protocol *protocols[CHAIN_NODES_MAX];
};

typedef void (chain_closed_fn)(struct chain *chain, int err, void *arg);

struct chain {
	/* What each message to a viewer needs stands together, here and in
	 * struct carrier, outbox, stream_cursor: with thousands of them, what
	 * counts is the lines of the processor's cache. */
	struct loop_task flush;
	enum chain_state state;
	bool is_send_blocked;
	bool has_filters;        /* some node has an `output` */
	bool is_two_way;         /* each direction ends by itself */
	bool is_shutting;        /* chain_shut: ours is to end, */
	bool has_shut;           /* and has */
	bool is_shared;          /* by all peers of a datagram socket */
	bool is_flushing;        /* now */
	struct outbox *out;      /* what the carrier sends */
	struct carrier *carrier; /* owned */
	const struct io *hot;    /* the carrier's */
	struct loop *loop;

	struct log_tag log;
	struct node *far;
	struct node *near;
	struct binding *binding; /* that its nodes are opened for */
	struct loop_task change; /* chain_replace */
	int send_timeout_ms;     /* 0: none */
	struct timer send_timer; /* and the linger */
	struct loop_task death;
	chain_closed_fn *on_closed;
	void *arg;
	struct list_node node;   /* the owner's */
};

/* Make a chain over `take_carrier` (closed on error too), open its nodes,
 * far to near, for `binding`, and start to receive.  on_closed (may be NULL)
 * is called once, as the chain closes: err 0 for a regular end.
 * Returns 0, -ENOMEM, or what a node's open says. */
API int chain_open(struct chain **chain, struct carrier *take_carrier,
		   const struct recipe *recipe, struct binding *binding,
		   chain_closed_fn *on_closed, void *arg);

/* Close at once; freed at the end of the turn.  More calls do nothing. */
API void chain_close(struct chain *chain, int err);

/* Send what is in the outboxes, then close; input is eaten unread. */
API void chain_end(struct chain *chain);

/* Something is to be sent: pull `output` before the loop sleeps. */
API void chain_want_output(struct chain *chain);

/* The same at once: for who is called in the loop's flush. */
API void chain_flush(struct chain *chain);

/* Bring to the processor's cache what chain_flush will need. */
API void chain_prefetch(const struct chain *chain);

/* A node that ate nothing can eat again: the nodes (EVENT_RESUME), then the
 * carrier, offer what they have kept. */
API void chain_resume(struct chain *chain);

/* Receive no more before chain_resume: for a node that eats all that it is
 * given, and so leaves nothing behind when the peer's stream ends. */
API void chain_pause(struct chain *chain);

/* From now on the two directions of a stream end one by one: EVENT_EOF, which
 * may be told twice, does not close the chain, and chain_shut ends ours.
 * Whoever asks for this ends or closes the chain. */
API void chain_set_two_way(struct chain *chain);

/* Send what is in the outboxes, and then the end of the stream; input goes
 * on.  Only after chain_set_two_way. */
API void chain_shut(struct chain *chain);

/* Tell all nodes, far to near. */
API void chain_tell(struct chain *chain, enum event_type type, int err);

/* Close if nothing can be sent for that long. */
API void chain_set_send_timeout(struct chain *chain, int timeout_ms);

/* Take `node` out of its chain: from within its `input`, with nothing in its
 * outbox, and not as the nearest one.  As `input` returns the node is closed,
 * what it has not eaten goes to the next nearer one, and what that one has
 * to send leaves as it is; the node is freed at the end of the turn.
 * Nothing happens if the chain closes, or `input` fails. */
API void chain_remove(struct node *node);

/* Let `node` become the `n` nodes of `protocols`, far to near: HTTP's becomes
 * a WebSocket, one that looked at the first bytes becomes who speaks like
 * that.  *heir: the farthest of the new ones (the others are its `near`),
 * which the caller may set up and even write to, before they are opened.
 *
 * Called within the node's `input`, it takes effect as that returns: what is
 * not eaten goes to *heir.  Called from elsewhere it does before the loop's
 * next flush; until then the node eats nothing, and afterwards what was kept
 * is offered (chain_resume).  So it also does for an `input` that is called
 * within the chain's flush.
 *
 * The node is closed, with which it must have no source left; its control
 * bytes leave before those of the new ones.  These are opened, for the chain's
 * binding, far to near; what one's open says closes the chain.  They are told
 * no event of before, and ask anew for two ways (chain_set_two_way).  If the
 * chain closes first, they are closed (and the old one is) without having
 * been opened.  On a chain that ends already nothing happens.
 *
 * Returns 0, -ENOMEM or -ECANCELED (the chain ends); then nothing has
 * changed. */
API int chain_replace(struct node *node,
		      const struct protocol *const *protocols, size_t n,
		      struct node **heir);

/* True if one chain of `recipe` serves all peers of its socket. */
API bool recipe_is_shared(const struct recipe *recipe);

#endif
