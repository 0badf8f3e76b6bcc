/* Publishes N streams and plays them M times over RTMP, verifies every
 * message and measures latency.  --help lists the options.
 *
 * Says on standard output when each part of the run begins ("publishing",
 * "joined", "measuring", ...), so that a script can look at the server then. */
#include "rtmp_load.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "load.h"
#include "options.h"

enum {
	EVENTS_MAX = 64,         /* few, so that publishers are on time */
	WAIT_MAX_US = 20 * US_PER_MS,
	DRAIN_US = 1500 * US_PER_MS,
	EXIT_USAGE = 2,
};


void load_stream_name(const struct load *load, unsigned i, char *name,
		      size_t size)
{
	const struct url *url = &load->opt.url;
	int len = (int)strcspn(url->name, "?");

	if (load->opt.n_publishers <= 1 && load->opt.n_watched <= 1)
		snprintf(name, size, "%s", url->name);
	else
		snprintf(name, size, "%.*s%u%s", len, url->name, i,
			 url->name + len);
}


static void set_phase(struct load *load, enum phase phase)
{
	static const char *const names[] = {
		"publishing", "joining", "joined", "measuring", "measured",
		"done"
	};

	load->phase = phase;
	load->phase_us = load->now_us;
	load->n_opened = 0;
	printf("%s after %.2f s\n", names[phase],
	       (double)(load->now_us - load->start_us) / US_PER_S);
	fflush(stdout);
}


/* Open what the ramp allows by now; true once all `n` are open. */
static bool ramp(struct load *load, unsigned n,
		 void (*open)(struct load *load, unsigned i))
{
	int64_t us = load->now_us - load->phase_us;
	uint64_t due = (uint64_t)us * load->opt.ramp / US_PER_S + 1;

	while (load->n_opened < n && load->n_opened < due)
		open(load, load->n_opened++);

	return load->n_opened == n;
}


static void set_stoppers_reading(struct load *load, bool on)
{
	for (unsigned i = 0; i < load->opt.n_stoppers; i++) {
		if (load->players[i].peer.fd >= 0)
			peer_set_reading(&load->players[i].peer, on);
	}
	printf(on ? "reading again\n" : "stopped reading\n");
	fflush(stdout);
}


static void run_stoppers(struct load *load)
{
	const struct options *opt = &load->opt;
	int64_t us = load->now_us - load->measure_us;
	int64_t stop_us = (int64_t)opt->stop_after_s * US_PER_S;
	int64_t resume_us = stop_us + (int64_t)opt->stop_for_s * US_PER_S;

	if (!opt->n_stoppers)
		return;

	if (!load->has_stopped && us >= stop_us) {
		load->has_stopped = true;
		set_stoppers_reading(load, false);
	}
	if (!load->resume_us && us >= resume_us) {
		load->resume_us = load->now_us;
		set_stoppers_reading(load, true);
	}
}


static void start_measuring(struct load *load)
{
	load->measure_us = load->now_us;
	load->measure_end_us = load->now_us +
		(int64_t)load->opt.seconds * US_PER_S;
	set_phase(load, PHASE_MEASURE);
}


/* Go on to the next part of the run when this one is over. */
static void run_phase(struct load *load)
{
	const struct options *opt = &load->opt;
	int64_t us = load->now_us - load->phase_us;
	unsigned n_players = opt->n_players + opt->n_never;

	switch (load->phase) {
	case PHASE_PUBLISH:
		if (ramp(load, opt->n_publishers, publisher_open) &&
		    load->n_publishing == opt->n_publishers &&
		    us >= (int64_t)opt->publish_s * US_PER_S)
			set_phase(load, PHASE_JOIN);
		break;
	case PHASE_JOIN:
		if (ramp(load, n_players, player_open) &&
		    load->n_joined == n_players)
			set_phase(load, PHASE_WARMUP);
		break;
	case PHASE_WARMUP:
		if (us >= (int64_t)opt->warmup_s * US_PER_S)
			start_measuring(load);
		break;
	case PHASE_MEASURE:
		run_stoppers(load);
		if (load->now_us >= load->measure_end_us)
			set_phase(load, PHASE_DRAIN);
		break;
	case PHASE_DRAIN:
		if (us >= DRAIN_US)
			set_phase(load, PHASE_DONE);
		break;
	case PHASE_DONE:
		break;
	}
}


/* Nobody has come further for too long. */
static bool is_stuck(const struct load *load)
{
	int64_t us = load->now_us - load->phase_us;

	return load->phase <= PHASE_JOIN &&
		us >= ((int64_t)load->opt.join_timeout_s +
		       load->opt.publish_s) * US_PER_S;
}


static int wait_ms(const struct load *load)
{
	int64_t us = WAIT_MAX_US;

	if (load->phase < PHASE_DRAIN && load->next_due_us < INT64_MAX &&
	    load->next_due_us - load->now_us < us)
		us = load->next_due_us - load->now_us;
	if (load->phase <= PHASE_JOIN && us > US_PER_MS)
		us = US_PER_MS;

	return us <= 0 ? 0 : (int)((us + US_PER_MS - 1) / US_PER_MS);
}


static void run(struct load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int n;

	load->start_us = load->now_us = now_us();
	load->next_due_us = INT64_MAX;
	set_phase(load, PHASE_PUBLISH);
	while (load->phase != PHASE_DONE && !is_stuck(load)) {
		n = epoll_wait(load->epoll_fd, events, EVENTS_MAX,
			       wait_ms(load));
		load->now_us = now_us();
		if (load->now_us >= load->next_due_us &&
		    load->phase < PHASE_DRAIN)
			publishers_run(load);
		for (int i = 0; i < n; i++)
			peer_on_events(events[i].data.ptr, events[i].events);
		run_phase(load);
		players_check_never(load);
	}

	if (load->phase != PHASE_DONE)
		fprintf(stderr, "timeout: %u of %u publishing, %u joined\n",
			load->n_publishing, load->opt.n_publishers,
			load->n_joined);
	players_finish(load);
}


static int open_load(struct load *load)
{
	const struct options *opt = &load->opt;
	struct rlimit limit;
	int err;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}

	load->epoll_fd = -1;
	if (opt->flv) {
		err = clip_open(&load->clip, opt->flv);
		if (err)
			return err;
	}
	load->media = media_new(opt->flv ? &load->clip : NULL);
	load->publishers = calloc(opt->n_publishers + 1u,
				  sizeof(*load->publishers));
	load->players = calloc((size_t)opt->n_players + opt->n_never + 1,
			       sizeof(*load->players));
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!load->media || !load->publishers || !load->players)
		return -ENOMEM;
	if (load->epoll_fd < 0)
		return -errno;

	return 0;
}


/* Only what was opened has a peer; a peer never opened has no load. */
static void close_load(struct load *load)
{
	const struct options *opt = &load->opt;

	for (unsigned i = 0; load->players &&
	     i < opt->n_players + opt->n_never; i++) {
		if (load->players[i].peer.load)
			peer_close(&load->players[i].peer);
	}
	for (unsigned i = 0; load->publishers && i < opt->n_publishers; i++) {
		if (load->publishers[i].peer.load)
			peer_close(&load->publishers[i].peer);
	}
	free(load->players);
	free(load->publishers);
	media_free(load->media);
	clip_close(&load->clip);
	if (load->epoll_fd >= 0)
		close(load->epoll_fd);
}


int rtmp_load(int argc, char **argv)
{
	static struct load load;
	bool ok;
	int err;

	if (options_read(&load.opt, argc, argv))
		return EXIT_USAGE;

	err = open_load(&load);
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		close_load(&load);
		return EXIT_FAILURE;
	}

	run(&load);
	ok = report_print(&load, stdout);
	close_load(&load);

	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
