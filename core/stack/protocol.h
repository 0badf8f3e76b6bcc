/* A protocol is one node of a chain: five slots, of which any may be NULL.
 *
 * Bytes are pushed up, from the carrier at the far end to the application at
 * the near end, and pulled down, when the socket can take some.  A node knows
 * neither its neighbours nor the socket. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <sys/types.h>
#include "io/carrier.h"
#include "stack/outbox.h"

struct binding;          /* what the host opened the chain for */
struct chain;
struct node;

enum event_type {
	EVENT_UP,        /* the node below is ready (connected, encrypted) */
	EVENT_EOF,       /* the peer sends no more */
	EVENT_TIMEOUT,   /* the peer takes nothing for too long */
	EVENT_FAILED,    /* the chain will be closed: err */
	EVENT_CLOSING,   /* the server ends: say goodbye */
	EVENT_RESUME,    /* one that ate nothing eats again: who keeps bytes
			  * that it has pushed in vain pushes them now */
};

struct event {
	enum event_type type;
	int err;
};

struct protocol {
	const char *name;
	size_t size;             /* of its struct, which begins with a node */
	size_t input_max;        /* bytes it may leave uneaten */

	/* Over UDP one chain serves the whole socket: it is opened with the
	 * acceptor, gets each peer's datagrams with their meta, and sends by
	 * carrier_udp of its carrier, never from an outbox.  It stands
	 * farthest and in a chain of its own: if its recipe has nearer ones,
	 * it opens chains with them by host_open_chain.  It is told
	 * EVENT_CLOSING and not waited for, and must fail in `input` only if
	 * the socket is to be closed for all. */
	bool is_shared;

	/* sslCert of its acceptor line is of use to it: one that is shared
	 * takes it for what else comes by its socket. */
	bool takes_certificate;

	/* Keys of acceptor lines that only it, and others that say so, look
	 * at, blanks between; NULL: none. */
	const char *keys;

	/* Its names in ALPN (RFC 7301), blanks between: what a farther node
	 * that encrypts offers its peers.  NULL: it has none. */
	const char *alpn;

	/* The node is zeroed but for struct node.  0, or a negative errno to
	 * refuse the chain, which must not be closed in here. */
	int (*open)(struct node *node, struct binding *binding);

	/* Returns the bytes eaten, or a negative errno, which closes the
	 * chain.  Eating nothing is back-pressure until chain_resume, or a
	 * wish for more bytes.  meta is NULL on streams.
	 * NULL: all goes to the next nearer node. */
	ssize_t (*input)(struct node *node, struct slice in,
			 const struct io_meta *meta);

	/* Move bytes from the nearer node's outbox, `from` (NULL for the
	 * nearest), to node->out, not beyond its room.  0 or an errno.
	 * NULL: the nearer node's bytes pass as they are. */
	int (*output)(struct node *node, struct outbox *from);

	/* Told to every node, far to near; true keeps it from the nearer. */
	bool (*event)(struct node *node, const struct event *event);

	/* The chain goes, or the node does; nothing may be called any more.
	 * Who refused to open is not closed.  NOTE: one of chain_replace may
	 * be closed without having been opened. */
	void (*close)(struct node *node);

	/* Not slots of the node, but of each acceptor line that names the
	 * protocol: make what its chains share (certificates, settings), on
	 * main, before anything is opened; and give it back.  Either both or
	 * none. */
	int (*prepare)(struct binding *binding, void **prepared);
	void (*release)(void *prepared);

	/* The configuration was read again: `prepared` gets what `next` has of
	 * certificates, and gives what it had; `next` is released when no
	 * worker is in a turn that began before.  May be NULL.
	 * Thread: main, while workers use `prepared`. */
	void (*adopt)(void *prepared, void *next);
};

/* The head of each protocol's struct. */
struct node {
	const struct protocol *protocol;
	struct chain *chain;
	struct node *far;
	struct node *near;
	struct outbox out;       /* what this node sends, towards far */
	bool is_leaving;         /* chain_remove */
	bool is_live;            /* to be closed */
	struct node *heir;       /* owned: chain_replace, not yet there */
	struct loop_task death;
};

/* Push bytes that `node` has made to the next nearer one, as its `input`
 * answers; -ECANCELED: the chain is closed.  Thread: the loop's. */
API ssize_t node_push(struct node *node, struct slice in,
		      const struct io_meta *meta);

#endif
