/* Makes allocations on a TURN server, sends packets through them, verifies
 * each and measures how long they take.  --help lists the options.
 *
 * Says on standard output when each part of the run begins ("allocating",
 * "allocated", "measuring", "measured", ...), so that a script can look at
 * the server then.
 *
 * All clients share one socket on loopback, where 127.64.0.1 and up are as
 * good as addresses of their own: so the load needs few system calls, and a
 * core of its own is enough for it where the server uses one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "cpu.h"
#include "turn.h"
#include "turn_stream.h"

enum {
	EVENTS_MAX = 64,
	OPEN_MAX = 32,           /* that wait for an answer at once */
	WAIT_MAX_US = 20 * TURN_US_PER_MS,
	DRAIN_US = 1500 * TURN_US_PER_MS,
	CLOSE_US = 2 * TURN_US_PER_S,
	CLIENT_IP = 127 << 24 | 64 << 16 | 1,
	EXIT_USAGE = 2,
};

/* Whose socket it is that epoll tells of, in the upper half; which one of
 * them in the lower. */
enum {
	ALL_CLIENTS,
	A_CLIENT,
	A_STREAM,
	A_PEER,
};


static void set_phase(struct turn_load *load, enum turn_phase phase)
{
	static const char *const names[] = {
		"allocating", "allocated", "measuring", "measured",
		"closing", "done"
	};

	load->phase = phase;
	load->phase_us = load->now_us;
	printf("%s\n", names[phase]);
	fflush(stdout);
}


/* Begin with further allocations, few at a time. */
static void open_flows(struct turn_load *load)
{
	while (load->n_asked < load->opt.n_flows &&
	       load->n_asked - load->n_ready < OPEN_MAX)
		turn_flow_open(load, load->n_asked++);
}


static void close_flows(struct turn_load *load)
{
	unsigned n = load->n_closed + OPEN_MAX;

	for (unsigned i = 0; i < load->opt.n_flows && i < n; i++)
		turn_flow_close(load, &load->flows[i]);
}


static void start_measuring(struct turn_load *load)
{
	load->cpu_us = -clock_thread_us();
	load->server_us = -cpu_us(load->opt.pid);
	load->measure_us = load->now_us;
	load->measure_end_us = load->now_us +
		(int64_t)load->opt.seconds * TURN_US_PER_S;
	set_phase(load, TURN_MEASURE);
}


/* Go on to the next part of the run when this one is over. */
static int run_phase(struct turn_load *load)
{
	int64_t us = load->now_us - load->phase_us;

	switch (load->phase) {
	case TURN_ALLOCATE:
		open_flows(load);
		if (load->n_ready < load->opt.n_flows)
			break;
		set_phase(load, TURN_WARMUP);
		return turn_traffic_start(load);
	case TURN_WARMUP:
		if (us >= (int64_t)load->opt.warmup_ms * TURN_US_PER_MS)
			start_measuring(load);
		break;
	case TURN_MEASURE:
		if (load->now_us < load->measure_end_us)
			break;
		load->cpu_us += clock_thread_us();
		load->server_us += cpu_us(load->opt.pid);
		load->measure_end_us = load->now_us;
		set_phase(load, TURN_DRAIN);
		break;
	case TURN_DRAIN:
		if (load->totals.received == load->totals.sent ||
		    us >= DRAIN_US)
			set_phase(load, TURN_CLOSE);
		break;
	case TURN_CLOSE:
		close_flows(load);
		if (load->n_closed == load->opt.n_flows || us >= CLOSE_US)
			set_phase(load, TURN_DONE);
		break;
	case TURN_DONE:
		break;
	}

	return 0;
}


/* An allocation was refused, or not answered. */
static bool is_stuck(const struct turn_load *load)
{
	int64_t us = load->now_us - load->phase_us;

	return load->phase == TURN_ALLOCATE && (load->n_closed || us >=
		(int64_t)load->opt.timeout_s * TURN_US_PER_S);
}


static int wait_events(struct turn_load *load, struct epoll_event *events,
		       int64_t due_us)
{
	int64_t us = due_us - clock_now_us();
	struct timespec ts;

	if (us > WAIT_MAX_US)
		us = WAIT_MAX_US;
	if (us < 0 || load->opt.spins)
		us = 0;
	ts.tv_sec = 0;
	ts.tv_nsec = (long)us * 1000;

	return epoll_pwait2(load->epoll_fd, events, EVENTS_MAX, &ts, NULL);
}


static void on_event(struct turn_load *load, uint64_t data)
{
	uint32_t i = (uint32_t)data;

	switch (data >> 32) {
	case ALL_CLIENTS:
		turn_traffic_recv_client(load, load->client_fd, -1);
		break;
	case A_CLIENT:
		turn_traffic_recv_client(load, load->flows[i].fd, i);
		break;
	case A_STREAM:
		turn_traffic_recv_stream(load, &load->flows[i]);
		break;
	case A_PEER:
		turn_traffic_recv_peer(load, i);
		break;
	}
}


static int run(struct turn_load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t due_us = INT64_MAX;
	int n, err = 0;

	load->now_us = clock_now_us();
	set_phase(load, TURN_ALLOCATE);
	while (load->phase != TURN_DONE && !is_stuck(load) && !err) {
		n = wait_events(load, events, due_us);
		for (int i = 0; i < n; i++)
			on_event(load, events[i].data.u64);
		load->now_us = clock_now_us();
		err = run_phase(load);
		turn_flows_check(load);
		due_us = INT64_MAX;
		if (load->phase == TURN_WARMUP || load->phase == TURN_MEASURE)
			due_us = turn_traffic_run(load);
	}
	load->totals.unsent = load->out.n_dropped;

	return err;
}


static int watch(const struct turn_load *load, int fd, uint32_t kind,
		 uint32_t i)
{
	struct epoll_event ev = {
		.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | i
	};

	if (fd < 0)
		return fd;

	return epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}


static int open_peers(struct turn_load *load)
{
	int err = 0;

	for (unsigned i = 0; i < load->opt.n_peers && !err; i++) {
		socklen_t len = sizeof(load->peers[i]);

		load->peer_fds[i] = batch_socket(&load->opt.peer_ip,
						 load->opt.has_gso, false);
		err = watch(load, load->peer_fds[i], A_PEER, i);
		if (!err && getsockname(load->peer_fds[i],
					&load->peers[i].u.sa, &len))
			err = -errno;
	}

	return err;
}


/* A client that has a socket of its own. */
static int open_client(struct turn_load *load, unsigned i,
		       const struct addr *any)
{
	struct turn_flow *flow = &load->flows[i];
	bool is_tcp = load->opt.is_tcp;
	int err = 0;

	if (is_tcp)
		err = turn_stream_dial(load, flow);
	else
		flow->fd = batch_socket(any, load->opt.has_gso, false);
	if (err)
		return err;

	return watch(load, flow->fd, is_tcp ? A_STREAM : A_CLIENT, i);
}


static int open_clients(struct turn_load *load)
{
	const struct turn_options *opt = &load->opt;
	struct addr any;
	bool is_v6 = opt->server.u.sa.sa_family == AF_INET6;
	int err = addr_parse(&any, str(is_v6 ? "::" : "0.0.0.0"), 0);

	if (err)
		return err;
	if (!opt->has_sockets) {
		load->client_fd = batch_socket(&any, opt->has_gso, true);
		err = watch(load, load->client_fd, ALL_CLIENTS, 0);
	}
	for (unsigned i = 0; i < opt->n_flows && !err; i++) {
		load->flows[i].fd = load->client_fd;
		load->flows[i].ip = opt->is_remote ? 0 : htonl(CLIENT_IP + i);
		if (opt->has_sockets)
			err = open_client(load, i, &any);
	}

	return err;
}


static int open_load(struct turn_load *load)
{
	struct rlimit limit;
	int err;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	prctl(PR_SET_TIMERSLACK, 1);

	load->run = (uint32_t)clock_wall_us();
	load->client_fd = -1;
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load->flows = calloc(load->opt.n_flows, sizeof(*load->flows));
	if (load->epoll_fd < 0)
		return -errno;
	if (!load->flows)
		return -ENOMEM;

	err = batch_in_init(&load->in, load->opt.has_gso ? BATCH_TRAIN :
			    BATCH_PLAIN);
	if (err)
		return err;
	err = open_peers(load);
	if (err)
		return err;

	return open_clients(load);
}


/* Sockets end with the program. */
static void close_load(struct turn_load *load)
{
	turn_traffic_stop(load);
	batch_in_fini(&load->in);
	free(load->flows);
}


int turn_load(int argc, char **argv)
{
	static struct turn_load load;
	bool ok = false;
	int err;

	if (turn_options_read(&load.opt, argc, argv))
		return EXIT_USAGE;

	err = open_load(&load);
	if (!err)
		err = run(&load);
	if (err)
		fprintf(stderr, "%s\n", strerror(-err));
	else
		ok = turn_report_print(&load, stdout);
	close_load(&load);

	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
