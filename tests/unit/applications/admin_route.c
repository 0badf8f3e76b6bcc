/* The application admin: from a method and a path to a route. */
#include "applications/admin/admin_route.h"
#include "test.h"

#define STREAM "/api/v1/streams/{application}/{name...}"
#define SESSION "/api/v1/sessions/{id}"

static const struct admin_route routes[] = {
	{ .method = "GET", .path = "/api/v1/sessions" },
	{ .method = "GET", .path = SESSION },
	{ .method = "DELETE", .path = SESSION },
	{ .method = "PUT", .path = SESSION },
	{ .method = "GET", .path = STREAM },
	{ .method = NULL }
};


TEST(admin_route_fits)
{
	static const struct {
		const char *pattern, *path, *first, *second;
	} good[] = {
		{ "/x", "/x", "", "" },
		{ SESSION, "/api/v1/sessions/0-1-2", "0-1-2", "" },
		{ STREAM, "/api/v1/streams/live/a", "live", "a" },
		{ STREAM, "/api/v1/streams/live/a/b/c", "live", "a/b/c" },
		{ STREAM, "/api/v1/streams/live/{name}", "live", "{name}" },
		{ "/{a}/x", "/1/x", "1", "" },
	};
	static const char *const bad[][2] = {
		{ "/x", "" }, { "/x", "/" }, { "/x", "/xy" }, { "/x", "/x/" },
		{ SESSION, "/api/v1/sessions" }, { SESSION, "/api/v1/sessions/" },
		{ SESSION, "/api/v1/sessions/1/2" },
		{ STREAM, "/api/v1/streams/live" },
		{ STREAM, "/api/v1/streams/live/" },
		{ STREAM, "/api/v1/streams//a" },
		{ "/{a}/{b}/{c}", "/1/2/3" },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct admin_args args = { { { NULL, 0 } } };

		TEST_OK(admin_route_fits(good[i].pattern, str(good[i].path),
					 &args));
		TEST_OK(str_is(args.at[0], good[i].first));
		TEST_OK(str_is(args.at[1], good[i].second));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct admin_args args;

		if (admin_route_fits(bad[i][0], str(bad[i][1]), &args))
			TEST_FAIL("%s fits %s", bad[i][1], bad[i][0]);
	}
 out:
	return err;
}


TEST(admin_route_find)
{
	const struct str path = str("/api/v1/sessions/1");
	struct admin_args args;
	char methods[64];
	int err = 0;

	TEST_OK(admin_route_find(routes, str("GET"), path, &args, methods,
				 sizeof(methods)) == &routes[1]);
	TEST_OK(admin_route_find(routes, str("HEAD"), path, &args, methods,
				 sizeof(methods)) == &routes[1]);
	TEST_OK(admin_route_find(routes, str("DELETE"), path, &args, methods,
				 sizeof(methods)) == &routes[2]);

	/* What else could have been asked. */
	TEST_OK(!admin_route_find(routes, str("POST"), path, &args, methods,
				  sizeof(methods)));
	TEST_OK(str_is(str(methods), "GET DELETE PUT"));
	TEST_OK(!admin_route_find(routes, str("get"), path, &args, methods,
				  8));
	TEST_OK(str_is(str(methods), "GET DEL"));
	TEST_OK(!admin_route_find(routes, str("GET"), str("/api/v1/"), &args,
				  methods, sizeof(methods)));
	TEST_EQ('\0', methods[0]);
 out:
	return err;
}


/* The server's own: each pattern is met by its own route. */
TEST(admin_routes_are_sound)
{
	int err = 0;

	for (const struct admin_route *r = admin_routes; r->method; r++) {
		struct admin_args args;
		char methods[64];

		TEST_OK(r->handle);
		TEST_OK(admin_route_find(admin_routes, str(r->method),
					 str(r->path), &args, methods,
					 sizeof(methods)) == r);

		/* Whoever may only look changes nothing. */
		TEST_OK(!strcmp(r->method, "GET") || r->role == ADMIN_WRITE);
	}
 out:
	return err;
}
