/* The socket calls that epoll and select share. */
#include "io/sock.h"
#include <assert.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/error.h"
#include "io/loop.h"
#include "io/sock_int.h"


enum {
	RECV_TURNS = 4,          /* reads of one socket in a turn */
	ACCEPT_TURNS = 64,
};


static void fail(struct io *io, int err)
{
	if (io->fd >= 0)
		io->handler->failed(io, err);
}


static void deliver_stream(struct io *io)
{
	uint8_t *arena = io->loop->arena;

	for (int i = 0; i < RECV_TURNS && io->fd >= 0 && io->is_receiving;
	     i++) {
		ssize_t n = recv(io->fd, arena, LOOP_ARENA, 0);

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				fail(io, -errno);
			return;
		}

		io->handler->recv(io, slice(arena, (size_t)n), NULL);
		if (n < LOOP_ARENA)
			return;
	}
}


static void deliver_accepts(struct io *io)
{
	for (int i = 0; i < ACCEPT_TURNS && io->fd >= 0 && io->is_receiving;
	     i++) {
		struct addr peer = { 0 };
		socklen_t len = sizeof(peer.u);
		int fd = accept4(io->fd, &peer.u.sa, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			io->handler->accepted(io, fd, &peer);
			continue;
		}

		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			fail(io, -errno);
		return;
	}
}


static void deliver_dialled(struct io *io)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;

	if (err) {
		fail(io, -err);
		return;
	}

	io->kind = IO_STREAM;
	io->is_send_blocked = false;
	io->handler->writable(io);
}


unsigned sock_wants(const struct io *io)
{
	unsigned wants = io->is_receiving ? SOCK_READABLE : 0;

	if (io->is_send_blocked || io->kind == IO_DIAL)
		wants |= SOCK_WRITABLE;

	return wants;
}


void sock_deliver(struct io *io, unsigned ready)
{
	if (io->kind == IO_DIAL) {
		if (ready & (SOCK_WRITABLE | SOCK_FAILED))
			deliver_dialled(io);
		return;
	}

	if (ready & SOCK_WRITABLE && io->is_send_blocked) {
		io->is_send_blocked = false;
		io->handler->writable(io);
	}

	if (io->fd < 0)
		return;

	if (io->kind == IO_DATAGRAM) {
		sock_deliver_datagrams(io, ready);
		return;
	}

	if (ready & SOCK_READABLE && io->is_receiving) {
		switch (io->kind) {

		case IO_LISTEN:
			deliver_accepts(io);
			break;

		default:
			deliver_stream(io);
			break;
		}
		return;
	}

	/* Nobody reads it, so no read will tell. */
	if (ready & SOCK_FAILED && io->kind == IO_STREAM)
		fail(io, -ECONNRESET);
}


static ssize_t send_stream(struct io *io, const struct io_packet *packet)
{
	struct msghdr msg = { 0 };
	size_t len = 0;
	ssize_t sent;

	for (int i = 0; i < packet->n_iov; i++)
		len += packet->iov[i].iov_len;

	if (packet->n_iov == 1) {
		/* The C library's send is a cancellation point, which costs
		 * a process with threads two atomics each time. */
		sent = syscall(SYS_sendto, io->fd, packet->iov->iov_base, len,
			       MSG_NOSIGNAL, NULL, 0);
	} else {
		/* msghdr is shared with recvmsg, hence not const. */
		memcpy(&msg.msg_iov, &packet->iov, sizeof(msg.msg_iov));
		msg.msg_iovlen = (size_t)packet->n_iov;
		sent = sendmsg(io->fd, &msg, MSG_NOSIGNAL);
	}

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (sent < 0)
		sent = 0;
	if ((size_t)sent < len)
		io->is_send_blocked = true;

	return sent;
}


ssize_t sock_send(struct io *io, const struct io_packet *packets, size_t n)
{
	if (io->kind == IO_DATAGRAM)
		return sock_send_datagrams(io, packets, n);

	assert(n == 1);

	return send_stream(io, packets);
}


static int open_socket(const struct addr *addr, int type, bool reuse_port)
{
	int one = 1, zero = 0, err;
	int fd = socket(addr->u.sa.sa_family,
			type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	if ((type == SOCK_STREAM &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one))) ||
	    (reuse_port &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one))) ||
	    (addr->u.sa.sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
	    bind(fd, &addr->u.sa, addr_len(addr))) {
		err = -errno;
		close(fd);
		return err;
	}

	return fd;
}


int sock_listen(const struct addr *addr, int backlog, bool reuse_port)
{
	int fd = open_socket(addr, SOCK_STREAM, reuse_port);
	int err;

	if (fd < 0)
		return fd;

	if (listen(fd, backlog)) {
		err = -errno;
		close(fd);
		return err;
	}

	return fd;
}


int sock_bind_udp(const struct addr *addr, bool reuse_port)
{
	return open_socket(addr, SOCK_DGRAM, reuse_port);
}


/* From an address of ours, which others may use as well. */
static int bind_from(int fd, const struct addr *from)
{
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (addr_port(from) &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one))) ||
	    bind(fd, &from->u.sa, addr_len(from)))
		return -errno;

	return 0;
}


int sock_dial(const struct addr *to, const struct addr *from)
{
	int err;
	int fd = socket(to->u.sa.sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	err = from ? bind_from(fd, from) : 0;
	if (!err && connect(fd, &to->u.sa, addr_len(to)) &&
	    errno != EINPROGRESS)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}

	return fd;
}


int sock_local(int fd, struct addr *addr)
{
	socklen_t len = sizeof(addr->u);

	memset(addr, 0, sizeof(*addr));
	if (getsockname(fd, &addr->u.sa, &len))
		return -errno;
	addr_unmap(addr);

	return 0;
}


/* -- the same, as slots of a backend -- */

int sock_bind_udp_slot(struct backend *backend, const struct addr *addr)
{
	(void)backend;

	return sock_bind_udp(addr, false);
}


int sock_listen_slot(struct backend *backend, const struct addr *addr,
		     int backlog)
{
	int fd = sock_listen(addr, backlog, false);
	int one = 1;

	(void)backend;

	/* From now on others may dial from this address (RFC 6062 s5.2). */
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));

	return fd;
}


int sock_dial_slot(struct backend *backend, const struct addr *to,
		   const struct addr *from)
{
	(void)backend;

	return sock_dial(to, from);
}


int sock_local_slot(struct backend *backend, int fd, struct addr *addr)
{
	(void)backend;

	return sock_local(fd, addr);
}


void sock_discard_slot(struct backend *backend, int fd)
{
	(void)backend;
	close(fd);
}


void sock_nap_slot(struct backend *backend, int64_t nap_us)
{
	const struct timespec ts = { nap_us / 1000000,
				     nap_us % 1000000 * 1000 };

	(void)backend;
	nanosleep(&ts, NULL);
}
