/* RTMP message types, and the messages that are not AMF: protocol control
 * (RTMP 1.0 s5.4) and user control (s6.2, s7.1.7).  Thread: any, pure. */
#ifndef RTMP_CONTROL_H
#define RTMP_CONTROL_H

#include "base/writer.h"

enum rtmp_type {
	RTMP_SET_CHUNK_SIZE = 1,
	RTMP_ABORT = 2,
	RTMP_ACK = 3,
	RTMP_USER_CONTROL = 4,
	RTMP_WINDOW_ACK_SIZE = 5,
	RTMP_SET_PEER_BANDWIDTH = 6,
	RTMP_AUDIO = 8,
	RTMP_VIDEO = 9,
	RTMP_DATA_AMF3 = 15,
	RTMP_SHARED_OBJECT_AMF3 = 16,
	RTMP_COMMAND_AMF3 = 17,
	RTMP_DATA = 18,                  /* AMF0, as the next two */
	RTMP_SHARED_OBJECT = 19,
	RTMP_COMMAND = 20,
	RTMP_AGGREGATE = 22,
};

/* User control events.  5 and 8..25 are not in use. */
enum rtmp_event {
	RTMP_STREAM_BEGIN = 0,
	RTMP_STREAM_EOF = 1,
	RTMP_STREAM_DRY = 2,
	RTMP_SET_BUFFER_LENGTH = 3,
	RTMP_STREAM_IS_RECORDED = 4,
	RTMP_PING_REQUEST = 6,
	RTMP_PING_RESPONSE = 7,
	RTMP_SWF_VERIFY_REQUEST = 26,    /* not in the spec, as all below */
	RTMP_SWF_VERIFY_RESPONSE = 27,
	RTMP_BUFFER_EMPTY = 31,          /* the player has nothing to show */
	RTMP_BUFFER_READY = 32,
};

enum rtmp_limit {
	RTMP_LIMIT_HARD = 0,
	RTMP_LIMIT_SOFT = 1,
	RTMP_LIMIT_DYNAMIC = 2,
};

/* One control message.  `value` means what `type` says: the chunk size; the
 * chunk stream id to abort; the bytes received so far (mod 2^32); the window
 * in bytes. */
struct rtmp_control {
	uint8_t type;            /* enum rtmp_type, 1..6 */
	uint8_t limit;           /* SetPeerBandwidth: enum rtmp_limit */
	uint16_t event;          /* UserControl: enum rtmp_event, or unknown */
	uint32_t value;          /* all but UserControl */
	uint32_t stream_id;      /* UserControl: events 0..4, 31, 32 */
	uint32_t buffer_ms;      /* SetBufferLength */
	uint32_t timestamp;      /* PingRequest, PingResponse: ms */
};

/* Read the body of a message of type 1..6.  Bytes after what is known are
 * ignored, and so is what an unknown event carries.  A SetPeerBandwidth
 * without its limit type is dynamic.
 *
 * Returns 0, -EBADMSG (short; a chunk size of 0 or above 2^31 - 1), or
 * -ENOTSUP: no control message. */
int rtmp_control_read(struct rtmp_control *c, uint8_t type,
		      struct slice body);

/* Append the body only.  An error sticks in `w`. */
void rtmp_control_write(struct writer *w, const struct rtmp_control *c);

/* Append the whole message, ready to send: one chunk on chunk stream 2 and
 * message stream 0, as s5.4 demands.  Our chunk size must be at least 128,
 * below which one chunk would not do. */
void rtmp_control_put(struct writer *w, const struct rtmp_control *c);

#endif
