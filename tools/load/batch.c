/* Datagrams many at a time. */
#include "batch.h"
#include <assert.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SOCKET_BUFFER = 4 << 20,
};


static void set(int fd, int level, int name, int v)
{
	/* NOTE: without GRO or with a small buffer it works, only slower. */
	if (setsockopt(fd, level, name, &v, sizeof(v)))
		return;
}


int batch_socket(const struct addr *ip, bool has_gro, bool has_local)
{
	int fd = socket(ip->u.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;

	set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	if (has_gro)
		set(fd, SOL_UDP, UDP_GRO, 1);
	if (has_local)
		set(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (bind(fd, &ip->u.sa, addr_len(ip))) {
		err = -errno;
		close(fd);
		return err;
	}

	return fd;
}


/* Undo what recvmmsg has written into a header. */
static void prepare(struct batch_in *in, size_t i)
{
	struct msghdr *h = &in->headers[i].msg_hdr;

	h->msg_namelen = sizeof(in->from[i]);
	h->msg_controllen = sizeof(in->control[i]);
	h->msg_flags = 0;
}


int batch_in_init(struct batch_in *in, size_t room)
{
	in->room = room + BATCH_HEADROOM;
	in->bytes = malloc(BATCH_SLOTS * in->room);
	if (!in->bytes)
		return -ENOMEM;

	for (size_t i = 0; i < BATCH_MAX; i++) {
		struct msghdr *h = &in->headers[i].msg_hdr;

		in->iov[i].iov_len = room;
		h->msg_name = &in->from[i];
		h->msg_iov = &in->iov[i];
		h->msg_iovlen = 1;
		h->msg_control = in->control[i];
		prepare(in, i);
	}

	return 0;
}


void batch_in_fini(struct batch_in *in)
{
	free(in->bytes);
	in->bytes = NULL;
}


static void read_control(struct msghdr *h, struct batch_datagram *d)
{
	struct in_pktinfo info;
	int segment_len;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
			memcpy(&segment_len, CMSG_DATA(c),
			       sizeof(segment_len));
			d->segment_len = (size_t)segment_len;
		} else if (c->cmsg_level == IPPROTO_IP &&
			   c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			d->local_ip = info.ipi_addr.s_addr;
		}
	}
}


size_t batch_recv(struct batch_in *in, int fd,
		  struct batch_datagram datagrams[BATCH_MAX])
{
	size_t n_max = BATCH_SLOTS - in->n_used;
	int n;

	if (n_max > BATCH_MAX)
		n_max = BATCH_MAX;
	for (size_t i = 0; i < n_max; i++)
		in->iov[i].iov_base = in->bytes + BATCH_HEADROOM +
			(in->n_used + i) * in->room;

	++in->n_calls;
	n = recvmmsg(fd, in->headers, (unsigned)n_max, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct batch_datagram *d = &datagrams[i];

		d->p = in->iov[i].iov_base;
		d->len = d->segment_len = in->headers[i].msg_len;
		d->from = in->from[i];
		d->local_ip = 0;
		if (in->headers[i].msg_hdr.msg_controllen)
			read_control(&in->headers[i].msg_hdr, d);
		prepare(in, (size_t)i);
	}
	if (n <= 0)
		return 0;

	in->n_used += (size_t)n;

	return (size_t)n;
}


void batch_in_reset(struct batch_in *in)
{
	in->n_used = 0;
}


static void put_control(struct msghdr *h, int level, int type, const void *p,
			size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)
		((uint8_t *)h->msg_control + h->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), p, len);
	h->msg_controllen += CMSG_SPACE(len);
}


void batch_push(struct batch_out *out, int fd, const struct batch_send *send)
{
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = send->from_ip };
	uint16_t segment_len = (uint16_t)send->segment_len;
	struct msghdr *h;

	if (out->n && (out->fd != fd || out->n == BATCH_MAX ||
		       out->n_iov + send->n_iov > BATCH_IOV_MAX))
		batch_flush(out);

	assert(send->n_iov <= BATCH_IOV_MAX);
	h = &out->headers[out->n].msg_hdr;
	out->fd = fd;
	h->msg_name = NULL;
	h->msg_namelen = 0;
	if (send->to) {
		out->to[out->n] = *send->to;
		h->msg_name = &out->to[out->n];
		h->msg_namelen = addr_len(send->to);
	}
	h->msg_iov = out->iov + out->n_iov;
	h->msg_iovlen = send->n_iov;
	memcpy(h->msg_iov, send->iov, send->n_iov * sizeof(*send->iov));
	h->msg_control = out->control[out->n];
	h->msg_controllen = 0;
	if (send->from_ip)
		put_control(h, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	if (segment_len)
		put_control(h, SOL_UDP, UDP_SEGMENT, &segment_len,
			    sizeof(segment_len));
	if (!h->msg_controllen)
		h->msg_control = NULL;
	out->n_iov += send->n_iov;
	++out->n;
}


void batch_flush(struct batch_out *out)
{
	unsigned at = 0;
	int n;

	while (at < out->n) {
		++out->n_calls;
		n = sendmmsg(out->fd, out->headers + at, out->n - at,
			     MSG_DONTWAIT);
		if (n <= 0) {
			++out->n_dropped;
			n = 1;
		}
		at += (unsigned)n;
	}
	out->n = 0;
	out->n_iov = 0;
}
