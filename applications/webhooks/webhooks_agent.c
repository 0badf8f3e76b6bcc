/* The agent: a thread with libcurl's loop, as that has none of ours. */
#include "webhooks_int.h"
#include "base/clock.h"
#include "base/error.h"


enum {
	WAIT_MS_MAX = 10000,
	DRAIN_MS = 2000,         /* for what waits, at the end */
	RING_TURN_MAX = 256,     /* events taken in a turn */
};


static int64_t clock_ms(void)
{
	return clock_now_us() / 1000;
}


void webhooks_agent_wake(struct webhooks *w)
{
	if (!atomic_exchange(&w->is_woken, true))
		curl_multi_wakeup(w->multi);
}


/* -- a turn -- */

/* From the ring into the queues.  True: there is more. */
static bool take_notices(struct webhooks *w)
{
	struct notices *ring = &w->server->notices;
	struct notice notice;
	uint64_t n_lost;

	for (int i = 0; i < RING_TURN_MAX; i++) {
		if (!notice_take(ring, &w->pos, &notice, &n_lost))
			return false;
		for (size_t k = 0; k < w->n_targets; k++) {
			w->targets[k].n_lost += n_lost;
			webhooks_target_push(&w->targets[k], &notice);
		}
		chunk_unref(notice.json);
	}

	return true;
}


static void send_due(struct webhooks *w, int64_t now_ms)
{
	static const struct webhooks_result no_memory = {
		.error = "out of memory",
	};

	for (size_t i = 0; i < w->n_targets; i++) {
		struct webhooks_target *t = &w->targets[i];
		const struct notice *notice = webhooks_target_next(t, now_ms);

		if (notice && !webhooks_send(w, t, notice))
			webhooks_target_done(t, &no_memory, now_ms);
	}
}


void webhooks_on_asked(struct mail *mail)
{
	struct webhooks_ask *ask =
		CONTAINER_OF(mail, struct webhooks_ask, mail);
	struct webhooks *w = ask->hook->webhooks;
	const struct verdict failure = webhooks_failure(ask->hook);

	if (w->silenced & 1ull << ask->worker)
		webhooks_ask_end(ask, NULL);
	else if (!webhooks_send_ask(w, ask))
		webhooks_ask_end(ask, &failure);
}


static void take_ended(struct webhooks *w)
{
	const CURLMsg *msg;
	int n;

	while ((msg = curl_multi_info_read(w->multi, &n))) {
		struct webhooks_transfer *t;
		char *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
				  &private);
		t = (struct webhooks_transfer *)(void *)private;
		webhooks_transfer_done(t, msg->data.result, clock_ms());
	}
}


/* From here on tokens of these workers are dropped: their loops may go. */
static void fall_silent(struct webhooks *w, uint64_t workers)
{
	LIST_EACH(&w->transfers, node) {
		struct webhooks_transfer *t = webhooks_transfer_of(node);
		const struct webhooks_ask *ask = webhooks_transfer_ask(t);

		if (ask && workers & 1ull << ask->worker)
			webhooks_transfer_free(t);
	}

	w->silenced |= workers;
	for (; workers; workers &= workers - 1)
		sem_post(&w->is_silent);
}


static int64_t wait_ms(const struct webhooks *w, int64_t now_ms)
{
	int64_t ms = WAIT_MS_MAX;

	for (size_t i = 0; i < w->n_targets; i++)
		ms = webhooks_target_wait_ms(&w->targets[i], now_ms, ms);
	if (w->end_ms && w->end_ms - now_ms < ms)
		ms = w->end_ms > now_ms ? w->end_ms - now_ms : 0;

	return ms;
}


static bool is_idle(const struct webhooks *w)
{
	for (size_t i = 0; i < w->n_targets; i++) {
		if (w->targets[i].n)
			return false;
	}

	return true;
}


/* False: it is over. */
static bool turn(struct webhooks *w)
{
	int64_t now_ms = clock_ms();
	bool has_more;
	int n_running;

	w->is_woken = false;
	mailbox_run(&w->asked);
	if (w->silent & ~w->silenced)
		fall_silent(w, w->silent & ~w->silenced);
	has_more = take_notices(w);
	send_due(w, now_ms);
	curl_multi_perform(w->multi, &n_running);
	take_ended(w);

	now_ms = clock_ms();
	if (w->wants_end && !w->end_ms)
		w->end_ms = now_ms + DRAIN_MS;
	if (w->end_ms && (now_ms >= w->end_ms || (!has_more && is_idle(w))))
		return false;
	if (!has_more && mailbox_is_empty(&w->asked))
		curl_multi_poll(w->multi, NULL, 0, (int)wait_ms(w, now_ms),
				NULL);

	return true;
}


static void *run(void *arg)
{
	struct webhooks *w = arg;

	while (turn(w))
		;
	mailbox_run(&w->asked);
	while (w->transfers.head)
		webhooks_transfer_free(webhooks_transfer_of(
			w->transfers.head));

	return NULL;
}


/* -- its life -- */

static void on_notice(void *arg)
{
	webhooks_agent_wake(arg);
}


int webhooks_agent_init(struct webhooks *w)
{
	sem_init(&w->is_silent, 0, 0);
	w->listener.wake = on_notice;
	w->listener.arg = w;
	w->pos = notices_end(&w->server->notices);
	notices_want(&w->server->notices);
	w->multi = curl_multi_init();

	return w->multi ? 0 : -ENOMEM;
}


int webhooks_agent_start(struct webhooks *w)
{
	int err = pthread_create(&w->thread, NULL, run, w);

	if (err)
		return -err;

	w->is_started = true;
	if (w->n_targets)
		notice_listen(&w->server->notices, &w->listener);

	return 0;
}


void webhooks_agent_silence(struct webhooks *w, unsigned worker)
{
	if (!w->is_started)
		return;

	atomic_fetch_or(&w->silent, 1ull << worker);
	webhooks_agent_wake(w);
	while (sem_wait(&w->is_silent))
		;
}


/* Stop the thread, which has sent what it could. */
static void join(struct webhooks *w)
{
	size_t n_left = 0;

	if (w->n_targets)
		notice_unlisten(&w->server->notices, &w->listener);
	w->wants_end = true;
	webhooks_agent_wake(w);
	pthread_join(w->thread, NULL);
	w->is_started = false;

	for (size_t i = 0; i < w->n_targets; i++)
		n_left += w->targets[i].n;
	if (n_left)
		log_warn(w, "ends with %zu events that no target took",
			 n_left);
}


void webhooks_agent_stop(struct webhooks *w)
{
	if (w->is_started)
		join(w);
	curl_multi_cleanup(w->multi);
	notices_unwant(&w->server->notices);
	sem_destroy(&w->is_silent);
}
