/* What the load sends through a relay: a packet that says where it comes
 * from, when it was sent, and whether it is whole. */
#ifndef TURN_PACKET_H
#define TURN_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TURN_PACKET_HEAD = 32,   /* the smallest packet */
	TURN_PACKET_MAX = 1400,
};

struct turn_packet {
	uint32_t run;            /* packets of other runs are not ours */
	uint32_t flow;
	uint32_t seq;
	int64_t sent_us;
};

/* Write the first TURN_PACKET_HEAD bytes of a packet of `len` bytes. */
void turn_packet_write(uint8_t *p, size_t len,
		       const struct turn_packet *packet);

/* What follows them, the same for all. */
const uint8_t *turn_packet_filler(void);

/* Read a packet.  Returns false if a byte of it is wrong. */
bool turn_packet_read(const uint8_t *p, size_t len,
		      struct turn_packet *packet);

#endif
