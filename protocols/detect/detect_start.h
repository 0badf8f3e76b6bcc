/* Who begins a connection like that?  No two of these begin alike, so the
 * answer is the same however the bytes are cut.  Thread: any, pure. */
#ifndef DETECT_START_H
#define DETECT_START_H

#include "base/error.h"
#include "base/slice.h"

enum detect_start {
	DETECT_RTMP,             /* version 3: RTMP 1.0 s5.2.2 */
	DETECT_RTMPE,            /* 6 and 8: encrypted in a way of its own */
	DETECT_HTTP,             /* a method and a blank (RFC 9112 s3), or the
				  * preface of HTTP/2 (RFC 9113 s3.4) */
	DETECT_TLS,              /* a handshake record (RFC 8446 s5.1) */
	DETECT_TURN,             /* STUN's header with its magic cookie, as
				  * each stream of TURN begins (RFC 8489 s5) */
	DETECT_STARTS,
};

enum {
	DETECT_BYTES = 8,        /* that decide, at most */
};

/* Look at the first bytes.  Returns an enum detect_start, -EAGAIN (more are
 * needed), or -ENOENT: nothing known begins like that.
 * mask: the bits 1 << x of those that are looked for; others are not known,
 * and not waited for. */
int detect_start(struct slice in, unsigned mask);

#endif
