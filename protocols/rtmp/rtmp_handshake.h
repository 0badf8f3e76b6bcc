/* The RTMP handshake, without I/O (RTMP 1.0 s5.2): simple, and on the server
 * side also the "complex" one with digests, which clients that call
 * themselves Flash Player 9 or later begin.
 * Thread: that of the owner. */
#ifndef RTMP_HANDSHAKE_H
#define RTMP_HANDSHAKE_H

#include <stdbool.h>
#include "base/writer.h"

enum {
	RTMP_VERSION = 3,
	RTMP_HANDSHAKE_LEN = 1536,       /* of C1, C2, S1, S2; also the most
					  * that input leaves uneaten */
};

enum rtmp_role {
	RTMP_ROLE_SERVER,
	RTMP_ROLE_CLIENT,
};

enum rtmp_handshake_state {
	RTMP_HANDSHAKE_VERSION,  /* wait for C0, or S0 */
	RTMP_HANDSHAKE_FIRST,    /* wait for C1, or S1 */
	RTMP_HANDSHAKE_SECOND,   /* wait for C2, or S2 */
	RTMP_HANDSHAKE_DONE,
};

struct rtmp_handshake {
	enum rtmp_role role;
	enum rtmp_handshake_state state;
	size_t skip;             /* bytes of C2 or S2 still to come */
	bool has_digest;         /* the peer's C1 carries a valid digest */
};

void rtmp_handshake_init(struct rtmp_handshake *hs, enum rtmp_role role);

/* Client: write C0 and C1 (simple).  The server has nothing to start with.
 * Returns 0, or the error of `out`. */
int rtmp_handshake_start(struct rtmp_handshake *hs, struct writer *out);

/* Eat what the peer sent; write what it must be answered.  A server answers
 * S0, S1 and S2 as soon as C1 is whole, as clients expect, and takes any C2;
 * a client answers C2 and takes any S2.
 *
 * in: borrowed, the next bytes of the connection.
 * out: appended to.
 *
 * Returns the bytes eaten, 0 if more are needed, or if the handshake is done:
 * what follows it is never eaten.  Or -EBADMSG (not RTMP: version 32 or
 * above, s5.2.2), -ENOTSUP (RTMPE: version 6, 8 or 9), or the error of `out`
 * (-ENOMEM, -EMSGSIZE).  After an error the connection cannot go on. */
int rtmp_handshake_input(struct rtmp_handshake *hs, struct slice in,
			 struct writer *out);

static inline bool rtmp_handshake_is_done(const struct rtmp_handshake *hs)
{
	return hs->state == RTMP_HANDSHAKE_DONE;
}

#endif
