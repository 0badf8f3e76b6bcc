/* A target: its queue, and when what is to be sent. */
#include "webhooks_target.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"


static void count_in(struct webhooks_target *t, struct metrics *metrics)
{
	const struct {
		struct metric **metric;
		struct metric_conf conf;
	} counts[] = {
		{ &t->delivered,
		  { .name = "webhook_delivered",
		    .help = "Events that a target has taken" } },
		{ &t->failed,
		  { .name = "webhook_failed",
		    .help = "Events that a target has not taken, in the end" } },
		{ &t->dropped,
		  { .name = "webhook_dropped",
		    .help = "Events that found a target's queue full" } },
		{ &t->queued,
		  { .name = "webhook_queued", .type = METRIC_GAUGE,
		    .help = "Events that wait for a target" } },
	};

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct metric_conf conf = counts[i].conf;

		conf.labels[0].name = "target";
		conf.labels[0].value = t->conf.name;
		metric_new(counts[i].metric, metrics, &conf);
	}
}


int webhooks_target_init(struct webhooks_target *t,
			 const struct webhooks_target_conf *conf,
			 struct metrics *metrics)
{
	t->log.category = "webhooks";
	t->conf = *conf;
	t->queue = mem_zalloc(conf->max_queue * sizeof(t->queue[0]));
	count_in(t, metrics);

	return t->queue ? 0 : -ENOMEM;
}


/* The i-th one in the queue. */
static struct notice *at(const struct webhooks_target *t, size_t i)
{
	return &t->queue[(t->first + i) % t->conf.max_queue];
}


static void pop(struct webhooks_target *t)
{
	chunk_unref(at(t, 0)->json);
	t->first = (t->first + 1) % t->conf.max_queue;
	--t->n;
	metric_add(t->queued, -1);
}


void webhooks_target_fini(struct webhooks_target *t)
{
	while (t->n)
		pop(t);
	t->queue = mem_free(t->queue);
	t->delivered = metric_unref(t->delivered);
	t->failed = metric_unref(t->failed);
	t->dropped = metric_unref(t->dropped);
	t->queued = metric_unref(t->queued);
}


static void tell_full(struct webhooks_target *t)
{
	++t->n_lost;
	metric_add(t->dropped, 1);
	if (!t->is_full)
		log_warn(t, "%s: its queue is full, old events are dropped",
			 t->conf.name);
	t->is_full = true;
}


/* Make room.  False: there is only the one that is being sent. */
static bool drop_oldest(struct webhooks_target *t)
{
	const struct notice sent = *at(t, 0);

	if (t->is_sending && t->n == 1)
		return false;

	/* The one being sent takes the place of the one behind it. */
	if (t->is_sending) {
		*at(t, 0) = *at(t, 1);
		*at(t, 1) = sent;
	}
	pop(t);
	if (!t->is_sending)
		t->attempt = 0;

	return true;
}


void webhooks_target_push(struct webhooks_target *t,
			  const struct notice *notice)
{
	if (!(t->conf.mask & 1u << notice->type))
		return;

	if (t->n == t->conf.max_queue) {
		tell_full(t);
		if (!drop_oldest(t))
			return;
	}

	*at(t, t->n) = *notice;
	chunk_ref(notice->json);
	++t->n;
	metric_add(t->queued, 1);
}


const struct notice *webhooks_target_next(struct webhooks_target *t,
					  int64_t now_ms)
{
	if (!t->n || t->is_sending || now_ms < t->due_ms)
		return NULL;

	t->is_sending = true;
	t->n_lost_sent = t->n_lost;
	++t->attempt;

	return at(t, 0);
}


int64_t webhooks_target_wait_ms(const struct webhooks_target *t,
				int64_t now_ms, int64_t max_ms)
{
	int64_t ms = t->due_ms > now_ms ? t->due_ms - now_ms : 0;

	return t->n && !t->is_sending && ms < max_ms ? ms : max_ms;
}


int64_t webhooks_retry_ms(unsigned attempts, int64_t retry_after_ms,
			  uint64_t random)
{
	int64_t ms = WEBHOOKS_RETRY_MS;

	for (; attempts > 1 && ms < WEBHOOKS_RETRY_MAX_MS; attempts--)
		ms *= 2;
	if (ms > WEBHOOKS_RETRY_MAX_MS)
		ms = WEBHOOKS_RETRY_MAX_MS;
	ms -= (int64_t)(random % ((uint64_t)ms / 2 + 1));

	if (retry_after_ms > WEBHOOKS_RETRY_AFTER_MAX_MS)
		retry_after_ms = WEBHOOKS_RETRY_AFTER_MAX_MS;

	return retry_after_ms > ms ? retry_after_ms : ms;
}


/* Is it worth another attempt?  What a target refuses (4xx), or wants to have
 * elsewhere (3xx), it will refuse again. */
static bool is_passing(long status)
{
	return !status || status == 408 || status == 429 || status >= 500;
}


static void tell_failure(struct webhooks_target *t,
			 const struct webhooks_result *result)
{
	if (t->is_failing)
		return;

	t->is_failing = true;
	if (result->status)
		log_warn(t, "%s: takes no events: status %ld", t->conf.name,
			 result->status);
	else
		log_warn(t, "%s: takes no events: %s", t->conf.name,
			 result->error);
}


static void succeed(struct webhooks_target *t)
{
	metric_add(t->delivered, 1);
	t->n_lost -= t->n_lost_sent;
	if (t->is_failing)
		log_info(t, "%s: takes events again", t->conf.name);
	t->is_failing = false;
	t->is_full = false;
	t->n_failures = 0;
}


void webhooks_target_done(struct webhooks_target *t,
			  const struct webhooks_result *result,
			  int64_t now_ms)
{
	const bool is_ok = result->status >= 200 && result->status < 300;

	t->is_sending = false;
	t->due_ms = now_ms;
	if (!is_ok)
		tell_failure(t, result);
	if (!is_ok && is_passing(result->status) &&
	    t->attempt <= t->conf.retries) {
		t->due_ms += webhooks_retry_ms(++t->n_failures,
					       result->retry_after_ms,
					       random_u64());
		return;
	}

	if (is_ok)
		succeed(t);
	else
		metric_add(t->failed, 1);
	t->attempt = 0;
	pop(t);
}
