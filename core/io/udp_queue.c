/* The send queue of a loop's datagram sockets. */
#include "io/udp_int.h"
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"


enum {
	PACKETS = 512,           /* queued, of all sockets */
	COPIES = 128 * 1024,     /* bytes of bodies that are not lent */
	BATCH = 64,              /* packets or trains of one call */
	SEGMENTS_MAX = 64,       /* of a train: UDP_MAX_SEGMENTS */
	TRAIN_MAX = 65000,       /* bytes: below 64 KiB with all headers */
	SEGMENT_MIN = 1200,      /* that every path takes, about */
	IOVS = 8 * 2 * SEGMENTS_MAX,
};

struct udp_queue {
	struct list dirty;       /* sockets with something queued */
	size_t n;                /* of `outs` used */
	size_t n_copied;         /* of `copies` used */

	/* One call's; where in the queue each starts, and the parts of its
	 * trains. */
	struct io_packet packets[BATCH];
	struct udp_out *starts[BATCH + 1];
	struct iovec iov[IOVS];

	struct udp_out outs[PACKETS];
	uint8_t copies[COPIES];
};


static struct udp *of_node(struct list_node *node)
{
	return CONTAINER_OF(node, struct udp, node);
}


/* -- putting in -- */

/* In the family of the socket. */
static void set_addr(struct addr *to, const struct addr *addr,
		     sa_family_t family)
{
	if (addr->u.sa.sa_family == AF_INET && family == AF_INET6) {
		*to = *addr;
		addr_map(to);
	} else if (addr->u.sa.sa_family == AF_INET) {
		to->u.in = addr->u.in;
	} else {
		*to = *addr;
	}
}


/* The body, where it stays until it is sent. */
static struct slice keep(struct udp_queue *queue,
			 const struct udp_packet *packet)
{
	uint8_t *p = queue->copies + queue->n_copied;

	if (packet->is_lent || !packet->body.len)
		return packet->body;

	memcpy(p, packet->body.p, packet->body.len);
	queue->n_copied += packet->body.len;

	return slice(p, packet->body.len);
}


static void set_iov(struct iovec *iov, struct slice s)
{
	/* An iovec is not const, since it serves receiving as well. */
	memcpy(&iov->iov_base, &s.p, sizeof(s.p));
	iov->iov_len = s.len;
}


void udp_queue_push(struct udp_queue *queue, struct udp *udp,
		    const struct udp_packet *packet)
{
	struct udp_out *out;

	if (queue->n == PACKETS ||
	    (!packet->is_lent && packet->body.len > COPIES - queue->n_copied))
		udp_queue_flush(queue);

	out = &queue->outs[queue->n++];
	out->next = NULL;
	out->len = packet->head.len + packet->body.len;
	out->n_iov = 0;
	out->tos = packet->tos;
	out->ttl = packet->ttl;
	out->is_whole = packet->is_whole;
	set_addr(&out->to, packet->to, udp->io.family);
	out->from.u.sa.sa_family = AF_UNSPEC;
	if (packet->from)
		set_addr(&out->from, packet->from, udp->io.family);

	if (packet->head.len) {
		memcpy(out->head, packet->head.p, packet->head.len);
		set_iov(&out->iov[out->n_iov++],
			slice(out->head, packet->head.len));
	}
	set_iov(&out->iov[out->n_iov++], keep(queue, packet));

	if (udp->last)
		udp->last->next = out;
	else
		udp->first = out;
	udp->last = out;
	if (!list_is_linked(&udp->node))
		list_add(&queue->dirty, &udp->node);
}


/* -- sending -- */

static bool is_same_addr(const struct addr *a, const struct addr *b)
{
	if (a->u.sa.sa_family != b->u.sa.sa_family)
		return false;

	switch (a->u.sa.sa_family) {

	case AF_INET:
		return a->u.in.sin_port == b->u.in.sin_port &&
		       a->u.in.sin_addr.s_addr == b->u.in.sin_addr.s_addr;

	case AF_INET6:
		return a->u.in6.sin6_port == b->u.in6.sin6_port &&
		       a->u.in6.sin6_scope_id == b->u.in6.sin6_scope_id &&
		       !memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr,
			       sizeof(a->u.in6.sin6_addr));

	default:
		return true;
	}
}


/* May `b` be in one train with `a`? */
static bool is_alike(const struct udp_out *a, const struct udp_out *b)
{
	return b->len <= a->len && b->tos == a->tos && b->ttl == a->ttl &&
	       b->is_whole == a->is_whole && b->len &&
	       is_same_addr(&a->to, &b->to) &&
	       is_same_addr(&a->from, &b->from);
}


/* How many from `out` on are one train; 1: it goes alone. */
static size_t train_n(const struct udp *udp, const struct udp_out *out)
{
	const struct udp_out *it = out->next;
	size_t n = 1, len = out->len;

	if (!it || out->len > udp->segment_max)
		return 1;

	while (it && n < SEGMENTS_MAX && is_alike(out, it) &&
	       len + it->len <= TRAIN_MAX) {
		++n;
		len += it->len;
		if (it->len < out->len)
			break;     /* a shorter one is the last */
		it = it->next;
	}

	return n;
}


static void set_packet(struct io_packet *packet, const struct udp_out *out)
{
	packet->iov = out->iov;
	packet->n_iov = out->n_iov;
	packet->tos = out->tos;
	packet->ttl = out->ttl;
	packet->is_whole = out->is_whole;
	packet->segment_len = 0;
	packet->to = &out->to;
	packet->from = out->from.u.sa.sa_family ? &out->from : NULL;
}


/* Gather the first of what is queued into packets and trains. */
static size_t gather(struct udp_queue *queue, const struct udp *udp)
{
	struct udp_out *out = udp->first;
	size_t n = 0, n_iov = 0;

	while (out && n < BATCH && n_iov + 2 * SEGMENTS_MAX <= IOVS) {
		struct io_packet *packet = &queue->packets[n];
		size_t n_parts = train_n(udp, out);

		queue->starts[n++] = out;
		set_packet(packet, out);
		if (n_parts == 1) {
			out = out->next;
			continue;
		}

		packet->segment_len = out->len;
		packet->iov = &queue->iov[n_iov];
		packet->n_iov = 0;
		for (; n_parts > 0; n_parts--, out = out->next) {
			for (size_t i = 0; i < out->n_iov; i++) {
				queue->iov[n_iov++] = out->iov[i];
				++packet->n_iov;
			}
		}
	}
	queue->starts[n] = out;

	return n;
}


/* What is before `end` is lost. */
static void drop(struct udp *udp, const struct udp_out *end)
{
	while (udp->first != end) {
		udp->first = udp->first->next;
		++udp->n_dropped;
		++udp->io.loop->udp_stats.n_dropped;
	}
	if (!udp->first)
		udp->last = NULL;
}


/* The n packets and trains at the front are sent. */
static void advance(struct udp_queue *queue, struct udp *udp, size_t n)
{
	struct udp_stats *stats = &udp->io.loop->udp_stats;

	for (size_t i = 0; i < n; i++)
		stats->n_trains_sent += queue->packets[i].segment_len > 0;

	while (udp->first != queue->starts[n]) {
		udp->first = udp->first->next;
		++stats->n_sent;
	}
	if (!udp->first)
		udp->last = NULL;
}


/* Does the system not take this train for being one?  Shorter parts then, if
 * they may be too long for the path, or else none any more. */
static bool shrink_trains(struct udp *udp, const struct io_packet *packet,
			  int err)
{
	if (!packet->segment_len)
		return false;

	switch (err) {

	case -EINVAL:
	case -EMSGSIZE:
		udp->segment_max = packet->segment_len > SEGMENT_MIN
			? (uint16_t)(packet->segment_len - 1) : 0;
		return true;

	case -EIO:
	case -ENOPROTOOPT:
	case -EOPNOTSUPP:
		udp->segment_max = 0;
		return true;

	default:
		return false;
	}
}


/* The packet or train at the front was not sent.  Only it is lost, unless
 * there is no room; and not even it, if the error is one of an earlier packet
 * (ICMP), which the system tells the next call. */
static void on_error(struct udp_queue *queue, struct udp *udp, int err,
		     bool *has_retried)
{
	if (err == -EAGAIN) {
		drop(udp, NULL);
		return;
	}

	if (err == -EINTR)
		return;

	if (udp->io.wishes & IO_ICMP && !*has_retried) {
		*has_retried = true;
		return;
	}

	*has_retried = false;
	if (!shrink_trains(udp, &queue->packets[0], err))
		drop(udp, queue->starts[1]);
}


static void send_all(struct udp_queue *queue, struct udp *udp)
{
	struct backend *backend = udp->io.loop->backend;
	bool has_retried = false;

	while (udp->first) {
		size_t n = gather(queue, udp);
		ssize_t sent = backend->ops->send(backend, &udp->io,
						  queue->packets, n);

		++udp->io.loop->udp_stats.n_sends;
		if (sent > 0) {
			advance(queue, udp, (size_t)sent);
			has_retried = false;
		} else {
			on_error(queue, udp, sent < 0 ? (int)sent : -EAGAIN,
				 &has_retried);
		}
	}
}


void udp_queue_flush_one(struct udp_queue *queue, struct udp *udp)
{
	if (!list_is_linked(&udp->node))
		return;

	list_del(&udp->node);
	send_all(queue, udp);
}


void udp_queue_flush(struct udp_queue *queue)
{
	struct list_node *node;

	if (!queue || !queue->n)
		return;

	while ((node = list_pop(&queue->dirty)))
		send_all(queue, of_node(node));

	queue->n = 0;
	queue->n_copied = 0;
}


int udp_queue_new(struct udp_queue **queue)
{
	/* Most of it is large, and is touched only when it is used. */
	struct udp_queue *q = mem_alloc(sizeof(*q));

	if (!q)
		return -ENOMEM;

	memset(&q->dirty, 0, sizeof(q->dirty));
	q->n = q->n_copied = 0;
	*queue = q;

	return 0;
}


struct udp_queue *udp_queue_free(struct udp_queue *queue)
{
	assert(!queue || !queue->dirty.n);

	return mem_free(queue);
}
