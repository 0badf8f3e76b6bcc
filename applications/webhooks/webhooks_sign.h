/* The signature of what is sent, by which a receiver knows the sender. */
#ifndef WEBHOOKS_SIGN_H
#define WEBHOOKS_SIGN_H

#include "base/slice.h"

enum { WEBHOOKS_SIGNATURE_SIZE = 112 };

/* The value of X-Sluice-Signature, "t=SECONDS,v1=HEX": HMAC-SHA256 (RFC 2104)
 * with `secret` over "SECONDS.BODY", in lower case.
 * buf: WEBHOOKS_SIGNATURE_SIZE bytes.  0, or -ENOMEM.  Thread: any. */
int webhooks_sign(char *buf, struct str secret, int64_t seconds,
		  struct slice body);

#endif
