/* What an allocation says of itself. */
#include <stdio.h>
#include "turn/turn_int.h"


static const char *const transports[] = {
	[TURN_UDP] = "udp",
	[TURN_DTLS] = "dtls",
	[TURN_TCP] = "tcp",
	[TURN_TLS] = "tls",
};


const char *turn_transport_name(enum turn_transport transport)
{
	return transports[transport];
}


static void put_text(struct report *r, const char *key, const char *text)
{
	report_text(r, key, str(text));
}


static void describe_relay(struct report *r, const struct turn_relay *relay)
{
	char text[ADDR_TEXT_MAX];

	report_open(r, "relay");
	put_text(r, "address", addr_print(&relay->addr, text));
	put_text(r, "protocol", relay->tcp ? "tcp" : "udp");
	report_gauge(r, "left", REPORT_US,
		     relay->expires_us - relay->alloc->worker->loop->now_us,
		     "Time until it must be refreshed");
	if (relay->tcp)
		turn_tcp_describe(r, relay->tcp);
	report_close(r);
}


static void describe_peers(struct report *r,
			   const struct turn_allocation *alloc)
{
	const int64_t now_us = alloc->worker->loop->now_us;
	char text[ADDR_TEXT_MAX];

	report_list_open(r, "permissions");
	LIST_EACH(&alloc->permissions, it) {
		const struct turn_permission *p =
			CONTAINER_OF(it, struct turn_permission, of_alloc);

		report_open(r, NULL);
		put_text(r, "peer", addr_print_ip(&p->peer, text));
		report_gauge(r, "left", REPORT_US, p->expires_us - now_us,
			     "Time until it ends");
		report_close(r);
	}
	report_list_close(r);

	report_list_open(r, "channels");
	LIST_EACH(&alloc->channels, it) {
		const struct turn_channel *c =
			CONTAINER_OF(it, struct turn_channel, of_alloc);

		report_open(r, NULL);
		put_text(r, "peer", addr_print(&c->peer, text));
		report_gauge(r, "number", REPORT_PLAIN, c->number,
			     "Its number");
		report_gauge(r, "left", REPORT_US, c->expires_us - now_us,
			     "Time until it ends");
		report_close(r);
	}
	report_list_close(r);
}


void turn_allocation_describe(struct report *r,
			      const struct turn_allocation *alloc)
{
	char text[ADDR_TEXT_MAX], id[24];

	snprintf(id, sizeof(id), "%llx", (unsigned long long)alloc->id);
	report_open(r, "allocation");
	report_label(r, "id", str(id));
	put_text(r, "user", alloc->owner.text);
	put_text(r, "client", addr_print(&turn_path_of(alloc)->client, text));
	put_text(r, "transport",
		 transports[turn_path_of(alloc)->transport]);
	report_gauge(r, "age", REPORT_US,
		     alloc->worker->loop->now_us - alloc->opened_us,
		     "Time since it was made");
	report_count(r, "sent_packets", REPORT_PLAIN,
		     (int64_t)alloc->sent.packets, "To peers");
	report_count(r, "sent", REPORT_BYTES, (int64_t)alloc->sent.bytes,
		     "To peers");
	report_count(r, "received_packets", REPORT_PLAIN,
		     (int64_t)alloc->received.packets, "From peers");
	report_count(r, "received", REPORT_BYTES,
		     (int64_t)alloc->received.bytes, "From peers");
	report_count(r, "dropped_packets", REPORT_PLAIN,
		     (int64_t)alloc->n_dropped, "Above a limit");

	report_list_open(r, "relays");
	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i])
			describe_relay(r, alloc->relays[i]);
	}
	report_list_close(r);

	describe_peers(r, alloc);
	report_close(r);
}


size_t turn_worker_describe(struct report *r,
			    const struct turn_worker *worker, size_t from,
			    size_t *max)
{
	for (size_t i = from; i < worker->n_slots; i++) {
		if (!worker->slots[i].alloc)
			continue;
		if (!*max)
			return i;
		--*max;
		turn_tcp_account(worker->slots[i].alloc);
		turn_allocation_describe(r, worker->slots[i].alloc);
	}

	return 0;
}
