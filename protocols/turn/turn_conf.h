/* What a TURN server is told: made once of the configuration, on main, and
 * only read afterwards, by all workers.  0 means "no limit" for all limits. */
#ifndef TURN_CONF_H
#define TURN_CONF_H

#include <stdbool.h>
#include "io/addr.h"
#include "turn/turn_auth.h"
#include "turn/turn_frame.h"
#include "turn/turn_peers.h"

enum {
	TURN_RELAYS_MAX = 16,            /* relay addresses */
	TURN_PORT_MIN = 49152,           /* RFC 8656 s7.2 */
	TURN_PORT_MAX = 65535,
	TURN_LIFETIME_S = 600,           /* of an allocation, s3.2 */
	TURN_PERMISSION_S = 300,         /* s9 */
	TURN_CHANNEL_S = 600,            /* s12 */
	TURN_RESERVATION_S = 30,         /* s7.2 */
};

/* An address of ours on which peers reach allocations. */
struct turn_relay_conf {
	struct addr ip;          /* the interface's */
	struct addr external;    /* what clients are told: that of the NAT
				  * before us, or the same as `ip` */
};

struct turn_limits {
	long allocations;                /* in all */
	long allocations_per_user;
	long allocations_per_address;    /* IPv6: per /64 */
	unsigned permissions;            /* of one allocation */
	unsigned channels;               /* of one allocation */
	unsigned connections;            /* RFC 6062, of one allocation */
	int64_t bytes_per_s;             /* of one allocation, both ways */
	int64_t bytes_per_s_per_user;
	long unauthenticated;            /* streams not authenticated yet */
	long unauthenticated_per_address;
	int64_t authenticate_ms;         /* the time they have for it */
	unsigned replies_per_s;          /* to one address (/32, /64) that has
					  * not authenticated */
};

struct turn_conf {
	struct turn_auth *auth;          /* a reference, as of */
	struct turn_peers *peers;        /* this (mem_new) */
	struct turn_relay_conf relays[TURN_RELAYS_MAX];
	size_t n_relays;
	uint16_t port_min;
	uint16_t port_max;
	int64_t lifetime_max_s;
	struct turn_limits limits;
	bool has_tcp;                    /* RFC 6062 */
	bool has_mobility;               /* RFC 8016 */
	bool has_discovery;              /* RFC 5780 */
	uint16_t channel_max;            /* TURN_CHANNEL_MAX, or for clients of
					  * RFC 5766 TURN_CHANNEL_MAX_5766 */
	bool follows_listener;           /* no family asked for: the
					  * client's own, not IPv4 */
	bool ends_at_expiry;             /* allocations end with the time of
					  * their user's credentials */
	struct addr alternate;           /* where clients go while draining;
					  * no family: nowhere */
	char *alternate_domain;          /* owned; "" */
	char *software;                  /* owned; "": not told */
};

/* Free what it owns. */
API void turn_conf_fini(struct turn_conf *conf);

#endif
