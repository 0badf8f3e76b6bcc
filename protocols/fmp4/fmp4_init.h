/* The initialization segment: ftyp and a moov without samples (ISO/IEC
 * 14496-12 s4.3, s8.2; 23000-19 s7.3.1). */
#ifndef FMP4_INIT_H
#define FMP4_INIT_H

#include "fmp4/fmp4_track.h"

struct writer;

enum {
	FMP4_TRACKS_MAX = 16,
};

/* Write what a player needs before the first fragment.  Thread: any.
 * w: borrowed; its error sticks: -EBADMSG if a configuration cannot be read.
 * tracks: 1 to FMP4_TRACKS_MAX, each with its own id above 0, and clock_hz
 * above 0. */
void fmp4_init_print(struct writer *w, const struct fmp4_track *tracks,
		     size_t n_tracks);

#endif
