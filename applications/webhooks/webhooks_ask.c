/* Hooks that are URLs: what the worker sees of them. */
#include "webhooks_int.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"


struct verdict webhooks_failure(const struct webhooks_hook *hook)
{
	return hook->allows_on_failure ? verdict_allow()
				       : verdict_deny("no decision");
}


/* It must have failed before the decision does, whose answer is a denial. */
static int64_t timeout_of(const struct webhooks *w,
			  const struct application *app)
{
	int64_t ms = config_int(w->section, "timeoutMs");
	int64_t max = app->decision_timeout_ms * 3 / 4;

	return ms < max ? ms : max;
}


static int hook_open(struct application *of_module,
		     const struct application *app, enum question_type type,
		     void **conf)
{
	struct webhooks *w = of_module->shared;
	struct webhooks_hook *hook = mem_zalloc(sizeof(*hook));

	if (!hook)
		return -ENOMEM;

	hook->webhooks = w;
	hook->url = config_hook_url(app->section, application_hook_key(type));
	hook->secret = config_str(w->section, "secret");
	hook->ca_file = config_str(w->section, "caFile");
	hook->timeout_ms = timeout_of(w, app);
	hook->allows_on_failure = config_enum(app->section, "hookFailure");
	*conf = hook;

	return 0;
}


static void hook_close(void *conf)
{
	mem_free(conf);
}


static struct webhooks_ask *ask_new(const struct webhooks_hook *hook,
				    const struct question *q)
{
	static const enum notice_type types[] = {
		NOTICE_ASK_SESSION, NOTICE_ASK_PUBLISH, NOTICE_ASK_PLAY,
	};
	const struct session *s = q->session;
	const struct stream_key key = {
		.vhost = str(s->texts.vhost),
		.app = str(s->app->name),
		.name = q->stream,
	};
	const struct notice_facts facts = {
		.type = types[q->type],
		.session = s,
		.stream = q->type == QUESTION_SESSION ? NULL : &key,
		.query = q->query.len ? q->query : str(s->texts.query),
		.attempt = q->attempt,
	};
	struct webhooks_ask *ask = mem_zalloc(sizeof(*ask));

	if (!ask)
		return NULL;

	ask->hook = hook;
	ask->worker = s->host->worker.index;
	if (notice_print(&ask->question, s->host->server, &facts))
		return mem_free(ask);

	ask->token = decision_defer(q);
	if (!ask->token) {
		chunk_unref(ask->question.json);
		return mem_free(ask);
	}

	return ask;
}


static struct verdict hook_ask(void *conf, const struct question *q)
{
	const struct webhooks_hook *hook = conf;
	struct webhooks *w = hook->webhooks;
	struct webhooks_ask *ask;

	if (!quota_take(&w->asks))
		return webhooks_failure(hook);

	ask = ask_new(hook, q);
	if (!ask) {
		quota_give(&w->asks);
		return webhooks_failure(hook);
	}

	ask->mail.fn = webhooks_on_asked;
	mailbox_post(&w->asked, &ask->mail);
	webhooks_agent_wake(w);

	return (struct verdict){ .kind = VERDICT_LATER };
}


void webhooks_ask_end(struct webhooks_ask *ask, const struct verdict *verdict)
{
	if (verdict)
		decision_answer(ask->token, verdict);
	else
		decision_drop(ask->token);
	quota_give(&ask->hook->webhooks->asks);
	chunk_unref(ask->question.json);
	mem_free(ask);
}


const struct decider webhooks_decider = {
	.kind = DECIDER_URL,
	.open = hook_open,
	.ask = hook_ask,
	.close = hook_close,
};
