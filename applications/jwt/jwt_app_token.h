/* A token (RFC 7519): where it stands, and whether it is good. */
#ifndef JWT_APP_TOKEN_H
#define JWT_APP_TOKEN_H

#include "jwt_app_claims.h"
#include "jwt_app_keys.h"

enum { JWT_APP_TOKEN_MAX = 8192 };

/* The token in a query, "jwt=" or else "token=", borrowed; empty: none.  It
 * needs no escapes, and may have none.  Thread: any, pure. */
struct str jwt_app_token_find(struct str query);

/* Is the token signed by one of the keys, with their algorithm, and do its
 * claims allow what is wanted?  As jwt_app_claims_refuse.  Thread: any. */
const char *jwt_app_token_refuse(struct str token,
				 const struct jwt_app_keys *keys,
				 const struct jwt_app_want *want,
				 int64_t *expires_s);

#endif
