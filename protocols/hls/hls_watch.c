/* The viewers' side of a name, on their worker: the newest snapshot. */
#include "base/mem.h"
#include "hls/hls_server_int.h"


enum {
	IDLE_MS = 30000,         /* without a request */
	ABSENT_MS = 1000,        /* the same, of what nobody publishes */
};


static void forget_texts(struct hls_watch *watch)
{
	for (size_t i = 0; i < ARRAY_LEN(watch->texts); i++)
		watch->texts[i] = chunk_unref(watch->texts[i]);
}


static void watch_free(struct hls_watch *watch)
{
	hash_del(&watch->node);
	list_del(&watch->closing);
	timer_stop(&watch->idle);
	loop_cancel(watch->hls->loop, &watch->news);
	forget_texts(watch);
	hls_snapshot_unref(watch->snapshot);
	hls_snapshot_unref(atomic_load(&watch->latest));
	hls_server_unref(watch->server);
	mem_free(watch);
}


static void on_news(struct mail *mail)
{
	struct hls_watch *watch = CONTAINER_OF(mail, struct hls_watch, news);
	struct hls_snapshot *s = atomic_exchange(&watch->latest, NULL);

	if (!s)
		return;

	hls_snapshot_unref(watch->snapshot);
	watch->snapshot = s;
	forget_texts(watch);
	hls_waiters_look(watch);
}


struct hls_watch *hls_watch_get(struct hls *hls, struct str name)
{
	struct hash_node *node = hash_find(&hls->watches,
					   slice(name.p, name.len));
	struct hls_watch *watch;

	if (node)
		return CONTAINER_OF(node, struct hls_watch, node);

	watch = mem_zalloc(sizeof(*watch) + name.len);
	if (!watch)
		return NULL;

	watch->hls = hls;
	watch->home = hls_home(hls->server, name);
	watch->hello.fn = hls_channel_watch;
	watch->bye.fn = hls_channel_unwatch;
	watch->news.fn = on_news;
	watch->name_len = name.len;
	memcpy(watch->name, name.p, name.len);
	if (hash_add(&hls->watches, &watch->node,
		     slice(watch->name, name.len)))
		return mem_free(watch);

	watch->server = mem_ref(hls->server);
	loop_post(watch->home->loop, &watch->hello);

	return watch;
}


/* -- the end: home forgets it first, as it may be writing to it -- */

void hls_watch_left(struct mail *mail)
{
	watch_free(CONTAINER_OF(mail, struct hls_watch, bye));
}


static void on_idle(void *arg)
{
	struct hls_watch *watch = arg;

	timer_stop(&watch->idle);
	hash_del(&watch->node);
	list_add(&watch->hls->closing, &watch->closing);
	loop_post(watch->home->loop, &watch->bye);
}


void hls_watch_release(struct hls_watch *watch)
{
	if (!watch->waiters.n)
		timer_start(loop_timers(watch->hls->loop), &watch->idle,
			    hls_snapshot_is_ready(watch->snapshot)
				    ? IDLE_MS : ABSENT_MS,
			    on_idle, watch);
}


/* NOTE: its mail may be on the way, or it be on its home's list: that is over
 * when no worker runs. */
static void drop(struct hls_watch *watch)
{
	list_del(&watch->at_home);
	watch_free(watch);
}


void hls_watches_close(struct hls *hls, bool at_once)
{
	HASH_EACH(&hls->watches, node)
		on_idle(CONTAINER_OF(node, struct hls_watch, node));
	if (!at_once)
		return;

	LIST_EACH(&hls->closing, node) {
		struct hls_watch *watch = CONTAINER_OF(node, struct hls_watch,
						       closing);

		loop_cancel(watch->home->loop, &watch->bye);
		drop(watch);
	}
}
