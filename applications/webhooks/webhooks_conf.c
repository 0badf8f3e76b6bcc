/* The module's keys, and what becomes of them. */
#include <stdio.h>
#include "webhooks_int.h"
#include "base/error.h"
#include "base/mem.h"

enum { NAME_SIZE = METRIC_LABEL_MAX };


static const struct config_key keys_target[] = {
	{ .name = "url", .type = CONFIG_STRING,
	  .flags = CONFIG_REQUIRED | CONFIG_SECRET,
	  .doc = "where events are sent to by POST, http or https" },
	{ .name = "name", .type = CONFIG_STRING,
	  .doc = "what log and metrics call it; not set: its host" },
	{ .name = "events", .type = CONFIG_STRINGS, .flags = CONFIG_OR_ONE,
	  .doc = "\"publish.start\", or all of a kind, \"publish\"; "
		 "not set: all" },
	{ .name = "secret", .type = CONFIG_STRING, .flags = CONFIG_SECRET,
	  .doc = "key of the signature; not set: not signed" },
	{ .name = "caFile", .type = CONFIG_PATH, .flags = CONFIG_READABLE,
	  .doc = "who vouches for its certificate; not set: the system's" },
	{ .name = "timeoutMs", .type = CONFIG_DURATION, .unit = "ms",
	  .def = "5000", .min = 100, .max = 60000,
	  .doc = "for one attempt" },
	{ .name = "retries", .type = CONFIG_INT, .def = "10",
	  .min = 0, .max = 1000,
	  .doc = "attempts after the first, before an event is given up" },
	{ .name = "maxQueue", .type = CONFIG_INT, .unit = "events",
	  .def = "1000", .min = 1, .max = 100000,
	  .doc = "that may wait; then the oldest are dropped" },
	{ .name = NULL }
};

const struct config_key webhooks_keys[] = {
	{ .name = "targets", .type = CONFIG_LIST, .items = keys_target,
	  .doc = "who is told of events" },
	{ .name = "secret", .type = CONFIG_STRING, .flags = CONFIG_SECRET,
	  .doc = "key of the signature, for URLs that decide" },
	{ .name = "caFile", .type = CONFIG_PATH, .flags = CONFIG_READABLE,
	  .doc = "the same for URLs that decide" },
	{ .name = "timeoutMs", .type = CONFIG_DURATION, .unit = "ms",
	  .def = "3000", .min = 50, .max = 60000,
	  .doc = "for URLs that decide; at most 3/4 of decisionTimeoutMs" },
	{ .name = "maxAsks", .type = CONFIG_INT, .unit = "questions",
	  .def = "1000", .min = 1, .max = 100000,
	  .doc = "that URLs may be asked at once; more: hookFailure" },
	{ .name = NULL }
};


static int read_events(uint32_t *mask, const struct config_section *s)
{
	const size_t n = config_text_n(s, "events");
	int failed = 0;

	*mask = n ? 0 : UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		const char *name = config_text_at(s, "events", i);

		if (notice_mask_add(mask, str(name))) {
			config_fail(s, "events", "there is no event '%.64s'",
				    name);
			failed = -EBADMSG;
		}
	}

	return failed;
}


/* Is it one that we can send to?  `host` is then its part, without a user. */
static bool read_url(const char *url, struct str *host)
{
	size_t skip = !strncmp(url, "http://", 7) ? 7
		    : !strncmp(url, "https://", 8) ? 8 : 0;
	const char *at;

	if (!skip)
		return false;

	*host = str_n(url + skip, strcspn(url + skip, "/?#"));
	at = host->len ? memrchr(host->p, '@', host->len) : NULL;
	if (at)
		*host = str_n(at + 1, (size_t)(host->p + host->len - at) - 1);

	return host->len > 0;
}


static int read_target(struct webhooks *w, const struct config_section *s)
{
	struct webhooks_target_conf conf = {
		.url = config_str(s, "url"),
		.secret = config_str(s, "secret"),
		.ca_file = config_str(s, "caFile"),
		.timeout_ms = config_int(s, "timeoutMs"),
		.retries = (unsigned)config_int(s, "retries"),
		.max_queue = (size_t)config_int(s, "maxQueue"),
	};
	char *name = w->names[w->n_targets];
	const char *given = config_str(s, "name");
	int err = read_events(&conf.mask, s);
	struct str host = str(NULL);

	if (conf.url[0] && !read_url(conf.url, &host)) {
		config_fail(s, "url", "must begin with http:// or https://, "
			    "and have a host");
		err = -EBADMSG;
	}
	if (given[0])
		host = str(given);
	snprintf(name, NAME_SIZE, "%.*s", PRINT_STR(host));
	conf.name = name;

	return err ? err
		   : webhooks_target_init(&w->targets[w->n_targets++], &conf,
					  &w->server->metrics);
}


int webhooks_read(struct webhooks *w)
{
	const struct config_section *list =
		config_section(w->section, "targets");
	int failed = 0;

	w->asks.max = (long)config_int(w->section, "maxAsks");
	if (config_n(list) > WEBHOOKS_TARGETS_MAX) {
		config_fail(w->section, "targets", "more than %d",
			    WEBHOOKS_TARGETS_MAX);
		return -EBADMSG;
	}

	for (size_t i = 0; i < config_n(list); i++) {
		int err = read_target(w, config_at(list, i));

		failed = failed ? failed : err;
	}

	return failed;
}
