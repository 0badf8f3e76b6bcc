/* The keys of the application admin. */
#include "admin_app.h"

/* The end of a table. */
#define END { .name = NULL }


static const struct config_key keys_token[] = {
	{ .name = "name", .type = CONFIG_STRING, .flags = CONFIG_REQUIRED,
	  .doc = "whose it is: for the log" },
	{ .name = "token", .type = CONFIG_STRING,
	  .flags = CONFIG_REQUIRED | CONFIG_SECRET,
	  .doc = "16 to 256 visible characters: better from env(\"X\")" },
	{ .name = "role", .type = CONFIG_ENUM, .def = "read",
	  .choices = "read write",
	  .doc = "only look, or change things too" },
	END
};

const struct config_key admin_keys[] = {
	{ .name = "tokens", .type = CONFIG_LIST, .items = keys_token,
	  .doc = "who may use the API, beside those of tokenFile" },
	{ .name = "tokenFile", .type = CONFIG_PATH, .def = "admin.tokens",
	  .flags = CONFIG_OR_EMPTY,
	  .doc = "file with tokens, made at the first start; \"\": none" },
	{ .name = "openMetrics", .type = CONFIG_BOOL, .def = "false",
	  .doc = "/metrics needs no token" },
	END
};
