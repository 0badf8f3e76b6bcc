/* Writing STUN messages (RFC 8489 s5, s14): begin, attributes, integrity,
 * fingerprint.
 *
 *	struct stun_writer s = stun_begin(&w, STUN_SUCCESS, STUN_BINDING, id);
 *
 *	stun_put_xor_addr(&s, STUN_XOR_MAPPED_ADDRESS, &from);
 *	stun_put_sha256(&s, key);
 *	stun_put_fingerprint(&s);
 *	if (w.err)
 *		...
 *
 * The header's length is right after each step.  Errors stick in the writer
 * underneath, whose message is to be thrown away then: -ENOMEM, -EMSGSIZE
 * (above its limit, or above STUN_MESSAGE_MAX), -ENOTSUP (OpenSSL lacks the
 * digest).  Padding is zeros.  Thread: any. */
#ifndef STUN_WRITER_H
#define STUN_WRITER_H

#include "base/writer.h"
#include "stun/stun_message.h"

struct stun_writer {
	struct writer *w;        /* borrowed */
	size_t start;            /* where the message begins in it */
	unsigned ended;          /* the type that came last, if nothing but
				  * integrity or fingerprint may follow */
};

/* Begin a message at the end of `w`, which outlives it and takes nothing else
 * until the message is done.  id: STUN_ID_LEN bytes, copied. */
struct stun_writer stun_begin(struct writer *w, enum stun_class class,
			      unsigned method, const uint8_t *id);

/* One attribute with this value: at most 65535 bytes. */
void stun_put(struct stun_writer *s, unsigned type, struct slice value);

/* USERNAME, REALM, NONCE, SOFTWARE, ALTERNATE-DOMAIN; -EMSGSIZE above
 * STUN_TEXT_WRITE_MAX. */
void stun_put_text(struct stun_writer *s, unsigned type, struct str text);

/* Addresses as they are, and masked with cookie and transaction id. */
void stun_put_addr(struct stun_writer *s, unsigned type,
		   const struct addr *addr);
void stun_put_xor_addr(struct stun_writer *s, unsigned type,
		       const struct addr *addr);

/* LIFETIME, CONNECTION-ID and their like: 32 bits; 64 bits; none. */
void stun_put_u32(struct stun_writer *s, unsigned type, uint32_t v);
void stun_put_u64(struct stun_writer *s, unsigned type, uint64_t v);
void stun_put_flag(struct stun_writer *s, unsigned type);

/* CHANNEL-NUMBER, REQUESTED-TRANSPORT, EVEN-PORT, ICMP, RESPONSE-PORT. */
void stun_put_channel(struct stun_writer *s, uint16_t channel);
void stun_put_transport(struct stun_writer *s, uint8_t protocol);
void stun_put_even_port(struct stun_writer *s, bool reserve);
void stun_put_icmp(struct stun_writer *s, const struct stun_icmp *icmp);
void stun_put_port(struct stun_writer *s, uint16_t port);

/* REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY.
 * family: AF_INET or AF_INET6. */
void stun_put_family(struct stun_writer *s, unsigned type, int family);

/* ERROR-CODE, or ADDRESS-ERROR-CODE if `family` is not AF_UNSPEC.
 * code: 300 to 699.  reason: may be empty. */
void stun_put_error(struct stun_writer *s, int family, unsigned code,
		    struct str reason);

/* UNKNOWN-ATTRIBUTES, as stun_message_unknown gives them. */
void stun_put_unknown(struct stun_writer *s, const uint16_t *types,
		      size_t n);

/* PASSWORD-ALGORITHMS (or with one id, PASSWORD-ALGORITHM), without
 * parameters.  ids: enum stun_key_algorithm, the best one first. */
void stun_put_algorithms(struct stun_writer *s, unsigned type,
			 const uint16_t *ids, size_t n);

/* MESSAGE-INTEGRITY over all so far.  Nothing may follow but the next two. */
void stun_put_integrity(struct stun_writer *s, struct slice key);

/* MESSAGE-INTEGRITY-SHA256, whole.  Nothing may follow but FINGERPRINT. */
void stun_put_sha256(struct stun_writer *s, struct slice key);

/* FINGERPRINT.  Nothing may follow. */
void stun_put_fingerprint(struct stun_writer *s);

#endif
