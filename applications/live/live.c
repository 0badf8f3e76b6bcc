/* live: whoever connects may publish and play, as far as the configuration's
 * hooks and limits let them.  What it decides is all in the configuration. */
#include "base/error.h"
#include "base/mem.h"
#include "host/application.h"
#include "httplive/httplive.h"


struct live {
	const struct application *app;
};


static int live_open(const struct application *app, struct host *host,
		     void **data)
{
	struct live *live = mem_zalloc(sizeof(*live));

	(void)host;
	*data = live;
	if (!live)
		return -ENOMEM;

	live->app = app;

	return 0;
}


static bool live_on_http(void *data, struct http_exchange *x)
{
	const struct live *live = data;

	return httplive_serve(x, live->app);
}


static void live_close(void *data)
{
	mem_free(data);
}


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "live",
	.open = live_open,
	.on_http = live_on_http,
	.close = live_close,
};
