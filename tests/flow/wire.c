/* One end of a stream, for the flows. */
#include "wire.h"


static void flush(struct wire *wire)
{
	while (wire->carrier && wire->out.len) {
		struct iovec iov = { wire->out.data, wire->out.len };
		ssize_t n = wire->carrier->ops->send(wire->carrier, &iov, 1);

		if (n <= 0)
			return;
		writer_drop(&wire->out, (size_t)n);
	}
}


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct wire *wire = arg;

	(void)meta;
	put_bytes(&wire->in, in);

	return (ssize_t)in.len;
}


static void on_writable(void *arg)
{
	flush(arg);
}


static void on_ended(void *arg, int err)
{
	struct wire *wire = arg;

	wire->has_ended = true;
	if (err)
		wire_close(wire);
}


static const struct carrier_user user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


int wire_open(struct wire *wire, struct rig *rig, int fd)
{
	static const struct tcp_conf conf;
	const struct addr nobody = { .u.sa.sa_family = AF_INET };
	int err;

	memset(wire, 0, sizeof(*wire));
	wire->in = writer(SIZE_MAX / 2);
	wire->out = writer(SIZE_MAX / 2);
	if (fd < 0)
		return fd;
	err = tcp_open(&wire->carrier, &rig->loop, fd, &nobody, &conf);
	if (err)
		return err;

	wire->carrier->user = &user;
	wire->carrier->arg = wire;
	wire->carrier->ops->resume(wire->carrier);

	return 0;
}


void wire_close(struct wire *wire)
{
	if (wire->carrier)
		wire->carrier->ops->close(wire->carrier);
	wire->carrier = NULL;
}


void wire_send(struct wire *wire, struct slice bytes)
{
	put_bytes(&wire->out, bytes);
	flush(wire);
}


void wire_shut(struct wire *wire)
{
	if (wire->carrier)
		wire->carrier->ops->shutdown(wire->carrier);
}


void wire_set_deaf(struct wire *wire, bool is_deaf)
{
	if (!wire->carrier)
		return;
	if (is_deaf)
		wire->carrier->ops->pause(wire->carrier);
	else
		wire->carrier->ops->resume(wire->carrier);
}
