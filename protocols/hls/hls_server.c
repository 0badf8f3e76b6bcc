/* HLS of one application: what all workers share, and each has. */
#include "base/mem.h"
#include "base/random.h"
#include "hls/hls_server_int.h"
#include "host/server.h"


int hls_server_new(struct hls_server **serverp,
		   const struct application *app)
{
	struct hls_server *server;

	server = mem_zalloc(sizeof(*server) + SERVER_WORKERS_MAX *
						      sizeof(struct hls *));
	if (!server)
		return -ENOMEM;

	server->app = app;
	hls_conf_read(&server->conf, app->section);
	random_bytes(server->seeds, sizeof(server->seeds));
	*serverp = server;

	return 0;
}


void hls_server_free(struct hls_server *server)
{
	mem_free(server);
}


struct hls *hls_home(const struct hls_server *server, struct str name)
{
	uint64_t sum = hash_bytes(server->seeds[0], slice(name.p, name.len));

	return server->workers[sum % server->n_workers];
}


int hls_open(struct hls **hlsp, struct hls_server *server, struct host *host)
{
	unsigned index = host->worker.index;
	struct hls *hls = mem_zalloc(sizeof(*hls));

	if (!hls)
		return -ENOMEM;

	hls->log.category = "hls";
	hls->server = server;
	hls->host = host;
	hls->loop = &host->worker.loop;
	hash_init(&hls->channels, HLS_NAMES_MAX);
	hash_init(&hls->watches, HLS_NAMES_MAX);
	hash_init(&hls->clients, HLS_CLIENTS_MAX);

	server->workers[index] = hls;
	if (server->n_workers <= index)
		server->n_workers = index + 1;
	*hlsp = hls;

	return 0;
}


void hls_close(struct hls *hls)
{
	if (!hls)
		return;

	hls_clients_close(hls);
	hls_watches_close(hls);
	hls_channels_close(hls);
	hash_fini(&hls->clients);
	hash_fini(&hls->watches);
	hash_fini(&hls->channels);
	mem_free(hls);
}
