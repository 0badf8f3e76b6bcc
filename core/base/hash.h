/* An intrusive hash table from bytes to elements: the element embeds a
 * hash_node and the bytes of its key, the table owns neither.  Keys are
 * hashed with a secret of the table's own, so that peers who choose their
 * names or ports cannot choose one bucket.  It grows a few buckets with each
 * hash_add: no call ever pays for all elements at once.
 * Thread: that of its owner; hash_bytes: any, pure.
 *
 *	struct session { struct hash_node by_name; char name[32]; };
 *
 *	err = hash_add(&sessions, &s->by_name, slice(s->name, len));
 *	node = hash_find(&sessions, slice(name, len));
 *	s = CONTAINER_OF(node, struct session, by_name);
 */
#ifndef HASH_H
#define HASH_H

#include "base/error.h"
#include "base/slice.h"

/* A zeroed hash_node is in no table. */
struct hash_node {
	struct hash_node *next;  /* in its bucket */
	struct hash *hash;       /* the table it is in, or NULL */
	struct slice key;        /* borrowed from the element */
	uint64_t sum;            /* hash_bytes of the key */
};

struct hash_buckets {
	struct hash_node **at;   /* owned */
	size_t n;                /* 0, or a power of two */
};

struct hash {
	struct hash_buckets now;
	struct hash_buckets old; /* being emptied while the table grows */
	size_t n_moved;          /* buckets of `old` that are empty */
	size_t n;                /* elements */
	size_t max;              /* never more than these */
	uint64_t seed[2];
};

/* An empty table for at most `max` elements; allocates nothing yet. */
API void hash_init(struct hash *hash, size_t max);

/* Forget the elements (each is in no table then), and free the buckets. */
API void hash_fini(struct hash *hash);

/* Add `node`, which is in no table, under `key`: borrowed, unchanged until
 * hash_del.  Returns 0, -EEXIST (the key is there already), -EMSGSIZE (`max`
 * elements are in) or -ENOMEM (only the first of all; a table that cannot
 * grow goes on with fuller buckets). */
API int hash_add(struct hash *hash, struct hash_node *node, struct slice key);

/* Take `node` out; nothing happens if it is in no table. */
API void hash_del(struct hash_node *node);

/* The element with this key, borrowed, or NULL. */
API struct hash_node *hash_find(const struct hash *hash, struct slice key);

/* The element after `node` (NULL: the first) in no useful order, or NULL. */
API struct hash_node *hash_next(const struct hash *hash,
				const struct hash_node *node);

/* SipHash-1-3 of `s` under the key `seed` (Aumasson, Bernstein: SipHash, a
 * fast short-input PRF, 2012). */
API uint64_t hash_bytes(const uint64_t seed[2], struct slice s);

static inline bool hash_is_linked(const struct hash_node *node)
{
	return node->hash != NULL;
}

/* Walk all elements; the body may take out `it`, and must add nothing. */
#define HASH_EACH(h, it) \
	for (struct hash_node *it = hash_next(h, NULL), *it##_next = \
		     it ? hash_next(h, it) : NULL; it; \
	     it = it##_next, it##_next = it ? hash_next(h, it) : NULL)

#endif
