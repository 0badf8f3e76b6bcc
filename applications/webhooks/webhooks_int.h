/* What the parts of the module webhooks share. */
#ifndef WEBHOOKS_INT_H
#define WEBHOOKS_INT_H

#include <pthread.h>
#include <semaphore.h>
#include <curl/curl.h>
#include "webhooks_target.h"
#include "host/decision.h"
#include "host/server.h"
#include "io/mailbox.h"

enum { WEBHOOKS_TARGETS_MAX = 32 };

/* A bit for each worker. */
_Static_assert(SERVER_WORKERS_MAX <= 64, "workers in a uint64_t");

/* The module's keys. */
extern const struct config_key webhooks_keys[];

/* The agent: a thread, which sends events to targets and asks URLs.
 * Others reach it by mail, and by the ring of notices. */
struct webhooks {
	struct log_tag log;
	struct server *server;
	const struct config_section *section;
	struct webhooks_target targets[WEBHOOKS_TARGETS_MAX];
	char names[WEBHOOKS_TARGETS_MAX][METRIC_LABEL_MAX];
	size_t n_targets;
	struct quota asks;               /* under way */

	CURLM *multi;                    /* owned; the agent's */
	pthread_t thread;
	atomic_bool is_opened;           /* the thread was, or is, started */
	bool is_started;                 /* it runs */
	sem_t is_silent;                 /* posted for each worker */
	_Atomic(uint64_t) silent;        /* workers that hear no more answers */
	atomic_bool wants_end;
	atomic_bool is_woken;
	struct mailbox asked;            /* webhooks_ask */
	struct notice_listener listener;
	uint64_t pos;                    /* in the ring */
	uint64_t silenced;               /* the agent's: of `silent`, done */
	int64_t end_ms;                  /* the agent's: when to give up, or 0 */
	struct list transfers;           /* the agent's */
};

/* A URL that decides, for one kind of question of one application. */
struct webhooks_hook {
	struct webhooks *webhooks;
	const char *url;                 /* the configuration's */
	const char *secret;
	const char *ca_file;
	int64_t timeout_ms;
	bool allows_on_failure;
};

/* A question on its way. */
struct webhooks_ask {
	struct mail mail;
	const struct webhooks_hook *hook;
	unsigned worker;                 /* of who asks */
	struct decision_token *token;    /* owned */
	struct notice question;          /* its chunk: owned */
};

/* -- webhooks_conf.c -- */

/* Read the targets of the section.  0, -EBADMSG (told) or -ENOMEM.
 * Thread: main. */
int webhooks_read(struct webhooks *webhooks);

/* -- webhooks_agent.c -- */

/* Make what the thread will use, and note its place among the events.  0 or
 * -ENOMEM; stop in any case.  Thread: main. */
int webhooks_agent_init(struct webhooks *webhooks);

/* Start the thread; 0 or a negative errno.  Thread: any, once. */
int webhooks_agent_start(struct webhooks *webhooks);

/* From now on no question of this worker is answered, and what is under way
 * is given up: its loop may go.  Thread: the worker's, or main. */
void webhooks_agent_silence(struct webhooks *webhooks, unsigned worker);

/* Send what is waiting, for at most 2 s, and end.  Thread: main. */
void webhooks_agent_stop(struct webhooks *webhooks);

/* Thread: any. */
void webhooks_agent_wake(struct webhooks *webhooks);

/* A question has come: mail of webhooks->asked.  Thread: the agent's. */
void webhooks_on_asked(struct mail *mail);

/* -- webhooks_send.c: one POST, thread: the agent's -- */

struct webhooks_transfer;

/* Send the first event of a target, or ask; NULL: no memory.  What is taken
 * is given back by webhooks_transfer_free. */
struct webhooks_transfer *webhooks_send(struct webhooks *webhooks,
					struct webhooks_target *target,
					const struct notice *notice);
struct webhooks_transfer *webhooks_send_ask(struct webhooks *webhooks,
					    struct webhooks_ask *take_ask);

/* It is over, as curl says: tell the target, or answer. */
void webhooks_transfer_done(struct webhooks_transfer *transfer,
			    CURLcode code, int64_t now_ms);

/* Give it up. */
void webhooks_transfer_free(struct webhooks_transfer *transfer);

/* The question that it asks, or NULL; the transfer in the agent's list. */
const struct webhooks_ask *
webhooks_transfer_ask(const struct webhooks_transfer *transfer);
struct webhooks_transfer *webhooks_transfer_of(struct list_node *node);

/* -- webhooks_ask.c -- */

/* As struct decider has it. */
extern const struct decider webhooks_decider;

/* The verdict of a hook that did not answer. */
struct verdict webhooks_failure(const struct webhooks_hook *hook);

/* Give it up, unanswered unless `verdict`.  Thread: the agent's. */
void webhooks_ask_end(struct webhooks_ask *ask, const struct verdict *verdict);

#endif
