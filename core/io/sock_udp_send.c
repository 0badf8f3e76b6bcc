/* Datagrams out: the calls that epoll and select share. */
#include <netinet/udp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/error.h"
#include "io/loop.h"
#include "io/sock_int.h"


enum {
	SEND_BATCH = 64,         /* packets or trains of one call */
	OTHERS = 8,              /* packets with the same other TOS and TTL */
};


static void *put_control(struct msghdr *hdr, int level, int type, size_t len)
{
	char *at = (char *)hdr->msg_control + hdr->msg_controllen;
	struct cmsghdr *c = (struct cmsghdr *)(void *)at;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	hdr->msg_controllen += CMSG_SPACE(len);

	return CMSG_DATA(c);
}


static void put_int(struct msghdr *hdr, int level, int type, int v)
{
	memcpy(put_control(hdr, level, type, sizeof(v)), &v, sizeof(v));
}


static void put_from(struct msghdr *hdr, const struct addr *from)
{
	if (from->u.sa.sa_family == AF_INET) {
		struct in_pktinfo info = {
			.ipi_spec_dst = from->u.in.sin_addr,
		};

		memcpy(put_control(hdr, IPPROTO_IP, IP_PKTINFO, sizeof(info)),
		       &info, sizeof(info));
	} else {
		struct in6_pktinfo info = {
			.ipi6_addr = from->u.in6.sin6_addr,
		};

		memcpy(put_control(hdr, IPPROTO_IPV6, IPV6_PKTINFO,
				   sizeof(info)), &info, sizeof(info));
	}
}


static bool is_v4(const struct addr *to)
{
	return to->u.sa.sa_family == AF_INET ||
	       IN6_IS_ADDR_V4MAPPED(&to->u.in6.sin6_addr);
}


/* What of a packet is not as the socket has it, told beside it. */
static void put_controls(struct msghdr *hdr, const struct io *io,
			 const struct io_packet *p, struct control *control)
{
	hdr->msg_control = control;

	if (p->segment_len) {
		uint16_t len = (uint16_t)p->segment_len;

		memcpy(put_control(hdr, IPPROTO_UDP, UDP_SEGMENT, sizeof(len)),
		       &len, sizeof(len));
	}
	if (p->from)
		put_from(hdr, p->from);
	if (p->tos != io->tos) {
		if (is_v4(p->to))
			put_int(hdr, IPPROTO_IP, IP_TOS, p->tos);
		else
			put_int(hdr, IPPROTO_IPV6, IPV6_TCLASS, p->tos);
	}
	if (p->ttl != io->ttl) {
		int ttl = p->ttl ? p->ttl : io->default_ttl;

		if (is_v4(p->to))
			put_int(hdr, IPPROTO_IP, IP_TTL, ttl);
		else
			put_int(hdr, IPPROTO_IPV6, IPV6_HOPLIMIT, ttl);
	}
}


static bool is_plain(const struct io *io, const struct io_packet *p)
{
	return !p->segment_len && !p->from && p->tos == io->tos &&
	       p->ttl == io->ttl;
}


static void fill_msg(struct msghdr *hdr, const struct io *io,
		     const struct io_packet *p, struct control *control)
{
	/* msghdr serves receiving as well, hence is not const. */
	memcpy(&hdr->msg_iov, &p->iov, sizeof(hdr->msg_iov));
	hdr->msg_iovlen = (size_t)p->n_iov;
	hdr->msg_name = NULL;
	hdr->msg_namelen = 0;
	hdr->msg_control = NULL;
	hdr->msg_controllen = 0;
	hdr->msg_flags = 0;
	if (!p->to)
		return;

	memcpy(&hdr->msg_name, &p->to, sizeof(hdr->msg_name));
	hdr->msg_namelen = addr_len(p->to);
	if (!is_plain(io, p))
		put_controls(hdr, io, p, control);
}


/* DF belongs to the socket; no packet can say it for itself alone. */
static void set_whole(struct io *io, bool is_whole)
{
	if (io->is_whole == is_whole)
		return;

	io->is_whole = is_whole;
	sock_set(io->fd, IPPROTO_IP, IP_MTU_DISCOVER,
	    is_whole ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
	if (io->family == AF_INET6)
		sock_set(io->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
		    is_whole ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
}


/* What several packets in a row say, the socket is told instead, once: one
 * of a single user says the same all the time, and what is told beside each
 * packet costs each packet. */
static void learn(struct io *io, const struct io_packet *p)
{
	if (p->tos == io->tos && p->ttl == io->ttl) {
		io->n_other = 0;
	} else if (io->n_other && p->tos == io->other_tos &&
		   p->ttl == io->other_ttl) {
		if (io->n_other < OTHERS)
			++io->n_other;
	} else {
		io->other_tos = p->tos;
		io->other_ttl = p->ttl;
		io->n_other = 1;
	}
}


static void read_default_ttl(struct io *io)
{
	socklen_t len = sizeof(int);
	int ttl = 0;

	if (getsockopt(io->fd, IPPROTO_IP, IP_TTL, &ttl, &len) || ttl < 1)
		ttl = 64;
	io->default_ttl = (uint8_t)ttl;
}


/* Between batches only, since those in one count on what is set. */
static void set_usual(struct io *io)
{
	int ttl = io->other_ttl ? io->other_ttl : -1;

	if (io->n_other < OTHERS)
		return;

	if (!io->default_ttl)
		read_default_ttl(io);
	io->n_other = 0;
	io->tos = io->other_tos;
	io->ttl = io->other_ttl;
	sock_set(io->fd, IPPROTO_IP, IP_TOS, io->tos);
	sock_set(io->fd, IPPROTO_IP, IP_TTL, ttl);
	if (io->family == AF_INET6) {
		sock_set(io->fd, IPPROTO_IPV6, IPV6_TCLASS, io->tos);
		sock_set(io->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
	}
}


/* The most usual one has the cheapest call. */
static ssize_t send_one(struct io *io, const struct io_packet *p)
{
	struct control control;
	struct msghdr hdr;
	long sent;

	if (p->n_iov == 1 && is_plain(io, p)) {
		sent = syscall(SYS_sendto, io->fd, p->iov->iov_base,
			       p->iov->iov_len, MSG_NOSIGNAL,
			       p->to ? &p->to->u.sa : NULL,
			       p->to ? addr_len(p->to) : 0);
	} else {
		fill_msg(&hdr, io, p, &control);
		sent = syscall(SYS_sendmsg, io->fd, &hdr, MSG_NOSIGNAL);
	}

	return sent < 0 ? -errno : 1;
}


/* The first packets that agree on DF. */
static ssize_t send_batch(struct io *io, const struct io_packet *packets,
			  size_t n)
{
	struct mmsghdr msgs[SEND_BATCH];
	struct control control[SEND_BATCH];
	size_t i;
	long sent;

	set_usual(io);
	set_whole(io, packets[0].is_whole);
	if (n == 1) {
		learn(io, packets);
		return send_one(io, packets);
	}

	for (i = 0; i < n && i < SEND_BATCH &&
	     packets[i].is_whole == io->is_whole; i++) {
		learn(io, &packets[i]);
		fill_msg(&msgs[i].msg_hdr, io, &packets[i], &control[i]);
	}

	sent = syscall(SYS_sendmmsg, io->fd, msgs, i, MSG_NOSIGNAL);

	return sent < 0 ? -errno : sent;
}


ssize_t sock_send_datagrams(struct io *io, const struct io_packet *packets,
			    size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t sent = send_batch(io, packets + done, n - done);

		if (sent <= 0)
			return done ? (ssize_t)done : sent;
		done += (size_t)sent;
	}

	return (ssize_t)done;
}
