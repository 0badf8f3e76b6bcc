/* HLS of an application: what all workers share, and each has. */
#include "hls/hls_server_int.h"
#include "base/mem.h"
#include "base/random.h"
#include "host/server.h"


/* -- what workers share -- */

static void init_worker(struct hls *hls, struct hls_server *server,
			struct host *host)
{
	hls->log.category = "hls";
	hls->server = server;
	hls->loop = host ? &host->worker.loop : NULL;
	hash_init(&hls->channels, HLS_NAMES_MAX);
	hash_init(&hls->watches, HLS_NAMES_MAX);
	hash_init(&hls->clients, HLS_CLIENTS_MAX);
}


static void destroy(void *arg)
{
	struct hls_server *server = arg;

	for (unsigned i = 0; i < server->n_workers; i++) {
		struct hls *hls = &server->workers[i];

		hls_channels_close(hls);
		hash_fini(&hls->clients);
		hash_fini(&hls->watches);
		hash_fini(&hls->channels);
	}
}


int hls_server_new(struct hls_server **serverp, const struct application *app,
		   struct hls_server *before)
{
	struct host *hosts = app->server->hosts;
	unsigned n = app->server->n_workers;
	struct hls_server *server;

	if (before) {
		*serverp = mem_ref(before);
		return 0;
	}

	server = mem_new(sizeof(*server) + n * sizeof(server->workers[0]),
			 destroy);
	if (!server)
		return -ENOMEM;

	server->n_workers = n;
	random_bytes(server->seeds, sizeof(server->seeds));
	keyed_quota_init(&server->viewers);
	for (unsigned i = 0; i < n; i++)
		init_worker(&server->workers[i], server,
			    hosts ? &hosts[i] : NULL);
	*serverp = server;

	return 0;
}


void hls_server_unref(struct hls_server *server)
{
	mem_unref(server);
}


struct hls *hls_home(struct hls_server *server, struct str name)
{
	uint64_t sum = hash_bytes(server->seeds[0], slice(name.p, name.len));

	return &server->workers[sum % server->n_workers];
}


/* -- sites -- */

void hls_open(struct hls_site *site, struct hls_server *server,
	      const struct application *app, struct host *host)
{
	struct hls *hls = &server->workers[host->worker.index];

	mem_ref(server);
	hls->host = host;
	hls->loop = &host->worker.loop;
	++hls->n_sites;
	site->app = app;
	site->hls = hls;
	hls_conf_read(&site->conf, app->section);
}


void hls_close(struct hls_site *site)
{
	struct hls *hls = site->hls;
	bool at_once;

	if (!hls)
		return;

	site->hls = NULL;
	at_once = !hls->host->worker.is_started;
	if (!--hls->n_sites) {
		hls_clients_close(hls);
		hls_watches_close(hls, at_once);
		hls_channels_close(hls);
	}
	hls_server_unref(hls->server);
}
