/* The claims of a token: what it is good for.
 *
 *	{ "exp": 1700000000, "nbf": 1690000000,    seconds since 1970
 *	  "application": "live",                   left out: any
 *	  "stream": "cam-*",                       a pattern
 *	  "action": "publish" }                    or "play"
 *
 * Where a text stands a list of texts may stand.  Claims that are registered
 * are those of RFC 7519 s4.1.  Thread: any, pure. */
#ifndef JWT_APP_CLAIMS_H
#define JWT_APP_CLAIMS_H

#include "base/slice.h"

/* What is asked for, and what the configuration wants. */
struct jwt_app_want {
	struct str application;
	struct str stream;
	const char *action;
	const char *issuer;      /* "": any */
	const char *audience;    /* "": any */
	int64_t now_s;           /* since 1970 */
	int64_t leeway_s;        /* clocks may be off by so much */
};

/* Do the claims `json` (one object) allow it?  NULL: yes, and *expires_s is
 * when no longer (0: they do not say); else why not, static text that the peer
 * may be told. */
const char *jwt_app_claims_refuse(struct str json,
				  const struct jwt_app_want *want,
				  int64_t *expires_s);

/* Does `text` fit the pattern?  In that "*" is any bytes, none or more, "?" is
 * one byte, and the others are themselves. */
bool jwt_app_pattern_fits(struct str pattern, struct str text);

#endif
