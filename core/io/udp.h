/* Datagram sockets: received in batches, sent in batches, a batch per turn
 * of the loop.  docs/datagrams.md tells how.  Thread: the loop's, for all.
 *
 * The bytes that `input` gets are not moved before what was pushed in there
 * is sent: so a relay sends them on by pointer.
 *
 *	static void on_peer_input(void *arg, struct slice in,
 *				  const struct io_meta *meta)
 *	{
 *		struct relay *relay = arg;
 *		const struct udp_packet packet = {
 *			.head = slice(relay->channel_header, 4),
 *			.body = in,
 *			.is_lent = true,
 *			.to = &relay->client,
 *		};
 *
 *		udp_push(relay->listener, &packet);
 *	}
 */
#ifndef UDP_H
#define UDP_H

#include "io/loop.h"

enum {
	UDP_HEAD_MAX = 4,        /* bytes; a ChannelData header */
	UDP_PAYLOAD_MAX = 65507, /* over IPv4, head included */
};

struct udp_out;

/* What a socket tells its owner.  Any of them may close any socket. */
struct udp_user {
	/* A datagram; or a train of several from one peer, if GRO was not
	 * refused: meta->segment_len.  `in` stays as it is until this
	 * returns, and until what is pushed of it in here has left. */
	void (*input)(void *arg, struct slice in, const struct io_meta *meta);

	/* A datagram that this socket has sent does not arrive.  NULL: not
	 * asked for. */
	void (*icmp)(void *arg, const struct udp_icmp *icmp);

	/* The socket does not work any more (err is negative): close it.
	 * Errors of single datagrams are counted, and not told. */
	void (*failed)(void *arg, int err);
};

struct udp_conf {
	bool has_local;          /* bound to a wildcard: tell meta->local,
				  * obey packet->from */
	bool has_tos;            /* tell meta->tos, meta->ttl */
	bool has_no_gro;         /* single datagrams only, never a train */
	bool has_no_gso;         /* do not send trains either */
	int send_buffer;         /* SO_SNDBUF, bytes; 0: the system's */
	int receive_buffer;      /* SO_RCVBUF, the same */
};

/* A datagram socket, embedded by its owner, zeroed before udp_open. */
struct udp {
	struct io io;
	const struct udp_user *user;
	void *arg;
	struct udp_out *first;   /* queued, in the order of sending */
	struct udp_out *last;
	struct list_node node;   /* among the sockets with something queued */
	uint16_t segment_max;    /* longest datagram of a train; 0: none */
	uint32_t n_dropped;      /* not sent: no room, or an error */
};

/* One datagram to send; all is borrowed for the call, but see is_lent. */
struct udp_packet {
	struct slice head;       /* goes before the body; at most UDP_HEAD_MAX
				  * bytes, copied */
	struct slice body;
	bool is_lent;            /* `body` is of what `input` was given in the
				  * call under way: sent from there; else
				  * it is copied */
	bool is_whole;           /* DF: rather lost than in fragments */
	uint8_t tos;             /* DSCP and ECN */
	uint8_t ttl;             /* 0: the system's default */
	const struct addr *to;   /* IPv4 is mapped here where it must be */
	const struct addr *from; /* has_local: our address to send it from
				  * (its port is not read); or NULL */
};

/* Open `udp` over the bound, non-blocking socket `take_fd`, which is closed
 * on error too; it receives at once.  Sockets may fragment what they send,
 * unless a packet says otherwise.  user: static; arg: for its calls; conf:
 * NULL for all zero.  Returns 0, -ENOMEM, or what the backend says. */
API int udp_open(struct udp *udp, struct loop *loop, int take_fd,
		 const struct udp_conf *conf, const struct udp_user *user,
		 void *arg);

/* Queue one datagram: it leaves at the end of the turn, or earlier if the
 * queue is full.  What the socket then has no room for is lost, and counted.
 * Returns 0, -EMSGSIZE: longer than UDP_PAYLOAD_MAX, -ENOTSUP: the socket is
 * not of that family, or -ENOENT: it is closed. */
API int udp_push(struct udp *udp, const struct udp_packet *packet);

/* Send what is queued, then close; the owner may free it at the end of the
 * turn.  Nothing happens if it is not open. */
API void udp_close(struct udp *udp);

/* Its own address.  Returns 0 or a negative errno. */
API int udp_local(const struct udp *udp, struct addr *addr);

static inline bool udp_is_open(const struct udp *udp)
{
	return udp->io.loop && udp->io.fd >= 0;
}

#endif
