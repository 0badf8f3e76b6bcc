/* What the world of the fake backend (fake.c) and the ends of its wires
 * (fake_end.c) share. */
#ifndef FAKE_INT_H
#define FAKE_INT_H

#include "base/writer.h"
#include "io/fake.h"
#include "io/loop.h"

enum { FAKE_FD_FIRST = 1 << 28 };  /* no descriptor of the system's */

/* What a descriptor stands for: one end of a wire, a listener, or a datagram
 * socket. */
struct fake_end {
	struct list_node node;
	int fd;
	enum io_kind kind;
	struct addr addr;        /* its own */
	struct addr peer_addr;
	struct io *io;           /* once it is opened */
	struct fake_backend *owner;
	struct fake_end *peer;   /* NULL: gone, or nobody was there */
	struct fake_end *listener; /* waits to be accepted there */
	struct writer in;        /* under way to us */
	struct list datagrams;
	bool is_closed;
	bool is_released;        /* waits for the loop that will have it */
	bool is_cut;
	bool is_reset;
	bool is_ended;           /* by the peer: no more will come */
	bool has_told_end;
};

struct fake {
	struct fake_conf conf;
	uint64_t random;
	int64_t now_us;
	int next_fd;
	uint16_t next_port;      /* for who does not name one */
	struct list ends;
	struct list backends;
};

struct fake_backend {
	struct backend backend;
	struct fake *fake;
	struct list_node node;
	struct list delivered;   /* datagrams, whose bytes stay for the turn */
	bool is_busy;            /* delivered something in the last wait */
	int64_t timeout_us;      /* of the last wait */
};

static inline struct fake_end *fake_end_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct fake_end, node);
}

/* The end with that descriptor, or NULL. */
struct fake_end *fake_end_find(const struct fake *fake, int fd);

/* One that is bound to `addr`, or else to its port at any address; those of
 * one address take turns.  Or NULL. */
struct fake_end *fake_end_find_bound(struct fake *fake,
				     const struct addr *addr,
				     enum io_kind kind);

/* Does any of that kind have the address, or its port at all addresses? */
bool fake_end_is_bound(const struct fake *fake, const struct addr *addr,
		       enum io_kind kind);

/* A new end, bound to `addr` if that is not NULL; NULL: no memory. */
struct fake_end *fake_end_new(struct fake *fake, enum io_kind kind,
			      const struct addr *addr);
void fake_end_free(struct fake_end *end);

/* Free datagrams. */
void fake_end_free_datagrams(struct list *datagrams);

/* A wire between the two. */
void fake_end_join(struct fake_end *a, struct fake_end *b);

/* Its owner has closed it: what is under way still comes to the peer. */
void fake_end_close(struct fake_end *end);

/* Deliver what there is for it, a cut at most; true if there was any. */
bool fake_end_deliver(struct fake_backend *fb, struct fake_end *end);

/* As the backend's `send` slot. */
ssize_t fake_end_send(struct fake *fake, struct fake_end *end,
		      const struct io_packet *packets, size_t n);

#endif
