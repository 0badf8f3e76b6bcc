/* What sock.c and sock_udp.c share. */
#ifndef SOCK_INT_H
#define SOCK_INT_H

#include "io/sock.h"

/* sock_deliver and sock_send for datagram sockets. */
void sock_deliver_datagrams(struct io *io, unsigned ready);
ssize_t sock_send_datagrams(struct io *io, const struct io_packet *packets,
			    size_t n);

#endif
