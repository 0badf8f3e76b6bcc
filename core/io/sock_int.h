/* What sock.c and sock_udp.c share. */
#ifndef SOCK_INT_H
#define SOCK_INT_H

#include "io/sock.h"

enum {
	/* All that comes along with a datagram, or is told with one: the
	 * address of ours, TOS, TTL, the length of a train's parts. */
	SOCK_CONTROL = CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		       3 * CMSG_SPACE(sizeof(int)),
};

struct control {
	_Alignas(struct cmsghdr) char bytes[SOCK_CONTROL];
};

/* Set an option; what the system does not have, it does not do. */
void sock_set(int fd, int level, int name, int value);

/* sock_deliver and sock_send for datagram sockets. */
void sock_deliver_datagrams(struct io *io, unsigned ready);
ssize_t sock_send_datagrams(struct io *io, const struct io_packet *packets,
			    size_t n);

#endif
