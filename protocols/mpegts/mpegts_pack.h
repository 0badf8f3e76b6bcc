/* The packager of transport streams: what a viewer over HTTP, WebSocket or
 * SRT is sent.  A message of its log is a run of whole packets, with a video
 * frame or a group of audio frames; where a viewer can start, it begins with
 * the tables, so that there is no prologue.
 * What has no form here (AV1, data) is left out. */
#ifndef MPEGTS_PACK_H
#define MPEGTS_PACK_H

#include "media/packager.h"

enum {
	MPEGTS_PACK_AUDIO = 4500, /* 90 kHz: 50 ms of sound in a PES packet */
};

extern const struct packager mpegts_packager;

/* The same, a binary message of a WebSocket for each. */
extern const struct packager mpegts_websocket_packager;

#endif
