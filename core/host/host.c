/* A host: what one worker has of the server. */
#include "host/host.h"
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/lua_hooks.h"
#include "host/server.h"
#include "io/udp.h"


enum {
	DRAIN_MS = 1000,         /* for the peers to go, at the end */
	DATAGRAM_PEERS_MAX = 100000,     /* of one socket */
	SHARED_BUFFER = 4 << 20,         /* bytes waiting for a busy worker,
					  * as far as the system lets us */
};


/* -- connections -- */

/* Room for one more, everywhere?  Returns the name of the limit that is
 * reached, or NULL: it is taken. */
static const char *take_quotas(struct binding *b, const struct addr *peer)
{
	struct server *server = b->server;

	if (!quota_take(&server->connections))
		return "maxConnections of the server";
	if (!quota_take(&b->app->counts->connections))
		goto no_app;
	if (!quota_take(b->connections))
		goto no_acceptor;
	if (!address_quota_take(server->per_address, b->app->counts->scope,
				peer, (long)b->app->connections_per_address))
		goto no_address;

	return NULL;

 no_address:
	quota_give(b->connections);
	quota_give(&b->app->counts->connections);
	quota_give(&server->connections);
	return "maxConnectionsPerAddress";
 no_acceptor:
	quota_give(&b->app->counts->connections);
	quota_give(&server->connections);
	return "maxConnections of the acceptor";
 no_app:
	quota_give(&server->connections);
	return "maxConnections of the application";
}


static void give_quotas(struct binding *b, const struct addr *peer)
{
	address_quota_give(b->server->per_address, b->app->counts->scope,
			   peer);
	quota_give(b->connections);
	quota_give(&b->app->counts->connections);
	quota_give(&b->server->connections);
}


static void on_chain_closed(struct chain *chain, int err, void *arg)
{
	struct host_acceptor *ha = arg;

	(void)err;
	list_del(&chain->node);
	give_quotas(ha->binding, &chain->carrier->peer);

	if (ha->host->is_draining && !ha->host->chains.n)
		loop_stop(&ha->host->worker.loop);
}


/* A chain for a new peer, whose quotas are taken. */
static int open_chain(struct host_acceptor *ha, const struct recipe *recipe,
		      struct carrier *take_carrier)
{
	struct binding *b = ha->binding;
	struct chain *chain;
	int err = chain_open(&chain, take_carrier, recipe, b,
			     on_chain_closed, ha);

	if (err)
		return err;

	chain_set_send_timeout(chain, b->send_timeout_ms);
	list_add(&ha->host->chains, &chain->node);

	return 0;
}


/* Room for one more?  If not, that was told. */
static bool is_admitted(struct binding *b, const struct addr *peer)
{
	const char *limit = take_quotas(b, peer);
	char text[ADDR_TEXT_MAX];

	if (limit)
		log_info(b, "refused %s: %s reached", addr_print(peer, text),
			 limit);

	return !limit;
}


static void refuse(struct binding *b, const struct addr *peer, int err)
{
	char text[ADDR_TEXT_MAX];

	log_warn(b, "refused %s: %s", addr_print(peer, text),
		 error_text(err));
	give_quotas(b, peer);
}


static void on_accept(int fd, const struct addr *accepted, void *arg)
{
	struct host_acceptor *ha = arg;
	struct binding *b = ha->binding;
	struct addr peer = *accepted;
	struct carrier *carrier;
	int err;

	addr_unmap(&peer);
	if (!is_admitted(b, &peer)) {
		close(fd);
		return;
	}

	err = tcp_open(&carrier, &ha->host->worker.loop, fd, &peer, &b->tcp);
	if (!err)
		err = open_chain(ha, &b->recipe, carrier);
	if (err)
		refuse(b, &peer, err);
}


static int open_on_carrier(struct host_acceptor *ha,
			   const struct recipe *recipe,
			   struct carrier *take_carrier)
{
	const struct addr peer = take_carrier->peer;
	int err = 0;

	if (ha->host->is_draining)
		err = -ECANCELED;
	else if (!is_admitted(ha->binding, &peer))
		err = -EACCES;
	if (err) {
		take_carrier->ops->close(take_carrier);
		return err;
	}

	err = open_chain(ha, recipe, take_carrier);
	if (err)
		refuse(ha->binding, &peer, err);

	return err;
}


static void on_peer(struct carrier *take_carrier, void *arg)
{
	struct host_acceptor *ha = arg;

	open_on_carrier(ha, &ha->binding->recipe, take_carrier);
}


int host_open_chain(struct host *host, struct binding *binding,
		    const struct recipe *recipe, struct carrier *take_carrier)
{
	struct host_acceptor *ha = host->acceptors;

	/* Sockets of a binding are opened before they can find a peer. */
	while (ha->binding != binding)
		++ha;

	return open_on_carrier(ha, recipe, take_carrier);
}


static void close_acceptors(struct host *host)
{
	for (size_t i = 0; i < host->n_acceptors; i++)
		acceptor_close(&host->acceptors[i].acceptor);
}


/* -- the end -- */

static void on_drain_timer(void *arg)
{
	struct host *host = arg;

	loop_stop(&host->worker.loop);
}


static void on_drain(struct mail *mail)
{
	struct host *host = CONTAINER_OF(mail, struct host, drain);

	host->is_draining = true;
	close_acceptors(host);

	for (size_t i = 0; i < host->n_acceptors; i++) {
		if (host->acceptors[i].shared)
			chain_tell(host->acceptors[i].shared, EVENT_CLOSING,
				   0);
	}

	LIST_EACH(&host->chains, node) {
		struct chain *chain = CONTAINER_OF(node, struct chain, node);

		chain_tell(chain, EVENT_CLOSING, 0);
		chain_end(chain);
	}

	if (!host->chains.n)
		loop_stop(&host->worker.loop);
	else
		timer_start(loop_timers(&host->worker.loop),
			    &host->drain_timer, DRAIN_MS, on_drain_timer,
			    host);
}


/* -- applications -- */

/* *hook: negative if there is none. */
static int find_hook(int *hook, struct lua_hooks *lua, const char *path)
{
	*hook = path ? lua_hooks_find(lua, path) : -ENOENT;

	return path && *hook < 0 ? *hook : 0;
}


int instance_find_hooks(struct instance *in, const struct application *app,
			 struct lua_hooks *lua)
{
	int err = find_hook(&in->close_hook, lua, app->close_hook);

	in->lua = lua;
	for (int i = 0; i < QUESTION_TYPES; i++)
		err = err ? err : find_hook(&in->hooks[i], lua,
					    app->hooks[i]);

	return err;
}


void instance_take_hooks(struct instance *in, const struct instance *from)
{
	in->lua = from->lua;
	memcpy(in->hooks, from->hooks, sizeof(in->hooks));
	in->close_hook = from->close_hook;
}


static int open_instance(struct host *host, struct application *app)
{
	struct instance *in = host_instance(host, app);
	const struct application_module *module = app->module;
	int err = 0;

	in->app = app;
	err = instance_find_hooks(in, app, host->hooks);
	if (err)
		return err;

	if (module->open)
		err = module->open(app, host, &in->data);
	in->is_open = !err;
	if (err)
		log_error(app, "module %s does not open: %s", module->name,
			  error_text(err));

	return err;
}


static void on_shared_closed(struct chain *chain, int err, void *arg)
{
	struct host_acceptor *ha = arg;

	(void)chain;
	ha->shared = NULL;
	if (err != -ECANCELED)
		log_error(ha->binding, "serves no more: %s", error_text(err));
}


/* A node that all peers share sends by the socket itself; those of single
 * peers see nothing of it. */
static int open_socket(const struct binding *b, struct loop *loop,
		       int take_fd, struct carrier **socket)
{
	bool is_shared = recipe_is_shared(&b->recipe);
	const struct udp_conf conf = {
		.has_local = is_shared && addr_is_any(&b->addr),
		.has_tos = is_shared,
		.has_no_gro = !is_shared,
		.send_buffer = b->tcp.send_buffer,
		.receive_buffer = b->tcp.receive_buffer || !is_shared
					  ? b->tcp.receive_buffer
					  : SHARED_BUFFER,
	};

	return udp_carrier_open(socket, loop, take_fd, &conf);
}


/* Nearer protocols are for the chains that the shared one opens. */
static int open_shared(struct host_acceptor *ha, struct carrier *take_socket)
{
	struct binding *b = ha->binding;
	const struct recipe far = {
		.is_datagram = true,
		.n = 1,
		.protocols = { b->recipe.protocols[0] },
	};

	return chain_open(&ha->shared, take_socket, &far, b,
			  on_shared_closed, ha);
}


static int open_acceptor(struct host *host, struct binding *b, int take_fd)
{
	struct host_acceptor *ha = &host->acceptors[host->n_acceptors++];
	struct loop *loop = &host->worker.loop;
	struct carrier *socket;
	int err;

	ha->host = host;
	ha->binding = b;
	if (!b->recipe.is_datagram)
		return acceptor_open(&ha->acceptor, loop, take_fd, on_accept,
				     ha);

	err = open_socket(b, loop, take_fd, &socket);
	if (!err && recipe_is_shared(&b->recipe))
		return open_shared(ha, socket);
	if (!err)
		demux_open(&ha->demux, socket, DATAGRAM_PEERS_MAX,
			   config_int(b->app->section, "idleTimeoutMs"),
			   on_peer, ha);

	return err;
}


static int open_acceptors(struct host *host)
{
	unsigned index = host->worker.index;
	int err = 0;

	host->acceptors = mem_zalloc((host->setup->n_bindings + 1) *
				     sizeof(host->acceptors[0]));
	if (!host->acceptors)
		return -ENOMEM;

	for (size_t i = 0; i < host->setup->n_bindings && !err; i++) {
		struct binding *b = &host->setup->bindings[i];
		int fd = b->fds[index];

		b->fds[index] = -1;
		if (fd >= 0)
			err = open_acceptor(host, b, fd);
	}

	return err;
}


static int init_worker(struct host *host, unsigned index)
{
	struct server *server = host->server;
	const char *io = config_str(config_top(host->setup->config), "io");
	struct backend *backend;
	int err;

	if (!server->new_backend)
		return worker_init(&host->worker, index, str(io));

	err = server->new_backend(&backend, server->new_backend_arg);

	return err ? err : worker_init_over(&host->worker, index, backend);
}


static int coalesce_us(const struct setup *setup)
{
	int64_t us = config_int(config_top(setup->config), "coalesceUs");

	return us == CONFIG_AUTO ? COALESCE_US : (int)us;
}


int host_init(struct host *host, struct server *server, unsigned index)
{
	int err;

	host->log.category = "host";
	host->log.id = index;
	host->server = server;
	host->setup = server->setup;
	host->drain.fn = on_drain;

	err = init_worker(host, index);
	if (err) {
		log_error(host, "cannot make a worker: %s",
			  error_text(err));
		return err;
	}

	host->worker.loop.coalesce.max_us = coalesce_us(host->setup);
	err = lua_hooks_new(&host->hooks, host->setup->source);
	if (err)
		return err;

	for (size_t i = 0; i < host->setup->n_apps && !err; i++)
		err = open_instance(host, &host->setup->apps[i]);

	return err ? err : open_acceptors(host);
}


void host_close(struct host *host)
{
	close_acceptors(host);
	while (host->chains.head)
		chain_close(CONTAINER_OF(host->chains.head, struct chain,
					 node), -ECANCELED);
	for (size_t i = 0; i < host->n_acceptors; i++) {
		struct host_acceptor *ha = &host->acceptors[i];

		demux_close(&ha->demux);
		if (ha->shared)
			chain_close(ha->shared, -ECANCELED);
	}
}


void host_fini(struct host *host)
{
	struct loop *loop = &host->worker.loop;

	if (!loop->backend)
		return;

	host_close(host);
	for (size_t i = 0; i < host->setup->n_apps; i++) {
		struct instance *in =
			host_instance(host, &host->setup->apps[i]);

		if (in->is_open && in->app->module->close)
			in->app->module->close(in->data);
	}

	timer_stop(&host->drain_timer);
	lua_hooks_free(host->hooks);
	mem_free(host->acceptors);
	mem_free(host->slots);
	worker_fini(&host->worker);
}


void host_drain(struct host *host)
{
	loop_post(&host->worker.loop, &host->drain);
}
