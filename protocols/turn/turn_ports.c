/* Ports of relays: picked at random (RFC 8656 s7.2, RFC 6056), in pairs if
 * wanted, and the table by which a relay is found inside the process. */
#include "base/mem.h"
#include "base/random.h"
#include "turn/turn_reservation_int.h"
#include "turn/turn_table_int.h"


enum {
	RANDOM_TRIES = 32,
	BACKLOG = 16,            /* of peers, before they are accepted */
	BINDS_MAX = 256,         /* system calls for one request */
	RELAY_BUFFER = 512 * 1024,       /* bytes waiting for a busy worker */
};


/* -- binding -- */

struct pick {
	enum turn_ports want;
	bool is_tcp;
	int fd;
	int next_fd;             /* of the port above, or -1 */
	unsigned index;
	uint16_t port;
};


static struct addr relay_ip(const struct turn_server *server, unsigned index,
			    uint16_t port)
{
	struct addr addr = server->conf.relays[index].ip;

	addr_set_port(&addr, port);

	return addr;
}


static _Atomic(uint64_t) *port_at(struct turn_server *server, bool is_tcp,
				  unsigned index, uint16_t port)
{
	return is_tcp ? &server->tcp_ports[index][port]
		      : &server->ports[index][port];
}


static int bind_port(struct turn_worker *worker, const struct pick *pick,
		     uint16_t port)
{
	const struct addr addr = relay_ip(worker->server, pick->index, port);

	if (atomic_load(port_at(worker->server, pick->is_tcp, pick->index,
				port)))
		return -EADDRINUSE;

	return pick->is_tcp ? loop_listen(worker->loop, &addr, BACKLOG)
			    : loop_bind_udp(worker->loop, &addr);
}


/* The ports to try, one after the other: random ones, then all there are. */
static uint16_t next_port(const struct turn_conf *conf, unsigned attempt,
			  bool is_even, uint16_t last)
{
	const unsigned n = conf->port_max - conf->port_min + 1u;
	unsigned port;

	if (attempt < RANDOM_TRIES)
		port = (unsigned)(random_u64() % n);
	else
		port = (last - conf->port_min + 1u) % n;
	port += conf->port_min;

	/* The next even one; behind the last, the first. */
	if (is_even && port & 1)
		port = port < conf->port_max ? port + 1u
					     : conf->port_min +
						(conf->port_min & 1u);

	return (uint16_t)port;
}


/* Try one port, and the next one with TURN_PORTS_PAIR. */
static int try_port(struct turn_worker *worker, struct pick *pick,
		    uint16_t port)
{
	const struct turn_conf *conf = &worker->server->conf;

	if (port < conf->port_min || port > conf->port_max ||
	    (pick->want == TURN_PORTS_PAIR && port == conf->port_max))
		return -EADDRINUSE;

	pick->fd = bind_port(worker, pick, port);
	if (pick->fd < 0)
		return pick->fd;

	if (pick->want == TURN_PORTS_PAIR) {
		pick->next_fd = bind_port(worker, pick,
					  (uint16_t)(port + 1));
		if (pick->next_fd < 0) {
			loop_close_fd(worker->loop, pick->fd);
			return pick->next_fd;
		}
	}
	pick->port = port;

	return 0;
}


static int pick_port(struct turn_worker *worker, struct pick *pick)
{
	const struct turn_conf *conf = &worker->server->conf;
	const bool is_even = pick->want != TURN_PORTS_ANY;
	unsigned n_binds = 0;
	uint16_t port = conf->port_min;

	for (unsigned i = 0; i < RANDOM_TRIES + 65536u; i++) {
		int err;

		port = next_port(conf, i, is_even, port);
		if (atomic_load(port_at(worker->server, pick->is_tcp,
					pick->index, port)))
			continue;

		err = try_port(worker, pick, port);
		if (err != -EADDRINUSE && err != -EACCES)
			return err;
		if (++n_binds == BINDS_MAX)
			break;
	}

	return -EADDRINUSE;
}


/* -- relays -- */

static struct turn_relay *open_relay(struct turn_allocation *alloc,
				     struct pick *pick)
{
	static const struct udp_conf udp_conf = {
		.has_tos = true,
		.receive_buffer = RELAY_BUFFER,
	};
	struct turn_worker *worker = alloc->worker;
	struct turn_server *server = worker->server;
	const struct turn_relay_conf *conf =
		&server->conf.relays[pick->index];
	struct turn_relay *relay = mem_zalloc(sizeof(*relay));
	size_t family = turn_family_index(conf->ip.u.sa.sa_family);

	if (!relay) {
		loop_close_fd(worker->loop, pick->fd);
		return NULL;
	}

	relay->alloc = alloc;
	relay->index = pick->index;
	relay->port = pick->port;
	relay->addr = conf->external;
	addr_set_port(&relay->addr, pick->port);
	if (pick->is_tcp ? turn_tcp_open(relay, pick->fd)
			 : udp_open(&relay->udp, worker->loop, pick->fd,
				    &udp_conf, &turn_relay_user, relay)) {
		mem_free(relay);
		return NULL;
	}

	atomic_store(port_at(server, pick->is_tcp, pick->index, pick->port),
		     alloc->id);
	alloc->relays[family] = relay;

	return relay;
}


static void destroy(void *arg)
{
	struct turn_relay *relay = arg;

	mem_free(relay->tcp);
	mem_free(relay);
}


void turn_relay_close(struct turn_relay *relay)
{
	struct turn_allocation *alloc = relay->alloc;
	struct turn_worker *worker = alloc->worker;
	size_t family = turn_family_index(relay->addr.u.sa.sa_family);

	LIST_EACH(&alloc->channels, it) {
		struct turn_channel *c =
			CONTAINER_OF(it, struct turn_channel, of_alloc);

		if (c->relay == relay)
			turn_channel_del(c);
	}

	LIST_EACH(&alloc->permissions, it) {
		struct turn_permission *p =
			CONTAINER_OF(it, struct turn_permission, of_alloc);

		if (p->relay == relay)
			turn_permission_del(p);
	}

	atomic_store(port_at(worker->server, alloc->is_tcp, relay->index,
			     relay->port), 0);
	if (alloc->is_tcp)
		turn_tcp_close(relay);
	else
		udp_close(&relay->udp);
	alloc->relays[family] = NULL;
	relay->death.fn = destroy;
	relay->death.arg = relay;
	loop_bury(worker->loop, &relay->death);
}


/* The relay addresses of one family, a random one first. */
static bool next_relay(const struct turn_conf *conf, int family, size_t start,
		       size_t *i, unsigned *index)
{
	for (; *i < conf->n_relays; ++*i) {
		*index = (unsigned)((start + *i) % conf->n_relays);
		if (conf->relays[*index].ip.u.sa.sa_family == family) {
			++*i;
			return true;
		}
	}

	return false;
}


unsigned turn_relay_open(struct turn_allocation *alloc, int family,
			 enum turn_ports want)
{
	struct turn_worker *worker = alloc->worker;
	const struct turn_conf *conf = &worker->server->conf;
	struct pick pick = {
		.want = want, .is_tcp = alloc->is_tcp, .next_fd = -1,
	};
	const size_t start = (size_t)(random_u64() % TURN_RELAYS_MAX);
	unsigned code = 440;

	for (size_t i = 0; next_relay(conf, family, start, &i, &pick.index);) {
		code = 508;
		if (pick_port(worker, &pick))
			continue;

		if (!open_relay(alloc, &pick)) {
			if (pick.next_fd >= 0)
				loop_close_fd(worker->loop,
					      pick.next_fd);
			break;
		}
		if (want == TURN_PORTS_PAIR)
			alloc->token = turn_reserve(
				alloc, pick.index, (uint16_t)(pick.port + 1),
				pick.next_fd);
		return want == TURN_PORTS_PAIR && !alloc->token ? 508 : 0;
	}

	return code;
}


unsigned turn_relay_redeem(struct turn_allocation *alloc, uint64_t token)
{
	struct pick pick = { .next_fd = -1 };

	pick.fd = turn_redeem(alloc->worker, token, &pick.index, &pick.port);

	return pick.fd >= 0 && open_relay(alloc, &pick) ? 0 : 508;
}


int turn_server_relay_of(const struct turn_server *server,
			 const struct addr *peer)
{
	const struct slice ip = addr_ip(peer);
	const uint16_t port = addr_port(peer);

	if (port < server->conf.port_min || port > server->conf.port_max)
		return -1;

	for (size_t i = 0; i < server->conf.n_relays; i++) {
		const struct turn_relay_conf *relay = &server->conf.relays[i];

		if (str_eq(str_of(addr_ip(&relay->external)), str_of(ip)) ||
		    str_eq(str_of(addr_ip(&relay->ip)), str_of(ip)))
			return (int)i;
	}

	return -1;
}
