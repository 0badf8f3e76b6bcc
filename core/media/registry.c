/* The registry: streams and their viewers meet here by name. */
#include "media/registry.h"
#include <assert.h>
#include "base/mem.h"


enum {
	SLOTS_FIRST = 16,
	NAMES_MAX = 1 << 20,
	KEY_MAX = 3 * (STREAM_NAME_MAX + 1),
};

struct registry_name {
	struct hash_node node;
	struct stream *stream;           /* a reference, or NULL */
	struct list subscribers;
	size_t n_standby;                /* of them: no viewers */
	int64_t last_ms;                 /* where the last stream ended */
	int64_t last_us;                 /* and when; 0: there was none */
	bool is_final;                   /* it said goodbye */
	size_t key_len;
	char key[];                      /* vhost, 0, app, 0, name */
};


static size_t key_print(char *out, const struct stream_key *key)
{
	const struct str parts[] = { key->vhost, key->app, key->name };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		assert(parts[i].len <= STREAM_NAME_MAX);
		if (parts[i].len)
			memcpy(out + n, parts[i].p, parts[i].len);
		n += parts[i].len;
		out[n++] = '\0';
	}

	return n;
}


/* The name's entry, or NULL. */
static struct registry_name *find_name(const struct registry *registry,
				       struct slice key)
{
	struct hash_node *node = hash_find(&registry->names, key);

	return node ? CONTAINER_OF(node, struct registry_name, node) : NULL;
}


/* The name's entry, made if it is not there; NULL: no memory. */
static struct registry_name *need_name(struct registry *registry,
				       const struct stream_key *key)
{
	char text[KEY_MAX];
	size_t len = key_print(text, key);
	struct registry_name *name = find_name(registry, slice(text, len));

	if (name)
		return name;

	name = mem_zalloc(sizeof(*name) + len);
	if (!name)
		return NULL;

	name->key_len = len;
	memcpy(name->key, text, len);
	if (hash_add(&registry->names, &name->node, slice(name->key, len)))
		return mem_free(name);

	return name;
}


static void free_if_unused(struct registry_name *name)
{
	if (name->stream || name->subscribers.n)
		return;

	hash_del(&name->node);
	mem_free(name);
}


static void tell_subscribers(struct registry_name *name)
{
	LIST_EACH(&name->subscribers, node) {
		struct subscriber *s =
			CONTAINER_OF(node, struct subscriber, node);

		loop_post(s->loop, &s->news);
	}
}


/* Where the next stream's times go on. */
static void note_end(struct registry_name *name, const struct stream *stream,
		     int64_t now_us)
{
	name->last_ms = atomic_load(&stream->last_ms);
	name->last_us = now_us;
}


static void evict(struct stream *stream)
{
	/* Its own reference travels with the mail. */
	loop_post(stream->loop, &stream->evict);
}


static struct stream_key key_of(const struct stream *stream)
{
	return (struct stream_key){ str(stream->vhost), str(stream->app),
				    str(stream->name) };
}


/* -- the streams of a worker -- */

static struct registry_shelf *shelf_of(struct registry *registry,
				       const struct loop *loop)
{
	assert(loop->index < REGISTRY_WORKERS_MAX);

	return &registry->shelves[loop->index];
}


/* Find a free slot, so that taking it cannot fail. */
static int need_slot(struct registry_shelf *shelf)
{
	size_t n = shelf->n_slots ? shelf->n_slots * 2 : SLOTS_FIRST;
	struct stream **slots;

	while (shelf->first_free < shelf->n_slots &&
	       shelf->slots[shelf->first_free])
		++shelf->first_free;
	if (shelf->first_free < shelf->n_slots)
		return 0;

	slots = mem_resize(shelf->slots, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;

	memset(slots + shelf->n_slots, 0,
	       (n - shelf->n_slots) * sizeof(*slots));
	shelf->slots = slots;
	shelf->n_slots = n;

	return 0;
}


static void take_slot(struct registry *registry, struct stream *stream)
{
	struct registry_shelf *shelf = shelf_of(registry, stream->loop);

	shelf->slots[shelf->first_free++] = stream;
	stream->slot = shelf->first_free;
	atomic_fetch_add(&registry->n_streams, 1);
}


static void give_slot(struct registry *registry, struct stream *stream)
{
	struct registry_shelf *shelf = shelf_of(registry, stream->loop);

	if (!stream->slot)
		return;

	shelf->slots[--stream->slot] = NULL;
	if (stream->slot < shelf->first_free)
		shelf->first_free = stream->slot;
	stream->slot = 0;
	atomic_fetch_sub(&registry->n_streams, 1);
}


size_t registry_n_slots(const struct registry *registry,
			const struct loop *loop)
{
	return registry->shelves[loop->index].n_slots;
}


struct stream *registry_slot(const struct registry *registry,
			     const struct loop *loop, size_t i)
{
	return registry->shelves[loop->index].slots[i];
}


/* -- names -- */

void registry_init(struct registry *registry)
{
	pthread_mutex_init(&registry->lock, NULL);
	hash_init(&registry->names, NAMES_MAX);
}


void registry_fini(struct registry *registry)
{
	assert(!registry->names.n);
	for (size_t i = 0; i < REGISTRY_WORKERS_MAX; i++)
		mem_free(registry->shelves[i].slots);
	hash_fini(&registry->names);
	pthread_mutex_destroy(&registry->lock);
}


int registry_publish(struct registry *registry, struct stream *stream,
		     bool takeover)
{
	struct stream_key key = key_of(stream);
	struct registry_name *name;
	int err = need_slot(shelf_of(registry, stream->loop));

	if (err)
		return err;

	pthread_mutex_lock(&registry->lock);

	name = need_name(registry, &key);
	if (!name) {
		err = -ENOMEM;
	} else if (name->stream && !takeover) {
		err = -EEXIST;
	} else {
		if (name->stream) {
			note_end(name, name->stream,
				 stream->loop->now_us);
			evict(name->stream);
		}
		name->stream = stream_ref(stream);
		name->is_final = false;
		if (name->last_us)
			stream_follow(stream, name->last_ms, name->last_us);
		tell_subscribers(name);
	}

	pthread_mutex_unlock(&registry->lock);

	if (!err) {
		take_slot(registry, stream);
		stream->metrics = registry->metrics;
	}

	return err;
}


void registry_unpublish(struct registry *registry, struct stream *stream,
			bool is_final)
{
	struct stream_key key = key_of(stream);
	struct registry_name *name;
	struct stream *gone = NULL;
	char text[KEY_MAX];
	size_t len = key_print(text, &key);

	give_slot(registry, stream);
	pthread_mutex_lock(&registry->lock);

	name = find_name(registry, slice(text, len));
	if (name && name->stream == stream) {
		note_end(name, stream, stream->loop->now_us);
		gone = name->stream;
		name->stream = NULL;
		name->is_final = is_final && !name->n_standby;
		tell_subscribers(name);
	}
	if (name)
		free_if_unused(name);

	pthread_mutex_unlock(&registry->lock);

	stream_unref(gone);
}


int registry_subscribe(struct registry *registry,
		       struct subscriber *subscriber, struct loop *loop,
		       const struct stream_key *key, size_t n_max)
{
	struct registry_name *name;
	int err = 0;

	pthread_mutex_lock(&registry->lock);

	name = need_name(registry, key);
	if (!name) {
		err = -ENOMEM;
	} else if (!subscriber->stands_by &&
		   name->subscribers.n - name->n_standby >= n_max) {
		err = -EMSGSIZE;
		free_if_unused(name);
	} else {
		subscriber->name = name;
		subscriber->loop = loop;
		list_add(&name->subscribers, &subscriber->node);
		name->n_standby += subscriber->stands_by;
	}

	pthread_mutex_unlock(&registry->lock);

	return err;
}


void registry_unsubscribe(struct registry *registry,
			  struct subscriber *subscriber)
{
	if (!subscriber->name)
		return;

	pthread_mutex_lock(&registry->lock);
	list_del(&subscriber->node);
	subscriber->name->n_standby -= subscriber->stands_by;
	free_if_unused(subscriber->name);
	subscriber->name = NULL;
	pthread_mutex_unlock(&registry->lock);

	loop_cancel(subscriber->loop, &subscriber->news);
}


struct stream *registry_look(struct registry *registry,
			     const struct subscriber *subscriber,
			     bool *is_final)
{
	struct stream *stream;

	pthread_mutex_lock(&registry->lock);
	*is_final = subscriber->name->is_final;
	stream = stream_ref(subscriber->name->stream);
	pthread_mutex_unlock(&registry->lock);

	return stream;
}


struct stream *registry_find(struct registry *registry,
			     const struct stream_key *key)
{
	char text[KEY_MAX];
	size_t len = key_print(text, key);
	const struct registry_name *name;
	struct stream *stream;

	pthread_mutex_lock(&registry->lock);
	name = find_name(registry, slice(text, len));
	stream = name ? stream_ref(name->stream) : NULL;
	pthread_mutex_unlock(&registry->lock);

	return stream;
}


void registry_each(struct registry *registry,
		   void (*fn)(const struct stream *stream,
			      size_t n_subscribers, void *arg),
		   void *arg)
{
	pthread_mutex_lock(&registry->lock);

	HASH_EACH(&registry->names, node) {
		const struct registry_name *name =
			CONTAINER_OF(node, struct registry_name, node);

		fn(name->stream, name->subscribers.n - name->n_standby, arg);
	}

	pthread_mutex_unlock(&registry->lock);
}
