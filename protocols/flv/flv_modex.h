/* What audio and video bodies of Enhanced RTMP v2 share: the ModEx prelude
 * and AvMultitrackType. */
#ifndef FLV_MODEX_H
#define FLV_MODEX_H

#include "base/reader.h"

enum {
	FLV_PACKET_MODEX = 7,    /* the same number for audio and video */
};

enum flv_multitrack {
	FLV_ONE_TRACK = 0,
	FLV_MANY_TRACKS = 1,
	FLV_MANY_TRACKS_MANY_CODECS = 2,
};

struct flv_modex {
	unsigned packet;         /* the packet type that follows */
	unsigned n;              /* ModEx packets read */
	uint32_t nano_offset;    /* TimestampOffsetNano, or 0 */
};

/* Read ModEx packets while there are any.  Thread: any, pure.
 * r: borrowed, behind the byte with the packet type; left behind the prelude.
 * packet: that packet type.  max: how many are taken.  m: filled.
 * Returns 0, -EBADMSG (cut), -EMSGSIZE (more than max). */
int flv_modex_parse(struct reader *r, unsigned packet, unsigned max,
		    struct flv_modex *m);

#endif
