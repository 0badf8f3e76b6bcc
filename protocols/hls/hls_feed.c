/* The publisher's side: a tap on its stream, whose parts go to the home of
 * its name. */
#include "base/clock.h"
#include "base/mem.h"
#include "hls/hls_server_int.h"


static struct hls_feed *feed_of(struct stream_tap *tap)
{
	return CONTAINER_OF(tap, struct hls_feed, tap);
}


/* -- parts -- */

static void on_piece(const struct hls_piece *piece, void *arg)
{
	struct hls_feed *feed = arg;
	struct hls_delivery *d;

	if (feed->is_lost && !piece->starts_segment)
		return;

	d = mem_alloc(sizeof(*d));
	if (!d) {
		feed->is_lost = true;
		return;
	}

	d->mail = (struct mail){ .fn = hls_channel_deliver };
	d->feed = mem_ref(feed);
	d->piece = *piece;
	d->piece.has_discontinuity |= feed->is_lost;
	chunk_ref(piece->bytes);
	mem_ref(piece->tracks);
	feed->is_lost = false;
	loop_post(feed->home->loop, &d->mail);
}


/* -- the tap -- */

static void on_frame(struct stream_tap *tap, const struct frame *frame)
{
	/* What could not be had in memory leaves a discontinuity. */
	hls_mux_push(feed_of(tap)->mux, frame, clock_wall_us());
}


static void on_end(struct stream_tap *tap)
{
	struct hls_feed *feed = feed_of(tap);

	hls_mux_finish(feed->mux);
	hls_mux_free(feed->mux);
	feed->mux = NULL;

	/* The tap's reference goes with it. */
	feed->bye.fn = hls_channel_bye;
	loop_post(feed->home->loop, &feed->bye);
}


static unsigned n_viewers(const struct stream_tap *tap)
{
	const char *p = (const char *)tap - offsetof(struct hls_feed, tap);
	const struct hls_feed *feed = (const void *)p;

	return keyed_quota_count(&feed->server->viewers, 0,
				 slice(feed->name, strlen(feed->name)));
}


void hls_feed_welcome(struct mail *mail)
{
	struct hls_feed *feed = CONTAINER_OF(mail, struct hls_feed, hello);

	if (feed->mux && feed->target_s)
		hls_mux_set_target(feed->mux, feed->target_s);
	mem_unref(feed);
}


static void destroy(void *arg)
{
	struct hls_feed *feed = arg;

	hls_server_unref(feed->server);
}


void hls_publish(const struct hls_site *site, struct stream *stream)
{
	struct hls_server *server = site->hls->server;
	size_t len = strlen(stream->name);
	struct hls_feed *feed;

	if (!site->conf.is_on || stream->vhost[0])
		return;

	feed = mem_new(sizeof(*feed) + len + 1, destroy);
	if (!feed || hls_mux_new(&feed->mux, &site->conf.mux, on_piece,
				 feed)) {
		log_warn(site->hls, "no memory for segments of %s",
			 stream->name);
		mem_unref(feed);
		return;
	}

	feed->server = mem_ref(server);
	feed->conf = site->conf;
	feed->home = hls_home(server, str(stream->name));
	feed->loop = site->hls->loop;
	memcpy(feed->name, stream->name, len);
	feed->tap.frame = on_frame;
	feed->tap.end = on_end;
	feed->tap.n_viewers = n_viewers;
	feed->tap.format = "hls";
	feed->hello.fn = hls_channel_hello;
	mem_ref(feed);
	loop_post(feed->home->loop, &feed->hello);
	stream_tap(stream, &feed->tap);
}
