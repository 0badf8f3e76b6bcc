/* Routes: which function answers which method and path.
 * Thread: any, pure. */
#ifndef ADMIN_ROUTE_H
#define ADMIN_ROUTE_H

#include "base/slice.h"

enum { ADMIN_ARGS_MAX = 2 };

/* Who may: each one what those before it may, too. */
enum admin_role {
	ADMIN_ANYONE,
	ADMIN_READ,
	ADMIN_WRITE,
};

struct admin;
struct http_exchange;

/* What stands in the path for {name} and the like; borrowed. */
struct admin_args {
	struct str at[ADMIN_ARGS_MAX];
};

struct admin_route {
	const char *method;      /* "GET" answers HEAD too; NULL: the end */

	/* "/api/v1/streams/{application}/{name...}": {x} is what stands
	 * between two slashes and is not empty, {x...} all that follows. */
	const char *path;
	enum admin_role role;
	void (*handle)(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args);
};

/* The routes of the API, ended by one without a method. */
extern const struct admin_route admin_routes[];

/* Does `path` fit the pattern?  Then *args is filled. */
bool admin_route_fits(const char *pattern, struct str path,
		      struct admin_args *args);

/* The route of `method` and `path` ("HEAD" is "GET"), or NULL; then `methods`
 * (of `size` bytes) has those that there are for this path, with blanks
 * between, "" if there are none at all. */
const struct admin_route *admin_route_find(const struct admin_route *routes,
					   struct str method,
					   struct str path,
					   struct admin_args *args,
					   char *methods, size_t size);

#endif
