/* The application turn: from the keys of the configuration to what the
 * engine in protocols/turn is told.  Thread: main, for all of it. */
#ifndef TURN_APP_H
#define TURN_APP_H

#include "host/application.h"
#include "turn/turn_conf.h"

#define TURN_APP_REALM "turn"

enum {
	TURN_APP_OWN_MAX = 2048,         /* addresses of this machine */
	TURN_APP_USER_S = 24 * 3600,     /* life of what --credentials gives */
};

/* What the machine has. */
struct turn_app_net {
	struct addr own[TURN_APP_OWN_MAX]; /* interfaces', and broadcasts; but
				  * for link-local ones of IPv6, where no
				  * socket without a scope gets */
	size_t n_own;
	struct addr route[2];    /* IPv4, IPv6: from where the default route
				  * goes; no family: there is none */
	bool (*can_bind)(const struct addr *addr); /* others beside `own`? */
};

/* Ask the system.  Returns 0, -EMSGSIZE (more than TURN_APP_OWN_MAX) or
 * another negative errno. */
int turn_app_net_read(struct turn_app_net *net);

/* Can a relay be opened there? */
bool turn_app_net_has(const struct turn_app_net *net,
		      const struct addr *addr);

bool turn_app_is_loopback(const struct addr *addr);

/* One reading of a section. */
struct turn_app_reading {
	struct log_tag log;
	const struct config_section *section;
	const struct config_section *apps; /* all, whose acceptors are ours */
	const struct turn_app_net *net;
	turn_auth_ask_fn *ask;   /* behind onCredentials */
	bool is_check;           /* make no files */
	bool is_quiet;           /* log nothing */

	struct turn_conf conf;   /* what becomes of it */
	bool is_wrong;           /* an error was added */
	int err;                 /* -ENOMEM and the like */
};

/* Read all; each fault is told by config_fail.  Returns 0 and r->conf, or
 * -EBADMSG, -ENOMEM and nothing. */
int turn_app_read(struct turn_app_reading *r);

/* Add an error about `key` of `section`, as config_fail does. */
void turn_app_fail(struct turn_app_reading *r,
		   const struct config_section *section, const char *key,
		   const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The parts of it; errors stick in `r`. */
void turn_app_read_auth(struct turn_app_reading *r);
void turn_app_read_relays(struct turn_app_reading *r);
void turn_app_read_peers(struct turn_app_reading *r); /* after the relays */

/* Where acceptor number `i` of an application listens. */
struct addr turn_app_listener(const struct config_section *app, size_t i);
size_t turn_app_n_listeners(const struct config_section *app);

/* Are all of them on loopback? */
bool turn_app_is_local(const struct config_section *app);

/* Write a user name and a password that work now, and how to try them.
 * relay: where clients find the server, if its listeners take all addresses.
 * user: of a time-limited name that ends within TURN_APP_USER_S of wall_s.
 * Returns 0, -ENOTSUP, -ENOMEM or the errno of the secret's file. */
int turn_app_usage(const struct application *app, const struct addr *relay,
		   struct str user, int64_t wall_s, struct writer *out);

#endif
