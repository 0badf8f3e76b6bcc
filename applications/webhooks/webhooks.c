/* webhooks: tells URLs what happens, and lets URLs decide. */
#include <curl/curl.h>
#include "webhooks_int.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"


static void unload(void *shared)
{
	struct webhooks *w = shared;

	webhooks_agent_stop(w);
	for (size_t i = 0; i < w->n_targets; i++)
		webhooks_target_fini(&w->targets[i]);
	mem_free(w);
	curl_global_cleanup();
}


static int load(struct application *app, void **shared)
{
	struct webhooks *w;
	int err;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;

	w = mem_zalloc(sizeof(*w));
	if (!w) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	w->log.category = "webhooks";
	w->server = app->server;
	w->section = app->section;
	err = webhooks_read(w);
	if (err) {
		unload(w);
		return err;
	}
	*shared = w;

	return 0;
}


/* The thread comes after daemon's fork, which is after load. */
static int open_here(const struct application *app, struct host *host,
		     void **data)
{
	struct webhooks *w = app->shared;

	(void)host;
	*data = w;

	return w->is_started ? 0 : webhooks_agent_start(w);
}


/* What is answered from now on would find no loop. */
static void close_here(void *data)
{
	webhooks_agent_silence(data);
}


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "webhooks",
	.keys = webhooks_keys,
	.decider = &webhooks_decider,
	.load = load,
	.unload = unload,
	.open = open_here,
	.close = close_here,
};
