/* RTMP messages <-> the chunks they are cut into (RTMP 1.0 s5.3).
 *
 * Input is a struct that copies payload once, into the chunk that becomes
 * the message's body; output is a pure function that hands out runs of bytes
 * in order.  Neither knows a socket.  Thread: that of the owner. */
#ifndef RTMP_CHUNK_H
#define RTMP_CHUNK_H

#include <stdbool.h>
#include "base/chunk.h"
#include "base/writer.h"

enum {
	RTMP_CSID_CONTROL = 2,           /* protocol control, s5.4 */
	RTMP_CSID_MAX = 65599,
	RTMP_CHUNK_SIZE_DEFAULT = 128,   /* until SetChunkSize, s5.4.1 */
	RTMP_CHUNK_SIZE_MAX = 0x7fffffff,
	RTMP_CHUNK_HEADER_MAX = 18,      /* 3 basic, 11 message, 4 extended */
	RTMP_MESSAGE_MAX = 0xffffff,     /* what the wire can say */

	/* Limits of our own, per connection. */
	RTMP_MESSAGE_MAX_DEFAULT = 4 << 20,
	RTMP_CHUNK_STREAMS_MAX = 64,     /* chunk stream ids in use */
	RTMP_PARTIAL_FIRST = 64 << 10,   /* first allocation of a message */
	RTMP_PARTIAL_MAX = 8 << 20,      /* of all unfinished messages */
};

struct rtmp_header {
	uint32_t csid;           /* chunk stream id, 2..RTMP_CSID_MAX */
	uint32_t timestamp;      /* absolute, ms, mod 2^32 */
	uint32_t len;            /* of the body, at most RTMP_MESSAGE_MAX */
	uint32_t stream_id;      /* message stream id */
	uint8_t type;            /* enum rtmp_type (rtmp_control.h) */
};

struct rtmp_message {
	struct rtmp_header header;
	struct chunk *body;      /* owned by who receives the message */
};

struct rtmp_chunk_stream;

/* One connection's input.  A player's costs about 200 bytes. */
struct rtmp_dechunker {
	struct rtmp_chunk_stream *streams;       /* owned, n_streams in use */
	struct rtmp_chunk_stream *now;           /* the one last met, or NULL */
	size_t n_streams;
	size_t size;                             /* of `streams`, allocated */
	size_t held;             /* bytes allocated for unfinished messages */
	uint32_t chunk_left;     /* payload still to come of the chunk begun */
	uint32_t chunk_size;
	uint32_t message_max;
	bool omits_ext;          /* peer's fmt 3 has no extended timestamp */
};

/* An empty dechunker, chunk size 128, that takes messages of at most
 * `message_max` bytes (1..RTMP_MESSAGE_MAX).  Allocates nothing yet. */
void rtmp_dechunker_init(struct rtmp_dechunker *d, uint32_t message_max);

/* Free all unfinished messages.  `d` may be initialised again. */
void rtmp_dechunker_fini(struct rtmp_dechunker *d);

/* Eat chunks from `in`, until a message is complete or no more can be eaten.
 *
 * in: borrowed, next bytes of the connection, handshake excluded.
 * msg: msg->body is the message's body with one reference handed over (also
 * for a message of 0 bytes), or NULL: none is complete yet.
 *
 * Returns the bytes eaten; what is left over is a cut chunk header, below
 * RTMP_CHUNK_HEADER_MAX bytes, unless a message was handed over.  So call it
 * in a loop until it returns 0, and apply each SetChunkSize and Abort before
 * the next call.
 *
 * Or -EBADMSG (fmt 2 or 3 on a chunk stream never seen), -EMSGSIZE (message,
 * number of chunk streams, or sum of unfinished messages above its limit), or
 * -ENOMEM; the connection cannot go on after any of them. */
int rtmp_dechunker_read(struct rtmp_dechunker *d, struct slice in,
			struct rtmp_message *msg);

/* The peer cuts into chunks of `chunk_size` from the next chunk on, those of
 * a message already begun included (s5.4.1).  Sizes above RTMP_MESSAGE_MAX
 * are all the same.  Returns 0, or -EBADMSG: 0, or above
 * RTMP_CHUNK_SIZE_MAX. */
int rtmp_dechunker_set_chunk_size(struct rtmp_dechunker *d,
				  uint32_t chunk_size);

/* Discard the unfinished message of chunk stream `csid`, if there is one
 * (s5.4.2). */
void rtmp_dechunker_abort(struct rtmp_dechunker *d, uint32_t csid);


/* Takes the next bytes; `run` is valid only during the call.  Returns 0, or a
 * negative errno, which ends the writing. */
typedef int (rtmp_emit_fn)(void *arg, struct slice run);

/* Cut one message into chunks: a fmt 0 header with its absolute timestamp,
 * then fmt 3 headers, the extended timestamp repeated on each (s5.3.1.3).
 * Pure, allocates nothing.
 *
 * parts: the body in `n_parts` runs, h->len bytes together.
 * chunk_size: 1..RTMP_CHUNK_SIZE_MAX.
 * emit: called with headers and payload in order, never with an empty run.
 *
 * Returns 0 or what `emit` returned. */
int rtmp_chunk_write(const struct rtmp_header *h, const struct slice *parts,
		     size_t n_parts, uint32_t chunk_size, rtmp_emit_fn *emit,
		     void *arg);

/* The bytes that rtmp_chunk_write() makes of `h`: headers and body. */
size_t rtmp_chunk_written_len(const struct rtmp_header *h,
			      uint32_t chunk_size);

/* Append one message as chunks; h->len is not looked at, body.len counts. An
 * error sticks in `w`. */
void rtmp_chunk_put(struct writer *w, const struct rtmp_header *h,
		    struct slice body, uint32_t chunk_size);

#endif
