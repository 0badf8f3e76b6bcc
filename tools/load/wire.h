/* RTMP as the load tools speak it: reading chunks strictly, writing whole
 * messages, and the few AMF0 values that a session needs (Adobe RTMP 1.0
 * s5.3, s5.4; AMF0 s2).
 *
 * Written apart from the server on purpose: a mistake in the server's own
 * chunks must not be hidden by the same mistake here. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_HANDSHAKE_LEN = 1536,       /* C1, C2, S1, S2 */
	WIRE_VERSION = 3,
	WIRE_CHUNK_STREAMS = 12,         /* a peer may use so many at once */
	WIRE_HEAD_MAX = 640,             /* kept of a command */
	WIRE_MEDIA_HEAD_MAX = 96,        /* kept of audio and video */
	WIRE_MESSAGE_MAX = 1 << 20,
	WIRE_CHUNK_HEADER_MAX = 18,
};

enum wire_type {
	WIRE_SET_CHUNK_SIZE = 1,
	WIRE_ABORT = 2,
	WIRE_ACK = 3,
	WIRE_USER_CONTROL = 4,
	WIRE_WINDOW_ACK = 5,
	WIRE_PEER_BANDWIDTH = 6,
	WIRE_AUDIO = 8,
	WIRE_VIDEO = 9,
	WIRE_DATA = 18,
	WIRE_COMMAND = 20,
};

enum wire_control {
	WIRE_SET_BUFFER_LENGTH = 3,
	WIRE_PING = 6,
	WIRE_PONG = 7,
};

/* A message of which `got` bytes have been handed out. */
struct wire_message {
	uint32_t csid;
	uint32_t timestamp;      /* ms */
	uint32_t delta;          /* ms, for type 3 chunks that begin one */
	uint32_t len;
	uint32_t stream_id;
	uint32_t got;
	uint8_t type;
	bool is_extended;        /* type 3 chunks repeat the timestamp */
	uint8_t slot;            /* 0 .. WIRE_CHUNK_STREAMS - 1 */
	uint32_t head_len;
	uint8_t head[WIRE_HEAD_MAX];     /* the first bytes, as far as got */
};

/* Called for each run of a message's payload, in order.  The run is already
 * in m->head (as far as that goes), not yet in m->got; it is the last one if
 * m->got + len == m->len.  Returns 0, or a negative errno that ends it. */
typedef int (wire_piece_fn)(void *arg, const struct wire_message *m,
			    const uint8_t *p, size_t len);

/* The receiving side of one connection, after the handshake. */
struct wire_in {
	uint32_t chunk_size;
	uint32_t chunk_left;     /* payload bytes to come of this chunk */
	uint32_t n_header;
	uint8_t header[WIRE_CHUNK_HEADER_MAX];
	unsigned n_slots;
	struct wire_message *current;    /* in `slots`; NULL in a header */
	struct wire_message slots[WIRE_CHUNK_STREAMS];
};

void wire_in_init(struct wire_in *in);

/* Take `len` bytes.  Set Chunk Size and Abort take effect here; every
 * message, these too, is handed to `fn`.  Returns 0, -EBADMSG (a chunk that
 * cannot be), -EMSGSIZE (above a limit of this tool), or what `fn` gave. */
int wire_read(struct wire_in *in, const uint8_t *p, size_t len,
	      wire_piece_fn *fn, void *arg);

uint32_t wire_be32(const uint8_t *p);
void wire_put_be32(uint8_t *p, uint32_t v);

/* What is being written: a fixed buffer of the caller, which must be large
 * enough for what the caller puts in (asserted). */
struct wire_out {
	uint8_t *p;
	size_t len;
	size_t size;
};

void wire_put(struct wire_out *out, const void *p, size_t len);
void wire_put_u8(struct wire_out *out, unsigned v);
void wire_put_be(struct wire_out *out, uint32_t v, unsigned n_bytes);

/* Begin a message of `len` bytes on chunk stream `csid` (below 64) with a
 * full header.  The payload follows by wire_put if it fits one chunk. */
void wire_put_header(struct wire_out *out, unsigned csid, uint32_t timestamp,
		     size_t len, enum wire_type type, uint32_t stream_id);

/* A whole message, cut into chunks of `chunk_size`. */
void wire_put_message(struct wire_out *out, unsigned csid, uint32_t timestamp,
		      enum wire_type type, uint32_t stream_id,
		      const uint8_t *p, size_t len, uint32_t chunk_size);

/* Set Chunk Size, Ack, Window Ack Size: one number of 32 bits. */
void wire_put_control(struct wire_out *out, enum wire_type type, uint32_t v);

/* A user control event with one (`n` = 1) or two numbers. */
void wire_put_user_control(struct wire_out *out, enum wire_control event,
			   unsigned n, uint32_t a, uint32_t b);

void amf_put_number(struct wire_out *out, double v);
void amf_put_string(struct wire_out *out, const char *z);
void amf_put_null(struct wire_out *out);
void amf_put_object(struct wire_out *out);
void amf_put_key(struct wire_out *out, const char *z);
void amf_put_end(struct wire_out *out);

/* A value at the start of p; returns its length, or 0 if it is none of that
 * type or cut off.  *text points into p. */
size_t amf_get_string(const uint8_t *p, size_t len, const char **text,
		      size_t *text_len);
size_t amf_get_number(const uint8_t *p, size_t len, double *v);

/* The length of a value of any type that stands alone; 0 as above. */
size_t amf_skip(const uint8_t *p, size_t len);

#endif
