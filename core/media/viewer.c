/* A viewer follows a name: from one stream's log to the next one's. */
#include "media/viewer.h"
#include "base/error.h"
#include "media/stream_log_int.h"


static struct viewer *of_subscriber(struct mail *mail)
{
	return CONTAINER_OF(mail, struct viewer, subscriber.news);
}


static struct loop *loop_of(const struct viewer *v)
{
	return v->subscriber.loop;
}


/* The cursor that is not active. */
static struct stream_cursor *next_cursor(struct viewer *v)
{
	return &v->cursors[!v->active];
}


static void on_wait_over(void *arg)
{
	struct viewer *v = arg;
	struct stream_cursor *c = viewer_cursor(v);

	/* A slow viewer first gets what there is. */
	if (stream_cursor_is_open(c) && !stream_cursor_is_drained(c)) {
		v->is_final = true;
		return;
	}

	v->user->ended(v, v->has_played ? 0 : -ENOENT);
}


/* -- following the name -- */

static void on_attached(struct stream_attach *a, int err, void *arg)
{
	struct viewer *v = arg;
	struct stream_cursor *c = next_cursor(v);

	v->attach = NULL;

	/* It has just ended: the name will have news. */
	if (err == -ENOENT)
		return;
	if (err) {
		v->user->ended(v, err == -EAGAIN ? -ENOENT : err);
		return;
	}

	/* One that was not begun yet is outdated by this one. */
	stream_cursor_close(c);
	stream_attach_open(a, c);
	if (v->user->opened)
		v->user->opened(v, c);
	v->has_played = true;
	v->user->want_output(v);
}


static int attach(struct viewer *v)
{
	v->attach = stream_attach(v->stream, v->packager, loop_of(v),
				  v->has_played, on_attached, v);

	return v->attach ? 0 : -ENOMEM;
}


/* Look at what has the name now. */
static int look(struct viewer *v)
{
	struct stream *stream = registry_look(v->registry, &v->subscriber,
					      &v->is_final);

	if (stream == v->stream) {
		stream_unref(stream);
		return 0;
	}

	stream_unref(v->stream);
	v->stream = stream;
	if (v->attach)
		stream_attach_cancel(v->attach);
	v->attach = NULL;

	if (!stream) {
		timer_start(loop_timers(loop_of(v)), &v->wait, v->grace_ms,
			    on_wait_over, v);
		loop_before_flush(loop_of(v), &v->check);
		return 0;
	}

	timer_stop(&v->wait);
	if (v->user->found)
		v->user->found(v);

	return attach(v);
}


static void on_name_news(struct mail *mail)
{
	struct viewer *v = of_subscriber(mail);
	int err = look(v);

	if (err)
		v->user->ended(v, err);
}


/* What cannot be done while lending: a cursor that has come to the end of
 * its log, or that must begin anew. */
static void on_check(void *arg)
{
	struct viewer *v = arg;
	struct stream_cursor *c = viewer_cursor(v);
	bool is_open = stream_cursor_is_open(c);
	bool has_next = stream_cursor_is_open(next_cursor(v));

	if (v->is_overdrawn) {
		v->user->ended(v, -ETIMEDOUT);
		return;
	}

	if (is_open && c->needs_prologue && !v->attach && v->stream &&
	    !has_next) {
		if (attach(v))
			v->user->ended(v, -ENOMEM);
		return;
	}

	if (is_open && stream_cursor_is_drained(c)) {
		stream_cursor_close(c);
		v->user->want_output(v);
		is_open = false;
	}

	if (!is_open && !has_next && !v->stream && v->is_final)
		on_wait_over(v);
}


void viewer_overdrawn(void *viewer)
{
	struct viewer *v = viewer;

	v->is_overdrawn = true;
	loop_before_flush(loop_of(v), &v->check);
}


/* -- lending -- */

static bool is_done(struct viewer *v)
{
	struct stream_cursor *c = viewer_cursor(v);

	if (!stream_cursor_is_open(c))
		return true;
	if (stream_cursor_is_inside(c))
		return false;

	return v->is_restarting || c->needs_prologue ||
	       stream_cursor_is_drained(c);
}


struct stream_cursor *viewer_move_on(struct viewer *v)
{
	if (stream_cursor_is_open(next_cursor(v)) && is_done(v)) {
		stream_cursor_close(viewer_cursor(v));
		v->active = !v->active;
		v->is_restarting = false;
	}

	return stream_cursor_is_open(viewer_cursor(v)) ? viewer_cursor(v)
						       : NULL;
}


int viewer_peek(struct viewer *v, struct iovec *iov, int n_iov, size_t room,
		bool one_message, bool *has_more)
{
	struct stream_cursor *c = viewer_cursor(v);
	int n;

	/* What has ended lends its rest now, and then nobody else asks. */
	*has_more |= c->is_waiting || c->prologue || c->reader->is_ended;
	n = stream_cursor_peek(c, iov, n_iov, room, one_message);
	if (!n && (c->needs_prologue || stream_cursor_is_drained(c)))
		loop_before_flush(loop_of(v), &v->check);

	return n;
}


void viewer_consume(struct viewer *v, size_t len)
{
	stream_cursor_consume(viewer_cursor(v), len);
}


bool viewer_is_inside(const struct viewer *v)
{
	return stream_cursor_is_inside(&v->cursors[v->active]);
}


/* -- the viewer -- */

int viewer_open(struct viewer *v, const struct viewer_user *user,
		const struct viewer_conf *conf)
{
	int err;

	v->user = user;
	v->registry = conf->registry;
	v->packager = conf->packager;
	v->grace_ms = conf->grace_ms;
	v->subscriber.news.fn = on_name_news;
	v->check.fn = on_check;
	v->check.arg = v;
	for (int i = 0; i < 2; i++) {
		v->cursors[i].handler = &user->cursor;
		v->cursors[i].arg = v;
	}

	err = registry_subscribe(v->registry, &v->subscriber, conf->loop,
				 &conf->key, conf->n_max);
	if (err)
		return err;

	err = look(v);
	if (!err && !v->stream && !conf->wait_ms)
		err = -ENOENT;
	if (err) {
		viewer_close(v);
		return err;
	}

	if (!v->stream)
		timer_start(loop_timers(loop_of(v)), &v->wait, conf->wait_ms,
			    on_wait_over, v);

	return 0;
}


void viewer_close(struct viewer *v)
{
	timer_stop(&v->wait);
	list_del(&v->check.node);
	if (v->attach)
		stream_attach_cancel(v->attach);
	v->attach = NULL;
	registry_unsubscribe(v->registry, &v->subscriber);
	stream_cursor_close(&v->cursors[0]);
	stream_cursor_close(&v->cursors[1]);
	v->stream = stream_unref(v->stream);
}


void viewer_restart(struct viewer *v)
{
	v->is_restarting = true;
	stream_cursor_close(next_cursor(v));
	if (v->stream && !v->attach && attach(v))
		v->user->ended(v, -ENOMEM);
}


uint64_t viewer_n_skips(const struct viewer *v)
{
	return v->cursors[0].n_skips + v->cursors[1].n_skips;
}
