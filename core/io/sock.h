/* The socket calls that epoll and select share: what is done once a
 * descriptor is known to be ready.  Thread: the loop's. */
#ifndef SOCK_H
#define SOCK_H

#include "io/backend.h"

enum {
	SOCK_READABLE = 1,
	SOCK_WRITABLE = 2,
	SOCK_FAILED = 4,
};

/* What `io` wants to hear of: SOCK_READABLE, SOCK_WRITABLE. */
unsigned sock_wants(const struct io *io);

/* Deliver what `ready` says; the handler may close `io`, which the owner
 * frees at the end of the turn at the earliest. */
void sock_deliver(struct io *io, unsigned ready);

/* The `send` slot, but for watching: sets io->is_send_blocked. */
ssize_t sock_send(struct io *io, const struct io_packet *packets, size_t n);

/* Sockets of all kinds below are non-blocking and close-on-exec; each call
 * returns the descriptor or a negative errno. */
int sock_listen(const struct addr *addr, int backlog, bool reuse_port);
int sock_bind_udp(const struct addr *addr, bool reuse_port);
int sock_dial(const struct addr *to, const struct addr *from);

/* A socket's own address, not mapped.  0 or a negative errno. */
int sock_local(int fd, struct addr *addr);

/* What `open` has to do for a datagram socket: ask for what io->wishes says.
 * 0 or -ENOMEM. */
int sock_open_datagrams(struct io *io);

/* A turn begins: what datagrams were received into may be used again. */
void sock_begin_turn(struct loop *loop);

struct sock_arena *sock_arena_free(struct sock_arena *arena);

/* Slots of the backends. */
int sock_bind_udp_slot(struct backend *backend, const struct addr *addr);
int sock_listen_slot(struct backend *backend, const struct addr *addr,
		     int backlog);
int sock_dial_slot(struct backend *backend, const struct addr *to,
		   const struct addr *from);
int sock_local_slot(struct backend *backend, int fd, struct addr *addr);
void sock_nap_slot(struct backend *backend, int64_t nap_us);
void sock_discard_slot(struct backend *backend, int fd);

#endif
