/* Transport stream packets of 188 bytes: the header, the adaptation field
 * and what follows (ISO/IEC 13818-1 s2.4.3.2 to s2.4.3.5).
 * Thread: any, pure. */
#ifndef MPEGTS_PACKET_H
#define MPEGTS_PACKET_H

#include "base/error.h"
#include "base/slice.h"

enum {
	MPEGTS_PACKET_LEN = 188,
	MPEGTS_PAYLOAD_MAX = 184,    /* without an adaptation field */
	MPEGTS_SYNC = 0x47,
	MPEGTS_PID_PAT = 0,
	MPEGTS_PID_NULL = 0x1fff,
	MPEGTS_CLOCK_HZ = 90000,     /* of PTS and DTS */
	MPEGTS_PCR_HZ = 27000000,
};

struct mpegts_packet {
	uint16_t pid;            /* 13 bits */
	uint8_t counter;         /* continuity_counter, 4 bits */
	bool is_broken;          /* transport_error_indicator */
	bool is_scrambled;
	bool is_start;           /* payload_unit_start_indicator */
	bool is_discontinuity;   /* the clock or the counter may jump here */
	bool is_random_access;
	bool has_pcr;
	bool has_payload;
	uint64_t pcr;            /* in 27 MHz, below 300 * 2^33 */
	struct slice payload;    /* borrowed */
};

/* Read a packet.  What else an adaptation field has is skipped.
 * packet: MPEGTS_PACKET_LEN bytes, borrowed.  p: filled on success only.
 * Returns 0, or -EBADMSG (no sync byte, no content said, an adaptation field
 * that does not fit). */
int mpegts_packet_parse(struct slice packet, struct mpegts_packet *p);

/* Write a packet with as much of p->payload as fits, and stuffing in the
 * adaptation field if that is little.
 * buf: MPEGTS_PACKET_LEN bytes, all filled.  p: in range; is_broken and
 * is_scrambled are not looked at; without has_payload nothing is taken.
 * Returns how many bytes of p->payload are in it. */
size_t mpegts_packet_print(uint8_t *buf, const struct mpegts_packet *p);

#endif
