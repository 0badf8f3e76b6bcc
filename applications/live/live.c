/* live: whoever connects may publish and play, as far as the configuration's
 * hooks and limits let them.  What it decides is all in the configuration;
 * what it does is to offer its streams by HTTP. */
#include "base/error.h"
#include "base/mem.h"
#include "hls/hls_serve.h"
#include "hls/hls_server.h"
#include "host/application.h"
#include "host/setup.h"
#include "httplive/httplive.h"


/* On each worker. */
struct live {
	const struct application *app;
	struct hls_site hls;
};

static const struct config_key live_keys[] = {
	{ .name = "hls", .type = CONFIG_SECTION, .keys = hls_keys,
	  .doc = "HLS, with low latency" },
	{ .name = NULL }
};


/* The application of that name in the configuration before, if there is one
 * and it is live too. */
static const struct application *before(const struct application *app)
{
	const struct setup *setup = app->setup->before;
	const struct application *old =
		setup ? setup_find_app(setup, str(app->name)) : NULL;

	return old && old->module == app->module ? old : NULL;
}


static int live_load(struct application *app, void **shared)
{
	const struct application *old = before(app);
	struct hls_server *server;
	int err = hls_server_new(&server, app, old ? old->shared : NULL);

	if (!err)
		*shared = server;

	return err;
}


static void live_unload(void *shared)
{
	hls_server_unref(shared);
}


static int live_open(const struct application *app, struct host *host,
		     void **data)
{
	struct live *live = mem_zalloc(sizeof(*live));

	*data = live;
	if (!live)
		return -ENOMEM;

	live->app = app;
	hls_open(&live->hls, app->shared, app, host);

	return 0;
}


static void live_close(void *data)
{
	struct live *live = data;

	hls_close(&live->hls);
	mem_free(live);
}


static void live_on_stream(void *data, struct stream *stream)
{
	struct live *live = data;

	hls_publish(&live->hls, stream);
}


static bool live_on_http(void *data, struct http_exchange *x)
{
	struct live *live = data;

	return hls_serve(&live->hls, x) || httplive_serve(x, live->app);
}


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "live",
	.keys = live_keys,
	.load = live_load,
	.unload = live_unload,
	.open = live_open,
	.on_stream = live_on_stream,
	.on_http = live_on_http,
	.close = live_close,
};
