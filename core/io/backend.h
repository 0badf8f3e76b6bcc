/* How a loop waits: the contract between carriers and epoll, select, or the
 * fake one of the tests.
 *
 * A backend delivers bytes and new connections, not readiness, so that one
 * that completes asynchronously looks the same from above.  All slots are
 * called on the loop's thread, `wake` from any. */
#ifndef BACKEND_H
#define BACKEND_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>
#include "base/list.h"
#include "io/addr.h"

struct io;
struct loop;

/* What came along with a datagram. */
struct io_meta {
	struct addr peer;        /* never a mapped address */
	struct addr local;       /* IO_LOCAL: where it came to, not mapped
				  * either; else without a family */
	size_t segment_len;      /* IO_TRAINS: several in one, each so long,
				  * the last one or shorter; 0: a single one */
	uint8_t tos;             /* IO_TOS: DSCP and ECN */
	uint8_t ttl;             /* IO_TOS: or hop limit */
};

/* What became of a datagram that was sent, as an ICMP message tells it, or
 * the system itself (as if it were the first router). */
struct udp_icmp {
	struct addr peer;        /* where that datagram was going */
	uint8_t type;            /* of ICMP or, with an IPv6 peer, ICMPv6 */
	uint8_t code;
	uint32_t data;           /* "too big": the MTU; else 0 */
};

/* What an open socket tells its owner.  Any of them may close any io. */
struct io_handler {
	/* Bytes, borrowed until the return; an empty slice is the end of the
	 * stream.  meta is NULL on streams.  A datagram's stay where they are
	 * for udp_push, see io/udp.h. */
	void (*recv)(struct io *io, struct slice in,
		     const struct io_meta *meta);

	/* Listening sockets: a connection; the handler owns `fd`. */
	void (*accepted)(struct io *io, int fd, const struct addr *peer);

	/* There is room again after a short send; a dial has succeeded. */
	void (*writable)(struct io *io);

	/* The socket has failed with `err` (negative): close it. */
	void (*failed)(struct io *io, int err);

	/* IO_ICMP: a datagram has not arrived. */
	void (*icmp)(struct io *io, const struct udp_icmp *icmp);
};

enum io_kind {
	IO_LISTEN,
	IO_DIAL,         /* a stream whose connect() is under way */
	IO_STREAM,
	IO_DATAGRAM,
};

/* What the owner of a datagram socket wants to be told. */
enum io_wish {
	IO_LOCAL = 1,    /* meta->local */
	IO_TOS = 2,      /* meta->tos, ttl */
	IO_ICMP = 4,     /* handler->icmp */
	IO_TRAINS = 8,   /* several datagrams of one peer at once */
};

/* An open socket, embedded by its owner, zeroed before `open`. */
struct io {
	const struct io_handler *handler;
	struct loop *loop;
	enum io_kind kind;
	int fd;
	bool is_receiving;       /* set before `open`: from its start */
	bool is_send_blocked;    /* a short send: `writable` will come */
	uint8_t wishes;          /* of enum io_wish */

	bool has_no_trains;      /* set by `open`: cannot send any */

	/* The backend's own: */
	uint8_t tos;             /* that packets get without saying so */
	uint8_t ttl;             /* the same; 0: the system's */
	bool is_whole;           /* the same: DF */
	uint8_t other_tos;       /* what the last packets said instead */
	uint8_t other_ttl;
	uint8_t n_other;         /* how many */
	uint8_t default_ttl;     /* the system's, once it matters */
	sa_family_t family;      /* of a datagram socket; 0: it has none */
	in_port_t port;          /* its own, as on the wire */
	uint32_t watched;
	struct list_node node;
};

/* One datagram to send, or the one run of bytes for a stream (no `to`).
 * Addresses are of the socket's family, if need be mapped. */
struct io_packet {
	const struct iovec *iov;
	int n_iov;
	uint8_t tos;
	uint8_t ttl;             /* 0: the system's */
	bool is_whole;           /* DF: rather lost than in fragments */
	size_t segment_len;      /* a train: cut it into datagrams so long;
				  * 0: it is one */
	const struct addr *to;
	const struct addr *from; /* its address is the source's; or NULL */
};

struct backend {
	const struct backend_ops *ops;
	struct loop *loop;
};

struct backend_ops {
	const char *name;

	/* Take over io->fd, of io->kind.  0, or -ENOMEM, -EMSGSIZE (select:
	 * descriptor too high); on error the fd remains the caller's. */
	int (*open)(struct backend *backend, struct io *io);

	/* Deliver input (or connections) from now on, or no longer. */
	int (*recv_start)(struct backend *backend, struct io *io);
	void (*recv_stop)(struct backend *backend, struct io *io);

	/* Send.  Stream: the bytes taken, which may be fewer than given:
	 * then `writable` comes; or a negative errno.  Datagrams: how many,
	 * up to the first that fails; if it is the very first, its errno
	 * (-EAGAIN: no room), and `writable` does not come. */
	ssize_t (*send)(struct backend *backend, struct io *io,
			const struct io_packet *packets, size_t n);

	/* The peer shall see the end of the stream: no more is sent. */
	void (*shutdown)(struct backend *backend, struct io *io);

	/* Wait up to timeout_us for events and deliver them; sets the loop's
	 * time (loop_set_now) between the two. */
	void (*wait)(struct backend *backend, int64_t timeout_us);

	/* Let that much time go by, whatever comes; NULL: no naps. */
	void (*nap)(struct backend *backend, int64_t nap_us);

	/* The time, as clock_now_us has it; NULL: the system's. */
	int64_t (*now_us)(struct backend *backend);

	/* End a `wait` that is under way, or the next one. */
	void (*wake)(struct backend *backend);

	/* Sockets of this backend's world; see loop_bind_udp, loop_listen,
	 * loop_dial, loop_local, loop_close_fd. */
	int (*bind_udp)(struct backend *backend, const struct addr *addr);
	int (*listen)(struct backend *backend, const struct addr *addr,
		      int backlog);
	int (*dial)(struct backend *backend, const struct addr *to,
		    const struct addr *from);
	int (*local)(struct backend *backend, int fd, struct addr *addr);
	void (*discard)(struct backend *backend, int fd);

	/* Close io->fd; nothing is delivered for it any more. */
	void (*close)(struct backend *backend, struct io *io);

	/* The same without closing: the descriptor returned is the caller's,
	 * for any backend of this world. */
	int (*release)(struct backend *backend, struct io *io);

	void (*destroy)(struct backend *backend);
};

/* A backend by its name in the configuration, "epoll" or "select".
 * Returns 0 and *backend (owned by the caller until the loop takes it),
 * -ENOENT: unknown name, or the system's error. */
API int backend_new(struct backend **backend, struct str name);

/* The backends themselves; the fake one is in io/fake.h. */
int epoll_backend_new(struct backend **backend);
int select_backend_new(struct backend **backend);

#endif
