/* Decisions: may this one connect, publish, play? */
#include "host/decision.h"
#include <assert.h>
#include <stdio.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/decider.h"
#include "host/host.h"


/* What a module answers with later: it outlives the decision, if need be. */
struct decision_token {
	struct mail mail;
	struct loop *loop;               /* the session's */
	struct decision *decision;       /* that loop's; NULL: too late */
	struct verdict verdict;
};

static void ask(struct decision *d);


static struct loop *loop_of(const struct decision *d)
{
	return &d->session->host->worker.loop;
}


/* Forget everything but the asker. */
static void end(struct decision *d)
{
	list_del(&d->node);
	timer_stop(&d->deadline);
	timer_stop(&d->again);
	if (d->token)
		d->token->decision = NULL;
	d->token = mem_unref(d->token);
	d->stream = chunk_unref(d->stream);
	d->query = chunk_unref(d->query);
}


/* What an answer changes before the asker hears of it. */
static void obey(const struct decision *d, const struct verdict *verdict)
{
	if (verdict->kind == VERDICT_DENY)
		return;

	if (d->ends_us)
		session_end_at(d->session, d->ends_us);
	if (d->type == QUESTION_SESSION && verdict->kind == VERDICT_ALLOW)
		session_opened(d->session);
}


static void finish(struct decision *d, const struct verdict *verdict)
{
	end(d);
	obey(d, verdict);
	d->done(verdict, d->arg);
}


static void on_deadline(void *arg)
{
	struct verdict verdict = verdict_deny("no decision in time");

	finish(arg, &verdict);
}


static void on_again(void *arg)
{
	struct decision *d = arg;

	++d->attempt;
	ask(d);
}


static struct verdict verdict_of(const struct lua_answer *answer)
{
	struct verdict verdict = { .kind = VERDICT_ALLOW };

	if (answer->verdict == LUA_DENY)
		verdict.kind = VERDICT_DENY;
	if (answer->verdict == LUA_REDIRECT)
		verdict.kind = VERDICT_REDIRECT;
	if (answer->verdict == LUA_LATER)
		verdict.kind = VERDICT_LATER;
	memcpy(verdict.text, answer->text, answer->len);

	return verdict;
}


static struct verdict ask_function(struct decision *d,
				   const struct instance *in)
{
	const struct session *s = d->session;
	const struct session_texts *texts = &s->texts;
	struct str query = str_of(chunk_slice(d->query));
	char ip[ADDR_TEXT_MAX];
	struct lua_answer answer;
	const struct lua_field fields[] = {
		{ .name = "id", .type = LUA_FIELD_NUMBER,
		  .number = (int64_t)s->id },
		{ .name = "address",
		  .text = str(addr_print_ip(&s->peer, ip)) },
		{ .name = "application", .text = str(s->app->name) },
		{ .name = "vhost", .text = str(texts->vhost) },
		{ .name = "url", .text = str(texts->url) },
		{ .name = "stream",
		  .text = str_of(chunk_slice(d->stream)) },
		{ .name = "query", .type = LUA_FIELD_QUERY,
		  .text = query.len ? query : str(texts->query) },
		{ .name = "userAgent", .text = str(texts->user_agent) },
		{ .name = "attempt", .type = LUA_FIELD_NUMBER,
		  .number = d->attempt },
	};

	lua_hooks_call(in->lua, in->hooks[d->type], fields,
		       ARRAY_LEN(fields), &answer);
	if (answer.verdict == LUA_LATER)
		timer_start(loop_timers(loop_of(d)), &d->again,
			    answer.later_ms, on_again, d);

	return verdict_of(&answer);
}


static struct question question_of(struct decision *d)
{
	return (struct question){
		.type = d->type,
		.session = d->session,
		.stream = str_of(chunk_slice(d->stream)),
		.query = str_of(chunk_slice(d->query)),
		.attempt = d->attempt,
		.decision = d,
	};
}


static struct verdict ask_decider(struct decision *d, enum decider_kind kind)
{
	const struct decision_maker *maker =
		&d->session->app->makers[kind][d->type];
	const struct question question = question_of(d);

	return maker->decider ? maker->decider->ask(maker->conf, &question)
			      : verdict_allow();
}


static struct verdict ask_token(struct decision *d)
{
	return ask_decider(d, DECIDER_TOKEN);
}


/* A hook is a function or a URL. */
static struct verdict ask_hook(struct decision *d)
{
	const struct instance *in =
		host_instance(d->session->host, d->session->app);

	return in->hooks[d->type] >= 0 ? ask_function(d, in)
				       : ask_decider(d, DECIDER_URL);
}


static struct verdict ask_module(struct decision *d)
{
	const struct application_module *m = d->session->app->module;
	struct verdict (*const ask_fn[])(void *, const struct question *) = {
		m->on_session, m->on_publish, m->on_play,
	};
	const struct question question = question_of(d);
	const struct instance *in =
		host_instance(d->session->host, d->session->app);

	if (!ask_fn[d->type])
		return verdict_allow();

	return ask_fn[d->type](in->data, &question);
}


/* Take the verdict of one; true: the next is to be asked. */
static bool take(struct decision *d, const struct verdict *verdict)
{
	const int64_t us = verdict->ends_us;

	if (us && (!d->ends_us || us < d->ends_us))
		d->ends_us = us;
	++d->stage;

	return verdict->kind == VERDICT_ALLOW;
}


static void ask(struct decision *d)
{
	static struct verdict (*const stages[])(struct decision *) = {
		ask_token, ask_hook, ask_module,
	};
	struct verdict verdict = verdict_allow();

	while (d->stage < ARRAY_LEN(stages)) {
		verdict = stages[d->stage](d);
		if (verdict.kind == VERDICT_LATER)
			return;
		if (!take(d, &verdict))
			break;
	}
	finish(d, &verdict);
}


static void on_token(struct decision *d, const struct verdict *verdict)
{
	d->token = mem_unref(d->token);
	if (take(d, verdict))
		ask(d);
	else
		finish(d, verdict);
}


static void on_answer(struct mail *mail)
{
	struct decision_token *token =
		CONTAINER_OF(mail, struct decision_token, mail);

	if (token->decision)
		on_token(token->decision, &token->verdict);
	mem_unref(token);
}


void decision_ask(struct decision *d, struct session *session,
		  enum question_type type, struct str stream,
		  struct str query, decision_fn *done, void *arg)
{
	const struct verdict no_memory = verdict_deny("out of memory");

	assert(!decision_is_pending(d));

	d->session = session;
	d->type = type;
	d->stage = 0;
	d->attempt = 1;
	d->ends_us = 0;
	d->done = done;
	d->arg = arg;
	d->stream = chunk_copy(slice(stream.p, stream.len));
	d->query = chunk_copy(slice(query.p, query.len));
	list_add(&session->decisions, &d->node);
	timer_start(loop_timers(loop_of(d)), &d->deadline,
		    session->app->decision_timeout_ms, on_deadline, d);

	if (d->stream && d->query) {
		ask(d);
		return;
	}

	end(d);
	done(&no_memory, arg);
}


void decision_cancel(struct decision *d)
{
	if (decision_is_pending(d))
		end(d);
}


struct decision_token *decision_defer(const struct question *question)
{
	struct decision *d = question->decision;
	struct decision_token *token;

	assert(!d->token);

	token = mem_new(sizeof(*token), NULL);
	if (!token)
		return NULL;

	/* One reference is the module's, one the decision's. */
	token->loop = loop_of(d);
	token->decision = d;
	token->mail.fn = on_answer;
	d->token = mem_ref(token);

	return token;
}


void decision_answer(struct decision_token *take_token,
		     const struct verdict *verdict)
{
	take_token->verdict = *verdict;
	loop_post(take_token->loop, &take_token->mail);
}


void decision_drop(struct decision_token *take_token)
{
	mem_unref(take_token);
}
