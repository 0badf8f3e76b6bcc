/* A whole server on the fake backend. */
#include "rig.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "httpd/http_node.h"
#include "rtmp/rtmp_node.h"


enum { CONFIG_MAX = 4096, PORT = 1935 };


static int new_backend(struct backend **backend, void *arg)
{
	return fake_backend_new(backend, arg);
}


/* The modules' folder; `make flow` says where it builds. */
static bool find_modules(char *buf)
{
	const char *b = getenv("B");
	char path[256];

	snprintf(path, sizeof(path), "%s/applications", b ? b : "build");

	return realpath(path, buf) != NULL;
}


static const char *or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}


static int write_config(char *path, unsigned n_workers, const char *app,
			const struct rig_more *more)
{
	char text[CONFIG_MAX], modules[4096];
	int n, fd;
	bool is_written;

	if (!find_modules(modules))
		return -ENOENT;

	n = snprintf(text, sizeof(text),
		     "configuration = { workers = %u, applications = {\n"
		     "rootDirectory = \"%s\", { name = \"%s\", "
		     "default = true,\n%s\nacceptors = {", n_workers, modules,
		     or(more->module, "live"), app);
	for (unsigned i = 0; i < n_workers && n < CONFIG_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "{ ip = \"192.0.2.1\", port = %u, worker = %u, "
			      "protocol = \"%s\" },\n", PORT + i, i,
			      or(more->chain, "inboundRtmp"));
	if (n < CONFIG_MAX)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s}}}}\n",
			      or(more->acceptors, ""));
	if (n >= CONFIG_MAX)
		return -EMSGSIZE;

	fd = mkstemp(path);
	if (fd < 0)
		return -errno;
	is_written = write(fd, text, (size_t)n) == n;
	close(fd);

	return is_written ? 0 : -ENOMEM;
}


static int load(struct rig *rig, unsigned n_workers, const char *app,
		const struct rig_more *more)
{
	char path[] = "/tmp/sluice-flow-XXXXXX";
	struct factory *factory = &rig->server.factory;
	int err = factory_add_protocol(factory, &rtmp_protocol);

	if (!err)
		err = factory_add_protocol(factory, &http_protocol);
	if (!err)
		err = factory_add_chain(factory, "inboundRtmp", "tcp rtmp");
	if (!err)
		err = factory_add_chain(factory, "inboundHttp", "tcp http");
	for (size_t i = 0; !err && more->protocols && more->protocols[i]; i++)
		err = factory_add_protocol(factory, more->protocols[i]);
	if (!err)
		err = write_config(path, n_workers, app, more);
	if (err)
		return err;

	err = server_init(&rig->server, path);
	unlink(path);

	return err;
}


static int open_socket(struct rig *rig, const struct binding *b)
{
	return b->recipe.is_datagram ? fake_bind(rig->fake, &b->addr)
				     : fake_listen(rig->fake, &b->addr);
}


/* Instead of server_listen: sockets of the fake world. */
static int listen_all(struct rig *rig)
{
	struct server *server = &rig->server;

	for (size_t i = 0; i < server->setup->n_bindings; i++) {
		struct binding *b = &server->setup->bindings[i];

		b->fds = calloc(server->n_workers, sizeof(b->fds[0]));
		if (!b->fds)
			return -ENOMEM;
		for (unsigned w = 0; w < server->n_workers; w++)
			b->fds[w] = b->worker == (int)w
					    ? open_socket(rig, b) : -1;
	}

	return 0;
}


int rig_init(struct rig *rig, unsigned n_workers, const char *app,
	     const struct fake_conf *conf)
{
	const struct rig_more nothing = { .acceptors = NULL };

	return rig_init_more(rig, n_workers, app, conf, &nothing);
}


int rig_init_more(struct rig *rig, unsigned n_workers, const char *app,
		  const struct fake_conf *conf, const struct rig_more *more)
{
	struct backend *backend;
	int err;

	memset(rig, 0, sizeof(*rig));
	rig->next_port = 40000;
	log_set_level(getenv("V") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);

	err = fake_new(&rig->fake, conf);
	if (!err)
		err = fake_backend_new(&backend, rig->fake);
	if (!err)
		err = loop_init(&rig->loop, backend);
	if (err)
		return err;

	rig->server.new_backend = new_backend;
	rig->server.new_backend_arg = rig->fake;
	err = load(rig, n_workers, app, more);
	if (!err)
		err = listen_all(rig);
	if (!err)
		err = server_open_hosts(&rig->server);

	return err;
}


void rig_fini(struct rig *rig)
{
	server_stop(&rig->server);
	server_fini(&rig->server);
	if (rig->loop.backend) {
		loop_pulse(&rig->loop, 0);
		loop_fini(&rig->loop);
	}
	fake_free(rig->fake);
}


struct addr rig_addr(unsigned n)
{
	struct addr addr;

	addr_parse(&addr, str("192.0.2.1"), (uint16_t)(PORT + n));

	return addr;
}


int rig_dial(struct rig *rig, unsigned n, struct addr *from)
{
	struct addr to = rig_addr(n);

	addr_parse(from, str("198.51.100.7"), rig->next_port++);

	return fake_dial(rig->fake, &to, from);
}


void rig_run(struct rig *rig, int64_t ms)
{
	fake_run(rig->fake, ms * 1000);
}
