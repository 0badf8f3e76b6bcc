/* The packager of fragmented MP4: what MSE and players are sent over HTTP and
 * WebSocket.  A message of its log is a fragment of one frame, or an init
 * segment, where tracks or their configuration changed.  A frame is held back
 * until the next one of its track tells how long it lasts.
 * What has no form here (VP8, data, a codec without its configuration) is
 * left out. */
#ifndef FMP4_PACK_H
#define FMP4_PACK_H

#include "media/packager.h"

enum {
	/* A frame whose next one does not come goes out after this; it is
	 * said to last so long, longer than it will take.  To MSE a hole of
	 * twice a frame's duration is the end of what it can decode. */
	FMP4_PACK_LATE_MS = 250,
	FMP4_PACK_LAST_MS = 2000,
};

extern const struct packager fmp4_packager;

/* The same, a binary message of a WebSocket for each. */
extern const struct packager fmp4_websocket_packager;

#endif
