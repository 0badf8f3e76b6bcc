/* Opus: the ID header, "OpusHead" (RFC 7845 s5.1), which is the sequence
 * start of Enhanced RTMP.  Thread: any, pure. */
#ifndef OPUS_H
#define OPUS_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

enum {
	OPUS_CLOCK_HZ = 48000,   /* whatever the header says of its input */
	OPUS_PRE_SKIP = 3840,    /* 80 ms, RFC 7845 s5.1's advice */
};

struct opus_config {
	uint8_t n_channels;      /* 1 to 255 */
	uint16_t pre_skip;       /* samples at 48 kHz to drop at the start */
	uint32_t input_hz;       /* for information; 0: unknown */
	int16_t gain_q8;         /* dB, times 256 */
	uint8_t mapping_family;  /* 0: mono or stereo, 1: Vorbis order */
	uint8_t n_streams;       /* packets in a packet; 1 for family 0 */
	uint8_t n_coupled;       /* of these, stereo */
	struct slice mapping;    /* n_channels bytes, borrowed; empty for 0 */
};

/* Read an ID header.  head: borrowed.  c: filled on success only.
 * NOTE: Enhanced RTMP allows an empty sequence start, which is not an ID
 * header: opus_config_set() gives what it means.
 * Returns 0, or -EBADMSG (cut, no magic, a version above 15, no channels,
 * more than two channels in family 0, a mapping that points nowhere). */
int opus_config_parse(struct slice head, struct opus_config *c);

/* The configuration of plain mono or stereo.  n_channels: 1 or 2. */
void opus_config_set(struct opus_config *c, unsigned n_channels);

/* Write an ID header.  w: borrowed, its error sticks. */
void opus_config_print(struct writer *w, const struct opus_config *c);

#endif
