/* STUN attributes: their numbers, and what stands in each (RFC 8489 s14,
 * RFC 8656 s18, and the others named below).  All readers take the value of
 * one attribute, borrowed and without its padding, and are strict about its
 * length; bits kept for the future are ignored.  What they give to the caller
 * is changed only when they return 0.  Thread: any, pure. */
#ifndef STUN_ATTR_H
#define STUN_ATTR_H

#include "base/error.h"
#include "base/reader.h"
#include "io/addr.h"

/* Below 0x8000 a receiver must know the attribute (RFC 8489 s14). */
enum stun_attr_type {
	STUN_MAPPED_ADDRESS = 0x0001,
	STUN_CHANGE_REQUEST = 0x0003,            /* RFC 5780 */
	STUN_USERNAME = 0x0006,
	STUN_MESSAGE_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_UNKNOWN_ATTRIBUTES = 0x000a,
	STUN_CHANNEL_NUMBER = 0x000c,            /* RFC 8656, from here */
	STUN_LIFETIME = 0x000d,
	STUN_XOR_PEER_ADDRESS = 0x0012,
	STUN_DATA = 0x0013,
	STUN_REALM = 0x0014,                     /* RFC 8489 */
	STUN_NONCE = 0x0015,                     /* RFC 8489 */
	STUN_XOR_RELAYED_ADDRESS = 0x0016,
	STUN_REQUESTED_ADDRESS_FAMILY = 0x0017,
	STUN_EVEN_PORT = 0x0018,
	STUN_REQUESTED_TRANSPORT = 0x0019,
	STUN_DONT_FRAGMENT = 0x001a,
	STUN_ACCESS_TOKEN = 0x001b,              /* RFC 7635 */
	STUN_MESSAGE_INTEGRITY_SHA256 = 0x001c,
	STUN_PASSWORD_ALGORITHM = 0x001d,
	STUN_USERHASH = 0x001e,
	STUN_XOR_MAPPED_ADDRESS = 0x0020,
	STUN_RESERVATION_TOKEN = 0x0022,         /* RFC 8656 */
	STUN_PRIORITY = 0x0024,                  /* RFC 8445 */
	STUN_USE_CANDIDATE = 0x0025,             /* RFC 8445 */
	STUN_PADDING = 0x0026,                   /* RFC 5780 */
	STUN_RESPONSE_PORT = 0x0027,             /* RFC 5780 */
	STUN_CONNECTION_ID = 0x002a,             /* RFC 6062 */
	STUN_ADDITIONAL_ADDRESS_FAMILY = 0x8000, /* RFC 8656 */
	STUN_ADDRESS_ERROR_CODE = 0x8001,        /* RFC 8656 */
	STUN_PASSWORD_ALGORITHMS = 0x8002,
	STUN_ALTERNATE_DOMAIN = 0x8003,
	STUN_ICMP = 0x8004,                      /* RFC 8656 */
	STUN_SOFTWARE = 0x8022,
	STUN_ALTERNATE_SERVER = 0x8023,
	STUN_CACHE_TIMEOUT = 0x8027,             /* RFC 5780 */
	STUN_FINGERPRINT = 0x8028,
	STUN_ICE_CONTROLLED = 0x8029,            /* RFC 8445 */
	STUN_ICE_CONTROLLING = 0x802a,           /* RFC 8445 */
	STUN_RESPONSE_ORIGIN = 0x802b,           /* RFC 5780 */
	STUN_OTHER_ADDRESS = 0x802c,             /* RFC 5780 */
	STUN_THIRD_PARTY_AUTHORIZATION = 0x802e, /* RFC 7635 */
	STUN_MOBILITY_TICKET = 0x8030,           /* RFC 8016 */
	STUN_ADDITIONAL_FAMILY_DRAFT = 0x8032,   /* coturn up to 4.6 */
};

enum {
	STUN_ID_LEN = 12,                /* of a transaction id */
	STUN_TEXT_READ_MAX = 763,        /* bytes of text that is read, */
	STUN_TEXT_WRITE_MAX = 509,       /* and written (RFC 8489 s14.8) */
	STUN_USERHASH_LEN = 32,
	STUN_CHANGE_IP = 0x04,           /* in CHANGE-REQUEST, */
	STUN_CHANGE_PORT = 0x02,         /* RFC 5780 s7.2 */
	STUN_ATTR_TEXT_MAX = 256,        /* room that prints whole what is
					  * not long text */
};

/* ERROR-CODE, and ADDRESS-ERROR-CODE with its family. */
struct stun_error {
	int family;              /* AF_INET, AF_INET6; AF_UNSPEC: none */
	unsigned code;           /* 300..699 */
	struct str reason;       /* borrowed; any bytes that a peer likes */
};

struct stun_icmp {
	uint8_t type;
	uint8_t code;
	uint32_t data;           /* MTU of the next hop, or 0 */
};

/* One element of PASSWORD-ALGORITHMS, or PASSWORD-ALGORITHM. */
struct stun_algorithm {
	uint16_t id;             /* enum stun_key_algorithm, or another */
	struct slice params;     /* borrowed; none are known yet */
};

/* "XOR-PEER-ADDRESS"; NULL for a number that is not in the list above. */
const char *stun_attr_name(unsigned type);

/* A receiver that does not know it must refuse the request. */
bool stun_attr_is_required(unsigned type);

/* MAPPED-ADDRESS, ALTERNATE-SERVER, RESPONSE-ORIGIN, OTHER-ADDRESS (RFC 8489
 * s14.1).  An IPv4 address mapped into IPv6 stays as it is.
 * Returns 0, -EBADMSG (length) or -ENOTSUP (another family). */
int stun_addr_read(struct slice value, struct addr *addr);

/* XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS (s14.2).
 * id: the message's transaction id.  Errors as above. */
int stun_xor_addr_read(struct slice value, const uint8_t id[STUN_ID_LEN],
		       struct addr *addr);

/* USERNAME, REALM, NONCE, SOFTWARE, ALTERNATE-DOMAIN: borrowed, 1 to
 * STUN_TEXT_READ_MAX bytes of UTF-8.  Returns 0, -EBADMSG or -EMSGSIZE. */
int stun_text_read(struct slice value, struct str *s);

/* REALM or NONCE as they go into a key: without the quotes around and the
 * zeros behind that old clients send (s9.2.2, s14.9).  Borrowed from `s`. */
struct str stun_text_unquote(struct str s);

/* ERROR-CODE (s14.8).  Returns 0, -EBADMSG (length, class or number) or
 * -EMSGSIZE (reason above STUN_TEXT_READ_MAX). */
int stun_error_read(struct slice value, struct stun_error *e);

/* ADDRESS-ERROR-CODE (RFC 8656 s18.12).  As above, and -ENOTSUP: another
 * family. */
int stun_address_error_read(struct slice value, struct stun_error *e);

/* UNKNOWN-ATTRIBUTES: at most `max` numbers into `types`; what is more is
 * left out.  Returns how many, or -EBADMSG (odd length). */
int stun_unknown_read(struct slice value, uint16_t *types, size_t max);

/* The next algorithm of PASSWORD-ALGORITHMS, or the only one of
 * PASSWORD-ALGORITHM (s14.11, s14.12), whose padding may be left out.
 * r: over the value.  Returns 1, 0 (no more) or -EBADMSG. */
int stun_algorithm_next(struct reader *r, struct stun_algorithm *a);

/* LIFETIME (seconds), CONNECTION-ID, PRIORITY, CHANGE-REQUEST: 32 bits.
 * Returns 0 or -EBADMSG, as all that follow. */
int stun_u32_read(struct slice value, uint32_t *v);

/* RESERVATION-TOKEN, ICE-CONTROLLED, ICE-CONTROLLING: 64 bits. */
int stun_u64_read(struct slice value, uint64_t *v);

/* CHANNEL-NUMBER (RFC 8656 s18.1), of any value: see
 * stun_channel_is_valid. */
int stun_channel_read(struct slice value, uint16_t *channel);

/* True for 0x4000..0x4FFF (RFC 8656 s12). */
bool stun_channel_is_valid(unsigned channel);

/* REQUESTED-TRANSPORT (s18.8): the number of an IP protocol. */
int stun_transport_read(struct slice value, uint8_t *protocol);

/* REQUESTED-ADDRESS-FAMILY, ADDITIONAL-ADDRESS-FAMILY (s18.6, s18.11):
 * AF_INET or AF_INET6.  Also -ENOTSUP: another family. */
int stun_family_read(struct slice value, int *family);

/* EVEN-PORT (s18.7): whether the next port is to be kept. */
int stun_even_port_read(struct slice value, bool *reserve);

/* DONT-FRAGMENT, USE-CANDIDATE: nothing in it. */
int stun_flag_read(struct slice value);

/* ICMP (s18.13). */
int stun_icmp_read(struct slice value, struct stun_icmp *icmp);

/* RESPONSE-PORT (RFC 5780 s7.5): with its two bytes of padding counted or
 * not, as both are sent. */
int stun_port_read(struct slice value, uint16_t *port);

/* For logs and people: "XOR-PEER-ADDRESS 192.0.2.1:80", one harmless line.
 * Secrets (tokens, tickets, integrity) and data are told by length only; a
 * value that cannot be read shows as "(malformed)".
 * id: the message's transaction id.  out: `size` bytes, at least 1, ended by
 * a zero.  Returns the length, at most size - 1. */
size_t stun_attr_print(char *out, size_t size, unsigned type,
		       struct slice value,
		       const uint8_t id[STUN_ID_LEN]);

#endif
