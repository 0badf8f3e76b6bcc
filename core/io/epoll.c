/* The epoll backend. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/sock.h"


enum {
	EVENTS = 256,
	UNWATCHED = 1 << 30,     /* io->watched: epoll does not know it */
};

struct epoll {
	struct backend backend;
	int fd;
	int wake_fd;
	bool has_no_pwait2;      /* kernel before 5.11 */
	int n_events;            /* of the present wait */
	struct epoll_event events[EVENTS];
};


static struct epoll *epoll(struct backend *backend)
{
	return CONTAINER_OF(backend, struct epoll, backend);
}


static uint32_t mask_of(unsigned wants)
{
	return (wants & SOCK_READABLE ? (uint32_t)EPOLLIN : 0) |
	       (wants & SOCK_WRITABLE ? (uint32_t)EPOLLOUT : 0);
}


/* Tell the kernel what is wanted, if it is not what it knows. */
static int watch(struct backend *backend, struct io *io)
{
	uint32_t mask = mask_of(sock_wants(io));
	struct epoll_event ev = { .events = mask, .data.ptr = io };

	if (mask == (io->watched & ~(uint32_t)UNWATCHED))
		return 0;

	if (epoll_ctl(epoll(backend)->fd, io->watched & UNWATCHED
		      ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, io->fd, &ev))
		return -errno;
	io->watched = mask;

	return 0;
}


static int epoll_open(struct backend *backend, struct io *io)
{
	uint32_t mask = mask_of(sock_wants(io));
	struct epoll_event ev = { .events = mask, .data.ptr = io };

	if (io->kind == IO_DATAGRAM && sock_open_datagrams(io))
		return -ENOMEM;
	if (epoll_ctl(epoll(backend)->fd, EPOLL_CTL_ADD, io->fd, &ev))
		return -errno;
	io->watched = mask;

	return 0;
}


static int epoll_recv_start(struct backend *backend, struct io *io)
{
	io->is_receiving = true;

	return watch(backend, io);
}


static void epoll_recv_stop(struct backend *backend, struct io *io)
{
	io->is_receiving = false;
	watch(backend, io);
}


static ssize_t epoll_send(struct backend *backend, struct io *io,
			  const struct io_packet *packets, size_t n)
{
	ssize_t sent = sock_send(io, packets, n);

	if (io->is_send_blocked)
		watch(backend, io);

	return sent;
}


static int wait_events(struct epoll *ep, int64_t timeout_us)
{
	struct timespec ts = { timeout_us / 1000000,
			       timeout_us % 1000000 * 1000 };
	int n;

	if (timeout_us > 0 && !ep->has_no_pwait2) {
		n = (int)syscall(SYS_epoll_pwait2, ep->fd, ep->events, EVENTS,
				 &ts, NULL, 0);
		if (n >= 0 || errno != ENOSYS)
			return n;
		ep->has_no_pwait2 = true;
	}

	return epoll_wait(ep->fd, ep->events, EVENTS,
			  (int)((timeout_us + 999) / 1000));
}


static void drain_wake(struct epoll *ep)
{
	uint64_t n;

	if (read(ep->wake_fd, &n, sizeof(n)) < 0)
		return;
}


/* Both sides have said that they send no more, but what came before is still
 * to be read: epoll would tell this all the time. */
static bool is_hung_up(const struct io *io, uint32_t events)
{
	return io->kind == IO_STREAM && !sock_wants(io) &&
	       (events & (EPOLLHUP | EPOLLERR)) == EPOLLHUP;
}


static void deliver(struct epoll *ep, struct io *io, uint32_t events)
{
	unsigned ready = 0;

	if (is_hung_up(io, events)) {
		epoll_ctl(ep->fd, EPOLL_CTL_DEL, io->fd, NULL);
		io->watched = UNWATCHED;
		return;
	}

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		ready |= SOCK_READABLE;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		ready |= SOCK_WRITABLE;
	if (events & (EPOLLHUP | EPOLLERR))
		ready |= SOCK_FAILED;

	sock_deliver(io, ready);
	if (io->fd >= 0)
		watch(&ep->backend, io);
}


static void epoll_wait_slot(struct backend *backend, int64_t timeout_us)
{
	struct epoll *ep = epoll(backend);
	int n = wait_events(ep, timeout_us);

	loop_set_now(ep->backend.loop, clock_now_us());
	sock_begin_turn(ep->backend.loop);
	ep->n_events = n > 0 ? n : 0;

	for (int i = 0; i < ep->n_events; i++) {
		struct io *io = ep->events[i].data.ptr;

		if (!io)
			continue;
		if ((void *)io == ep)
			drain_wake(ep);
		else
			deliver(ep, io, ep->events[i].events);
	}

	ep->n_events = 0;
}


static void epoll_wake(struct backend *backend)
{
	uint64_t one = 1;

	if (write(epoll(backend)->wake_fd, &one, sizeof(one)) < 0)
		return;     /* full: it wakes up anyway */
}


/* Events of this wait that are still to be delivered. */
static void forget_events(struct epoll *ep, const struct io *io)
{
	for (int i = 0; i < ep->n_events; i++) {
		if (ep->events[i].data.ptr == io)
			ep->events[i].data.ptr = NULL;
	}
}


static void epoll_close(struct backend *backend, struct io *io)
{
	forget_events(epoll(backend), io);
	close(io->fd);
	io->fd = -1;
}


static int epoll_release(struct backend *backend, struct io *io)
{
	const int fd = io->fd;

	forget_events(epoll(backend), io);
	epoll_ctl(epoll(backend)->fd, EPOLL_CTL_DEL, fd, NULL);
	io->fd = -1;

	return fd;
}


static void epoll_shutdown(struct backend *backend, struct io *io)
{
	(void)backend;
	shutdown(io->fd, SHUT_WR);
}


static void epoll_destroy(struct backend *backend)
{
	struct epoll *ep = epoll(backend);

	if (ep->fd >= 0)
		close(ep->fd);
	if (ep->wake_fd >= 0)
		close(ep->wake_fd);
	mem_free(ep);
}


static const struct backend_ops epoll_ops = {
	.name = "epoll",
	.open = epoll_open,
	.recv_start = epoll_recv_start,
	.recv_stop = epoll_recv_stop,
	.send = epoll_send,
	.shutdown = epoll_shutdown,
	.wait = epoll_wait_slot,
	.wake = epoll_wake,
	.bind_udp = sock_bind_udp_slot,
	.listen = sock_listen_slot,
	.dial = sock_dial_slot,
	.local = sock_local_slot,
	.discard = sock_discard_slot,
	.nap = sock_nap_slot,
	.close = epoll_close,
	.release = epoll_release,
	.destroy = epoll_destroy,
};


int epoll_backend_new(struct backend **backend)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct epoll *ep = mem_zalloc(sizeof(*ep));
	int err;

	if (!ep)
		return -ENOMEM;

	ep->backend.ops = &epoll_ops;
	ep->fd = epoll_create1(EPOLL_CLOEXEC);
	ep->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ev.data.ptr = ep;

	if (ep->fd < 0 || ep->wake_fd < 0 ||
	    epoll_ctl(ep->fd, EPOLL_CTL_ADD, ep->wake_fd, &ev)) {
		err = -errno;
		epoll_destroy(&ep->backend);
		return err;
	}

	*backend = &ep->backend;

	return 0;
}
