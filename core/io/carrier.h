/* A carrier moves bytes between one socket and one user above (a chain).
 * Thread: the loop's. */
#ifndef CARRIER_H
#define CARRIER_H

#include "io/loop.h"

struct carrier;
struct udp;
struct udp_conf;

/* What a carrier calls.  Any of them may close the carrier. */
struct carrier_user {
	/* Bytes came: returns how many were eaten, or a negative errno, at
	 * which the carrier does nothing more.  On streams what is left is
	 * kept and given again with what follows; datagrams (meta is not
	 * NULL) are whole and not kept. */
	ssize_t (*input)(void *arg, struct slice in,
			 const struct io_meta *meta);

	/* There is room again after a short send. */
	void (*writable)(void *arg);

	/* The peer has ended its side (err 0), or the socket failed. */
	void (*ended)(void *arg, int err);
};

struct carrier {
	const struct carrier_ops *ops;
	const struct carrier_user *user;
	void *arg;               /* the user's */
	struct loop *loop;
	size_t input_max;        /* bytes that may be left over, set by user */
	uint64_t bytes_in;
	uint64_t bytes_out;
	const struct io *hot;    /* what sending needs beside it; or NULL */
	bool is_datagram;
	struct addr peer;        /* never a mapped address */
	struct addr local;
};

struct carrier_ops {
	/* Send; returns the bytes taken (`writable` comes if not all), or a
	 * negative errno.  With is_datagram all is one datagram. */
	ssize_t (*send)(struct carrier *carrier, const struct iovec *iov,
			int n_iov);

	/* Receive no more until resume; what has come already is still
	 * given.  NULL: not for datagrams. */
	void (*pause)(struct carrier *carrier);

	/* Offer again what the user has not eaten, and receive on. */
	void (*resume)(struct carrier *carrier);

	/* Say that nothing more will be sent. */
	void (*shutdown)(struct carrier *carrier);

	/* Close the socket; the carrier is freed at the end of the turn. */
	void (*close)(struct carrier *carrier);
};

/* Settings of an accepted TCP socket; 0 leaves the system's. */
struct tcp_conf {
	int send_buffer;         /* SO_SNDBUF, bytes */
	int receive_buffer;      /* SO_RCVBUF, bytes */
	int notsent_lowat;       /* TCP_NOTSENT_LOWAT, bytes */
};

/* A carrier over the connected, non-blocking `take_fd`, which is closed on
 * error too.  Nothing is received before carrier->user is set and resume is
 * called.  Returns 0, -ENOMEM, or what the backend says. */
API int tcp_open(struct carrier **carrier, struct loop *loop, int take_fd,
		 const struct addr *peer, const struct tcp_conf *conf);

/* A carrier over the bound UDP socket `take_fd`, for all its peers: `input`
 * gets meta, and trains unless `conf` (NULL: the carrier's own defaults, no
 * trains) refuses them; send() is not for it.  Else as tcp_open. */
API int udp_carrier_open(struct carrier **carrier, struct loop *loop,
			 int take_fd, const struct udp_conf *conf);

/* Queue one datagram to `to`, which is copied; returns as udp_push. */
API int udp_carrier_send(struct carrier *carrier, const struct iovec *iov,
			 int n_iov, const struct addr *to);

/* The socket of a carrier that udp_carrier_open made: what the node of a
 * shared chain sends by. */
API struct udp *carrier_udp(struct carrier *carrier);

#endif
