/* The send queue of a loop's datagram sockets; for udp*.c and loop.c. */
#ifndef UDP_INT_H
#define UDP_INT_H

#include "io/udp.h"

/* Packets that wait for the end of the turn, linked per socket. */
struct udp_queue;

/* One of them. */
struct udp_out {
	struct udp_out *next;    /* of the same socket */
	struct iovec iov[2];     /* head and body, or the body alone */
	size_t len;
	struct addr to;
	struct addr from;        /* without a family: not said */
	uint8_t n_iov;
	uint8_t tos;
	uint8_t ttl;
	bool is_whole;
	uint8_t head[UDP_HEAD_MAX];
};

/* 0 or -ENOMEM. */
int udp_queue_new(struct udp_queue **queue);

/* Nothing is in it any more.  NULL is allowed; returns NULL. */
struct udp_queue *udp_queue_free(struct udp_queue *queue);

/* Append a packet, whose form was checked, to udp's. */
void udp_queue_push(struct udp_queue *queue, struct udp *udp,
		    const struct udp_packet *packet);

/* Send what is queued for `udp`, or for all; what cannot be sent is lost.
 * NULL is allowed. */
void udp_queue_flush_one(struct udp_queue *queue, struct udp *udp);
void udp_queue_flush(struct udp_queue *queue);

/* As udp_open, but it does not receive. */
int udp_open_stopped(struct udp *udp, struct loop *loop, int take_fd,
		     const struct udp_conf *conf, const struct udp_user *user,
		     void *arg);

#endif
