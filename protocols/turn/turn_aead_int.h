/* AES-GCM for tokens (RFC 5116 s5.1, s5.2), by OpenSSL.
 * Thread: any, pure. */
#ifndef TURN_AEAD_INT_H
#define TURN_AEAD_INT_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TURN_AEAD_NONCE_LEN = 12,
	TURN_AEAD_TAG_LEN = 16,
};

/* What both ends must know. */
struct turn_aead {
	struct slice key;        /* 16 or 32 bytes: AES-128 or AES-256 */
	const uint8_t *nonce;    /* TURN_AEAD_NONCE_LEN bytes */
	struct slice data;       /* authenticated beside the text */
};

/* Encrypt `text` into `out`: text.len and TURN_AEAD_TAG_LEN bytes.
 * Returns 0, -ENOTSUP or -ENOMEM (OpenSSL). */
int turn_aead_seal(const struct turn_aead *aead, struct slice text,
		   uint8_t *out);

/* Decrypt `in` into `out`: in.len - TURN_AEAD_TAG_LEN bytes, overwritten with
 * zeros unless it is authentic.
 * Returns 0, -EBADMSG (shorter than a tag), -EACCES (not authentic), -ENOTSUP
 * or -ENOMEM. */
int turn_aead_open(const struct turn_aead *aead, struct slice in,
		   uint8_t *out);

#endif
