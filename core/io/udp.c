/* Datagram sockets. */
#include "io/udp.h"
#include <assert.h>
#include "base/error.h"
#include "io/udp_int.h"


/* A relayed address has one of its own. */
_Static_assert(sizeof(struct udp) <= 256, "a socket has no buffers");


static struct udp *of_io(struct io *io)
{
	return CONTAINER_OF(io, struct udp, io);
}


/* Nothing can be sent to port 0 (RFC 768: there is nobody to reply to), and
 * the error would look as if trains were not taken. */
static bool has_sender(const struct io *io, const struct io_meta *meta)
{
	return addr_port(&meta->peer) || !io->family;
}


static void on_recv(struct io *io, struct slice in,
		    const struct io_meta *meta)
{
	struct udp *udp = of_io(io);

	if (has_sender(io, meta))
		udp->user->input(udp->arg, in, meta);
}


static void on_icmp(struct io *io, const struct udp_icmp *icmp)
{
	struct udp *udp = of_io(io);

	++io->loop->udp_stats.n_icmp;
	udp->user->icmp(udp->arg, icmp);
}


static void on_failed(struct io *io, int err)
{
	struct udp *udp = of_io(io);

	udp->user->failed(udp->arg, err);
}


static void on_writable(struct io *io)
{
	(void)io;     /* what there is no room for is lost */
}


static const struct io_handler handler = {
	.recv = on_recv,
	.writable = on_writable,
	.failed = on_failed,
	.icmp = on_icmp,
};


static void set_buffer(int fd, int name, int size)
{
	/* Only a hint: what the system does not take, it does without. */
	const int force = name == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;

	/* Root may exceed net.core.rmem_max; others get what there is. */
	if (size && setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, name, &size, sizeof(size));
}


static uint8_t wishes_of(const struct udp_conf *conf,
			 const struct udp_user *user)
{
	unsigned wishes = (conf->has_local ? IO_LOCAL : 0u) |
			  (conf->has_tos ? IO_TOS : 0u) |
			  (conf->has_no_gro ? 0u : IO_TRAINS) |
			  (user->icmp ? IO_ICMP : 0u);

	return (uint8_t)wishes;
}


static int open_over(struct udp *udp, struct loop *loop, int take_fd,
		     const struct udp_conf *conf, bool is_receiving)
{
	int err = loop->udp_queue ? 0 : udp_queue_new(&loop->udp_queue);

	udp->io.handler = &handler;
	udp->io.loop = loop;
	udp->io.kind = IO_DATAGRAM;
	udp->io.fd = take_fd;
	udp->io.is_receiving = is_receiving;
	udp->io.wishes = wishes_of(conf, udp->user);
	set_buffer(take_fd, SO_SNDBUF, conf->send_buffer);
	set_buffer(take_fd, SO_RCVBUF, conf->receive_buffer);

	if (!err)
		err = loop->backend->ops->open(loop->backend, &udp->io);
	if (err) {
		loop_close_fd(loop, take_fd);
		udp->io.fd = -1;
		return err;
	}

	if (!conf->has_no_gso && !udp->io.has_no_trains)
		udp->segment_max = UINT16_MAX;

	return 0;
}


int udp_open_stopped(struct udp *udp, struct loop *loop, int take_fd,
		     const struct udp_conf *conf, const struct udp_user *user,
		     void *arg)
{
	udp->user = user;
	udp->arg = arg;

	return open_over(udp, loop, take_fd, conf, false);
}


int udp_open(struct udp *udp, struct loop *loop, int take_fd,
	     const struct udp_conf *conf, const struct udp_user *user,
	     void *arg)
{
	static const struct udp_conf plain;

	udp->user = user;
	udp->arg = arg;

	return open_over(udp, loop, take_fd, conf ? conf : &plain, true);
}


/* IPv6 sockets take IPv4 as well; what knows no family (tests) takes all. */
static bool takes_family(const struct udp *udp, const struct addr *to)
{
	return udp->io.family != AF_INET || to->u.sa.sa_family == AF_INET;
}


int udp_push(struct udp *udp, const struct udp_packet *packet)
{
	assert(packet->head.len <= UDP_HEAD_MAX);

	if (!udp_is_open(udp))
		return -ENOENT;
	if (packet->head.len + packet->body.len > UDP_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (!takes_family(udp, packet->to))
		return -ENOTSUP;

	udp_queue_push(udp->io.loop->udp_queue, udp, packet);

	return 0;
}


void udp_close(struct udp *udp)
{
	struct loop *loop = udp->io.loop;

	if (!udp_is_open(udp))
		return;

	udp_queue_flush_one(loop->udp_queue, udp);
	loop->backend->ops->close(loop->backend, &udp->io);
	udp->io.fd = -1;
}


int udp_local(const struct udp *udp, struct addr *addr)
{
	return loop_local(udp->io.loop, udp->io.fd, addr);
}
