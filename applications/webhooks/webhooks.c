/* webhooks: tells URLs what happens, and lets URLs decide. */
#include <curl/curl.h>
#include "webhooks_int.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"


/* On one worker. */
struct desk {
	struct webhooks *webhooks;
	unsigned worker;
};


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
	err = webhooks_agent_init(w);
	if (!err)
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
	struct desk *desk = mem_zalloc(sizeof(*desk));
	int err = 0;

	if (!desk)
		return -ENOMEM;

	desk->webhooks = w;
	desk->worker = host->worker.index;
	if (!atomic_exchange(&w->is_opened, true))
		err = webhooks_agent_start(w);
	if (err) {
		mem_free(desk);
		return err;
	}
	*data = desk;

	return 0;
}


/* What is answered from now on may find no loop. */
static void close_here(void *data)
{
	struct desk *desk = data;

	webhooks_agent_silence(desk->webhooks, desk->worker);
	mem_free(desk);
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
