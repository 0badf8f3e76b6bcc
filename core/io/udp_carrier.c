/* The UDP carrier: one bound socket, for all its peers. */
#include "base/error.h"
#include "base/mem.h"
#include "io/carrier.h"
#include "io/udp_int.h"


enum { PARTS_MAX = UDP_PAYLOAD_MAX };

struct udp_carrier {
	struct carrier carrier;
	struct udp udp;
	struct loop_task death;
};


static struct udp_carrier *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct udp_carrier, carrier);
}


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	struct carrier *carrier = arg;

	carrier->bytes_in += in.len;
	carrier->user->input(carrier->arg, in, meta);
}


static void on_failed(void *arg, int err)
{
	struct carrier *carrier = arg;

	carrier->user->ended(carrier->arg, err);
}


static const struct udp_user user = {
	.input = on_input,
	.failed = on_failed,
};


static void resume(struct carrier *carrier)
{
	struct udp *udp = &of_carrier(carrier)->udp;
	struct backend *backend = carrier->loop->backend;

	if (udp_is_open(udp))
		backend->ops->recv_start(backend, &udp->io);
}


static void shutdown_carrier(struct carrier *carrier)
{
	(void)carrier;
}


static void destroy(void *uc)
{
	mem_free(uc);
}


static void close_carrier(struct carrier *carrier)
{
	struct udp_carrier *uc = of_carrier(carrier);

	if (!udp_is_open(&uc->udp))
		return;

	udp_close(&uc->udp);
	uc->death.fn = destroy;
	uc->death.arg = uc;
	loop_bury(carrier->loop, &uc->death);
}


static const struct carrier_ops ops = {
	.resume = resume,
	.shutdown = shutdown_carrier,
	.close = close_carrier,
};


int udp_carrier_open(struct carrier **carrier, struct loop *loop, int take_fd,
		     const struct udp_conf *conf)
{
	static const struct udp_conf plain = { .has_no_gro = true };
	struct udp_carrier *uc = mem_zalloc(sizeof(*uc));
	int err;

	if (!uc) {
		loop_close_fd(loop, take_fd);
		return -ENOMEM;
	}

	uc->carrier.ops = &ops;
	uc->carrier.loop = loop;
	uc->carrier.is_datagram = true;
	loop_local(loop, take_fd, &uc->carrier.local);

	err = udp_open_stopped(&uc->udp, loop, take_fd, conf ? conf : &plain,
			       &user, &uc->carrier);
	if (err) {
		mem_free(uc);
		return err;
	}

	*carrier = &uc->carrier;

	return 0;
}


int udp_carrier_send(struct carrier *carrier, const struct iovec *iov,
		     int n_iov, const struct addr *to)
{
	struct udp *udp = &of_carrier(carrier)->udp;
	struct udp_packet packet = { .to = to };
	uint8_t joined[PARTS_MAX];
	size_t len = 0;
	int err;

	for (int i = 0; i < n_iov; i++) {
		if (iov[i].iov_len > sizeof(joined) - len)
			return -EMSGSIZE;
		if (n_iov > 1)
			memcpy(joined + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}

	packet.body = n_iov > 1 ? slice(joined, len)
				: slice(iov->iov_base, len);
	err = udp_push(udp, &packet);
	if (!err)
		carrier->bytes_out += len;

	return err;
}


struct udp *carrier_udp(struct carrier *carrier)
{
	return &of_carrier(carrier)->udp;
}
