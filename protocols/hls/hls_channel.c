/* The home of a name: its window, whoever publishes it, and who watches. */
#include "base/mem.h"
#include "base/random.h"
#include "hls/hls_server_int.h"


enum {
	ENDED_MS = 60000,        /* the end of a stream can be read so long */
};

struct hls_channel {
	struct hash_node node;
	struct hls *hls;
	struct hls_conf conf;    /* its last publisher's */
	struct hls_window window;
	bool has_window;         /* something was published */
	struct hls_feed *feed;   /* who publishes it: a reference, or NULL */
	struct list watches;     /* hls_watch */
	struct timer timer;      /* after its publisher has gone */
	size_t name_len;
	char name[];
};


static struct hls_channel *channel_find(const struct hls *hls, struct str name)
{
	struct hash_node *node = hash_find(&hls->channels,
					   slice(name.p, name.len));

	return node ? CONTAINER_OF(node, struct hls_channel, node) : NULL;
}


static struct hls_channel *channel_get(struct hls *hls, struct str name)
{
	struct hls_channel *channel = channel_find(hls, name);

	if (channel)
		return channel;

	channel = mem_zalloc(sizeof(*channel) + name.len);
	if (!channel)
		return NULL;

	channel->hls = hls;
	hls_window_init(&channel->window, &channel->conf.window, 0);
	channel->name_len = name.len;
	memcpy(channel->name, name.p, name.len);
	if (hash_add(&hls->channels, &channel->node,
		     slice(channel->name, name.len)))
		return mem_free(channel);

	return channel;
}


static void channel_free(struct hls_channel *channel)
{
	timer_stop(&channel->timer);
	hash_del(&channel->node);
	hls_window_fini(&channel->window);
	mem_unref(channel->feed);
	mem_free(channel);
}


static void free_if_unused(struct hls_channel *channel)
{
	if (!channel->feed && !channel->has_window && !channel->watches.n)
		channel_free(channel);
}


/* -- telling -- */

static void tell(struct hls_watch *watch, struct hls_snapshot *snapshot)
{
	struct hls_snapshot *old;

	old = atomic_exchange(&watch->latest, hls_snapshot_ref(snapshot));
	hls_snapshot_unref(old);
	loop_post(watch->hls->loop, &watch->news);
}


/* Without memory they stay with what they have, until the next part. */
static struct hls_snapshot *snapshot_of(const struct hls_channel *channel)
{
	struct hls_snapshot *s = hls_window_snapshot(&channel->window);

	if (s)
		s->is_live = channel->feed;

	return s;
}


static void tell_all(struct hls_channel *channel)
{
	struct hls_snapshot *s;

	if (!channel->watches.n)
		return;

	s = snapshot_of(channel);
	if (!s)
		return;

	LIST_EACH(&channel->watches, node)
		tell(CONTAINER_OF(node, struct hls_watch, at_home), s);
	hls_snapshot_unref(s);
}


void hls_channel_watch(struct mail *mail)
{
	struct hls_watch *watch = CONTAINER_OF(mail, struct hls_watch, hello);
	struct hls_channel *channel;
	struct hls_snapshot *s;

	channel = channel_get(watch->home,
			      str_n(watch->name, watch->name_len));
	if (!channel)
		return;

	watch->channel = channel;
	list_add(&channel->watches, &watch->at_home);
	s = snapshot_of(channel);
	if (s)
		tell(watch, s);
	hls_snapshot_unref(s);
}


void hls_channel_unwatch(struct mail *mail)
{
	struct hls_watch *watch = CONTAINER_OF(mail, struct hls_watch, bye);

	if (watch->channel) {
		list_del(&watch->at_home);
		free_if_unused(watch->channel);
	}
	mail->fn = hls_watch_left;
	loop_post(watch->hls->loop, mail);
}


/* -- publishers -- */

static void on_forgotten(void *arg)
{
	struct hls_channel *channel = arg;

	hls_window_fini(&channel->window);
	hls_window_init(&channel->window, &channel->conf.window, 0);
	channel->has_window = false;
	tell_all(channel);
	free_if_unused(channel);
}


/* No publisher has come within the grace. */
static void on_ended(void *arg)
{
	struct hls_channel *channel = arg;

	hls_window_end(&channel->window);
	tell_all(channel);
	timer_start(loop_timers(channel->hls->loop), &channel->timer,
		    ENDED_MS, on_forgotten, channel);
}


/* What has ended does not begin again; and what a playlist says of all its
 * segments cannot change: that is another life. */
static bool is_other_life(const struct hls_channel *channel,
			  const struct hls_feed *feed)
{
	const struct hls_window_conf *now = &channel->conf.window;
	const struct hls_window_conf *next = &feed->conf.window;

	return !channel->has_window || channel->window.is_ended ||
	       now->format != next->format ||
	       now->part_target_us != next->part_target_us;
}


static void welcome(struct hls_channel *channel, struct hls_feed *feed)
{
	struct hls_window *window = &channel->window;
	bool is_new = is_other_life(channel, feed);

	timer_stop(&channel->timer);
	mem_unref(channel->feed);
	channel->feed = mem_ref(feed);
	channel->conf = feed->conf;

	if (is_new) {
		hls_window_fini(window);
		hls_window_init(window, &channel->conf.window,
				(uint32_t)random_u64());
		channel->has_window = true;
	}
	window->conf = channel->conf.window;
	feed->target_s = window->target_s;
	tell_all(channel);
}


void hls_channel_hello(struct mail *mail)
{
	struct hls_feed *feed = CONTAINER_OF(mail, struct hls_feed, hello);
	struct hls_channel *channel = channel_get(feed->home, str(feed->name));

	if (channel)
		welcome(channel, feed);
	else
		log_warn(feed->home, "no room for segments of %s", feed->name);
	mail->fn = hls_feed_welcome;
	loop_post(feed->loop, mail);
}


/* The channel that the feed has, unless another publisher took it over. */
static struct hls_channel *channel_of(const struct hls_feed *feed)
{
	struct hls_channel *channel = channel_find(feed->home,
						   str(feed->name));

	return channel && channel->feed == feed ? channel : NULL;
}


void hls_channel_deliver(struct mail *mail)
{
	struct hls_delivery *d = CONTAINER_OF(mail, struct hls_delivery, mail);
	struct hls_channel *channel = channel_of(d->feed);

	if (channel) {
		channel->window.is_idle = !channel->watches.n;
		hls_window_add(&channel->window, &d->piece);
		tell_all(channel);
	}
	chunk_unref(d->piece.bytes);
	mem_unref(d->piece.tracks);
	mem_unref(d->feed);
	mem_free(d);
}


void hls_channel_bye(struct mail *mail)
{
	struct hls_feed *feed = CONTAINER_OF(mail, struct hls_feed, bye);
	struct hls_channel *channel = channel_of(feed);

	if (channel) {
		channel->feed = mem_unref(channel->feed);
		timer_start(loop_timers(channel->hls->loop), &channel->timer,
			    channel->conf.grace_ms, on_ended, channel);
	}
	mem_unref(feed);
}


void hls_channels_close(struct hls *hls)
{
	HASH_EACH(&hls->channels, node) {
		struct hls_channel *channel =
			CONTAINER_OF(node, struct hls_channel, node);
		struct list_node *at_home;

		while ((at_home = list_pop(&channel->watches)))
			CONTAINER_OF(at_home, struct hls_watch,
				     at_home)->channel = NULL;
		channel_free(channel);
	}
}
