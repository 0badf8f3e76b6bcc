/* A viewer over HTTP or WebSocket: what it lends, and its end.
 *
 * Over HTTP nothing is answered before a place in the stream's log is found,
 * so that who asks for nothing is told 404.  A WebSocket must be one at once:
 * there the same is said by a close frame. */
#include "base/error.h"
#include "base/mem.h"
#include "http/http_response.h"
#include "httplive/httplive_int.h"
#include "websocket/websocket_node.h"


static const char retry_after_s[] = "5";
static const char nobody[] = "nobody publishes this stream";


static struct httplive *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct httplive, source);
}


static struct httplive *of_viewer(struct viewer *viewer)
{
	return CONTAINER_OF(viewer, struct httplive, viewer);
}


static struct loop *loop_of(const struct httplive *p)
{
	return &p->session->host->worker.loop;
}


/* -- the end -- */

static void destroy(void *arg)
{
	mem_free(arg);
}


static void stop_waiting(struct httplive *p)
{
	if (p->is_waiting)
		quota_give(&p->session->app->counts->waiting);
	p->is_waiting = false;
}


static void log_stop(const struct httplive *p, const char *why)
{
	if (p->name)
		log_info(p->session, "play stop name=%.*s skips=%llu%s%s",
			 PRINT_STR(str_of(chunk_slice(p->name))),
			 (unsigned long long)viewer_n_skips(&p->viewer),
			 why ? ": " : "", why ? why : "");
}


void httplive_free(struct httplive *p)
{
	struct loop *loop = loop_of(p);

	p->is_over = true;
	stop_waiting(p);
	decision_cancel(&p->decision);
	if (p->viewer.user)
		viewer_close(&p->viewer);
	session_stream_stop(&p->use);
	p->session = session_close(p->session);
	chunk_unref(p->raw);
	chunk_unref(p->name);

	p->death.fn = destroy;
	p->death.arg = p;
	loop_bury(loop, &p->death);
}


void httplive_on_closed(struct http_exchange *x, int err, void *arg)
{
	struct httplive *p = arg;

	(void)x;
	(void)err;
	log_stop(p, NULL);
	httplive_free(p);
}


static void on_websocket_closed(struct websocket *ws, unsigned code,
				void *arg)
{
	struct httplive *p = arg;

	(void)code;
	if (p->is_sending)
		websocket_del_source(ws, &p->source);
	if (!p->is_over)
		log_stop(p, NULL);
	httplive_free(p);
}


static const struct websocket_user websocket_user = {
	.closed = on_websocket_closed,
};


static unsigned websocket_code(int status)
{
	switch (status) {

	case 403: return WEBSOCKET_POLICY;
	case 404:
	case 503: return WEBSOCKET_TRY_LATER;
	default:  return WEBSOCKET_SERVER_ERROR;
	}
}


/* A problem, with when to come again. */
static void answer_later(struct http_exchange *x, int status,
			 const char *why)
{
	struct writer w = writer(1024);

	http_response_problem(&w, status, str(why));
	http_exchange_answer(x, &(struct http_answer){
		.status = status,
		.type = HTTP_PROBLEM_TYPE,
		.headers = { { "Retry-After", str(retry_after_s) } },
		.body = writer_slice(&w),
	});
	writer_fini(&w);
}


void httplive_refuse(struct httplive *p, int status, const char *why)
{
	if (p->name)
		log_stop(p, why);
	else
		log_info(p->session, "play refused: %s", why);

	/* It may be within a message: `closed` comes after that. */
	if (p->ws) {
		p->is_over = true;
		websocket_close(p->ws, websocket_code(status), why);
		return;
	}

	if (status == 503)
		answer_later(p->x, status, why);
	else
		http_exchange_problem(p->x, status, "%s", why);
	httplive_free(p);
}


/* What was being sent goes no further.  err: and is cut. */
static void end(struct httplive *p, int err, const char *why)
{
	log_stop(p, why);
	if (!p->ws) {
		http_exchange_end(p->x, err);
		httplive_free(p);
		return;
	}

	p->is_over = true;
	if (err)
		chain_close(p->chain, err);
	else
		websocket_close(p->ws, WEBSOCKET_NORMAL, why);
}


void httplive_kick(struct session *session, const char *reason, void *arg)
{
	struct httplive *p = arg;

	(void)session;
	if (p->is_over)
		return;
	if (p->is_sending && !p->ws)
		end(p, -ECANCELED, reason);
	else
		httplive_refuse(p, 403, reason);
}


/* -- what it lends -- */

static int source_peek(struct outbox_source *source, struct iovec *iov,
		       int n_iov, size_t room, bool one_message)
{
	struct viewer *viewer = &of_source(source)->viewer;

	if (!viewer_move_on(viewer))
		return 0;

	return viewer_peek(viewer, iov, n_iov, room, one_message,
			   &source->has_more);
}


static void source_consume(struct outbox_source *source, size_t len)
{
	viewer_consume(&of_source(source)->viewer, len);
}


static bool source_is_inside(struct outbox_source *source)
{
	return viewer_is_inside(&of_source(source)->viewer);
}


static const struct outbox_source_ops source_ops = {
	.peek = source_peek,
	.consume = source_consume,
	.is_inside = source_is_inside,
};


/* -- what the viewer tells -- */

static void on_news(void *arg)
{
	struct httplive *p = of_viewer(arg);

	if (p->chain)
		chain_flush(p->chain);
	else
		http_exchange_flush(p->x);
}


static void on_soon(void *arg, int steps)
{
	const struct httplive *p = of_viewer(arg);

	if (steps == 3) {
		__builtin_prefetch(p);
	} else if (steps == 2) {
		__builtin_prefetch(p->x);
		__builtin_prefetch(p->chain);
		__builtin_prefetch(&p->viewer.cursors[p->viewer.active].pos);
	} else if (p->chain) {
		chain_prefetch(p->chain);
	} else {
		http_exchange_prefetch(p->x);
	}
}


static void on_want_output(struct viewer *viewer)
{
	struct httplive *p = of_viewer(viewer);

	if (p->is_over || !p->is_sending)
		return;
	if (p->chain)
		chain_want_output(p->chain);
	else
		http_exchange_want_output(p->x);
}


static void on_found(struct viewer *viewer)
{
	stop_waiting(of_viewer(viewer));
}


/* NOTE: to HEAD this is all: it may be over after this. */
static void on_opened(struct viewer *viewer, struct stream_cursor *cursor)
{
	struct httplive *p = of_viewer(viewer);

	(void)cursor;
	if (p->is_sending || p->is_over)
		return;

	p->is_sending = true;
	if (p->ws)
		websocket_add_source(p->ws, &p->source);
	else
		http_exchange_stream(p->x,
				     &(struct http_answer){
					     .type = p->format->type },
				     HTTP_LENGTH_OPEN, &p->source);
}


static void on_ended(struct viewer *viewer, int err)
{
	struct httplive *p = of_viewer(viewer);

	if (p->is_over)
		return;
	if (err == -ETIMEDOUT)
		log_warn(p->session, "closed: holds too old a message");

	if (p->is_sending)
		end(p, err == -ENOENT ? 0 : err,
		    err && err != -ENOENT ? error_text(err)
					  : "the publisher is gone");
	else if (err == -ENOENT)
		httplive_refuse(p, 404, nobody);
	else
		httplive_refuse(p, 503, error_text(err));
}


static const struct viewer_user viewer_user = {
	.cursor = {
		.news = on_news,
		.soon = on_soon,
		.overdrawn = viewer_overdrawn,
	},
	.want_output = on_want_output,
	.found = on_found,
	.opened = on_opened,
	.ended = on_ended,
};


/* -- the beginning -- */

void httplive_upgrade(struct httplive *p)
{
	struct http_exchange *x = p->x;

	p->x = NULL;
	p->ws = http_exchange_upgrade(x, &websocket_user, p);
	if (p->ws)
		p->chain = websocket_chain(p->ws);
	else
		httplive_free(p);
}


static int open_viewer(struct httplive *p, const struct stream_key *key)
{
	struct application *app = p->session->app;
	int64_t n_max = config_int(app->section, "maxViewersPerStream");
	const struct viewer_conf conf = {
		.registry = &p->session->host->server->registry,
		.loop = loop_of(p),
		.packager = p->wants_websocket ? p->format->websocket
					       : p->format->http,
		.key = *key,
		.n_max = n_max ? (size_t)n_max : SIZE_MAX,
		.wait_ms = config_int(app->section, "waitForPublisherMs"),
		.grace_ms = config_int(app->section, "publisherGraceMs"),
	};
	int err = viewer_open(&p->viewer, &viewer_user, &conf);

	if (err)
		p->viewer.user = NULL;
	if (err || p->viewer.stream)
		return err;

	p->is_waiting = quota_take(&app->counts->waiting);

	return p->is_waiting ? 0 : -EMSGSIZE;
}


/* buf: RTMP_NAME_MAX + 1 bytes. */
static int find_key(const struct httplive *p, struct str other, char *buf,
		    struct stream_key *key)
{
	struct rtmp_name name;
	int len = rtmp_name_parse(&name, str_of(chunk_slice(p->raw)));

	if (!len)
		len = rtmp_name_print(buf, str(NULL),
				      other.len ? other : name.name);
	if (len < 0)
		return len;

	key->vhost = str(p->session->texts.vhost);
	key->app = str(p->session->app->name);
	key->name = str_n(buf, (size_t)len);

	return 0;
}


void httplive_play(struct httplive *p, struct str other)
{
	char buf[RTMP_NAME_MAX + 1], peer[ADDR_TEXT_MAX];
	struct stream_key key;
	int err = find_key(p, other, buf, &key);

	if (err) {
		httplive_refuse(p, 404, "no good name of a stream");
		return;
	}

	p->source.ops = &source_ops;
	err = open_viewer(p, &key);
	if (err == -ENOENT) {
		httplive_refuse(p, 404, nobody);
		return;
	}

	if (!err)
		p->name = chunk_copy(slice(key.name.p, key.name.len));
	if (!p->name) {
		httplive_refuse(p, 503, err == -EMSGSIZE
					? "too many viewers"
					: error_text(-ENOMEM));
		return;
	}

	log_info(p->session, "play start name=%s format=%s peer=%s agent=%s",
		 buf, p->format->extension,
		 addr_print(&p->session->peer, peer),
		 p->session->texts.user_agent);
	session_stream_start(p->session, &p->use, SESSION_PLAYS,
			     str_of(chunk_slice(p->name)));
}
