/* Datagrams many at a time: recvmmsg with UDP_GRO, sendmmsg with UDP_SEGMENT.
 * What both the load and the bare forwarder for TURN are made of. */
#ifndef BATCH_H
#define BATCH_H

#include <sys/uio.h>
#include "io/addr.h"

enum {
	BATCH_MAX = 64,          /* datagrams of one system call */
	BATCH_SLOTS = 256,       /* datagrams that wait to be sent on */
	BATCH_IOV_MAX = 2048,
	BATCH_SEGMENTS_MAX = 64, /* of a train */
	BATCH_HEADROOM = 16,     /* free bytes before those received */
	BATCH_CONTROL = 64,
	BATCH_PLAIN = 2048,      /* room for a datagram, */
	BATCH_TRAIN = 65536,     /* and for a train */
};

/* A datagram, or a train of equal ones of which the last may be shorter. */
struct batch_datagram {
	uint8_t *p;              /* borrowed until batch_in_reset */
	size_t len;
	size_t segment_len;      /* `len`, if it is no train */
	struct addr from;
	uint32_t local_ip;       /* to which it came; 0: not told */
};

struct batch_in {
	size_t room;             /* of a slot */
	uint8_t *bytes;          /* owned: BATCH_SLOTS times `room` */
	size_t n_used;
	uint64_t n_calls;
	struct mmsghdr headers[BATCH_MAX];
	struct iovec iov[BATCH_MAX];
	struct addr from[BATCH_MAX];
	uint8_t control[BATCH_MAX][BATCH_CONTROL];
};

/* Something to send: pieces of one datagram or train. */
struct batch_send {
	const struct iovec *iov; /* copied; the bytes must stay until flush */
	size_t n_iov;
	const struct addr *to;   /* copied; NULL: the socket is connected */
	uint32_t from_ip;        /* 0: as the system likes */
	size_t segment_len;      /* 0: no train */
};

struct batch_out {
	int fd;                  /* borrowed: where all of it goes */
	unsigned n;
	size_t n_iov;
	uint64_t n_calls;
	uint64_t n_dropped;      /* that the system did not take */
	struct mmsghdr headers[BATCH_MAX];
	struct iovec iov[BATCH_IOV_MAX];
	struct addr to[BATCH_MAX];
	uint8_t control[BATCH_MAX][BATCH_CONTROL];
};

/* A UDP socket on `ip`, bound, that does not block.  has_gro: it takes
 * trains; has_local: it is told to which address each datagram came.
 * Returns the descriptor or a negative errno. */
int batch_socket(const struct addr *ip, bool has_gro, bool has_local);

/* room: BATCH_PLAIN or BATCH_TRAIN.  Returns 0 or -ENOMEM. */
int batch_in_init(struct batch_in *in, size_t room);
void batch_in_fini(struct batch_in *in);

/* Receive once: at most BATCH_MAX into `datagrams`.  Returns how many; 0 if
 * there are none, or no slot is free. */
size_t batch_recv(struct batch_in *in, int fd,
		  struct batch_datagram datagrams[BATCH_MAX]);

/* All that was received has been sent on: the slots are free. */
void batch_in_reset(struct batch_in *in);

/* Gather; what went to another socket is sent first. */
void batch_push(struct batch_out *out, int fd, const struct batch_send *send);
void batch_flush(struct batch_out *out);

#endif
