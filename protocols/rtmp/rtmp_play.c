/* Playing (RTMP 1.0 s7.2.2.1): a place in the stream's log.
 *
 * A player follows a name.  While there is no stream it waits, for a limited
 * time; when the stream changes, it sends the rest of the old log, and goes
 * on with the new one. */
#include "amf/amf0_writer.h"
#include "base/error.h"
#include "base/mem.h"
#include "rtmp/rtmp_int.h"
#include "rtmp/rtmp_player_int.h"


static const char nobody[] = "nobody publishes this stream";


static struct rtmp_player *of_subscriber(struct mail *mail)
{
	return CONTAINER_OF(mail, struct rtmp_player, subscriber.news);
}


static struct loop *loop_of(const struct rtmp_player *p)
{
	return p->chain->loop;
}


static int64_t app_ms(const struct rtmp_player *p, const char *key)
{
	return config_int(p->s->rtmp->session->app->section, key);
}


/* -- the end -- */

static void destroy(void *arg)
{
	mem_free(arg);
}


static void stop_waiting(struct rtmp_player *p)
{
	timer_stop(&p->wait);
	if (p->is_waiting)
		quota_give(&p->s->rtmp->session->app->waiting);
	p->is_waiting = false;
}


static void player_free(struct rtmp_player *p)
{
	struct rtmp *rtmp = p->s->rtmp;

	p->s->player = NULL;
	stop_waiting(p);
	list_del(&p->check.node);
	if (p->attach)
		stream_attach_cancel(p->attach);
	registry_unsubscribe(&rtmp->host->server->registry, &p->subscriber);
	outbox_del(&rtmp->node.out, &p->source);
	stream_cursor_close(&p->cursors[0]);
	stream_cursor_close(&p->cursors[1]);
	stream_unref(p->stream);
	session_stream_stop(&p->use);
	chunk_unref(p->name);

	p->death.fn = destroy;
	p->death.arg = p;
	loop_bury(loop_of(p), &p->death);
}


/* There is nothing to see, and none expected: tell, and forget it. */
static void end(struct rtmp_player *p, const char *code,
		const char *description)
{
	struct rtmp *rtmp = p->s->rtmp;
	uint32_t id = p->s->id;
	bool had_stream = p->has_played;

	log_info(rtmp, "play stop name=%.*s skips=%llu: %s",
		 PRINT_STR(str_of(chunk_slice(p->name))),
		 (unsigned long long)(p->cursors[0].n_skips +
				      p->cursors[1].n_skips),
		 description);
	player_free(p);

	if (had_stream)
		rtmp_send_event(rtmp, RTMP_STREAM_EOF, id);
	rtmp_send_status(rtmp, id, had_stream ? "status" : "error", code,
			 description);
	if (had_stream)
		rtmp_send_status(rtmp, id, "status", "NetStream.Play.Stop",
				 "the stream has ended");
}


static void on_wait_over(void *arg)
{
	struct rtmp_player *p = arg;
	struct stream_cursor *c = &p->cursors[p->active];

	/* A slow viewer first gets what there is. */
	if (stream_cursor_is_open(c) && !stream_cursor_is_drained(c)) {
		p->is_final = true;
		return;
	}

	if (p->has_played)
		end(p, "NetStream.Play.UnpublishNotify",
		    "the publisher is gone");
	else
		end(p, "NetStream.Play.StreamNotFound", nobody);
}


/* -- following the name -- */

static void on_attached(struct stream_attach *attach, int err, void *arg);


static void attach(struct rtmp_player *p)
{
	p->attach = stream_attach(p->stream, &rtmp_packager, loop_of(p),
				  on_attached, p);
	if (!p->attach)
		chain_close(p->chain, -ENOMEM);
}


/* Look at what has the name now. */
static void look(struct rtmp_player *p)
{
	struct registry *registry = &p->s->rtmp->host->server->registry;
	struct stream *stream = registry_look(registry, &p->subscriber,
					      &p->is_final);

	if (stream == p->stream) {
		stream_unref(stream);
		return;
	}

	stream_unref(p->stream);
	p->stream = stream;
	if (p->attach)
		stream_attach_cancel(p->attach);
	p->attach = NULL;

	if (stream) {
		stop_waiting(p);
		attach(p);
	} else {
		timer_start(loop_timers(loop_of(p)), &p->wait,
			    app_ms(p, "publisherGraceMs"), on_wait_over, p);
		loop_before_flush(loop_of(p), &p->check);
	}
}


static void on_name_news(struct mail *mail)
{
	look(of_subscriber(mail));
}


static void on_attached(struct stream_attach *a, int err, void *arg)
{
	struct rtmp_player *p = arg;
	struct stream_cursor *c = rtmp_player_next(p);

	p->attach = NULL;

	/* It has just ended: the name will have news. */
	if (err == -ENOENT)
		return;
	if (err) {
		chain_close(p->chain, err);
		return;
	}

	/* One that was not begun yet is outdated by this one. */
	stream_cursor_close(c);
	stream_attach_open(a, c);
	rtmp_player_opened(p, c);
	p->has_played = true;
	chain_want_output(p->chain);
}


/* What cannot be done while lending: a cursor that has come to the end of
 * its log, or that must begin anew. */
static void on_check(void *arg)
{
	struct rtmp_player *p = arg;
	struct stream_cursor *c = &p->cursors[p->active];
	bool is_open = stream_cursor_is_open(c);
	bool has_next = stream_cursor_is_open(rtmp_player_next(p));

	if (is_open && c->needs_prologue && !p->attach && p->stream &&
	    !has_next) {
		attach(p);
		return;
	}

	if (is_open && stream_cursor_is_drained(c)) {
		stream_cursor_close(c);
		chain_want_output(p->chain);
		is_open = false;
	}

	if (!is_open && !has_next && !p->stream && p->is_final)
		on_wait_over(p);
}


static void on_cursor_news(void *arg)
{
	struct rtmp_player *p = arg;

	chain_flush(p->chain);
}


static void on_soon(const void *arg, int steps)
{
	const struct rtmp_player *p = arg;

	if (steps == 3) {
		__builtin_prefetch(p);
	} else if (steps == 2) {
		__builtin_prefetch(p->chain);
		__builtin_prefetch(&p->chain->loop);
		__builtin_prefetch(&p->cursors[p->active].pos);
	} else {
		chain_prefetch(p->chain);
	}
}


static void on_overdrawn(void *arg)
{
	struct rtmp_player *p = arg;

	p->is_overdrawn = true;
	loop_before_flush(loop_of(p), &p->check);
}


static const struct stream_cursor_handler cursor_handler = {
	.news = on_cursor_news,
	.soon = on_soon,
	.overdrawn = on_overdrawn,
};


static void check(void *arg)
{
	struct rtmp_player *p = arg;

	if (p->is_overdrawn) {
		log_warn(p->s->rtmp, "closed: holds too old a message");
		chain_close(p->chain, -ETIMEDOUT);
		return;
	}

	on_check(p);
}


/* -- the commands -- */

static struct rtmp_player *player_new(struct rtmp_stream *s,
				      const struct stream_key *key)
{
	struct rtmp_player *p = mem_zalloc(sizeof(*p));

	if (!p)
		return NULL;

	p->s = s;
	p->chain = s->rtmp->node.chain;
	p->muted = s->muted;
	p->is_restreamed = s->id != RTMP_STREAM_ID_OUT;
	p->source.ops = &rtmp_player_source;
	p->subscriber.news.fn = on_name_news;
	p->check.fn = check;
	p->check.arg = p;
	p->name = chunk_copy(slice(key->name.p, key->name.len));
	if (!p->name)
		return mem_free(p);

	for (int i = 0; i < 2; i++) {
		p->cursors[i].handler = &cursor_handler;
		p->cursors[i].arg = p;
	}

	return p;
}


static size_t viewers_max(const struct application *app)
{
	int64_t n = config_int(app->section, "maxViewersPerStream");

	return n ? (size_t)n : SIZE_MAX;
}


static void fail(struct rtmp_stream *s, const char *code, const char *text)
{
	log_info(s->rtmp, "play refused: %s", text);
	rtmp_send_status(s->rtmp, s->id, "error", code, text);
}


/* Wait for a publisher, if there is time and room to. */
static int start_waiting(struct rtmp_player *p)
{
	int64_t ms = app_ms(p, "waitForPublisherMs");

	if (!ms)
		return -ENOENT;
	if (!quota_take(&p->s->rtmp->session->app->waiting))
		return -EMSGSIZE;

	p->is_waiting = true;
	timer_start(loop_timers(loop_of(p)), &p->wait, ms, on_wait_over, p);

	return 0;
}


static int open_player(struct rtmp_stream *s, const struct stream_key *key)
{
	struct rtmp *rtmp = s->rtmp;
	struct rtmp_player *p = player_new(s, key);
	int err;

	if (!p)
		return -ENOMEM;

	err = registry_subscribe(&rtmp->host->server->registry,
				 &p->subscriber, loop_of(p), key,
				 viewers_max(rtmp->session->app));
	if (err) {
		chunk_unref(p->name);
		mem_free(p);
		return err;
	}

	s->player = p;
	session_stream_start(rtmp->session, &p->use, SESSION_PLAYS,
			     str_of(chunk_slice(p->name)));
	outbox_add(&rtmp->node.out, &p->source);

	look(p);
	if (!p->stream)
		err = start_waiting(p);
	if (err)
		player_free(p);

	return err;
}


static void send_started(struct rtmp_stream *s)
{
	struct rtmp *rtmp = s->rtmp;
	struct writer w = writer(OUTBOX_CONTROL_MAX);

	rtmp_send_event(rtmp, RTMP_STREAM_BEGIN, s->id);
	if (s->pending_reset)
		rtmp_send_status(rtmp, s->id, "status",
				 "NetStream.Play.Reset", "resetting");
	rtmp_send_status(rtmp, s->id, "status", "NetStream.Play.Start",
			 "playing");

	put_amf0_string(&w, str("|RtmpSampleAccess"));
	put_amf0_boolean(&w, true);
	put_amf0_boolean(&w, true);
	rtmp_send(rtmp, RTMP_DATA, s->id, &w);
}


static void start(struct rtmp_stream *s, struct str name)
{
	char buf[RTMP_NAME_MAX + 1];
	struct stream_key key;
	int err;

	if (rtmp_stream_key(s, name, buf, &key)) {
		fail(s, "NetStream.Play.Failed", "malformed stream name");
		return;
	}

	err = open_player(s, &key);
	if (err == -ENOENT) {
		fail(s, "NetStream.Play.StreamNotFound", nobody);
		return;
	}
	if (err) {
		fail(s, "NetStream.Play.Failed",
		     err == -EMSGSIZE ? "too many viewers"
				      : error_text(err));
		return;
	}

	log_info(s->rtmp, "play start name=%s", buf);
	send_started(s);
}


static void on_decided(const struct verdict *verdict, void *arg)
{
	struct rtmp_stream *s = arg;

	if (verdict->kind == VERDICT_DENY)
		fail(s, "NetStream.Play.Failed",
		     verdict->text[0] ? verdict->text : "refused");
	else
		start(s, str(verdict->kind == VERDICT_REDIRECT ? verdict->text
							       : NULL));

	rtmp_decide_end(s->rtmp);
}


static int ask(struct rtmp_stream *s, struct str name)
{
	rtmp_stream_stop(s);
	if (rtmp_take_name(s, name)) {
		fail(s, "NetStream.Play.StreamNotFound",
		     "malformed stream name");
		return 0;
	}

	rtmp_decide_begin(s->rtmp);
	decision_ask(&s->decision, s->rtmp->session, QUESTION_PLAY,
		     s->pending.name, s->pending.query, on_decided, s);

	return 0;
}


int rtmp_play(struct rtmp_stream *s, struct rtmp_call *call)
{
	struct amf_value name, v;

	if (amf0_read(&call->args, &name) || name.type != AMF_STRING) {
		fail(s, "NetStream.Play.StreamNotFound", "no stream name");
		return 0;
	}

	/* start and duration mean nothing to a live stream; reset is last. */
	s->pending_reset = true;
	for (int i = 0; i < 3 && !amf0_read(&call->args, &v); i++) {
		if (v.type == AMF_BOOLEAN)
			s->pending_reset = v.boolean;
	}

	return ask(s, name.text);
}


int rtmp_play2(struct rtmp_stream *s, struct rtmp_call *call)
{
	struct amf_value options = { 0 };
	struct str name;

	amf0_read(&call->args, &options);
	name = amf_object_text(&options, "streamName");
	if (!name.len) {
		fail(s, "NetStream.Play.StreamNotFound", "no stream name");
		return 0;
	}

	s->pending_reset = true;

	return ask(s, name);
}


int rtmp_pause(struct rtmp_stream *s, struct rtmp_call *call)
{
	struct rtmp_player *p = s->player;
	struct amf_value on = { 0 };

	amf0_read(&call->args, &on);
	if (!p)
		return 0;

	if (on.boolean) {
		p->is_paused = true;
	} else if (p->is_paused) {
		/* Live: on with what is new, from a key frame on; a place
		 * that was found before is old by now. */
		p->is_paused = false;
		p->is_restarting = true;
		stream_cursor_close(rtmp_player_next(p));
		if (p->stream && !p->attach)
			attach(p);
	}

	rtmp_send_status(s->rtmp, s->id, "status",
			 on.boolean ? "NetStream.Pause.Notify"
				    : "NetStream.Unpause.Notify",
			 on.boolean ? "paused" : "playing");

	return 0;
}


int rtmp_receive(struct rtmp_stream *s, struct rtmp_call *call,
		 enum media_kind kind)
{
	struct amf_value on = { 0 };
	unsigned bit = 1u << kind;

	amf0_read(&call->args, &on);
	if (!on.boolean) {
		s->muted |= bit;
		if (s->player)
			s->player->muted = s->muted;
		return 0;
	}

	if (s->player && kind == MEDIA_VIDEO && s->muted & bit)
		s->player->needs_key = true;
	s->muted &= ~bit;
	if (s->player)
		s->player->muted = s->muted;
	if (!s->player)
		return 0;

	rtmp_send_status(s->rtmp, s->id, "status", "NetStream.Seek.Notify",
			 "at the live edge");
	rtmp_send_status(s->rtmp, s->id, "status", "NetStream.Play.Start",
			 "playing");

	return 0;
}


void rtmp_player_close(struct rtmp_stream *s)
{
	if (!s->player)
		return;

	log_info(s->rtmp, "play stop name=%.*s skips=%llu",
		 PRINT_STR(str_of(chunk_slice(s->player->name))),
		 (unsigned long long)(s->player->cursors[0].n_skips +
				      s->player->cursors[1].n_skips));
	player_free(s->player);
}
