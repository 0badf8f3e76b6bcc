/* The UDP carrier: one bound socket, received and sent in batches. */
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "io/carrier.h"


enum {
	QUEUE = 64,              /* datagrams of one sendmmsg */
	QUEUE_BYTES = 128 * 1024,
};

struct udp {
	struct carrier carrier;
	struct io io;
	size_t n;                /* datagrams queued */
	size_t len;              /* their bytes */
	struct addr to[QUEUE];
	struct iovec iov[QUEUE];
	struct loop_task task;   /* flush, at the end of the turn */
	struct loop_task death;
	uint8_t bytes[QUEUE_BYTES];
};


static struct udp *of_io(struct io *io)
{
	return CONTAINER_OF(io, struct udp, io);
}


static struct udp *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct udp, carrier);
}


static void on_recv(struct io *io, struct slice in,
		    const struct io_meta *meta)
{
	struct carrier *carrier = &of_io(io)->carrier;
	struct io_meta plain = *meta;

	carrier->bytes_in += in.len;
	addr_unmap(&plain.peer);
	carrier->user->input(carrier->arg, in, &plain);
}


static void flush(void *arg)
{
	struct udp *udp = arg;
	struct backend *backend = udp->io.loop->backend;
	struct io_packet packets[QUEUE];
	ssize_t sent;

	if (udp->io.fd < 0 || udp->io.is_send_blocked)
		return;

	for (size_t i = 0; i < udp->n; i++)
		packets[i] = (struct io_packet){ &udp->iov[i], 1,
						 &udp->to[i] };

	/* What the socket does not take now is lost, as datagrams are. */
	sent = backend->ops->send(backend, &udp->io, packets, udp->n);
	for (ssize_t i = 0; i < sent; i++)
		udp->carrier.bytes_out += udp->iov[i].iov_len;

	udp->n = udp->len = 0;
}


static void on_writable(struct io *io)
{
	struct udp *udp = of_io(io);

	flush(udp);
	udp->carrier.user->writable(udp->carrier.arg);
}


static void on_failed(struct io *io, int err)
{
	struct udp *udp = of_io(io);

	udp->carrier.user->ended(udp->carrier.arg, err);
}


static const struct io_handler handler = {
	.recv = on_recv,
	.writable = on_writable,
	.failed = on_failed,
};


static void udp_resume(struct carrier *carrier)
{
	struct udp *udp = of_carrier(carrier);

	udp->io.loop->backend->ops->recv_start(udp->io.loop->backend,
					       &udp->io);
}


static void udp_shutdown(struct carrier *carrier)
{
	(void)carrier;
}


static void destroy(void *udp)
{
	mem_free(udp);
}


static void udp_close(struct carrier *carrier)
{
	struct udp *udp = of_carrier(carrier);
	struct loop *loop = udp->io.loop;

	if (udp->io.fd < 0)
		return;

	flush(udp);
	loop->backend->ops->close(loop->backend, &udp->io);
	list_del(&udp->task.node);
	udp->death.fn = destroy;
	udp->death.arg = udp;
	loop_bury(loop, &udp->death);
}


static const struct carrier_ops udp_ops = {
	.resume = udp_resume,
	.shutdown = udp_shutdown,
	.close = udp_close,
};


int udp_open(struct carrier **carrier, struct loop *loop, int take_fd)
{
	struct udp *udp = mem_zalloc(sizeof(*udp));
	socklen_t len = sizeof(udp->carrier.local.u);
	int err;

	if (!udp) {
		close(take_fd);
		return -ENOMEM;
	}

	udp->carrier.ops = &udp_ops;
	udp->carrier.loop = loop;
	udp->carrier.is_datagram = true;
	getsockname(take_fd, &udp->carrier.local.u.sa, &len);

	udp->io.handler = &handler;
	udp->io.loop = loop;
	udp->io.kind = IO_DATAGRAM;
	udp->io.fd = take_fd;
	udp->task.fn = flush;
	udp->task.arg = udp;

	err = loop->backend->ops->open(loop->backend, &udp->io);
	if (err) {
		close(take_fd);
		mem_free(udp);
		return err;
	}

	*carrier = &udp->carrier;

	return 0;
}


int udp_send(struct carrier *carrier, const struct iovec *iov, int n_iov,
	     const struct addr *to)
{
	struct udp *udp = of_carrier(carrier);
	uint8_t *p;
	size_t len = 0;

	for (int i = 0; i < n_iov; i++)
		len += iov[i].iov_len;
	if (len > UINT16_MAX)
		return -EMSGSIZE;

	if (udp->n == QUEUE || udp->len + len > QUEUE_BYTES)
		flush(udp);
	if (udp->n == QUEUE || udp->len + len > QUEUE_BYTES)
		return -EAGAIN;

	p = udp->bytes + udp->len;
	udp->iov[udp->n].iov_base = p;
	udp->iov[udp->n].iov_len = len;
	udp->to[udp->n++] = *to;
	udp->len += len;

	for (int i = 0; i < n_iov; i++) {
		memcpy(p, iov[i].iov_base, iov[i].iov_len);
		p += iov[i].iov_len;
	}

	loop_after_flush(udp->io.loop, &udp->task);

	return 0;
}
