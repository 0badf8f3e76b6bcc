/* Requests: whose they are, what they wait for, and when that is over. */
#include "hls/hls_serve.h"
#include "base/mem.h"
#include "base/writer.h"
#include "hls/hls_server_int.h"
#include "host/server.h"
#include "httpd/http_exchange.h"


enum {
	SECOND_MS = 1000,
	FIRST_MS = HLS_FIRST_MAX_US / 1000,      /* for a first segment, once
						  * there is a publisher */
	LOCATION_MAX = 8192,
};


/* -- those who wait -- */

static struct quota *waiting_quota(const struct hls_ask *ask)
{
	return &ask->site->app->counts->waiting;
}


static void waiter_free(struct hls_waiter *w)
{
	struct hls_watch *watch = w->watch;

	list_del(&w->node);
	timer_stop(&w->timer);
	--w->ask.client->n_waiters;
	if (w->has_quota)
		quota_give(waiting_quota(&w->ask));
	mem_free(w);
	if (watch)
		hls_watch_release(watch);
}


static void on_closed(struct http_exchange *x, int err, void *arg)
{
	(void)x;
	(void)err;
	waiter_free(arg);
}


/* It is about to be answered, by somebody else. */
static struct http_exchange *take_exchange(struct hls_waiter *w)
{
	w->x->on_closed = NULL;
	w->x->arg = NULL;

	return w->x;
}


static void give_up(struct hls_waiter *w)
{
	const struct hls_snapshot *s = w->watch->snapshot;
	struct http_exchange *x = take_exchange(w);

	if (hls_snapshot_is_ready(s))
		http_exchange_problem(x, 503, "it has not come in time");
	else
		http_exchange_problem(x, 404, "nobody publishes this stream");
	waiter_free(w);
}


static void on_time(void *arg)
{
	struct hls_waiter *w = arg;
	const struct hls_snapshot *s = w->watch->snapshot;
	bool is_first = s && s->is_live && !hls_snapshot_is_ready(s);

	if (!is_first || w->has_time) {
		give_up(w);
		return;
	}

	/* Its publisher has come: the segment will. */
	w->has_time = true;
	timer_start(loop_timers(w->watch->hls->loop), &w->timer, FIRST_MS,
		    on_time, w);
}


static int64_t wait_ms(const struct hls_waiter *w)
{
	const struct hls_snapshot *s = w->watch->snapshot;

	if (hls_snapshot_is_ready(s))
		return (int64_t)s->media.target_s * HLS_BLOCK_TARGETS *
		       SECOND_MS;

	return w->ask.site->conf.wait_ms;
}


static struct hls_waiter *waiter_new(struct http_exchange *x,
				     const struct hls_ask *ask)
{
	struct hls_waiter *w = mem_zalloc(sizeof(*w) + ask->query.len);

	if (!w)
		return NULL;

	w->x = x;
	w->ask = *ask;
	w->ask.name.rendition = hls_rendition();
	if (ask->query.len)
		memcpy(w->query, ask->query.p, ask->query.len);
	w->ask.query.p = w->query;
	++ask->client->n_waiters;
	x->on_closed = on_closed;
	x->arg = w;

	return w;
}


static void wait_for_news(struct hls_waiter *w, struct hls_watch *watch)
{
	w->watch = watch;
	timer_stop(&watch->idle);
	list_add(&watch->waiters, &w->node);
	timer_start(loop_timers(watch->hls->loop), &w->timer, wait_ms(w),
		    on_time, w);
}


/* -- those who may not -- */

static void put_escaped(struct writer *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool is_plain = (c >= '0' && c <= '9') ||
				(c >= 'A' && c <= 'Z') ||
				(c >= 'a' && c <= 'z') ||
				memchr("-._~/", c, 5);

		if (is_plain)
			put_u8(out, c);
		else
			put_fmt(out, "%%%02X", c);
	}
}


/* To the same thing of another stream. */
static void redirect(struct http_exchange *x, const struct hls_ask *ask)
{
	struct writer w = writer(LOCATION_MAX);

	put_str(&w, str("/"));
	put_escaped(&w, str(ask->site->app->name));
	put_str(&w, str("/"));
	put_escaped(&w, str(ask->client->text));
	put_str(&w, str("/index.m3u8"));
	if (ask->query.len) {
		put_str(&w, str("?"));
		put_str(&w, ask->query);
	}

	if (w.err)
		http_exchange_problem(x, 503, "out of memory");
	else
		http_exchange_answer(x, &(struct http_answer){
			.status = 302,
			.headers = { { "Location",
				       str_of(writer_slice(&w)) } },
		});
	writer_fini(&w);
}


static void refuse(struct http_exchange *x, const struct hls_ask *ask)
{
	if (ask->client->state == HLS_CLIENT_REDIRECTED)
		redirect(x, ask);
	else
		http_exchange_problem(x, 403, "%s", ask->client->text);
}


/* -- requests -- */

/* Answer it, if that can be done now.  Returns 0, or -EAGAIN and *watch. */
static int try(struct http_exchange *x, const struct hls_ask *ask,
	       struct hls_watch **watch)
{
	const struct hls_client *c = ask->client;
	int err;

	if (c->state != HLS_CLIENT_ALLOWED) {
		refuse(x, ask);
		return 0;
	}

	*watch = hls_watch_get(c->hls, str_n(c->name, c->name_len));
	if (!*watch) {
		http_exchange_problem(x, 503, "too many streams are watched");
		return 0;
	}

	err = hls_answer(x, *watch, ask);
	if (!err)
		hls_watch_release(*watch);

	return err;
}


/* Let it wait for what it asks for. */
static void start_waiting(struct hls_waiter *w, struct hls_watch *watch)
{
	if (!hls_snapshot_is_ready(watch->snapshot)) {
		w->has_quota = quota_take(waiting_quota(&w->ask));
		if (!w->has_quota) {
			http_exchange_problem(take_exchange(w), 503,
					      "too many wait already");
			waiter_free(w);
			hls_watch_release(watch);
			return;
		}
	}
	wait_for_news(w, watch);
}


static void begin(struct http_exchange *x, const struct hls_ask *ask)
{
	bool is_asked = ask->client->state == HLS_CLIENT_ASKED;
	struct hls_watch *watch = NULL;
	struct hls_waiter *w;

	if (!is_asked && !try(x, ask, &watch))
		return;

	w = waiter_new(x, ask);
	if (!w) {
		http_exchange_problem(x, 503, "out of memory");
		if (watch)
			hls_watch_release(watch);
	} else if (is_asked) {
		list_add(&ask->client->waiters, &w->node);
	} else {
		start_waiting(w, watch);
	}
}


/* NOTE: an answer may end its connection, and others that wait there with
 * it: so each is taken off the list's head, never the one after it. */
static struct hls_waiter *next_waiter(struct list *list)
{
	struct list_node *node = list_pop(list);

	return node ? CONTAINER_OF(node, struct hls_waiter, node) : NULL;
}


static void move_all(struct list *to, struct list *from)
{
	struct list_node *node;

	while ((node = list_pop(from)))
		list_add(to, node);
}


static void give_back(struct hls_waiter *w)
{
	w->x->on_closed = on_closed;
	w->x->arg = w;
}


void hls_waiters_decided(struct hls_client *client)
{
	struct hls_watch *watch;
	struct hls_waiter *w;

	while ((w = next_waiter(&client->waiters))) {
		if (!try(take_exchange(w), &w->ask, &watch)) {
			waiter_free(w);
		} else {
			give_back(w);
			start_waiting(w, watch);
		}
	}
}


/* Returns 0, or -EAGAIN: it waits on. */
static int look(struct hls_watch *watch, struct hls_waiter *w)
{
	struct http_exchange *x = take_exchange(w);

	if (w->ask.client->state == HLS_CLIENT_ALLOWED)
		return hls_answer(x, watch, &w->ask);

	refuse(x, &w->ask);

	return 0;
}


void hls_waiters_look(struct hls_watch *watch)
{
	struct list due = { .n = 0 };
	struct hls_waiter *w;

	move_all(&due, &watch->waiters);
	while ((w = next_waiter(&due))) {
		if (!look(watch, w)) {
			waiter_free(w);
		} else {
			give_back(w);
			list_add(&watch->waiters, &w->node);
			timer_stop(&watch->idle);
		}
	}
}


/* -- paths -- */

static size_t find_slash(struct str s)
{
	const char *slash = s.len ? memchr(s.p, '/', s.len) : NULL;

	return slash ? (size_t)(slash - s.p) : s.len;
}


/* Take "/app/stream/name" apart; a stream's name may have slashes too. */
static bool take_apart(const struct application *app, struct str path,
		       struct str *stream, struct hls_name *name)
{
	struct str rest = str_n(path.p + 1, path.len - 1);
	size_t n = find_slash(rest);
	size_t end = rest.len;

	while (end && rest.p[end - 1] != '/')
		--end;
	if (end <= n + 2 || hls_name_parse(str_n(rest.p + end,
						 rest.len - end), name) ||
	    !application_is_named(app, str_n(rest.p, n)))
		return false;

	*stream = str_n(rest.p + n + 1, end - n - 2);

	return stream->len && stream->len <= STREAM_NAME_MAX;
}


/* Who asks?  NULL: it was answered. */
static struct hls_client *find_client(const struct hls_site *site,
				      struct http_exchange *x,
				      struct str stream, struct str query)
{
	struct hls_client *client;

	client = hls_client_get(site->hls, &(struct hls_identity){
		.name = stream,
		.query = query,
		.agent = http_exchange_field(x, "User-Agent"),
		.url = x->path,
		.carrier = x->carrier,
		.app = site->app,
	});
	if (!client)
		http_exchange_problem(x, 503, "too many viewers");

	return client;
}


static void serve(const struct hls_site *site, struct http_exchange *x,
		  struct str stream, const struct hls_name *name)
{
	struct str query = x->request->target.query;
	struct hls_ask ask = { .site = site, .name = *name };
	char rest[HLS_QUERY_MAX];
	int len;

	if (hls_request_parse(query, &ask.request)) {
		http_exchange_problem(x, 400, "no such directive for a playlist");
		return;
	}
	len = hls_query_print(rest, query);
	if (len < 0) {
		http_exchange_problem(x, 400, "no such query");
		return;
	}

	ask.query = str_n(rest, (size_t)len);
	ask.client = find_client(site, x, stream, ask.query);
	if (ask.client)
		begin(x, &ask);
}


bool hls_serve(const struct hls_site *site, struct http_exchange *x)
{
	struct hls_name name;
	struct str stream;

	if (!site->conf.is_on ||
	    !take_apart(site->app, x->path, &stream, &name))
		return false;

	if (name.kind != HLS_MULTIVARIANT &&
	    !str_eq(name.rendition, hls_rendition()))
		http_exchange_problem(x, 404, "no such rendition");
	else if (http_exchange_allows(x, "GET"))
		serve(site, x, stream, &name);

	return true;
}
