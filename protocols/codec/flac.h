/* FLAC: the STREAMINFO block (RFC 9639 s8.2), which is the sequence start of
 * Enhanced RTMP.  Thread: any, pure. */
#ifndef FLAC_H
#define FLAC_H

#include "base/error.h"
#include "base/slice.h"

struct flac_config {
	uint16_t block_min;      /* samples in a frame */
	uint16_t block_max;
	uint32_t rate_hz;
	uint8_t n_channels;      /* 1 to 8 */
	uint8_t n_bits;          /* of a sample, 4 to 32 */
};

/* Read STREAMINFO, bare (as in MP4) or behind the signature and block header
 * (as in a file and in Enhanced RTMP).  info: borrowed.  c: filled on
 * success only.
 * Returns 0, or -EBADMSG (short, another block, no rate). */
int flac_config_parse(struct slice info, struct flac_config *c);

#endif
