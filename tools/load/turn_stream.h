/* Clients of the load on a TURN server that come by TCP. */
#ifndef TURN_STREAM_H
#define TURN_STREAM_H

#include "turn.h"

struct turn_stream {
	size_t rest_len;
	uint8_t rest[TURN_FRAME_MAX];    /* what a short write left */
	size_t part_len;
	uint8_t part[TURN_FRAME_MAX];    /* of a frame that came */
};

/* Connect a flow to the server, from its address.  Returns 0 or a negative
 * errno. */
int turn_stream_dial(const struct turn_load *load, struct turn_flow *flow);

/* Send, and keep what the socket does not take; while there is such a rest,
 * what comes next is not sent, and counted. */
void turn_stream_send(struct turn_load *load, struct turn_flow *flow,
		      const struct iovec *iov, size_t n_iov);

/* Read what is there, frame by frame. */
void turn_stream_recv(struct turn_load *load, struct turn_flow *flow,
		      void (*on_frame)(struct turn_load *load,
				       struct turn_flow *flow,
				       struct batch_datagram *d));

#endif
