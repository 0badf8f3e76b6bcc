/* A WebSocket (RFC 6455) as the nearest node of a chain: a user that sends
 * and hears messages.  HTTP's node becomes one by chain_replace.
 * Thread: the loop's. */
#ifndef WEBSOCKET_NODE_H
#define WEBSOCKET_NODE_H

#include "stack/chain.h"
#include "websocket/websocket_close.h"

enum {
	WEBSOCKET_MESSAGE_MAX = 64 * 1024,       /* that is taken, bytes */
	WEBSOCKET_PING_MS = 20000,       /* of silence; then so long again */
	WEBSOCKET_CLOSE_MS = 5000,       /* for the peer's close frame */
};

struct websocket;

/* Any of these may close it. */
struct websocket_user {
	/* A whole message (WEBSOCKET_TEXT: UTF-8, or WEBSOCKET_BINARY);
	 * borrowed.  NULL: they are dropped. */
	void (*message)(struct websocket *ws, enum websocket_opcode opcode,
			struct slice payload, void *arg);

	/* It is over; gone after this call, in which its sources are taken
	 * out, and nothing else of it is called.  Also if the chain closes
	 * before the websocket was opened.  code: the peer's, or
	 * WEBSOCKET_LOST. */
	void (*closed)(struct websocket *ws, unsigned code, void *arg);
};

/* NOTE: its closed comes as the chain closes, a moment after the close
 * frames: until then what is sent, or added, is dropped. */
extern const struct protocol websocket_protocol;

/* That of a node of websocket_protocol, such as chain_replace gives. */
API struct websocket *websocket_of(struct node *node);

/* Tell the new node, before it is opened, whose it is.  user: static. */
API void websocket_set_user(struct websocket *ws,
			    const struct websocket_user *user, void *arg);

/* Send one message.  What waits already, if it exceeds OUTBOX_CONTROL_MAX,
 * closes the chain: the peer asks, and does not read. */
API void websocket_send(struct websocket *ws, enum websocket_opcode opcode,
			struct slice payload);

/* A source lends whole frames, headers and all, one as one message of its
 * (a packager with websocket_framing makes such a log).  Control frames go
 * between them.  As outbox_add, outbox_del: within a message it is taken out
 * in `closed` only.  Once a close frame is sent, it is asked for the rest of
 * that message, and for no further one. */
API void websocket_add_source(struct websocket *ws,
			      struct outbox_source *source);
API void websocket_del_source(struct websocket *ws,
			      struct outbox_source *source);

/* Its chain, for chain_want_output, chain_flush, chain_prefetch. */
API struct chain *websocket_chain(const struct websocket *ws);

/* Send a close frame, wait for the peer's, end the chain (s7.1).  `closed`
 * is still called.  code: legal, or WEBSOCKET_NO_CODE; reason: UTF-8, may be
 * NULL. */
API void websocket_close(struct websocket *ws, unsigned code,
			 const char *reason);

/* The header of a binary message of `len` bytes, as struct packager has it:
 * what a server sends has no mask, so it is the same for all viewers. */
size_t websocket_framing(uint8_t *out, size_t len);

#endif
