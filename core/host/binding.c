/* A binding: one acceptor line of the configuration. */
#include "host/binding.h"
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/server.h"
#include "io/sock.h"


enum {
	NAMES_MAX = CHAIN_NODES_MAX + 1,
	KNOWN_MAX = 512,              /* of a list of chains */
	NOTSENT_LOWAT = 128 * 1024,   /* lag belongs into the stream's log */
};


static void try_name(const char *name, void *arg)
{
	text_near_try(arg, name);
}


static void add_name(const char *name, void *arg)
{
	put_fmt(arg, " %s", name);
}


static void fail_unknown(const struct binding *b, struct str unknown,
			 bool is_chain)
{
	struct text_near near = text_near(unknown);
	struct writer known = writer(KNOWN_MAX);

	factory_each_chain(&b->app->setup->factory, try_name, &near);
	factory_each_chain(&b->app->setup->factory, add_name, &known);

	if (!is_chain)
		config_fail(b->section, "protocol", "unknown protocol '%.*s'",
			    PRINT_STR(unknown));
	else if (near.best)
		config_fail(b->section, "protocol",
			    "unknown chain '%.*s'; did you mean '%s'?",
			    PRINT_STR(unknown), near.best);
	else
		config_fail(b->section, "protocol",
			    "unknown chain '%.*s'; there are:%.*s",
			    PRINT_STR(unknown),
			    PRINT_STR(str_of(writer_slice(&known))));

	writer_fini(&known);
}


static int find_recipe(struct binding *b)
{
	struct str names[NAMES_MAX], unknown = { 0 };
	size_t n = config_text_n(b->section, "protocol");
	int err;

	if (n > NAMES_MAX)
		n = NAMES_MAX;
	for (size_t i = 0; i < n; i++)
		names[i] = str(config_text_at(b->section, "protocol", i));

	err = factory_find(&b->app->setup->factory, names, n, &b->recipe,
			   &unknown);
	if (err == -ENOENT)
		fail_unknown(b, unknown, n == 1);
	else if (err)
		config_fail(b->section, "protocol",
			    "a list of protocols begins with \"tcp\" or "
			    "\"udp\", and has at most %d more",
			    (int)CHAIN_NODES_MAX);
	if (err)
		return -EBADMSG;

	b->chain_name = text_dup(n == 1 ? names[0]
					: str(b->recipe.protocols[b->recipe.n -
								  1]->name));

	return b->chain_name ? 0 : -ENOMEM;
}


/* A certificate that nothing uses: plain text where none was meant. */
static int check_certificate(const struct binding *b)
{
	if (!config_has(b->section, "sslCert"))
		return 0;

	for (size_t i = 0; i < b->recipe.n; i++) {
		const struct protocol *p = b->recipe.protocols[i];

		if (p->takes_certificate &&
		    (!p->is_shared || b->recipe.is_datagram))
			return 0;
	}

	config_fail(b->section, "sslCert", "its chain does not encrypt: "
		    "take one that does, such as inboundRtmps or "
		    "inboundTurns");

	return -EBADMSG;
}


/* Does the chain have one that looks at this key? */
static bool looks_at(const struct binding *b, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < b->recipe.n; i++) {
		const char *at = b->recipe.protocols[i]->keys;

		while (at && (at = strstr(at, key))) {
			at += len;
			if (!*at || *at == ' ')
				return true;
		}
	}

	return false;
}


/* Keys that nothing looks at: the line would do something else than it
 * says. */
static int check_keys(const struct binding *b)
{
	static const struct {
		const char *key, *chains;
	} keys[] = {
		{ "alsoServes", "one with HTTP" },
		{ "allowOrigins", "one with HTTP" },
		{ "accessLog", "one with HTTP" },
		{ "detects", "inboundAny" },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!config_has(b->section, keys[i].key) ||
		    looks_at(b, keys[i].key))
			continue;

		config_fail(b->section, keys[i].key, "its chain does not "
			    "look at this: take %s", keys[i].chains);
		err = -EBADMSG;
	}

	return err;
}


int binding_prepare(struct binding *b, const struct protocol *protocol)
{
	struct binding_part *part = &b->parts[b->n_parts];

	if (b->n_parts == BINDING_PROTOCOLS_MAX)
		return -EMSGSIZE;

	++b->n_parts;
	part->protocol = protocol;

	return protocol->prepare ? protocol->prepare(b, &part->prepared) : 0;
}


/* The nearer first: who is farther looks at what they are. */
static int prepare(struct binding *b)
{
	int err = 0;

	for (size_t i = b->recipe.n; i-- > 0 && !err; )
		err = binding_prepare(b, b->recipe.protocols[i]);

	return err;
}


static int auto_or_int(const struct config_section *section, const char *key)
{
	int64_t v = config_int(section, key);

	return v == CONFIG_AUTO ? 0 : (int)v;
}


/* What has listened there so far goes on counting. */
static int find_before(struct binding *b)
{
	const struct setup *before = b->app->setup->before;
	const struct binding *old = NULL;

	if (before)
		old = setup_find_binding(before, &b->wanted,
					 b->recipe.is_datagram);
	b->connections = old ? mem_ref(old->connections)
			     : mem_new(sizeof(*b->connections), NULL);

	return b->connections ? 0 : -ENOMEM;
}


int binding_init(struct binding *b, struct application *app,
		 const struct config_section *section)
{
	int64_t worker = config_int(section, "worker");
	int err;

	b->log.category = "acceptor";
	b->server = app->server;
	b->app = app;
	b->section = section;
	b->backlog = (int)config_int(section, "backlog");
	b->worker = worker == CONFIG_AUTO ? -1 : (int)worker;
	b->send_timeout_ms = (int)config_int(app->section, "sendTimeoutMs");
		b->tcp.send_buffer = auto_or_int(section, "sendBuffer");
	b->tcp.receive_buffer = auto_or_int(section, "receiveBuffer");
	b->tcp.notsent_lowat = NOTSENT_LOWAT;

	if (b->worker >= (int)b->server->n_workers) {
		config_fail(section, "worker", "there are only %u workers "
			    "(the first is 0)", b->server->n_workers);
		return -EBADMSG;
	}

	/* Its form was checked with the file. */
	addr_parse(&b->wanted, str(config_str(section, "ip")),
		   (uint16_t)config_int(section, "port"));
	b->addr = b->wanted;

	err = find_recipe(b);
	if (!err)
		err = find_before(b);
	if (!err)
		err = prepare(b);

	if (!err)
		err = check_keys(b);

	return err ? err : check_certificate(b);
}


void binding_fini(struct binding *b)
{
	while (b->n_parts) {
		struct binding_part *part = &b->parts[--b->n_parts];

		if (part->prepared)
			part->protocol->release(part->prepared);
	}

	for (unsigned i = 0; b->fds && i < b->server->n_workers; i++) {
		if (b->fds[i] >= 0)
			close(b->fds[i]);
	}

	mem_unref(b->connections);
	mem_free(b->fds);
	mem_free(b->chain_name);
}


static int listen_on(const struct binding *b, bool reuse_port)
{
	if (b->recipe.is_datagram)
		return sock_bind_udp(&b->addr, reuse_port);

	return sock_listen(&b->addr, b->backlog, reuse_port);
}


static void log_cannot_listen(const struct binding *b, int err)
{
	char text[ADDR_TEXT_MAX];

	log_error(b, "%s:%d: cannot listen on %s (%s): %s%s",
		  config_file(b->section), config_line(b->section, "port"),
		  addr_print(&b->addr, text),
		  b->recipe.is_datagram ? "UDP" : "TCP", error_text(err),
		  err == -EADDRINUSE ? " (is another server running?)" : "");
}


/* With SO_REUSEPORT a second server of the same user would share the port
 * silently; so it is taken once without. */
static int probe(struct binding *b)
{
	char text[ADDR_TEXT_MAX];
	int fd = listen_on(b, false);

	if (fd == -EAFNOSUPPORT && IN6_IS_ADDR_UNSPECIFIED(
					   &b->addr.u.in6.sin6_addr)) {
		addr_parse(&b->addr, str("0.0.0.0"), addr_port(&b->addr));
		log_warn(b, "no IPv6 here: listening on %s instead",
			 addr_print(&b->addr, text));
		fd = listen_on(b, false);
	}

	if (fd < 0)
		return fd;
	close(fd);

	return 0;
}


int binding_listen(struct binding *b, unsigned n_workers)
{
	int err = probe(b);

	if (err) {
		log_cannot_listen(b, err);
		return err;
	}

	b->fds = mem_alloc(n_workers * sizeof(b->fds[0]));
	if (!b->fds)
		return -ENOMEM;
	for (unsigned i = 0; i < n_workers; i++)
		b->fds[i] = -1;

	for (unsigned i = 0; i < n_workers; i++) {
		if (b->worker >= 0 && (unsigned)b->worker != i)
			continue;

		b->fds[i] = listen_on(b, true);
		if (b->fds[i] < 0) {
			log_cannot_listen(b, b->fds[i]);
			return b->fds[i];
		}
	}

	return 0;
}


struct host *binding_host(const struct binding *b, const struct chain *chain)
{
	return &b->server->hosts[chain->loop->index];
}


void *binding_prepared(const struct binding *b,
		       const struct protocol *protocol)
{
	for (size_t i = 0; i < b->n_parts; i++) {
		if (b->parts[i].protocol == protocol)
			return b->parts[i].prepared;
	}

	return NULL;
}
