/* STUN messages, read in place (RFC 8489 s5, s14).  A stun_message is a view
 * of borrowed bytes: nothing is copied or allocated.  Thread: any, pure. */
#ifndef STUN_MESSAGE_H
#define STUN_MESSAGE_H

#include "stun/stun_attr.h"

enum {
	STUN_HEADER_LEN = 20,
	STUN_MESSAGE_MAX = STUN_HEADER_LEN + 0xfffc,
	STUN_ATTRS_MAX = 256,            /* in one message */
	STUN_UNKNOWN_MAX = 32,           /* told in one answer */
};

enum stun_class {
	STUN_REQUEST,
	STUN_INDICATION,
	STUN_SUCCESS,
	STUN_ERROR,
};

enum stun_method {
	STUN_BINDING = 0x001,
	STUN_ALLOCATE = 0x003,           /* RFC 8656 s17 */
	STUN_REFRESH = 0x004,
	STUN_SEND = 0x006,
	STUN_DATA_METHOD = 0x007,
	STUN_CREATE_PERMISSION = 0x008,
	STUN_CHANNEL_BIND = 0x009,
	STUN_CONNECT = 0x00a,            /* RFC 6062 s6.1 */
	STUN_CONNECTION_BIND = 0x00b,
	STUN_CONNECTION_ATTEMPT = 0x00c,
};

struct stun_attr {
	uint16_t type;
	struct slice value;      /* borrowed, without padding */
};

/* The last three are offsets of attributes from the start of the message, 0
 * if there is none: they are in no walk and never unknown. */
struct stun_message {
	struct slice bytes;      /* borrowed: header and attributes */
	struct slice attrs;      /* those that count: what stands before the
				  * integrity and the fingerprint */
	enum stun_class class;
	uint16_t method;         /* enum stun_method, or another */
	const uint8_t *id;       /* transaction id, STUN_ID_LEN bytes */
	size_t integrity;        /* MESSAGE-INTEGRITY */
	size_t sha256;           /* MESSAGE-INTEGRITY-SHA256 */
	size_t fingerprint;
};

/* Class and method interleaved, as in the first two bytes (s5). */
uint16_t stun_type(enum stun_class class, unsigned method);

/* "Allocate"; NULL for a method that is not in the list above. */
const char *stun_method_name(unsigned method);

/* How long the message at the start of `in` is, its header included: for
 * streams.  Looks at the header alone.
 * Returns STUN_HEADER_LEN..STUN_MESSAGE_MAX, -EAGAIN (below 20 bytes), or
 * -EBADMSG: no STUN (first two bits, cookie, or a length that is no multiple
 * of four). */
int stun_message_length(struct slice in);

/* Read the message at the start of `in`: m->bytes is all of it, what follows
 * is not looked at (a datagram should have nothing there).  Checked are the
 * header, the lengths of all attributes, those of the integrity and the
 * fingerprint, and their order:
 *  - behind an integrity counts only a stronger one, and the fingerprint;
 *  - the fingerprint is the last of all.
 * Whether they are right is for the functions below.
 * m: filled on 0, else unchanged; borrows `in`.
 * Returns 0, -EAGAIN (not all there: more from a stream, none from a
 * datagram), -EBADMSG, or -EMSGSIZE (more than STUN_ATTRS_MAX attributes).
 * None of these deserves an answer (s6.3). */
int stun_message_parse(struct slice in, struct stun_message *m);

/* Walk the attributes that count, in the order of the message:
 *
 *	struct reader r = reader(m->attrs);
 *
 *	while (stun_attr_next(&r, &attr))
 *		...
 */
bool stun_attr_next(struct reader *r, struct stun_attr *attr);

/* The first attribute of this type, the one that counts (s14).
 * Returns 0 and *value, borrowed, or -ENOENT and *value unchanged. */
int stun_message_find(const struct stun_message *m, unsigned type,
		      struct slice *value);

/* The attributes that a receiver must know and does not, each once, for 420
 * (s6.3.1): none if `known` has all below 0x8000.  To be asked after the
 * authentication.
 * known: `n_known` types.  unknown: room for STUN_UNKNOWN_MAX, more are left
 * out.  Returns how many. */
size_t stun_message_unknown(const struct stun_message *m,
			    const uint16_t *known, size_t n_known,
			    uint16_t *unknown);

/* Check FINGERPRINT (s14.7).
 * Returns 0, -ENOENT (there is none) or -EBADMSG (it is wrong). */
int stun_message_check_fingerprint(const struct stun_message *m);

/* Check MESSAGE-INTEGRITY (s14.5), in constant time.  key: see stun_key.h.
 * Returns 0, -ENOENT (there is none), -EACCES (it is wrong), -ENOTSUP
 * (OpenSSL has no SHA-1) or -ENOMEM. */
int stun_message_check_integrity(const struct stun_message *m,
				 struct slice key);

/* Check MESSAGE-INTEGRITY-SHA256 (s14.6), in constant time.
 * min_len: what the usage takes at least, 16 to 32 bytes; 32 for TURN.
 * Returns as above; a shorter one is wrong. */
int stun_message_check_sha256(const struct stun_message *m,
			      struct slice key, size_t min_len);

#endif
