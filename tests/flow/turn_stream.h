/* Streams to a TURN server for the flows: its clients, and the peers behind
 * its relays. */
#ifndef TURN_STREAM_H
#define TURN_STREAM_H

#include "rig.h"
#include "stun/stun_key.h"
#include "stun/stun_message.h"
#include "stun/stun_writer.h"
#include "wire.h"

enum { TURN_STREAM_TEXT_MAX = 128 };

/* A client, who is asked for his name and password once. */
struct turn_stream {
	struct rig *rig;
	struct wire wire;
	const char *user;
	const char *password;
	char nonce[TURN_STREAM_TEXT_MAX];
	char realm[TURN_STREAM_TEXT_MAX];
	struct writer request;
	struct stun_writer s;
	struct stun_message answer; /* in `taken` */
	struct writer taken;
	unsigned code;           /* of the last answer; 0: success */
};

/* A connection to worker n of the server. */
int turn_stream_open(struct turn_stream *stream, struct rig *rig, unsigned n,
		     const char *user, const char *password);
void turn_stream_close(struct turn_stream *stream);

/* Begin a request, whose attributes are then put to stream->s. */
void turn_stream_begin(struct turn_stream *stream, unsigned method);

/* Sign it, send it, with `behind` at once, and wait for an answer.  The code,
 * 0 for success, or a negative errno: none came. */
int turn_stream_ask(struct turn_stream *stream, struct slice behind);

/* Take the next message that has come into stream->answer.  0 or -EAGAIN. */
int turn_stream_take(struct turn_stream *stream);

#endif
