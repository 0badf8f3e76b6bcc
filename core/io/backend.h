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
	struct addr peer;
	size_t segment_len;      /* GRO: length of each part; 0: a single one */
};

/* What an open socket tells its owner.  Any of them may close any io. */
struct io_handler {
	/* Bytes, borrowed until the return; an empty slice is the end of the
	 * stream.  meta is NULL on streams. */
	void (*recv)(struct io *io, struct slice in,
		     const struct io_meta *meta);

	/* Listening sockets: a connection; the handler owns `fd`. */
	void (*accepted)(struct io *io, int fd, const struct addr *peer);

	/* There is room again after a short send; a dial has succeeded. */
	void (*writable)(struct io *io);

	/* The socket has failed with `err` (negative): close it. */
	void (*failed)(struct io *io, int err);
};

enum io_kind {
	IO_LISTEN,
	IO_DIAL,         /* a stream whose connect() is under way */
	IO_STREAM,
	IO_DATAGRAM,
};

/* An open socket, embedded by its owner, zeroed before `open`. */
struct io {
	const struct io_handler *handler;
	struct loop *loop;
	enum io_kind kind;
	int fd;
	bool is_receiving;
	bool is_send_blocked;    /* a short send: `writable` will come */
	uint32_t watched;        /* the backend's own */
	struct list_node node;   /* the backend's own */
};

/* One datagram to send, or the one run of bytes for a stream (to is NULL). */
struct io_packet {
	const struct iovec *iov;
	int n_iov;
	const struct addr *to;
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

	/* Send: bytes (stream) or packets (datagrams) taken, which may be
	 * fewer than given: then `writable` comes.  Or a negative errno. */
	ssize_t (*send)(struct backend *backend, struct io *io,
			const struct io_packet *packets, size_t n);

	/* The peer shall see the end of the stream: no more is sent. */
	void (*shutdown)(struct backend *backend, struct io *io);

	/* Wait up to timeout_us for events and deliver them; sets the loop's
	 * time (loop_set_now) between the two. */
	void (*wait)(struct backend *backend, int64_t timeout_us);

	/* The time, as clock_now_us has it; NULL: the system's. */
	int64_t (*now_us)(struct backend *backend);

	/* End a `wait` that is under way, or the next one. */
	void (*wake)(struct backend *backend);

	/* Close io->fd; nothing is delivered for it any more. */
	void (*close)(struct backend *backend, struct io *io);

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
