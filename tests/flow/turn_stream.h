/* Streams to a TURN server for the flows: its clients, and the peers behind
 * its relays. */
#ifndef TURN_STREAM_H
#define TURN_STREAM_H

#include "rig.h"
#include "stun/stun_key.h"
#include "stun/stun_message.h"
#include "stun/stun_writer.h"

enum { TURN_STREAM_TEXT_MAX = 128 };

/* One end of a stream.  What comes is collected. */
struct wire {
	struct carrier *carrier; /* NULL: closed */
	struct writer in;
	struct writer out;       /* not taken by the carrier yet */
	bool has_ended;          /* the other side sends no more */
};

/* Over `fd`, of the backend of rig->loop.  0 or a negative errno. */
int wire_open(struct wire *wire, struct rig *rig, int fd);
void wire_close(struct wire *wire);
void wire_send(struct wire *wire, struct slice bytes);

/* Send no more; read nothing, or on. */
void wire_shut(struct wire *wire);
void wire_set_deaf(struct wire *wire, bool is_deaf);

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
