/* Tickets of RFC 8016: where an allocation is, sealed so that its client can
 * carry it from one address to another and read nothing in it:
 *
 *	tag: 16  AES-256-SIV { where, random: 3 }: 16
 *
 * Not longer than this, since clients have room for 32 bytes (coturn's).
 * Thread: any, pure. */
#ifndef TURN_TICKET_H
#define TURN_TICKET_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TURN_TICKET_KEY_LEN = 64,
	TURN_TICKET_LEN = 32,
	TURN_TICKET_SLOT_MAX = 0xffffff,
};

struct turn_ticket {
	uint16_t worker;
	uint32_t slot;           /* up to TURN_TICKET_SLOT_MAX */
	uint32_t generation;     /* of the slot: another one is 437 */
	uint32_t serial;         /* of the allocation's tickets: only the last
				  * one moves it (s3.2.2) */
};

/* Seal a ticket.  No two are alike, even of the same content (s3.2.2), and
 * none has a zero in it.
 * key: TURN_TICKET_KEY_LEN random bytes of this server.
 * out: TURN_TICKET_LEN bytes.  Returns 0, -ENOTSUP or -ENOMEM (OpenSSL). */
int turn_ticket_seal(uint8_t *out, const uint8_t *key,
		     const struct turn_ticket *ticket);

/* Open the value of MOBILITY-TICKET.
 * ticket: filled on 0, else unchanged.
 * Returns 0, -EBADMSG (length), -EACCES (not ours, or changed), -ENOTSUP or
 * -ENOMEM. */
int turn_ticket_open(struct slice in, const uint8_t *key,
		     struct turn_ticket *ticket);

#endif
