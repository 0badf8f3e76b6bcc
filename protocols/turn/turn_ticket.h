/* Tickets of RFC 8016: where an allocation is, and whose, sealed so that its
 * client can carry it from one address to another and read nothing in it.
 *
 *	salt: 16  AES-256-GCM { where, whose, until when }  tag: 16
 *
 * Thread: any, pure. */
#ifndef TURN_TICKET_H
#define TURN_TICKET_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TURN_TICKET_KEY_LEN = 32,
	TURN_TICKET_USER_LEN = 16,       /* as TURN_IDENTITY_ID_LEN */
	TURN_TICKET_LEN = 16 + 2 + 3 * 4 + 8 + TURN_TICKET_USER_LEN + 16,
};

struct turn_ticket {
	uint16_t worker;
	uint32_t slot;
	uint32_t generation;     /* of the slot: another one is 437 */
	uint32_t serial;         /* of the allocation's tickets: only the last
				  * one moves it (s3.2.2) */
	uint8_t user[TURN_TICKET_USER_LEN]; /* id of its turn_identity: another
				  * one is 441 */
	int64_t expires_s;       /* of the caller's clock, at least 0 */
};

/* Seal a ticket.  No two are alike, even of the same content (s3.2.2).
 * key: TURN_TICKET_KEY_LEN random bytes of this server.
 * out: TURN_TICKET_LEN bytes.  Returns 0, -ENOTSUP or -ENOMEM (OpenSSL). */
int turn_ticket_seal(uint8_t *out, const uint8_t *key,
		     const struct turn_ticket *ticket);

/* Open the value of MOBILITY-TICKET.
 * ticket: filled on 0, else unchanged.
 * Returns 0, -EBADMSG (length), -EACCES (not ours, or changed), -ETIMEDOUT
 * (ours, at its end at `now_s`), -ENOTSUP or -ENOMEM. */
int turn_ticket_open(struct slice in, const uint8_t *key, int64_t now_s,
		     struct turn_ticket *ticket);

#endif
