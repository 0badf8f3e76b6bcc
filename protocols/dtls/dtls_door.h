/* The door of DTLS on a datagram socket: who comes must first show that it
 * gets what is sent to its address (RFC 6347 s4.2.1), and leaves no trace
 * until then; after that it is a session, a carrier for the datagrams of
 * that one peer.  Thread: the loop's, for all. */
#ifndef DTLS_DOOR_H
#define DTLS_DOOR_H

#include "dtls/dtls_context.h"
#include "io/carrier.h"
#include "io/udp.h"

struct dtls_door;

enum {
	DTLS_SESSIONS_MAX = 100000,      /* by default */
	DTLS_HANDSHAKES_MAX = 1000,      /* under way, by default */
};

struct dtls_door_conf {
	struct udp *udp;         /* by which it sends; outlives the door */
	const struct dtls_context *context;      /* the same */
	size_t sessions_max;     /* 0: DTLS_SESSIONS_MAX */
	size_t handshakes_max;   /* 0: DTLS_HANDSHAKES_MAX */
	int64_t idle_ms;         /* a session that is silent so long ends */

	/* A new session: take over its carrier and open a chain on it, whose
	 * farthest protocol is dtls_session_protocol; or close it. */
	void (*accept)(void *arg, struct carrier *take_carrier);

	/* May something be sent to this address, which anybody may have
	 * written there?  The answer is shorter than the question.  NULL:
	 * it may. */
	bool (*may_reply)(void *arg, const struct addr *to);
	void *arg;
};

/* What happened so far. */
struct dtls_door_stats {
	size_t n_sessions;       /* now, handshakes included */
	size_t n_handshakes;     /* now */
	uint64_t n_verifies;     /* cookies that were sent */
	uint64_t n_unanswered;   /* may_reply said no */
	uint64_t n_refused;      /* valid cookies, for want of room */
	uint64_t n_ignored;      /* datagrams of no session, and no hello */
};

/* Open a door; all of `conf` but its pointers is copied.  0 or -ENOMEM. */
int dtls_door_open(struct dtls_door **door,
		   const struct dtls_door_conf *conf);

/* End all sessions; the door is freed at the end of the turn.  NULL is
 * allowed. */
void dtls_door_close(struct dtls_door *door);

/* A datagram of the socket, or a train of them, whose first byte is 20 to 63
 * (RFC 7983 s7); any other is ignored. */
void dtls_door_input(struct dtls_door *door, struct slice in,
		     const struct io_meta *meta);

const struct dtls_door_stats *dtls_door_stats(const struct dtls_door *door);

#endif
