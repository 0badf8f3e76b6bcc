/* What the files of protocols/stun share.  Thread: any, pure. */
#ifndef STUN_INT_H
#define STUN_INT_H

#include "base/error.h"
#include "base/slice.h"
#include "stun/stun_crypto.h"

enum {
	STUN_COOKIE = 0x2112a442,
	STUN_CRC_XOR = 0x5354554e,
	STUN_ATTR_HEADER_LEN = 4,
	STUN_FAMILY_IPV4 = 1,            /* in addresses (s14.1) */
	STUN_FAMILY_IPV6 = 2,
};

/* Bytes between the end of a value and the next multiple of four. */
#define STUN_PAD(len) (-(len) & 3)

/* Cookie and transaction id, as XOR-addresses are masked (s14.2). */
void stun_xor_mask(uint8_t mask[16], const uint8_t id[12]);

/* CRC-32 of ITU-T V.42, as in FINGERPRINT (s14.7). */
uint32_t stun_crc32(struct slice s);

/* The integrity of a message whose header stands at `msg`, with the attribute
 * (`value_len` bytes of value) at offset `at`: the length field counts up to
 * the end of that attribute, whatever it says itself (s14.5).  out: as long
 * as the digest.  Errors as for stun_hmac. */
int stun_integrity(const char *digest, struct slice key, const uint8_t *msg,
		   size_t at, size_t value_len, uint8_t *out);

#endif
