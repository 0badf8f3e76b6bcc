/* Decisions: may this one connect, publish, play?  First its token is looked
 * at, if the configuration wants one; then the configuration's hook is asked,
 * a Lua function or a URL, then the application's module.  Each may allow,
 * deny, redirect, or answer later, until a deadline at which it is a denial;
 * the first that does not allow has the last word.
 * Thread: the session's worker, but for decision_answer. */
#ifndef DECISION_H
#define DECISION_H

#include "base/chunk.h"
#include "host/session.h"

typedef void (decision_fn)(const struct verdict *verdict, void *arg);

/* A question under way; embedded by the asker, zeroed before its first use. */
struct decision {
	struct list_node node;           /* among the session's, if pending */
	struct session *session;
	enum question_type type;
	struct chunk *stream;            /* owned copies, for asking again */
	struct chunk *query;
	unsigned stage;                  /* who is asked */
	unsigned attempt;
	int64_t ends_us;                 /* the earliest of the verdicts' */
	struct timer deadline;
	struct timer again;
	struct decision_token *token;    /* a reference, while deferred */
	decision_fn *done;
	void *arg;
};

/* Ask.  done (never with LATER) is called once: within this call, or later;
 * or never, if it is cancelled or the session is closed first. */
API void decision_ask(struct decision *decision, struct session *session,
		      enum question_type type, struct str stream,
		      struct str query, decision_fn *done, void *arg);

/* done will not be called; nothing happens if none is pending. */
API void decision_cancel(struct decision *decision);

static inline bool decision_is_pending(const struct decision *decision)
{
	return list_is_linked(&decision->node);
}

/* For a module that answers VERDICT_LATER: what it answers with, once, from
 * any thread.  Once for each question.  NULL (no memory): deny now. */
API struct decision_token *decision_defer(const struct question *question);

/* Answer (not LATER), and give up the token. */
API void decision_answer(struct decision_token *take_token,
			 const struct verdict *verdict);

/* Give up the token without an answer: once no worker runs any more, or for
 * the deadline to answer.  Thread: any. */
API void decision_drop(struct decision_token *take_token);

#endif
