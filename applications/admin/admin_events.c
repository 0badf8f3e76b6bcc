/* Server-sent events: what happens, as it happens. */
#include "admin_events.h"
#include <stdio.h>
#include "admin_app.h"
#include "base/mem.h"


enum {
	HEAD_SIZE = 256,
	RETRY_MS = 3000,         /* for a browser that comes back */
	PARTS = 3,
};

static const char tail[] = "\n\n";

struct follower {
	struct list_node node;
	struct admin_events *events;
	struct http_exchange *x;
	struct outbox_source source;
	uint32_t mask;
	uint64_t pos;
	uint64_t n_lost;         /* not told yet */
	bool is_silent;          /* since the last beat */

	/* What is being sent: head, and with an event, json and tail. */
	char head[HEAD_SIZE];
	size_t head_len;         /* 0: nothing */
	struct chunk *json;      /* a reference, or NULL */
	size_t n_sent;

	struct loop_task death;
};


static struct follower *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct follower, source);
}


/* -- what is sent -- */

static void put_head(struct follower *f, const char *text)
{
	f->head_len += (size_t)snprintf(f->head + f->head_len,
					sizeof(f->head) - f->head_len, "%s",
					text);
}


static void put_lost(struct follower *f)
{
	char text[HEAD_SIZE / 2];

	snprintf(text, sizeof(text), "event: lost\ndata: {\"lost\":%llu}\n\n",
		 (unsigned long long)f->n_lost);
	put_head(f, text);
	f->n_lost = 0;
}


/* Take the next event that it wants.  False: there is none. */
static bool take(struct follower *f)
{
	struct notice notice;
	uint64_t n_lost;
	char text[HEAD_SIZE / 2];

	while (notice_take(f->events->notices, &f->pos, &notice, &n_lost)) {
		f->n_lost += n_lost;
		if (f->mask & 1u << notice.type) {
			if (f->n_lost)
				put_lost(f);
			snprintf(text, sizeof(text),
				 "id: %s\nevent: %s\ndata: ", notice.id,
				 notice_type_name(notice.type));
			put_head(f, text);
			f->json = notice.json;
			return true;
		}
		chunk_unref(notice.json);
	}

	return false;
}


static size_t message_parts(const struct follower *f, struct iovec *parts)
{
	parts[0].iov_base = (void *)(uintptr_t)f->head;
	parts[0].iov_len = f->head_len;
	if (!f->json)
		return 1;

	parts[1].iov_base = f->json->data;
	parts[1].iov_len = f->json->len;
	parts[2].iov_base = (void *)(uintptr_t)tail;
	parts[2].iov_len = sizeof(tail) - 1;

	return PARTS;
}


static int peek(struct outbox_source *source, struct iovec *iov, int n_iov,
		size_t room, bool one_message)
{
	struct follower *f = of_source(source);
	struct iovec parts[PARTS];
	size_t n_parts, skip = f->n_sent;
	int n = 0;

	(void)room;
	(void)one_message;
	if (!f->head_len && !take(f))
		return 0;

	source->has_more = true;
	n_parts = message_parts(f, parts);
	for (size_t i = 0; i < n_parts && n < n_iov; i++) {
		size_t cut = skip < parts[i].iov_len ? skip
						     : parts[i].iov_len;

		skip -= cut;
		if (cut == parts[i].iov_len)
			continue;
		iov[n].iov_base = (uint8_t *)parts[i].iov_base + cut;
		iov[n++].iov_len = parts[i].iov_len - cut;
	}

	return n;
}


static void consume(struct outbox_source *source, size_t len)
{
	struct follower *f = of_source(source);
	struct iovec parts[PARTS];
	size_t n_parts = message_parts(f, parts), all = 0;

	for (size_t i = 0; i < n_parts; i++)
		all += parts[i].iov_len;
	f->n_sent += len;
	f->is_silent = false;
	if (f->n_sent < all)
		return;

	f->json = chunk_unref(f->json);
	f->head_len = 0;
	f->n_sent = 0;
}


static bool is_inside(struct outbox_source *source)
{
	return of_source(source)->n_sent > 0;
}


static const struct outbox_source_ops source_ops = {
	.peek = peek,
	.consume = consume,
	.is_inside = is_inside,
};


/* -- followers -- */

static void on_wake(void *arg)
{
	struct admin_events *events = arg;

	loop_post(events->loop, &events->news);
}


static void on_news(struct mail *mail)
{
	struct admin_events *events =
		CONTAINER_OF(mail, struct admin_events, news);

	LIST_EACH(&events->followers, node) {
		struct follower *f = CONTAINER_OF(node, struct follower, node);

		http_exchange_want_output(f->x);
	}
}


/* A comment shows both ends that the other one is there. */
static void on_beat(void *arg)
{
	struct admin_events *events = arg;

	timer_start(loop_timers(events->loop), &events->beat,
		    ADMIN_EVENTS_BEAT_MS, on_beat, events);
	LIST_EACH(&events->followers, node) {
		struct follower *f = CONTAINER_OF(node, struct follower, node);

		if (f->is_silent && !f->head_len) {
			put_head(f, ":\n\n");
			http_exchange_want_output(f->x);
		}
		f->is_silent = true;
	}
}


static void destroy(void *arg)
{
	mem_free(arg);
}


static void on_closed(struct http_exchange *x, int err, void *arg)
{
	struct follower *f = arg;
	struct admin_events *events = f->events;

	(void)x;
	(void)err;
	list_del(&f->node);
	f->json = chunk_unref(f->json);
	f->head_len = 0;
	if (!events->followers.n) {
		notice_unlisten(events->notices, &events->listener);
		timer_stop(&events->beat);
	}

	f->death.fn = destroy;
	f->death.arg = f;
	loop_bury(events->loop, &f->death);
}


static void follow(struct follower *f, struct http_exchange *x)
{
	struct admin_events *events = f->events;

	if (!events->followers.n) {
		notice_listen(events->notices, &events->listener);
		timer_start(loop_timers(events->loop), &events->beat,
			    ADMIN_EVENTS_BEAT_MS, on_beat, events);
	}
	list_add(&events->followers, &f->node);

	f->x = x;
	f->source.ops = &source_ops;
	x->on_closed = on_closed;
	x->arg = f;
	http_exchange_stream(x, &(struct http_answer){
		.type = "text/event-stream",
	}, HTTP_LENGTH_OPEN, &f->source);
}


/* -- the route -- */

/* "publish,stream.start" as a mask.  False: it was answered. */
static bool read_types(struct http_exchange *x, struct str types,
		       uint32_t *mask)
{
	*mask = types.len ? 0 : UINT32_MAX;
	while (types.len) {
		const char *comma = memchr(types.p, ',', types.len);
		size_t len = comma ? (size_t)(comma - types.p) : types.len;

		if (notice_mask_add(mask, str_n(types.p, len))) {
			http_exchange_problem(x, 400, "types: there is no "
					      "event \"%.*s\"", (int)len,
					      types.p);
			return false;
		}
		len += comma != NULL;
		types = str_n(types.p + len, types.len - len);
	}

	return true;
}


/* After the event that the client saw last, if it says which; with what is
 * new, if not. */
static void find_place(struct follower *f, struct str last_id)
{
	char retry[HEAD_SIZE / 4];

	snprintf(retry, sizeof(retry), "retry: %d\n\n", (int)RETRY_MS);
	put_head(f, retry);

	if (!last_id.len)
		f->pos = notices_end(f->events->notices);
	else if (!notices_find(f->events->notices, last_id, &f->pos))
		put_head(f, "event: lost\ndata: {\"lost\":null}\n\n");
}


void admin_get_events(struct admin *admin, struct http_exchange *x,
		      const struct admin_args *args)
{
	char buf[ADMIN_NAME_MAX];
	struct follower *f;
	struct str types;
	uint32_t mask;

	(void)args;
	if (!admin_query(x, "types", buf, &types) ||
	    !read_types(x, types, &mask))
		return;

	if (admin->events.followers.n >= ADMIN_FOLLOWERS_MAX) {
		http_exchange_problem(x, 503, "too many follow events");
		return;
	}

	f = mem_zalloc(sizeof(*f));
	if (!f) {
		http_exchange_problem(x, 503, "out of memory");
		return;
	}
	f->events = &admin->events;
	f->mask = mask;
	find_place(f, http_exchange_field(x, "Last-Event-ID"));
	follow(f, x);
}


void admin_events_init(struct admin_events *events, struct notices *notices,
		       struct loop *loop)
{
	events->notices = notices;
	events->loop = loop;
	events->listener.wake = on_wake;
	events->listener.arg = events;
	events->news.fn = on_news;
	notices_want(notices);
}


void admin_events_fini(struct admin_events *events)
{
	loop_cancel(events->loop, &events->news);
	notices_unwant(events->notices);
}
