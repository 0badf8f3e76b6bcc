/* Playing (RTMP 1.0 s7.2.2.1): a viewer (media/viewer.h) and the commands that
 * open and steer it. */
#include "amf/amf0_writer.h"
#include "base/error.h"
#include "base/mem.h"
#include "rtmp/rtmp_int.h"
#include "rtmp/rtmp_player_int.h"


static const char nobody[] = "nobody publishes this stream";


static struct rtmp_player *of_viewer(struct viewer *viewer)
{
	return CONTAINER_OF(viewer, struct rtmp_player, viewer);
}


static int64_t app_ms(const struct rtmp *rtmp, const char *key)
{
	return config_int(rtmp->session->app->section, key);
}


/* -- the end -- */

static void destroy(void *arg)
{
	mem_free(arg);
}


static void stop_waiting(struct rtmp_player *p)
{
	if (p->is_waiting)
		quota_give(&p->s->rtmp->session->app->counts->waiting);
	p->is_waiting = false;
}


static void player_free(struct rtmp_player *p)
{
	struct rtmp *rtmp = p->s->rtmp;

	p->s->player = NULL;
	stop_waiting(p);
	outbox_del(&rtmp->node.out, &p->source);
	viewer_close(&p->viewer);
	session_stream_stop(&p->use);
	chunk_unref(p->name);

	p->death.fn = destroy;
	p->death.arg = p;
	loop_bury(p->chain->loop, &p->death);
}


/* There is nothing to see, and none expected: tell, and forget it. */
static void end(struct rtmp_player *p, const char *code,
		const char *description)
{
	struct rtmp *rtmp = p->s->rtmp;
	uint32_t id = p->s->id;
	bool had_stream = p->viewer.has_played;

	log_info(rtmp, "play stop name=%.*s skips=%llu: %s",
		 PRINT_STR(str_of(chunk_slice(p->name))),
		 (unsigned long long)viewer_n_skips(&p->viewer),
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


/* -- what the viewer tells -- */

static void on_news(void *arg)
{
	chain_flush(of_viewer(arg)->chain);
}


static void on_soon(void *arg, int steps)
{
	const struct rtmp_player *p = of_viewer(arg);

	if (steps == 3) {
		__builtin_prefetch(p);
	} else if (steps == 2) {
		__builtin_prefetch(p->chain);
		__builtin_prefetch(&p->chain->loop);
		__builtin_prefetch(&p->viewer.cursors[p->viewer.active].pos);
	} else {
		chain_prefetch(p->chain);
	}
}


static void on_want_output(struct viewer *viewer)
{
	chain_want_output(of_viewer(viewer)->chain);
}


static void on_found(struct viewer *viewer)
{
	stop_waiting(of_viewer(viewer));
}


static void on_opened(struct viewer *viewer, struct stream_cursor *cursor)
{
	rtmp_player_opened(of_viewer(viewer), cursor);
}


static void on_ended(struct viewer *viewer, int err)
{
	struct rtmp_player *p = of_viewer(viewer);

	if (!err) {
		end(p, "NetStream.Play.UnpublishNotify",
		    "the publisher is gone");
		return;
	}
	if (err == -ENOENT) {
		end(p, "NetStream.Play.StreamNotFound", nobody);
		return;
	}

	if (err == -ETIMEDOUT)
		log_warn(p->s->rtmp, "closed: holds too old a message");
	chain_close(p->chain, err);
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


/* -- the commands -- */

static struct rtmp_player *player_new(struct rtmp_stream *s,
				      struct str name)
{
	struct rtmp_player *p = mem_zalloc(sizeof(*p));

	if (!p)
		return NULL;

	p->s = s;
	p->chain = s->rtmp->node.chain;
	p->muted = s->muted;
	p->is_restreamed = s->id != RTMP_STREAM_ID_OUT;
	p->source.ops = &rtmp_player_source;
	p->name = chunk_copy(slice(name.p, name.len));

	return p->name ? p : mem_free(p);
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


static int open_player(struct rtmp_stream *s, const struct stream_key *key)
{
	struct rtmp *rtmp = s->rtmp;
	const struct viewer_conf conf = {
		.registry = &rtmp->host->server->registry,
		.loop = rtmp->node.chain->loop,
		.packager = &rtmp_packager,
		.key = *key,
		.n_max = viewers_max(rtmp->session->app),
		.wait_ms = app_ms(rtmp, "waitForPublisherMs"),
		.grace_ms = app_ms(rtmp, "publisherGraceMs"),
	};
	struct rtmp_player *p = player_new(s, key->name);
	int err;

	if (!p)
		return -ENOMEM;

	err = viewer_open(&p->viewer, &viewer_user, &conf);
	if (err) {
		chunk_unref(p->name);
		mem_free(p);
		return err;
	}

	s->player = p;
	session_stream_start(rtmp->session, &p->use, SESSION_PLAYS,
			     str_of(chunk_slice(p->name)));
	outbox_add(&rtmp->node.out, &p->source);
	if (p->viewer.stream)
		return 0;

	p->is_waiting = quota_take(&rtmp->session->app->counts->waiting);
	if (p->is_waiting)
		return 0;

	player_free(p);

	return -EMSGSIZE;
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
		viewer_restart(&p->viewer);
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
		 (unsigned long long)viewer_n_skips(&s->player->viewer));
	player_free(s->player);
}
