/* The TCP carrier. */
#include <netinet/tcp.h>
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "io/carrier.h"


/* So much is acknowledged at once: clients that leave Nagle's algorithm on
 * would wait 40 ms in each step of a dialogue. */
enum { DIALOGUE_BYTES = 16 * 1024 };

struct tcp {
	struct carrier carrier;
	struct io io;
	struct writer left;      /* received, and not eaten */
	bool is_busy;            /* inside the user's input */
	struct loop_task death;
};


static struct tcp *of_io(struct io *io)
{
	return CONTAINER_OF(io, struct tcp, io);
}


static struct tcp *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct tcp, carrier);
}


static void set_option(int fd, int level, int name, int value)
{
	/* Only hints: what the system does not take, it does without. */
	if (value)
		setsockopt(fd, level, name, &value, sizeof(value));
}


static bool is_open(const struct tcp *tcp)
{
	return tcp->io.fd >= 0;
}


/* As much is left over as may be: receive no more.  A user that leaves
 * nothing has a bound of 0. */
static bool is_full(const struct tcp *tcp)
{
	return tcp->left.len && tcp->left.len >= tcp->carrier.input_max;
}


/* Feed the user until it eats no more.  Returns the bytes eaten; all of them
 * if it closed us. */
static size_t feed(struct tcp *tcp, struct slice in)
{
	size_t n = 0;

	while (n < in.len) {
		ssize_t eaten = tcp->carrier.user->input(
			tcp->carrier.arg, slice_from(in, n), NULL);

		if (!is_open(tcp) || eaten < 0)
			return in.len;
		if (!eaten)
			break;
		n += (size_t)eaten;
	}

	return n;
}


static void feed_left(struct tcp *tcp)
{
	size_t eaten = feed(tcp, writer_slice(&tcp->left));

	writer_drop(&tcp->left, eaten);
	if (!tcp->left.len)
		writer_fini(&tcp->left);
}


static void tcp_input(struct tcp *tcp, struct slice in)
{
	size_t eaten = 0;

	tcp->is_busy = true;

	if (!tcp->left.len)
		eaten = feed(tcp, in);

	if (is_open(tcp) && eaten < in.len) {
		bool had_left = tcp->left.len;

		put_bytes(&tcp->left, slice_from(in, eaten));
		if (tcp->left.err) {
			tcp->carrier.user->ended(tcp->carrier.arg,
						 tcp->left.err);
		} else if (had_left) {
			feed_left(tcp);
		}
	}

	tcp->is_busy = false;

	if (is_open(tcp) && is_full(tcp))
		tcp->io.loop->backend->ops->recv_stop(tcp->io.loop->backend,
						      &tcp->io);
}


static void on_recv(struct io *io, struct slice in,
		    const struct io_meta *meta)
{
	struct tcp *tcp = of_io(io);

	(void)meta;

	if (in.len) {
		tcp->carrier.bytes_in += in.len;
		if (tcp->carrier.bytes_in < DIALOGUE_BYTES)
			set_option(io->fd, IPPROTO_TCP, TCP_QUICKACK, 1);
		tcp_input(tcp, in);
		return;
	}

	io->loop->backend->ops->recv_stop(io->loop->backend, io);
	tcp->carrier.user->ended(tcp->carrier.arg, 0);
}


static void on_writable(struct io *io)
{
	struct tcp *tcp = of_io(io);

	tcp->carrier.user->writable(tcp->carrier.arg);
}


static void on_failed(struct io *io, int err)
{
	struct tcp *tcp = of_io(io);

	tcp->carrier.user->ended(tcp->carrier.arg, err);
}


static const struct io_handler handler = {
	.recv = on_recv,
	.writable = on_writable,
	.failed = on_failed,
};


static ssize_t tcp_send(struct carrier *carrier, const struct iovec *iov,
			int n_iov)
{
	struct tcp *tcp = of_carrier(carrier);
	struct backend *backend = tcp->io.loop->backend;
	struct io_packet packet = { .iov = iov, .n_iov = n_iov };
	ssize_t sent = backend->ops->send(backend, &tcp->io, &packet, 1);

	if (sent > 0)
		carrier->bytes_out += (uint64_t)sent;

	return sent;
}


static void tcp_pause(struct carrier *carrier)
{
	struct tcp *tcp = of_carrier(carrier);
	struct backend *backend = tcp->io.loop->backend;

	if (is_open(tcp))
		backend->ops->recv_stop(backend, &tcp->io);
}


static void tcp_resume(struct carrier *carrier)
{
	struct tcp *tcp = of_carrier(carrier);
	struct backend *backend = tcp->io.loop->backend;

	if (tcp->is_busy)
		return;     /* it is being fed right now */

	if (tcp->left.len) {
		tcp->is_busy = true;
		feed_left(tcp);
		tcp->is_busy = false;
	}

	if (is_open(tcp) && !is_full(tcp))
		backend->ops->recv_start(backend, &tcp->io);
}


static void tcp_shutdown(struct carrier *carrier)
{
	struct tcp *tcp = of_carrier(carrier);
	struct backend *backend = tcp->io.loop->backend;

	if (is_open(tcp))
		backend->ops->shutdown(backend, &tcp->io);
}


static void destroy(void *arg)
{
	struct tcp *tcp = arg;

	writer_fini(&tcp->left);
	mem_free(tcp);
}


static void tcp_close(struct carrier *carrier)
{
	struct tcp *tcp = of_carrier(carrier);
	struct backend *backend = tcp->io.loop->backend;

	if (!is_open(tcp))
		return;

	backend->ops->close(backend, &tcp->io);
	tcp->death.fn = destroy;
	tcp->death.arg = tcp;
	loop_bury(tcp->io.loop, &tcp->death);
}


static const struct carrier_ops tcp_ops = {
	.send = tcp_send,
	.pause = tcp_pause,
	.resume = tcp_resume,
	.shutdown = tcp_shutdown,
	.close = tcp_close,
};


static void set_options(int fd, const struct tcp_conf *conf)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, SOL_SOCKET, SO_SNDBUF, conf->send_buffer);
	set_option(fd, SOL_SOCKET, SO_RCVBUF, conf->receive_buffer);
	set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, conf->notsent_lowat);
}


int tcp_open(struct carrier **carrier, struct loop *loop, int take_fd,
	     const struct addr *peer, const struct tcp_conf *conf)
{
	struct tcp *tcp = mem_zalloc(sizeof(*tcp));
	socklen_t len = sizeof(tcp->carrier.local.u);
	int err;

	if (!tcp) {
		close(take_fd);
		return -ENOMEM;
	}

	tcp->carrier.ops = &tcp_ops;
	tcp->carrier.hot = &tcp->io;
	tcp->carrier.loop = loop;
	tcp->carrier.peer = *peer;
	addr_unmap(&tcp->carrier.peer);
	getsockname(take_fd, &tcp->carrier.local.u.sa, &len);
	addr_unmap(&tcp->carrier.local);
	tcp->left = writer(SIZE_MAX / 2);

	tcp->io.handler = &handler;
	tcp->io.loop = loop;
	tcp->io.kind = IO_STREAM;
	tcp->io.fd = take_fd;
	set_options(take_fd, conf);

	err = loop->backend->ops->open(loop->backend, &tcp->io);
	if (err) {
		close(take_fd);
		mem_free(tcp);
		return err;
	}

	*carrier = &tcp->carrier;

	return 0;
}
