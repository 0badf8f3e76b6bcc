/* The FLV packagers: a file that never ends, for viewers over HTTP, and the
 * same in binary messages, one for each tag, for those over WebSocket.
 * A message of the log is a tag and the PreviousTagSize behind it; the
 * prologue is the file header, metadata and sequence headers. */
#ifndef FLV_PACK_H
#define FLV_PACK_H

#include "media/packager.h"

extern const struct packager flv_packager;
extern const struct packager flv_websocket_packager;

#endif
