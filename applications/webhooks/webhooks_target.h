/* A target: where events are sent to, in their order, one at a time.  Its
 * queue, and when what is to be sent; nothing here sends.
 *
 * An event leaves the queue when a 2xx came, or when it has failed for good.
 * The queue is bounded: when it is full, the oldest one goes that is not being
 * sent, since what is new says more about how things are.
 * Time is an argument, of a clock that does not go back.
 * Thread: the agent's. */
#ifndef WEBHOOKS_TARGET_H
#define WEBHOOKS_TARGET_H

#include "base/log.h"
#include "base/metric.h"
#include "host/notice.h"

enum {
	WEBHOOKS_RETRY_MS = 500,         /* before the second attempt */
	WEBHOOKS_RETRY_MAX_MS = 60000,
	WEBHOOKS_RETRY_AFTER_MAX_MS = 3600000,
};

/* From the configuration, or made of it. */
struct webhooks_target_conf {
	const char *url;
	const char *name;        /* in the log and in metrics */
	const char *secret;      /* "": not signed */
	const char *ca_file;     /* "": the system's */
	uint32_t mask;           /* of event types */
	int64_t timeout_ms;
	unsigned retries;
	size_t max_queue;
};

struct webhooks_target {
	struct log_tag log;
	struct webhooks_target_conf conf;
	struct notice *queue;            /* owned: a ring of max_queue */
	size_t first, n;
	bool is_sending;                 /* the first one */
	unsigned attempt;                /* of the first one: 1 and up */
	unsigned n_failures;             /* of attempts, one after the other */
	int64_t due_ms;                  /* when to send it, at the earliest */
	uint64_t n_lost;                 /* dropped, and nobody was told */
	uint64_t n_lost_sent;            /* of those, told with the first */
	bool is_failing;                 /* that was logged */
	bool is_full;                    /* that was logged */
	struct metric *delivered;        /* references; may be NULL */
	struct metric *failed;
	struct metric *dropped;
	struct metric *queued;
};

/* How an attempt went. */
struct webhooks_result {
	long status;             /* of HTTP; 0: there was no answer */
	const char *error;       /* why, then */
	int64_t retry_after_ms;  /* as the answer asks for; 0: it does not */
};

/* conf: what it points to lives as long as the target.  0 or -ENOMEM; fini in
 * any case. */
int webhooks_target_init(struct webhooks_target *target,
			 const struct webhooks_target_conf *conf,
			 struct metrics *metrics);
void webhooks_target_fini(struct webhooks_target *target);

/* Put it into the queue, if the target wants its type (a reference to the
 * chunk is taken). */
void webhooks_target_push(struct webhooks_target *target,
			  const struct notice *notice);

/* What is to be sent now, borrowed until the next call; NULL: nothing, or not
 * yet. */
const struct notice *webhooks_target_next(struct webhooks_target *target,
					  int64_t now_ms);

/* Milliseconds until webhooks_target_next may have something; at most
 * max_ms. */
int64_t webhooks_target_wait_ms(const struct webhooks_target *target,
				int64_t now_ms, int64_t max_ms);

/* The attempt is over. */
void webhooks_target_done(struct webhooks_target *target,
			  const struct webhooks_result *result,
			  int64_t now_ms);

/* How long to wait after so many failed attempts: twice as long each time, of
 * which `random` takes away up to a half, so that servers that failed together
 * do not come back together; and not less than asked for. */
int64_t webhooks_retry_ms(unsigned attempts, int64_t retry_after_ms,
			  uint64_t random);

#endif
