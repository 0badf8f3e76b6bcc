/* Routes about sessions. */
#include "admin_app.h"
#include "base/mem.h"
#include "host/describe.h"

/* What a job looks for; its texts stand in `texts`. */
struct query {
	struct session_filter filter;
	char texts[5][ADMIN_NAME_MAX];
	uint64_t id;             /* of one, and why it is ended */
	char reason[ADMIN_NAME_MAX];
};


static void free_query(void *query)
{
	mem_free(query);
}


static struct query *query_new(struct http_exchange *x)
{
	struct query *q = mem_zalloc(sizeof(*q));

	if (!q)
		http_exchange_problem(x, 503, "no memory");

	return q;
}


/* -- the list -- */

static bool visit(struct gather *g, struct host *host)
{
	const struct query *q = g->conf.query;

	for (; g->place.slot < host->n_slots && gather_has_time(g);
	     g->place.slot++) {
		const struct session *s = host->slots[g->place.slot].session;
		bool fits = s && session_fits(s, &q->filter);

		if (fits)
			session_describe(&g->report, s);
		gather_pass(g, fits);
	}

	return g->place.slot >= host->n_slots;
}


static bool read_filter(struct http_exchange *x, struct query *q)
{
	return admin_query(x, "application", q->texts[0], &q->filter.app) &&
	       admin_query(x, "stream", q->texts[1], &q->filter.stream) &&
	       admin_query(x, "protocol", q->texts[2],
			   &q->filter.protocol) &&
	       admin_query(x, "address", q->texts[3], &q->filter.address) &&
	       admin_query(x, "user_agent", q->texts[4],
			   &q->filter.user_agent);
}


void admin_get_sessions(struct admin *admin, struct http_exchange *x,
			const struct admin_args *args)
{
	struct query *q = query_new(x);
	struct gather_conf conf = {
		.list = "sessions", .visit = visit,
		.query = q, .free_query = free_query,
	};

	(void)args;
	if (!q)
		return;
	if (!read_filter(x, q))
		mem_free(q);
	else if (admin_gather_page(x, &conf))
		admin_gather(admin, x, &conf);
}


/* -- one -- */

static bool visit_one(struct gather *g, struct host *host)
{
	const struct query *q = g->conf.query;
	const struct session *s = session_find(host, q->id);

	if (s) {
		session_describe(&g->report, s);
		gather_found(g, 0);
	}

	return true;
}


static bool visit_kick(struct gather *g, struct host *host)
{
	const struct query *q = g->conf.query;
	struct session *s = session_find(host, q->id);

	/* NOTE: it may be gone with the kick. */
	if (s)
		gather_found(g, s->on_kick ? 0 : -ENOTSUP);
	if (s && s->on_kick)
		s->on_kick(s, q->reason, s->arg);

	return true;
}


static void go(struct admin *admin, struct http_exchange *x, struct str id,
	       gather_visit_fn *visit_fn)
{
	struct query *q = query_new(x);
	struct gather_conf conf = {
		.visit = visit_fn, .is_here_only = true, .limit = 1,
		.query = q, .free_query = free_query,
	};
	struct str reason;

	if (!q)
		return;
	if (!admin_query(x, "reason", q->reason, &reason)) {
		mem_free(q);
		return;
	}
	if (!reason.len)
		memcpy(q->reason, "ended by an operator", 21);
	if (session_id_parse(&q->id, id)) {
		mem_free(q);
		http_exchange_problem(x, 404, "there is no such session");
		return;
	}

	conf.from.worker = session_id_worker(q->id);
	admin_gather(admin, x, &conf);
}


void admin_get_session(struct admin *admin, struct http_exchange *x,
		       const struct admin_args *args)
{
	go(admin, x, args->at[0], visit_one);
}


void admin_delete_session(struct admin *admin, struct http_exchange *x,
			  const struct admin_args *args)
{
	go(admin, x, args->at[0], visit_kick);
}
