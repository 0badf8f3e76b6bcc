/* The log's sink: appenders, written by one helper thread. */
#include "host/log_appender.h"
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/log_output.h"
#include "host/log_ring.h"


enum {
	TELL_S = 1,              /* how often left-out lines are told */
	ROUND_LINES = 4 * LOG_RING_LINES,
};

struct appender {
	enum log_level level;
	bool is_coloured;
	int told_err;            /* on standard error, until it works again */
	struct log_output output;
};

/* A set of appenders, as the configuration has it. */
struct appender_set {
	size_t n;
	struct appender at[];
};

struct log_appenders {
	struct log_ring ring;
	sem_t wake;
	atomic_bool is_awake;    /* `wake` is or will be posted */
	atomic_bool is_to_reopen;
	atomic_bool is_to_stop;
	pthread_t thread;

	/* The lock is never taken by a thread that logs. */
	pthread_mutex_t lock;
	pthread_cond_t done;
	/* Of what was written lately; its lock is held for a copy only. */
	pthread_mutex_t recent_lock;
	struct log_line *recent;         /* owned; LOG_RECENT of them */
	uint64_t n_recent;               /* so far */

	struct appender_set *set;        /* owned */
	unsigned n_asked;        /* calls of flush */
	unsigned n_done;         /* of these, answered */
};


static void wake(struct log_appenders *a)
{
	if (!atomic_exchange(&a->is_awake, true))
		sem_post(&a->wake);
}


static void sink(const struct log_record *rec, void *arg)
{
	struct log_appenders *a = arg;

	log_ring_push(&a->ring, rec);
	wake(a);
}


/* Tell an error of an appender once.  NOTE: standard error may be stuck. */
static void tell(struct appender *at, int err)
{
	if (!err || !at->output.path) {
		at->told_err = err;
		return;
	}
	if (at->told_err)
		return;

	at->told_err = err;
	log_output_say("sluice: log file %s: %s%s\n", at->output.path,
		       error_text(err), err == -ENOENT
		       ? " (does its folder exist?)" : "");
}


static void put(struct appender_set *set, const struct log_line *line)
{
	char text[LOG_LINE_MAX];

	for (size_t i = 0; i < set->n; i++) {
		struct appender *at = &set->at[i];
		size_t len;

		if (line->level > at->level && !line->is_asked)
			continue;
		len = log_line_print(text, line, at->is_coloured);
		log_output_put(&at->output, str_n(text, len));
	}
}


static void keep(struct log_appenders *a, const struct log_line *line)
{
	pthread_mutex_lock(&a->recent_lock);
	a->recent[a->n_recent++ % LOG_RECENT] = *line;
	pthread_mutex_unlock(&a->recent_lock);
}


static void put_dropped(struct log_appenders *a)
{
	unsigned n = log_ring_dropped(&a->ring);
	struct log_line line = {
		.level = LOG_LEVEL_WARN,
		.wall_us = clock_wall_us(),
		.category = "log",
	};

	if (!n)
		return;

	line.len = (size_t)snprintf(line.text, sizeof(line.text),
				    "%u lines dropped: too many at once", n);
	put(a->set, &line);
	keep(a, &line);
}


/* Write what is there.  Lines logged before flush, reopen or close was
 * called are in the ring before their flags are looked at. */
static void write_round(struct log_appenders *a)
{
	bool is_to_reopen = atomic_exchange(&a->is_to_reopen, false);
	const struct log_line *line;
	unsigned n_asked;
	int n = 0;

	pthread_mutex_lock(&a->lock);
	n_asked = a->n_asked;

	while (n++ < ROUND_LINES && (line = log_ring_first(&a->ring))) {
		put(a->set, line);
		keep(a, line);
		log_ring_pop(&a->ring);
	}
	put_dropped(a);

	for (size_t i = 0; i < a->set->n; i++) {
		struct appender *at = &a->set->at[i];

		tell(at, is_to_reopen ? log_output_reopen(&at->output)
		     : log_output_flush(&at->output));
	}

	a->n_done = n_asked;
	pthread_cond_broadcast(&a->done);
	pthread_mutex_unlock(&a->lock);

	if (n > ROUND_LINES)
		wake(a);
}


static void sleep_until_wake(struct log_appenders *a)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TELL_S;
	sem_clockwait(&a->wake, CLOCK_MONOTONIC, &until);
	atomic_exchange(&a->is_awake, false);
}


static void *run(void *arg)
{
	struct log_appenders *a = arg;
	int64_t told_us = clock_now_us();
	bool is_last;

	do {
		sleep_until_wake(a);
		is_last = atomic_load(&a->is_to_stop);
		if (clock_now_us() - told_us >= TELL_S * 1000000) {
			told_us = clock_now_us();
			log_tell_left_out(told_us);
		}
		write_round(a);
	} while (!is_last);

	return NULL;
}


static void set_free(struct appender_set *set)
{
	if (!set)
		return;

	for (size_t i = 0; i < set->n; i++)
		log_output_fini(&set->at[i].output);
	mem_free(set);
}


static int appender_init(struct appender *at,
			 const struct log_appender_conf *conf)
{
	bool is_file = conf->type == LOG_APPENDER_FILE;

	at->level = conf->level;
	at->is_coloured = conf->type == LOG_APPENDER_COLOURED &&
		isatty(STDERR_FILENO);

	return log_output_init(&at->output, is_file ? conf->file_name : NULL,
			       conf->file_length,
			       conf->file_history_size < LOG_HISTORY_MAX
			       ? (int)conf->file_history_size
			       : LOG_HISTORY_MAX);
}


static struct appender_set *set_new(const struct log_appender_conf *confs,
				    size_t n)
{
	struct appender_set *set;

	assert(n <= LOG_APPENDERS_MAX);

	set = mem_zalloc(sizeof(*set) + n * sizeof(set->at[0]));
	if (!set)
		return NULL;

	for (; set->n < n; set->n++) {
		if (appender_init(&set->at[set->n], &confs[set->n])) {
			set_free(set);
			return NULL;
		}
	}

	return set;
}


static enum log_level loudest(const struct appender_set *set)
{
	enum log_level level = LOG_LEVEL_ERROR;

	for (size_t i = 0; i < set->n; i++) {
		if (set->at[i].level > level)
			level = set->at[i].level;
	}

	return level;
}


/* The helper takes no signals: they are main's. */
static int start(struct log_appenders *a)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return -ENOMEM;

	pthread_setname_np(a->thread, "sluice-log");

	return 0;
}


int log_appenders_open(struct log_appenders **appendersp,
		       const struct log_appender_conf *confs, size_t n)
{
	struct log_appenders *a;

	a = mem_zalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;

	a->recent = mem_zalloc(LOG_RECENT * sizeof(a->recent[0]));
	if (!a->recent || log_ring_init(&a->ring))
		goto free_a;

	a->set = set_new(confs, n);
	if (!a->set)
		goto free_ring;

	sem_init(&a->wake, 0, 0);
	pthread_mutex_init(&a->lock, NULL);
	pthread_mutex_init(&a->recent_lock, NULL);
	pthread_cond_init(&a->done, NULL);
	if (start(a))
		goto free_set;

	log_set_level(loudest(a->set));
	log_set_sink(sink, a);
	log_appenders_reopen(a);
	*appendersp = a;

	return 0;

 free_set:
	pthread_cond_destroy(&a->done);
	pthread_mutex_destroy(&a->lock);
	pthread_mutex_destroy(&a->recent_lock);
	sem_destroy(&a->wake);
	set_free(a->set);
 free_ring:
	log_ring_fini(&a->ring);
 free_a:
	mem_free(a->recent);
	mem_free(a);

	return -ENOMEM;
}


int log_appenders_set(struct log_appenders *a,
		      const struct log_appender_conf *confs, size_t n)
{
	struct appender_set *set = set_new(confs, n), *old;

	if (!set)
		return -ENOMEM;

	pthread_mutex_lock(&a->lock);
	old = a->set;
	a->set = set;
	pthread_mutex_unlock(&a->lock);

	log_set_level(loudest(set));
	log_appenders_reopen(a);
	set_free(old);

	return 0;
}


void log_appenders_reopen(struct log_appenders *a)
{
	atomic_store(&a->is_to_reopen, true);
	wake(a);
}


void log_appenders_flush(struct log_appenders *a)
{
	unsigned ticket;

	pthread_mutex_lock(&a->lock);
	ticket = ++a->n_asked;
	wake(a);
	while ((int)(a->n_done - ticket) < 0)
		pthread_cond_wait(&a->done, &a->lock);
	pthread_mutex_unlock(&a->lock);
}


void log_appenders_recent(struct log_appenders *a, uint64_t after,
			  size_t max, log_recent_fn *fn, void *arg)
{
	uint64_t from;

	pthread_mutex_lock(&a->recent_lock);

	max = max < LOG_RECENT ? max : LOG_RECENT;
	from = a->n_recent > max ? a->n_recent - max : 0;
	for (from = from > after ? from : after; from < a->n_recent; from++)
		fn(&a->recent[from % LOG_RECENT], from + 1, arg);

	pthread_mutex_unlock(&a->recent_lock);
}


void log_appenders_close(struct log_appenders *a)
{
	struct timespec until;

	if (!a)
		return;

	log_tell_left_out(INT64_MAX);
	log_set_sink(NULL, NULL);
	atomic_store(&a->is_to_stop, true);
	wake(a);

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LOG_CLOSE_MS / 1000;
	if (pthread_timedjoin_np(a->thread, NULL, &until)) {
		/* It still uses `a`, which the end of the process frees. */
		pthread_detach(a->thread);
		return;
	}

	set_free(a->set);
	log_ring_fini(&a->ring);
	pthread_cond_destroy(&a->done);
	pthread_mutex_destroy(&a->lock);
	pthread_mutex_destroy(&a->recent_lock);
	sem_destroy(&a->wake);
	mem_free(a->recent);
	mem_free(a);
}
