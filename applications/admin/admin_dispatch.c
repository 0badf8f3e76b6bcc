/* From a request to its route: who may, and who answers. */
#include "admin_app.h"
#include "base/clock.h"

enum { METHODS_MAX = 64 };


/* Who asks is not known: say how to tell, unless it is told too often. */
static void refuse_token(struct http_exchange *x, bool was_there)
{
	admin_answer_problem(x, 401, "WWW-Authenticate",
			     was_there ? "Bearer realm=\"sluice\", "
					 "error=\"invalid_token\""
				       : "Bearer realm=\"sluice\"",
			     was_there ? "this token is not known"
				       : "a token is needed");
}


/* The role of who asks; ADMIN_ANYONE: it has none, and (*is_answered) was told
 * why it gets nothing. */
static enum admin_role authenticate(struct admin *admin,
				    struct http_exchange *x,
				    bool *is_answered)
{
	struct admin_tokens *tokens = &admin->shared->tokens;
	struct str field = http_exchange_field(x, "Authorization");
	struct str text = admin_token_bearer(field);
	const struct slice site = addr_site(&x->carrier->peer);
	const struct admin_token *token;
	int64_t now_us = admin->host->worker.loop.now_us;
	char peer[ADDR_TEXT_MAX];

	*is_answered = true;
	if (!text.len) {
		refuse_token(x, false);
		return ADMIN_ANYONE;
	}
	if (!admin_tokens_may_try(tokens, site, now_us)) {
		admin_answer_problem(x, 429, "Retry-After", "1",
				     "too many wrong tokens from this "
				     "address");
		return ADMIN_ANYONE;
	}

	token = admin_tokens_find(tokens, text);
	if (!token) {
		admin_tokens_was_wrong(tokens, site, now_us);
		log_warn(admin, "wrong token from %s",
			 addr_print(&x->carrier->peer, peer));
		refuse_token(x, true);
		return ADMIN_ANYONE;
	}

	*is_answered = false;

	return token->role;
}


/* May it?  If not, that was answered. */
static bool is_allowed(struct admin *admin, struct http_exchange *x,
		       const struct admin_route *route)
{
	enum admin_role role;
	bool is_answered;

	if (route->role == ADMIN_ANYONE ||
	    (admin->shared->is_metrics_open &&
	     route->handle == admin_get_metrics))
		return true;

	role = authenticate(admin, x, &is_answered);
	if (is_answered)
		return false;
	if (role < route->role) {
		http_exchange_problem(x, 403, "this token may only look");
		return false;
	}

	return true;
}


static bool has_prefix(struct str s, const char *prefix)
{
	const size_t len = strlen(prefix);

	return s.len >= len && !memcmp(s.p, prefix, len);
}


bool admin_dispatch(struct admin *admin, struct http_exchange *x)
{
	struct admin_args args = { { { NULL, 0 } } };
	char methods[METHODS_MAX];
	const struct admin_route *route;

	route = admin_route_find(admin_routes, x->request->method_name,
				 x->path, &args, methods, sizeof(methods));
	if (route) {
		if (is_allowed(admin, x, route))
			route->handle(admin, x, &args);
		return true;
	}

	/* OPTIONS, or a method that is not for this path. */
	if (methods[0])
		return !http_exchange_allows(x, methods);
	if (!has_prefix(x->path, "/api/"))
		return false;
	http_exchange_problem(x, 404, "there is no such route: see "
			      "/api/v1/openapi.json");

	return true;
}
