/* The select backend: for systems without epoll, and to keep the contract
 * honest.  Descriptors from FD_SETSIZE on are refused. */
#include <sys/select.h>
#include <fcntl.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/sock.h"


struct select {
	struct backend backend;
	struct list ios;
	int wake_fds[2];         /* a pipe: written to wake */
	struct list_node *next;  /* the io to be looked at next, in a wait */
	fd_set in, out;          /* what is ready, in a wait */
};


static struct select *self(struct backend *backend)
{
	return CONTAINER_OF(backend, struct select, backend);
}


static int select_open(struct backend *backend, struct io *io)
{
	if (io->fd >= FD_SETSIZE)
		return -EMSGSIZE;
	if (io->kind == IO_DATAGRAM && sock_open_datagrams(io))
		return -ENOMEM;

	list_add(&self(backend)->ios, &io->node);

	return 0;
}


static int select_recv_start(struct backend *backend, struct io *io)
{
	(void)backend;
	io->is_receiving = true;

	return 0;
}


static void select_recv_stop(struct backend *backend, struct io *io)
{
	(void)backend;
	io->is_receiving = false;
}


static ssize_t select_send(struct backend *backend, struct io *io,
			   const struct io_packet *packets, size_t n)
{
	(void)backend;

	return sock_send(io, packets, n);
}


static int fill(struct select *sel)
{
	int top = sel->wake_fds[0];

	FD_ZERO(&sel->in);
	FD_ZERO(&sel->out);
	FD_SET(sel->wake_fds[0], &sel->in);

	LIST_EACH(&sel->ios, node) {
		const struct io *io = CONTAINER_OF(node, struct io, node);
		unsigned wants = sock_wants(io);

		if (wants & SOCK_READABLE)
			FD_SET(io->fd, &sel->in);
		if (wants & SOCK_WRITABLE)
			FD_SET(io->fd, &sel->out);
		if (wants && io->fd > top)
			top = io->fd;
	}

	return top;
}


static void drain_wake(struct select *sel)
{
	char buf[64];

	while (read(sel->wake_fds[0], buf, sizeof(buf)) == sizeof(buf))
		;
}


static void select_wait(struct backend *backend, int64_t timeout_us)
{
	struct select *sel = self(backend);
	struct timeval tv = { timeout_us / 1000000, timeout_us % 1000000 };
	int n = select(fill(sel) + 1, &sel->in, &sel->out, NULL, &tv);

	loop_set_now(sel->backend.loop, clock_now_us());
	sock_begin_turn(sel->backend.loop);
	if (n <= 0)
		return;

	if (FD_ISSET(sel->wake_fds[0], &sel->in))
		drain_wake(sel);

	for (struct list_node *node = sel->ios.head; node; node = sel->next) {
		struct io *io = CONTAINER_OF(node, struct io, node);
		unsigned ready = 0;

		sel->next = node->next;
		if (FD_ISSET(io->fd, &sel->in))
			ready |= SOCK_READABLE;
		if (FD_ISSET(io->fd, &sel->out))
			ready |= SOCK_WRITABLE;
		if (ready)
			sock_deliver(io, ready);
	}

	sel->next = NULL;
}


static void select_wake(struct backend *backend)
{
	if (write(self(backend)->wake_fds[1], "", 1) < 0)
		return;     /* full: it wakes up anyway */
}


static int select_release(struct backend *backend, struct io *io)
{
	struct select *sel = self(backend);
	const int fd = io->fd;

	if (sel->next == &io->node)
		sel->next = io->node.next;
	list_del(&io->node);

	/* One that is opened in this wait may get its number. */
	FD_CLR(io->fd, &sel->in);
	FD_CLR(io->fd, &sel->out);
	io->fd = -1;

	return fd;
}


static void select_close(struct backend *backend, struct io *io)
{
	close(select_release(backend, io));
}


static void select_shutdown(struct backend *backend, struct io *io)
{
	(void)backend;
	shutdown(io->fd, SHUT_WR);
}


static void select_destroy(struct backend *backend)
{
	struct select *sel = self(backend);

	close(sel->wake_fds[0]);
	close(sel->wake_fds[1]);
	mem_free(sel);
}


static const struct backend_ops select_ops = {
	.name = "select",
	.open = select_open,
	.recv_start = select_recv_start,
	.recv_stop = select_recv_stop,
	.send = select_send,
	.shutdown = select_shutdown,
	.wait = select_wait,
	.wake = select_wake,
	.bind_udp = sock_bind_udp_slot,
	.listen = sock_listen_slot,
	.dial = sock_dial_slot,
	.local = sock_local_slot,
	.discard = sock_discard_slot,
	.nap = sock_nap_slot,
	.close = select_close,
	.release = select_release,
	.destroy = select_destroy,
};


int select_backend_new(struct backend **backend)
{
	struct select *sel = mem_zalloc(sizeof(*sel));
	int err;

	if (!sel)
		return -ENOMEM;

	sel->backend.ops = &select_ops;
	if (pipe2(sel->wake_fds, O_NONBLOCK | O_CLOEXEC)) {
		err = -errno;
		mem_free(sel);
		return err;
	}

	*backend = &sel->backend;

	return 0;
}
