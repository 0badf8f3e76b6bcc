/* An RTMP client for the flows: publishes or plays one stream, and writes
 * down what it is told and sent. */
#ifndef RTMP_PEER_H
#define RTMP_PEER_H

#include "io/carrier.h"
#include "rig.h"
#include "rtmp/rtmp_chunk.h"
#include "rtmp/rtmp_handshake.h"

enum { PEER_TEXT_MAX = 2048, PEER_MEDIA_MAX = 4000 };

/* One message of type 8 or 9 that came. */
struct peer_media {
	uint8_t type;
	uint8_t head[2];         /* of its body */
	uint32_t timestamp;
	uint32_t number;         /* as peer_send_* numbered it */
	uint32_t len;
	bool is_whole;           /* the body is as it was sent */
};

struct peer {
	struct carrier *carrier; /* NULL: closed */
	struct rtmp_handshake handshake;
	struct rtmp_dechunker in;
	struct writer out;       /* not taken by the carrier yet */
	const char *app;
	const char *command;     /* "publish", "play", or NULL: only connect */
	const char *name;
	bool is_deaf;            /* reads nothing */
	bool is_ready;           /* told Start */
	bool is_closed;          /* by the server */
	char told[PEER_TEXT_MAX]; /* codes, separated by blanks */
	size_t n_media;
	struct peer_media media[PEER_MEDIA_MAX];
};

/* Connect to worker n; what follows goes by itself as time goes by.  0 or a
 * negative errno; peer_close in any case. */
int peer_open(struct peer *peer, struct rig *rig, unsigned n, const char *app,
	      const char *command, const char *name);
void peer_close(struct peer *peer);

/* Was it told this code? */
bool peer_was_told(const struct peer *peer, const char *code);

/* Send a configuration, or frame `number` with a body of `len` bytes. */
void peer_send_config(struct peer *peer, uint8_t type, uint32_t ms);
void peer_send_frame(struct peer *peer, uint8_t type, bool is_key,
		     uint32_t ms, uint32_t number, size_t len);

/* A command without arguments but `name`, on message stream 1. */
void peer_send_command(struct peer *peer, const char *command,
		       const char *name);

/* Read on, after is_deaf. */
void peer_listen(struct peer *peer);

#endif
