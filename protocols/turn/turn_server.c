/* What all workers of one TURN server share. */
#include "turn/turn_server.h"
#include <stdlib.h>
#include "base/mem.h"
#include "turn/turn_reservation_int.h"
#include "turn/turn_ring_int.h"
#include "turn/turn_tcp_int.h"


enum { PORTS = 65536 };


static int make_tcp_tables(struct turn_server *server)
{
	server->tcp_slots = mem_zalloc(TURN_TCP_SLOTS_MAX *
				       sizeof(server->tcp_slots[0]));
	if (!server->tcp_slots)
		return -ENOMEM;

	for (size_t i = 0; i < server->conf.n_relays; i++) {
		server->tcp_ports[i] = mem_zalloc(
			PORTS * sizeof(*server->tcp_ports[i]));
		if (!server->tcp_ports[i])
			return -ENOMEM;
	}

	return 0;
}


static int make_tables(struct turn_server *server)
{
	server->per_user = mem_zalloc(sizeof(*server->per_user));
	server->per_address = mem_zalloc(sizeof(*server->per_address));
	server->replies = mem_zalloc(sizeof(*server->replies));
	server->user_bytes = mem_zalloc(sizeof(*server->user_bytes));
	server->reservations = mem_zalloc(TURN_RESERVATIONS_MAX *
					  sizeof(server->reservations[0]));
	server->workers = mem_zalloc(server->n_workers *
				     sizeof(server->workers[0]));
	server->rings = mem_zalloc(server->n_workers * server->n_workers *
				   sizeof(server->rings[0]));
	if (!server->per_user || !server->per_address || !server->replies ||
	    !server->user_bytes || !server->reservations ||
	    !server->workers || !server->rings)
		return -ENOMEM;

	for (size_t i = 0; i < server->conf.n_relays; i++) {
		server->ports[i] = mem_zalloc(PORTS *
					      sizeof(*server->ports[i]));
		if (!server->ports[i])
			return -ENOMEM;
	}
	if (server->conf.has_tcp && make_tcp_tables(server))
		return -ENOMEM;

	keyed_quota_init(server->per_user);
	keyed_quota_init(server->per_address);
	keyed_rate_init(server->replies);
	keyed_rate_init(server->user_bytes);
	random_bytes(server->ticket_key, sizeof(server->ticket_key));

	return 0;
}


int turn_server_new(struct turn_server **serverp,
		    const struct turn_conf *take_conf, unsigned n_workers)
{
	struct turn_server *server = mem_zalloc(sizeof(*server));
	int err;

	if (!server) {
		struct turn_conf conf = *take_conf;

		turn_conf_fini(&conf);
		return -ENOMEM;
	}

	server->log.category = "turn";
	server->conf = *take_conf;
	server->n_workers = n_workers;
	server->allocations.max = server->conf.limits.allocations;
	server->unauthenticated.max = server->conf.limits.unauthenticated;

	err = make_tables(server);
	if (err) {
		turn_server_free(server);
		return err;
	}

	*serverp = server;

	return 0;
}


void turn_server_follow(struct turn_server *server,
			const struct turn_server *before)
{
	turn_auth_inherit(server->conf.auth, before->conf.auth);
}


void turn_conf_fini(struct turn_conf *conf)
{
	conf->auth = turn_auth_free(conf->auth);
	conf->peers = mem_unref(conf->peers);
	conf->software = mem_free(conf->software);
	conf->alternate_domain = mem_free(conf->alternate_domain);
}


struct turn_server *turn_server_free(struct turn_server *server)
{
	if (!server)
		return NULL;

	if (server->reservations)
		turn_forget_reservations(server, NULL);
	for (size_t i = 0; i < server->conf.n_relays; i++) {
		mem_free(server->ports[i]);
		mem_free(server->tcp_ports[i]);
	}
	mem_free(server->tcp_slots);
	mem_free(server->per_user);
	mem_free(server->per_address);
	mem_free(server->replies);
	mem_free(server->user_bytes);
	mem_free(server->reservations);
	if (server->rings)
		turn_rings_free(server);
	mem_free(server->workers);
	turn_conf_fini(&server->conf);

	return mem_free(server);
}
