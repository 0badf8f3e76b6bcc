/* The yardstick for TURN: a forwarder with the sockets of a relay, one
 * listener and one relay socket per flow, that takes the 4 bytes of
 * ChannelData off and puts them on, and does nothing else.  One thread, one
 * epoll; each ready socket is read once per turn with recvmmsg, and what
 * goes to clients leaves with one sendmmsg at the end of the turn.
 *
 * It answers Binding, Allocate, ChannelBind and Refresh of anybody, so that
 * the load can set flows up, and checks nothing: no permissions, no
 * lifetimes, one channel per flow.
 *
 * --wake-us lets it wake up at most that often; --gso takes trains of equal
 * packets and sends them on as such; --fault spoils what it relays once in a
 * while, so that one can see the load tool find it. */
#include "bare_turn.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/text.h"
#include "batch.h"
#include "number.h"
#include "stun/stun_writer.h"

enum {
	EVENTS_MAX = 128,
	FLOWS_MAX = 32768,
	TABLE_LEN = 4 * FLOWS_MAX,
	HEADER_LEN = 4,          /* of ChannelData */
	FAULT_EVERY = 31,
	LIFETIME_S = 3600,
	EXIT_USAGE = 2,
};

enum fault {
	FAULT_NONE,
	FAULT_DROP,              /* a packet is lost */
	FAULT_FLIP,              /* a byte of a packet is changed */
	FAULT_TWICE,             /* a packet is sent again */
	FAULT_STRAY,             /* a packet goes to another client */
};

struct flow {
	int fd;                  /* owned: the relay socket */
	uint16_t channel;
	struct addr client;
	struct addr peer;
	struct addr relayed;
};

struct options {
	unsigned port;
	unsigned wake_us;
	unsigned has_gso;
	unsigned fault;          /* enum fault */
};

struct bare {
	struct options opt;
	int epoll_fd;
	int listen_fd;
	struct addr ip;          /* of all sockets */
	struct flow *flows;      /* owned */
	uint32_t n_flows;
	uint32_t *table;         /* owned: flow + 1 by client; 0: free */
	uint64_t n_packets;
	struct batch_in in;
	struct batch_out up;     /* towards peers */
	struct batch_out down;   /* towards clients */
};

#define FIELD(f) offsetof(struct options, f)

static const struct number numbers[] = {
	{ "--port", FIELD(port), 0, UINT16_MAX, 3478,
	  "0: any, which is told" },
	{ "--wake-us", FIELD(wake_us), 0, 100000, 0,
	  "wake up at most once in so many microseconds" },
	{ "--gso", FIELD(has_gso), 0, 1, 0, "UDP_GRO and UDP_SEGMENT" },
	{ "--fault", FIELD(fault), 0, FAULT_STRAY, 0,
	  "1 drops, 2 changes, 3 doubles, 4 misleads packets" },
};

enum { N_NUMBERS = sizeof(numbers) / sizeof(*numbers) };


static uint32_t *slot_of(struct bare *bare, const struct addr *client)
{
	uint32_t i = (client->u.in.sin_addr.s_addr ^
		      (uint32_t)client->u.in.sin_port << 12) * 2654435761u;

	for (i >>= 15;; i++) {
		uint32_t *slot = &bare->table[i % TABLE_LEN];

		if (!*slot || addr_eq(&bare->flows[*slot - 1].client, client))
			return slot;
	}
}


static void watch(const struct bare *bare, int fd, uint32_t i)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

	epoll_ctl(bare->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}


/* The flow of a client, made if there is none. */
static struct flow *open_flow(struct bare *bare, const struct addr *client)
{
	uint32_t *slot = slot_of(bare, client);
	struct flow *flow;
	socklen_t len = sizeof(flow->relayed);
	int fd;

	if (*slot)
		return &bare->flows[*slot - 1];
	if (bare->n_flows == FLOWS_MAX)
		return NULL;

	fd = batch_socket(&bare->ip, bare->opt.has_gso, false);
	if (fd < 0)
		return NULL;

	flow = &bare->flows[bare->n_flows++];
	flow->fd = fd;
	flow->client = *client;
	getsockname(fd, &flow->relayed.u.sa, &len);
	*slot = bare->n_flows;
	watch(bare, fd, bare->n_flows);

	return flow;
}


static void bind_channel(struct flow *flow, const struct stun_message *m)
{
	struct slice value;

	if (!stun_message_find(m, STUN_CHANNEL_NUMBER, &value))
		stun_channel_read(value, &flow->channel);
	if (!stun_message_find(m, STUN_XOR_PEER_ADDRESS, &value))
		stun_xor_addr_read(value, m->id, &flow->peer);
}


/* Everybody gets what he asks for. */
static void answer(struct bare *bare, const struct batch_datagram *d)
{
	struct stun_message m;
	struct stun_writer s;
	struct writer w = writer(512);
	struct flow *flow = NULL;

	if (stun_message_parse(slice(d->p, d->len), &m) ||
	    m.class != STUN_REQUEST)
		return;

	if (m.method != STUN_BINDING) {
		flow = open_flow(bare, &d->from);
		if (!flow)
			return;
	}
	s = stun_begin(&w, STUN_SUCCESS, m.method, m.id);
	stun_put_xor_addr(&s, STUN_XOR_MAPPED_ADDRESS, &d->from);
	if (flow && m.method == STUN_ALLOCATE)
		stun_put_xor_addr(&s, STUN_XOR_RELAYED_ADDRESS,
				  &flow->relayed);
	if (flow && m.method == STUN_CHANNEL_BIND)
		bind_channel(flow, &m);
	stun_put_u32(&s, STUN_LIFETIME, LIFETIME_S);
	if (!w.err)
		sendto(bare->listen_fd, w.data, w.len, MSG_DONTWAIT,
		       &d->from.u.sa, addr_len(&d->from));
	writer_fini(&w);
}


/* True if this packet is to be lost. */
static bool spoil(struct bare *bare, struct flow **flow, int *n_times,
		  struct batch_datagram *d)
{
	uint32_t i = (uint32_t)(*flow - bare->flows);

	if (++bare->n_packets % FAULT_EVERY)
		return false;

	if (bare->opt.fault == FAULT_FLIP)
		d->p[d->len - 1] ^= 1;
	if (bare->opt.fault == FAULT_TWICE)
		*n_times = 2;
	if (bare->opt.fault == FAULT_STRAY)
		*flow = &bare->flows[(i + 1) % bare->n_flows];

	return bare->opt.fault == FAULT_DROP;
}


/* ChannelData from a client goes to its peer without the header. */
static void relay_up(struct bare *bare, const struct flow *flow,
		     const struct batch_datagram *d)
{
	struct iovec iov[BATCH_SEGMENTS_MAX];
	struct batch_send send = { .iov = iov, .to = &flow->peer };

	for (size_t at = 0; at + HEADER_LEN <= d->len &&
	     send.n_iov < BATCH_SEGMENTS_MAX; at += d->segment_len) {
		struct iovec *v = &iov[send.n_iov++];

		v->iov_base = d->p + at + HEADER_LEN;
		v->iov_len = (size_t)d->p[at + 2] << 8 | d->p[at + 3];
		if (v->iov_len > d->len - at - HEADER_LEN)
			return;
	}
	if (send.n_iov > 1)
		send.segment_len = d->segment_len - HEADER_LEN;
	batch_push(&bare->up, flow->fd, &send);
}


static uint8_t *put_header(uint8_t *p, const struct flow *flow, size_t len)
{
	p[0] = (uint8_t)(flow->channel >> 8);
	p[1] = (uint8_t)flow->channel;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;

	return p;
}


/* What comes from the peer goes to the client with a header.  It is written
 * into the room before the packet, that of a shorter last one before it. */
static void relay_down(struct bare *bare, const struct flow *flow,
		       const struct batch_datagram *d)
{
	struct iovec iov[2 * BATCH_SEGMENTS_MAX];
	struct batch_send send = { .iov = iov, .to = &flow->client };
	uint8_t *whole = put_header(d->p - HEADER_LEN, flow, d->segment_len);
	size_t len = d->segment_len;

	if (len == d->len) {
		iov[0].iov_base = whole;
		iov[0].iov_len = HEADER_LEN + d->len;
		send.n_iov = 1;
		batch_push(&bare->down, bare->listen_fd, &send);
		return;
	}

	for (size_t at = 0; at < d->len && send.n_iov < 2 * BATCH_SEGMENTS_MAX;
	     at += d->segment_len) {
		struct iovec *v = &iov[send.n_iov];

		if (len > d->len - at)
			len = d->len - at;
		v[0].iov_base = len == d->segment_len ? whole :
			put_header(whole - HEADER_LEN, flow, len);
		v[0].iov_len = HEADER_LEN;
		v[1].iov_base = d->p + at;
		v[1].iov_len = len;
		send.n_iov += 2;
	}
	send.segment_len = d->segment_len + HEADER_LEN;
	batch_push(&bare->down, bare->listen_fd, &send);
}


static void flush(struct bare *bare)
{
	batch_flush(&bare->up);
	batch_flush(&bare->down);
	batch_in_reset(&bare->in);
}


static void read_listener(struct bare *bare)
{
	struct batch_datagram datagrams[BATCH_MAX];
	size_t n = batch_recv(&bare->in, bare->listen_fd, datagrams);

	for (size_t i = 0; i < n; i++) {
		struct batch_datagram *d = &datagrams[i];
		uint32_t flow;

		if (d->len < HEADER_LEN)
			continue;
		if (d->p[0] >> 6 != 1) {
			answer(bare, d);
			continue;
		}
		flow = *slot_of(bare, &d->from);
		if (flow)
			relay_up(bare, &bare->flows[flow - 1], d);
	}
}


static void read_relay(struct bare *bare, struct flow *flow)
{
	struct batch_datagram datagrams[BATCH_MAX];
	size_t n = batch_recv(&bare->in, flow->fd, datagrams);

	for (size_t i = 0; i < n; i++) {
		struct flow *to = flow;
		int n_times = 1;

		if (bare->opt.fault &&
		    spoil(bare, &to, &n_times, &datagrams[i]))
			continue;
		while (n_times--)
			relay_down(bare, to, &datagrams[i]);
	}
}


/* Sleep until `wake_us` after the last time this was called. */
static void hold_back(struct timespec *last, unsigned wake_us)
{
	struct timespec now;

	last->tv_nsec += 1000l * wake_us;
	while (last->tv_nsec >= 1000000000) {
		last->tv_nsec -= 1000000000;
		++last->tv_sec;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > last->tv_sec || (now.tv_sec == last->tv_sec &&
					  now.tv_nsec > last->tv_nsec))
		*last = now;
	else
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, last, NULL);
}


static void run(struct bare *bare)
{
	struct epoll_event events[EVENTS_MAX];
	struct timespec last = { 0, 0 };
	uint32_t i;
	int n;

	for (;;) {
		if (bare->opt.wake_us)
			hold_back(&last, bare->opt.wake_us);
		n = epoll_wait(bare->epoll_fd, events, EVENTS_MAX, -1);
		for (int k = 0; k < n; k++) {
			if (BATCH_SLOTS - bare->in.n_used < BATCH_MAX)
				flush(bare);
			i = events[k].data.u32;
			if (i)
				read_relay(bare, &bare->flows[i - 1]);
			else
				read_listener(bare);
		}
		flush(bare);
	}
}


static int open_bare(struct bare *bare)
{
	struct rlimit limit;
	socklen_t len = sizeof(bare->ip);
	int err;

	addr_set_port(&bare->ip, (uint16_t)bare->opt.port);
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	prctl(PR_SET_TIMERSLACK, 1);

	bare->flows = calloc(FLOWS_MAX, sizeof(*bare->flows));
	bare->table = calloc(TABLE_LEN, sizeof(*bare->table));
	bare->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!bare->flows || !bare->table)
		return -ENOMEM;
	err = batch_in_init(&bare->in, bare->opt.has_gso ? BATCH_TRAIN :
			    BATCH_PLAIN);
	if (err)
		return err;

	bare->listen_fd = batch_socket(&bare->ip, bare->opt.has_gso, false);
	if (bare->listen_fd < 0)
		return bare->listen_fd;
	if (getsockname(bare->listen_fd, &bare->ip.u.sa, &len))
		return -errno;
	printf("port %u\n", addr_port(&bare->ip));
	fflush(stdout);
	addr_set_port(&bare->ip, 0);
	watch(bare, bare->listen_fd, 0);

	return 0;
}


static int read_option(struct bare *bare, const char *name,
		       const char *value)
{
	if (!strcmp(name, "--ip"))
		return addr_parse(&bare->ip, str(value), 0);

	return numbers_read(numbers, N_NUMBERS, &bare->opt, name, value);
}


int bare_turn(int argc, char **argv)
{
	static struct bare bare;
	int err = addr_parse(&bare.ip, str("127.0.0.1"), 0);

	numbers_init(numbers, N_NUMBERS, &bare.opt);
	for (int i = 1; i < argc && !err; i += 2)
		err = i + 1 == argc ? -EINVAL :
			read_option(&bare, argv[i], argv[i + 1]);
	if (err) {
		printf("load bare-turn [options]\n\n");
		numbers_print(numbers, N_NUMBERS);
		printf("  %-16s to listen and relay on [127.0.0.1]\n",
		       "--ip");
		return EXIT_USAGE;
	}

	err = open_bare(&bare);
	if (err) {
		fprintf(stderr, "port %u: %s\n", bare.opt.port,
			strerror(-err));
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	run(&bare);

	return EXIT_SUCCESS;
}
