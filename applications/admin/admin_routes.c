/* The routes of the API: what is not in openapi.json is a mistake, and
 * tests/interop looks. */
#include "admin_app.h"

#define V1 "/api/v1"

const struct admin_route admin_routes[] = {
	{ "GET", "/healthz", ADMIN_ANYONE, admin_get_health },
	{ "GET", "/metrics", ADMIN_READ, admin_get_metrics },
	{ "GET", V1 "/openapi.json", ADMIN_ANYONE, admin_get_openapi },

	{ "GET", V1 "/server", ADMIN_READ, admin_get_server },
	{ "POST", V1 "/server/drain", ADMIN_WRITE, admin_post_drain },
	{ "POST", V1 "/server/reload", ADMIN_WRITE, admin_post_reload },
	{ "GET", V1 "/workers", ADMIN_READ, admin_get_workers },
	{ "GET", V1 "/applications", ADMIN_READ, admin_get_applications },
	{ "GET", V1 "/acceptors", ADMIN_READ, admin_get_acceptors },
	{ "GET", V1 "/counters", ADMIN_READ, admin_get_counters },
	{ "GET", V1 "/config", ADMIN_READ, admin_get_config },

	{ "GET", V1 "/streams", ADMIN_READ, admin_get_streams },
	{ "GET", V1 "/streams/{application}/{name...}", ADMIN_READ,
	  admin_get_stream },

	{ "GET", V1 "/sessions", ADMIN_READ, admin_get_sessions },
	{ "GET", V1 "/sessions/{id}", ADMIN_READ, admin_get_session },
	{ "DELETE", V1 "/sessions/{id}", ADMIN_WRITE, admin_delete_session },

	{ "GET", V1 "/turn/allocations", ADMIN_READ, admin_get_allocations },
	{ "DELETE", V1 "/turn/allocations/{id}", ADMIN_WRITE,
	  admin_delete_allocation },

	{ "GET", V1 "/events", ADMIN_READ, admin_get_events },
	{ "GET", V1 "/log", ADMIN_READ, admin_get_log },
	{ "GET", V1 "/log/level", ADMIN_READ, admin_get_log_level },
	{ "PUT", V1 "/log/level", ADMIN_WRITE, admin_put_log_level },
	{ .method = NULL }
};
