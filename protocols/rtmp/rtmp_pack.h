/* The RTMP packager: frames into chunks with full headers, absolute
 * timestamps and one chunk size, so that the same bytes do for all viewers. */
#ifndef RTMP_PACK_H
#define RTMP_PACK_H

#include "media/packager.h"

enum {
	RTMP_CHUNK_SIZE_OUT = 60000,     /* all that we send, to everybody */
	RTMP_STREAM_ID_OUT = 1,          /* message stream in the log */
};

extern const struct packager rtmp_packager;

/* Change the message stream id of all messages in `bytes`, as written by the
 * packager.  Thread: any, pure. */
void rtmp_pack_set_stream_id(uint8_t *bytes, size_t len, uint32_t id);

#endif
