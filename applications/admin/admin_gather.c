/* Answers that all workers have a part in: a job goes round (host/gather.h),
 * and what it brings is lent to the connection piece by piece. */
#include "admin_app.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

struct job {
	struct http_exchange *x;
	struct gather *gather;   /* under way, or NULL */
	struct outbox_source source;
	struct chunk **parts;    /* owned; what is to be sent */
	size_t n_parts;
	size_t at;               /* of the parts */
	size_t sent;             /* bytes of that one */
	struct loop_task death;
};


static struct job *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct job, source);
}


static void job_free(void *arg)
{
	struct job *job = arg;

	for (size_t i = 0; i < job->n_parts; i++)
		chunk_unref(job->parts[i]);
	mem_free(job->parts);
	mem_free(job);
}


/* -- the body -- */

static int peek(struct outbox_source *source, struct iovec *iov, int n_iov,
		size_t room, bool one_message)
{
	struct job *job = of_source(source);
	size_t at = job->at, sent = job->sent;
	int n = 0;

	(void)one_message;
	for (; n < n_iov && room && at < job->n_parts; n++, at++) {
		struct slice s = slice_from(chunk_slice(job->parts[at]),
					    sent);

		iov[n].iov_base = job->parts[at]->data + sent;
		iov[n].iov_len = s.len < room ? s.len : room;
		room -= iov[n].iov_len;
		sent = 0;
	}
	source->has_more = at < job->n_parts || !room;

	return n;
}


static void consume(struct outbox_source *source, size_t len)
{
	struct job *job = of_source(source);

	while (len) {
		struct chunk **part = &job->parts[job->at];
		const size_t left = (*part)->len - job->sent;

		if (len < left) {
			job->sent += len;
			return;
		}
		len -= left;
		*part = chunk_unref(*part);
		job->sent = 0;
		++job->at;
	}

	if (job->at == job->n_parts) {
		struct http_exchange *x = job->x;

		http_exchange_end(x, 0);
		job->death.fn = job_free;
		job->death.arg = job;
		loop_bury(&x->host->worker.loop, &job->death);
	}
}


static bool is_inside(struct outbox_source *source)
{
	(void)source;

	return false;
}


static const struct outbox_source_ops source_ops = {
	.peek = peek,
	.consume = consume,
	.is_inside = is_inside,
};


/* -- the answer -- */

static void on_closed(struct http_exchange *x, int err, void *arg)
{
	struct job *job = arg;

	(void)x;
	(void)err;
	if (job->gather)
		gather_cancel(job->gather);
	job_free(job);
}


static void answer_error(struct http_exchange *x, int err)
{
	if (err == -ENOENT)
		http_exchange_problem(x, 404, "it is not there, or not any "
				      "more");
	else if (err == -EMSGSIZE)
		http_exchange_problem(x, 413, "the answer is too long: ask "
				      "for fewer");
	else if (err == -ENOTSUP)
		http_exchange_problem(x, 409, "this cannot be ended");
	else
		http_exchange_problem(x, 503, "%s", error_text(err));
}


static void answer_parts(struct job *job, struct gather *g)
{
	struct http_exchange *x = job->x;
	const struct http_answer answer = {
		.type = report_content_type(REPORT_JSON),
		.chunk = g->n_parts == 1 ? g->parts[0] : NULL,
	};

	if (answer.chunk) {
		http_exchange_answer(x, &answer);
		job_free(job);
		return;
	}

	job->parts = g->parts;
	job->n_parts = g->n_parts;
	g->parts = NULL;
	g->n_parts = 0;
	http_exchange_stream(x, &answer, (int64_t)g->len, &job->source);
}


static void on_done(struct gather *g, int err, void *arg)
{
	struct job *job = arg;
	struct http_exchange *x = job->x;

	job->gather = NULL;
	if (!err && g->n_parts) {
		answer_parts(job, g);
		return;
	}

	x->on_closed = NULL;
	job_free(job);
	if (err)
		answer_error(x, err);
	else
		admin_answer_nothing(x);
}


bool admin_gather_page(struct http_exchange *x, struct gather_conf *conf)
{
	char limit_text[ADMIN_NAME_MAX], after_text[ADMIN_NAME_MAX];
	struct str limit, after;
	int64_t n = ADMIN_LIMIT;

	if (!admin_query(x, "limit", limit_text, &limit) ||
	    !admin_query(x, "after", after_text, &after))
		goto no_page;
	if (limit.len && text_parse_int(limit, 1, GATHER_LIMIT_MAX, &n)) {
		http_exchange_problem(x, 400, "limit must be 1 to %d",
				      (int)GATHER_LIMIT_MAX);
		goto no_page;
	}
	if (after.len && gather_place_parse(&conf->from, after)) {
		http_exchange_problem(x, 400, "after must be what \"next\" "
				      "said");
		goto no_page;
	}
	conf->limit = (size_t)n;

	return true;

 no_page:
	if (conf->free_query)
		conf->free_query(conf->query);
	return false;
}


void admin_gather(struct admin *admin, struct http_exchange *x,
		  const struct gather_conf *conf)
{
	struct job *job = mem_zalloc(sizeof(*job));
	struct gather_conf c = *conf;

	c.done = on_done;
	c.arg = job;
	if (job) {
		job->x = x;
		job->source.ops = &source_ops;
		job->gather = gather_start(admin->host, &c);
	} else if (c.free_query) {
		c.free_query(c.query);
	}

	if (!job || !job->gather) {
		mem_free(job);
		http_exchange_problem(x, 503, "no memory");
		return;
	}

	x->on_closed = on_closed;
	x->arg = job;
}
