/* The registry: streams and their viewers meet here by name, across workers.
 * The one place in core with a mutex; nothing under it takes long. */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <pthread.h>
#include "base/hash.h"
#include "media/stream.h"

enum { REGISTRY_WORKERS_MAX = 64 };

/* The streams that have a name, of one worker, which alone looks: each keeps
 * its slot while it has the name. */
struct registry_shelf {
	struct stream **slots;   /* owned; borrowed streams, or NULL */
	size_t n_slots;
	size_t first_free;       /* none is free below */
};

struct registry {
	pthread_mutex_t lock;
	struct hash names;
	struct registry_shelf shelves[REGISTRY_WORKERS_MAX];
	atomic_uint n_streams;   /* any thread may look */
	struct metrics *metrics; /* for its streams; may be NULL */
};

/* One who wants to see the streams of a name, now and later; embedded.  The
 * mail says: look again. */
struct subscriber {
	struct list_node node;
	struct registry_name *name;
	struct loop *loop;
	struct mail news;
	bool stands_by;          /* to publish: no viewer */
};

/* Thread: main. */
API void registry_init(struct registry *registry);
API void registry_fini(struct registry *registry);

/* Give the stream its name.  If there is one of that name already: -EEXIST,
 * or with `takeover` that one is evicted.  The times of the new one go on
 * where the last one of this name ended.  -ENOMEM.  Thread: the stream's. */
API int registry_publish(struct registry *registry, struct stream *stream,
			 bool takeover);

/* Take the name back, unless it is another's by now.  is_final: the publisher
 * has said goodbye, and is not expected back.  Thread: the stream's. */
API void registry_unpublish(struct registry *registry, struct stream *stream,
			    bool is_final);

/* The streams of worker `loop`: those of slots 0 to registry_n_slots - 1, or
 * NULL.  Borrowed.  Thread: that of `loop`. */
API size_t registry_n_slots(const struct registry *registry,
			    const struct loop *loop);
API struct stream *registry_slot(const struct registry *registry,
				 const struct loop *loop, size_t i);

/* The stream of that name, with a reference, or NULL.  Thread: any; of it only
 * what does not change may be looked at elsewhere than on its loop. */
API struct stream *registry_find(struct registry *registry,
				 const struct stream_key *key);

/* Follow a name (its parts are copied), whether there is a stream or not;
 * `subscriber` is zeroed but for news.fn and stands_by; while one stands by,
 * no goodbye is final.  -EMSGSIZE: the name has n_max viewers, -ENOMEM.
 * Thread: the subscriber's loop. */
API int registry_subscribe(struct registry *registry,
			   struct subscriber *subscriber, struct loop *loop,
			   const struct stream_key *key, size_t n_max);

/* No more mail; nothing happens if it follows none. */
API void registry_unsubscribe(struct registry *registry,
			      struct subscriber *subscriber);

/* The stream that has the name now, with a reference, or NULL; then *is_final
 * tells how the last one went. */
API struct stream *registry_look(struct registry *registry,
				 const struct subscriber *subscriber,
				 bool *is_final);

/* Call fn(stream, n_subscribers, arg) for each name; stream may be NULL, and
 * of a stream only what does not change may be looked at.  Thread: any; fn
 * must be quick and call nothing here. */
API void registry_each(struct registry *registry,
		       void (*fn)(const struct stream *stream,
				  size_t n_subscribers, void *arg),
		       void *arg);

#endif
