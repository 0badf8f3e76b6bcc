/* AC-3 and E-AC-3: what the header of a frame says (ETSI TS 102 366 s4.3,
 * Annex E s1.2).  Neither has a configuration of its own on the wire.
 * Thread: any, pure. */
#ifndef AC3_H
#define AC3_H

#include "base/error.h"
#include "base/slice.h"

struct ac3_header {
	bool is_eac3;
	uint32_t rate_hz;
	uint8_t n_channels;      /* low frequency effects counted */
	unsigned n_samples;      /* of the frame, per channel */
};

/* Read the header of a frame.  frame: borrowed.  h: filled on success only.
 * Returns 0, or -EBADMSG (short, no syncword, a reserved rate or bitstream
 * id). */
int ac3_header_parse(struct slice frame, struct ac3_header *h);

#endif
