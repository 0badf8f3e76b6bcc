/* The command line of the load on a TURN server. */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "number.h"
#include "turn.h"
#include "turn_packet.h"

enum {
	PORT_DEFAULT = 3478,
};

/* Not the server's own: there, the ports of relays are its own as well. */
#define PEER_IP "127.0.0.2"

#define FIELD(f) offsetof(struct turn_options, f)

static const struct number numbers[] = {
	{ "--flows", FIELD(n_flows), 1, 30000, 100, "allocations" },
	{ "--users", FIELD(n_users), 0, 30000, 0,
	  "with --secret: how many share them; 0: each its own" },
	{ "--rate", FIELD(rate), 0, 10000000, 50000,
	  "relayed packets per second in all; there and back are two" },
	{ "--window", FIELD(window), 0, 1024, 0,
	  "packets in flight per flow, as fast as it goes; 0: --rate" },
	{ "--size", FIELD(size), TURN_PACKET_HEAD, TURN_PACKET_MAX, 160,
	  "bytes of a packet" },
	{ "--burst", FIELD(burst), 1, 40, 1, "packets of a flow at once" },
	{ "--gso", FIELD(has_gso), 0, 1, 0,
	  "bursts as trains, UDP_SEGMENT and UDP_GRO" },
	{ "--sockets", FIELD(has_sockets), 0, 1, 0,
	  "a socket for each client; 0: one, 127.64.x.x for each" },
	{ "--tcp", FIELD(is_tcp), 0, 1, 0, "clients come by TCP" },
	{ "--peers", FIELD(n_peers), 1, TURN_PEERS_MAX, 1,
	  "sockets of peers" },
	{ "--spin", FIELD(spins), 0, 1, 0, "never sleep" },
	{ "--warmup", FIELD(warmup_ms), 0, 100000, 500,
	  "milliseconds of packets before the measurement" },
	{ "--seconds", FIELD(seconds), 1, 500, 10,
	  "seconds of measurement" },
	{ "--pid", FIELD(pid), 0, 1u << 30, 0,
	  "of the server: to tell the CPU it needs per packet" },
	{ "--timeout", FIELD(timeout_s), 1, 3600, 60,
	  "seconds for all to be allocated" },
};

enum { N_NUMBERS = sizeof(numbers) / sizeof(*numbers) };

static const char *const modes[] = {
	"echo", "sink", "source", "hairpin", "idle"
};


static void print_help(void)
{
	printf("load turn --server IP[:PORT] [options]\n\n"
	       "Makes allocations with a channel each, sends packets through\n"
	       "them, verifies each and measures their round trip.  Exit\n"
	       "status 0 if none is wrong; lost ones are told.\n\n");
	numbers_print(numbers, N_NUMBERS);
	printf("  %-16s echo, sink (to the peer), source (from it), hairpin\n"
	       "  %-16s (pairs of allocations), idle [echo]\n", "--mode", "");
	printf("  %-16s where peers listen [%s]\n", "--peer-ip", PEER_IP);
	printf("  %-16s and\n  %-16s a static user\n", "--user",
	       "--password");
	printf("  %-16s of TURN REST, instead of these\n", "--secret");
	printf("  %-16s one line of JSON at the end\n", "--json");
}


static int read_mode(struct turn_options *opt, const char *text)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(text, modes[i]))
			continue;
		opt->mode = (enum turn_mode)i;
		return 0;
	}
	fprintf(stderr, "no mode %s (see --help)\n", text);

	return -EINVAL;
}


/* IP, IPv4:PORT or [IPv6]:PORT. */
static int read_addr(struct addr *addr, const char *text)
{
	bool is_v6 = *text == '[';
	const char *ip = text + is_v6;
	struct str rest = str(ip + strcspn(ip, is_v6 ? "]" : ":"));
	struct str host = str_n(ip, (size_t)(rest.p - ip));
	int64_t port = PORT_DEFAULT;

	if (is_v6 && rest.len) {
		++rest.p;
		--rest.len;
	}
	if ((rest.len && text_parse_int(str_n(rest.p + 1, rest.len - 1), 1,
					UINT16_MAX, &port)) ||
	    addr_parse(addr, host, (uint16_t)port)) {
		fprintf(stderr, "bad address %s\n", text);
		return -EINVAL;
	}

	return 0;
}


static int read_option(struct turn_options *opt, const char *name,
		       const char *value)
{
	if (!strcmp(name, "--server"))
		return read_addr(&opt->server, value);
	if (!strcmp(name, "--peer-ip"))
		return read_addr(&opt->peer_ip, value);
	if (!strcmp(name, "--mode"))
		return read_mode(opt, value);
	if (!strcmp(name, "--user"))
		opt->user = value;
	else if (!strcmp(name, "--password"))
		opt->password = value;
	else if (!strcmp(name, "--secret"))
		opt->secret = value;
	else
		return numbers_read(numbers, N_NUMBERS, opt, name, value);

	return 0;
}


static bool is_loopback(const struct addr *addr)
{
	return addr->u.sa.sa_family == AF_INET &&
		ntohl(addr->u.in.sin_addr.s_addr) >> 24 == 127;
}


/* What must hold between options. */
static int check(struct turn_options *opt)
{
	const char *why = NULL;

	opt->is_remote = !is_loopback(&opt->server);
	if (opt->is_remote || opt->is_tcp)
		opt->has_sockets = 1;
	if (opt->mode == TURN_IDLE)
		opt->rate = opt->window = 0;
	if (!opt->server.u.sa.sa_family)
		why = "--server is missing";
	else if ((opt->user && !opt->password) || (opt->user && opt->secret))
		why = "--user needs --password, and no --secret";
	else if (opt->mode == TURN_HAIRPIN && opt->n_flows % 2)
		why = "hairpin needs an even number of flows";
	else if (opt->burst * (opt->size + TURN_HEADER_LEN) > 65000)
		why = "a burst is at most 65000 bytes";
	else if (opt->is_tcp && (opt->has_gso || opt->size % 4))
		why = "--tcp needs a size that is a multiple of 4, no --gso";
	if (!why)
		return 0;

	fprintf(stderr, "%s\n", why);

	return -EINVAL;
}


int turn_options_read(struct turn_options *opt, int argc, char **argv)
{
	numbers_init(numbers, N_NUMBERS, opt);
	if (addr_parse(&opt->peer_ip, str(PEER_IP), 0))
		return -EINVAL;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			print_help();
			exit(EXIT_SUCCESS);
		}
		if (!strcmp(argv[i], "--json")) {
			opt->is_json = true;
			continue;
		}
		if (++i == argc) {
			fprintf(stderr, "%s needs a value\n", argv[i - 1]);
			return -EINVAL;
		}
		if (read_option(opt, argv[i - 1], argv[i]))
			return -EINVAL;
	}

	return check(opt);
}
