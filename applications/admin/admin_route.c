/* Routes: which function answers which method and path. */
#include "admin_route.h"
#include <stdio.h>


/* How much of `path` {x} or {x...} stands for. */
static size_t arg_len(struct str path, bool is_rest)
{
	size_t n = 0;

	while (n < path.len && (is_rest || path.p[n] != '/'))
		++n;

	return n;
}


bool admin_route_fits(const char *pattern, struct str path,
		      struct admin_args *args)
{
	size_t n_args = 0;

	while (*pattern) {
		size_t len = 1;

		if (*pattern == '{') {
			const char *end = strchr(pattern, '}');

			len = arg_len(path, end[-1] == '.');
			if (!len || n_args == ADMIN_ARGS_MAX)
				return false;
			args->at[n_args++] = str_n(path.p, len);
			pattern = end;
		} else if (!path.len || *path.p != *pattern) {
			return false;
		}

		++pattern;
		path = str_n(path.p + len, path.len - len);
	}

	return !path.len;
}


const struct admin_route *admin_route_find(const struct admin_route *routes,
					   struct str method,
					   struct str path,
					   struct admin_args *args,
					   char *methods, size_t size)
{
	const struct admin_route *r;
	size_t len = 0;

	methods[0] = '\0';
	if (str_is(method, "HEAD"))
		method = str("GET");

	for (r = routes; r->method; r++) {
		if (!admin_route_fits(r->path, path, args))
			continue;
		if (str_is(method, r->method))
			return r;
		if (len < size)
			len += (size_t)snprintf(methods + len, size - len,
						"%s%s", len ? " " : "",
						r->method);
	}

	return NULL;
}
