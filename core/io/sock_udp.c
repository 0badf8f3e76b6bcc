/* Datagrams in: the calls that epoll and select share. */
#include "io/sock.h"
#include <netinet/udp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/errqueue.h>
#include "base/error.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/sock_int.h"
#include "io/udp_int.h"


enum {
	RECV_TURNS = 4,          /* calls for one socket in a turn */
	RECV_BATCH = 32,         /* datagrams of one call */
	SLOTS = 64,              /* datagrams that stay to be sent on */
	ICMP_TURNS = 64,         /* messages of one socket in a turn */

	/* Room for the longest train.  Not a power of two, and an odd number
	 * of cache lines: else the beginnings of all datagrams, which is what
	 * is looked at, would share a few lines of the cache.  Of a slot, as
	 * many pages are touched as its datagrams have. */
	SLOT = 65536 + 25 * 64,
};

/* Where datagrams are received: one slot after the other, and from the first
 * again in each turn.  Each has all that the call wants to be told; what the
 * kernel changes in there is put right when the slot is taken again. */
struct sock_arena {
	unsigned n_used;
	bool has_no_segment;     /* the kernel knows no UDP_SEGMENT */
	struct mmsghdr msgs[SLOTS];
	struct iovec iov[SLOTS];
	struct io_meta meta[SLOTS];
	struct control control[SLOTS];
	_Alignas(64) uint8_t bytes[SLOTS][SLOT];
};


/* -- opening -- */

/* One that does not know it (before 4.18) would send trains uncut. */
static bool knows_segment(int fd)
{
	int v;
	socklen_t len = sizeof(v);

	return !getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &v, &len);
}


static int arena_new(struct sock_arena **arenap, int fd)
{
	struct sock_arena *arena = mem_alloc(sizeof(*arena));

	if (!arena)
		return -ENOMEM;

	arena->n_used = 0;
	arena->has_no_segment = !knows_segment(fd);
	memset(arena->msgs, 0, sizeof(arena->msgs));
	memset(arena->meta, 0, sizeof(arena->meta));

	for (size_t i = 0; i < SLOTS; i++) {
		struct msghdr *hdr = &arena->msgs[i].msg_hdr;

		arena->iov[i].iov_base = arena->bytes[i];
		arena->iov[i].iov_len = SLOT;
		hdr->msg_iov = &arena->iov[i];
		hdr->msg_iovlen = 1;
		hdr->msg_name = &arena->meta[i].peer.u;
		hdr->msg_control = &arena->control[i];
		hdr->msg_namelen = sizeof(arena->meta[i].peer.u);
		hdr->msg_controllen = sizeof(arena->control[i]);
	}
	*arenap = arena;

	return 0;
}


struct sock_arena *sock_arena_free(struct sock_arena *arena)
{
	return mem_free(arena);
}


void sock_set(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}


int sock_open_datagrams(struct io *io)
{
	struct loop *loop = io->loop;
	struct addr addr = { .u.sa.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(addr.u);
	int fd = io->fd, err;

	err = loop->sock_arena ? 0 : arena_new(&loop->sock_arena, fd);
	if (err)
		return err;

	io->has_no_trains = loop->sock_arena->has_no_segment;
	getsockname(fd, &addr.u.sa, &len);
	io->family = addr.u.sa.sa_family;
	if (io->family != AF_INET && io->family != AF_INET6)
		return 0;

	io->port = io->family == AF_INET ? addr.u.in.sin_port
					 : addr.u.in6.sin6_port;

	/* An IPv6 socket may have IPv4 in it, with options of its own. */
	sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	if (io->family == AF_INET6)
		sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
			 IPV6_PMTUDISC_DONT);

	if (io->wishes & IO_TRAINS)
		sock_set(fd, IPPROTO_UDP, UDP_GRO, 1);
	if (io->wishes & IO_ICMP) {
		sock_set(fd, IPPROTO_IP, IP_RECVERR, 1);
		if (io->family == AF_INET6)
			sock_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	}
	if (io->wishes & IO_TOS) {
		sock_set(fd, IPPROTO_IP, IP_RECVTOS, 1);
		sock_set(fd, IPPROTO_IP, IP_RECVTTL, 1);
		if (io->family == AF_INET6) {
			sock_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
			sock_set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
		}
	}
	if (io->wishes & IO_LOCAL) {
		if (io->family == AF_INET)
			sock_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		else
			sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	}

	return 0;
}


/* -- receiving -- */

void sock_begin_turn(struct loop *loop)
{
	if (loop->sock_arena)
		loop->sock_arena->n_used = 0;
}


static int int_of(const struct cmsghdr *c)
{
	int v = 0;

	/* IP_TOS comes as a byte. */
	if (c->cmsg_len == CMSG_LEN(1))
		return *CMSG_DATA(c);
	memcpy(&v, CMSG_DATA(c), sizeof(v));

	return v;
}


static void set_local(struct io_meta *meta, const struct io *io,
		      const struct cmsghdr *c)
{
	if (c->cmsg_level == IPPROTO_IP) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		meta->local.u.in.sin_family = AF_INET;
		meta->local.u.in.sin_port = io->port;
		meta->local.u.in.sin_addr = info.ipi_addr;
	} else {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		meta->local.u.in6.sin6_family = AF_INET6;
		meta->local.u.in6.sin6_port = io->port;
		meta->local.u.in6.sin6_addr = info.ipi6_addr;
		addr_unmap(&meta->local);
	}
}


static void read_one_control(struct io_meta *meta, const struct io *io,
			     const struct cmsghdr *c)
{
	const int level = c->cmsg_level, type = c->cmsg_type;

	if (level == IPPROTO_UDP && type == UDP_GRO)
		meta->segment_len = (size_t)int_of(c);
	else if ((level == IPPROTO_IP && type == IP_PKTINFO) ||
		 (level == IPPROTO_IPV6 && type == IPV6_PKTINFO))
		set_local(meta, io, c);
	else if ((level == IPPROTO_IP && type == IP_TOS) ||
		 (level == IPPROTO_IPV6 && type == IPV6_TCLASS))
		meta->tos = (uint8_t)int_of(c);
	else if ((level == IPPROTO_IP && type == IP_TTL) ||
		 (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT))
		meta->ttl = (uint8_t)int_of(c);
}


static void read_control(struct io_meta *meta, const struct io *io,
			 struct msghdr *hdr)
{
	memset(&meta->local, 0, sizeof(meta->local));
	meta->segment_len = 0;
	meta->tos = meta->ttl = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c))
		read_one_control(meta, io, c);
}


/* One that the kernel has filled. */
static void deliver_slot(struct io *io, struct sock_arena *arena, unsigned i)
{
	struct msghdr *hdr = &arena->msgs[i].msg_hdr;
	struct io_meta *meta = &arena->meta[i];
	size_t len = arena->msgs[i].msg_len;

	read_control(meta, io, hdr);
	if (io->family == AF_INET6)
		addr_unmap(&meta->peer);
	if (meta->segment_len >= len)
		meta->segment_len = 0;     /* a train of one */

	hdr->msg_namelen = sizeof(meta->peer.u);
	hdr->msg_controllen = sizeof(arena->control[i]);

	if (io->fd >= 0 && io->is_receiving)
		io->handler->recv(io, slice(arena->bytes[i], len), meta);
}


/* One call, and what it brought.  Returns true if there may be more. */
static bool deliver_batch(struct io *io, int *n)
{
	struct loop *loop = io->loop;
	struct sock_arena *arena = loop->sock_arena;
	unsigned first, room;

	if (arena->n_used == SLOTS) {
		udp_queue_flush(loop->udp_queue);
		arena->n_used = 0;
	}

	first = arena->n_used;
	room = SLOTS - first < RECV_BATCH ? SLOTS - first : RECV_BATCH;

	/* Not the C library's, see send_stream. */
	*n = (int)syscall(SYS_recvmmsg, io->fd, &arena->msgs[first], room, 0,
			  NULL);
	if (*n <= 0)
		return false;

	++loop->udp_stats.n_receives;
	loop->udp_stats.n_received += (unsigned)*n;
	arena->n_used += (unsigned)*n;

	for (unsigned i = first; i < arena->n_used; i++)
		deliver_slot(io, arena, i);

	return (unsigned)*n == room && io->fd >= 0 && io->is_receiving;
}


/* -- ICMP -- */

/* Linux tells of a packet too big for our own interface as its error: say it
 * as the first router would. */
static void set_too_big(struct udp_icmp *icmp, uint32_t mtu)
{
	bool is_v4 = icmp->peer.u.sa.sa_family == AF_INET;

	icmp->type = is_v4 ? 3 : 2;      /* RFC 792, RFC 4443 s3.2 */
	icmp->code = is_v4 ? 4 : 0;
	icmp->data = mtu;
}


static bool read_icmp(struct udp_icmp *icmp, const struct sock_extended_err *e)
{
	bool is_v4 = icmp->peer.u.sa.sa_family == AF_INET;

	if (e->ee_origin == SO_EE_ORIGIN_LOCAL) {
		set_too_big(icmp, e->ee_info);
		return e->ee_errno == EMSGSIZE;
	}

	if (e->ee_origin != SO_EE_ORIGIN_ICMP &&
	    e->ee_origin != SO_EE_ORIGIN_ICMP6)
		return false;

	icmp->type = e->ee_type;
	icmp->code = e->ee_code;
	icmp->data = 0;
	if (is_v4 ? e->ee_type == 3 && e->ee_code == 4 : e->ee_type == 2)
		icmp->data = e->ee_info;

	return true;
}


/* One message of the error queue.  Returns false if there is none. */
static bool deliver_icmp(struct io *io)
{
	_Alignas(struct cmsghdr) char control[512];
	struct udp_icmp icmp = { .data = 0 };
	struct msghdr hdr = {
		.msg_name = &icmp.peer.u,
		.msg_namelen = sizeof(icmp.peer.u),
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(io->fd, &hdr, MSG_ERRQUEUE) < 0)
		return false;

	addr_unmap(&icmp.peer);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&hdr); c;
	     c = CMSG_NXTHDR(&hdr, c)) {
		struct sock_extended_err e;

		if ((c->cmsg_level != IPPROTO_IP ||
		     c->cmsg_type != IP_RECVERR) &&
		    (c->cmsg_level != IPPROTO_IPV6 ||
		     c->cmsg_type != IPV6_RECVERR))
			continue;

		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (read_icmp(&icmp, &e))
			io->handler->icmp(io, &icmp);
		break;
	}

	return io->fd >= 0;
}


static void deliver_icmps(struct io *io)
{
	for (int i = 0; i < ICMP_TURNS && deliver_icmp(io); i++)
		;
}


/* An error of a datagram that was sent earlier, told here: taken note of. */
static bool is_about_one(int err)
{
	switch (err) {

	case EAGAIN:
	case EINTR:
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EMSGSIZE:
	case EACCES:
	case EPERM:
	case EOPNOTSUPP:
	case ENOMEM:
	case ENOBUFS:
		return true;

	default:
		return false;
	}
}


void sock_deliver_datagrams(struct io *io, unsigned ready)
{
	if (io->wishes & IO_ICMP && ready & SOCK_FAILED)
		deliver_icmps(io);

	for (int i = 0; i < RECV_TURNS && io->fd >= 0 && io->is_receiving;
	     i++) {
		int n, err;

		if (deliver_batch(io, &n))
			continue;
		if (n >= 0)
			return;

		err = errno;
		if (!is_about_one(err)) {
			io->handler->failed(io, -err);
			return;
		}

		/* select does not say why it is ready. */
		if (io->wishes & IO_ICMP && !(ready & SOCK_FAILED))
			deliver_icmps(io);
		if (err == EAGAIN)
			return;
	}

	io->loop->coalesce.has_more = io->fd >= 0;
}
