/* An intrusive hash table that grows in small steps. */
#include "base/hash.h"
#include <assert.h>
#include "base/mem.h"
#include "base/random.h"


enum {
	HASH_FIRST = 8,          /* buckets */
	HASH_STEP = 4,           /* buckets moved with each hash_add */
};


static uint64_t rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}


static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);

	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}


static uint64_t get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];

	return v;
}


static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}


uint64_t hash_bytes(const uint64_t seed[2], struct slice s)
{
	uint64_t v[4] = {
		seed[0] ^ 0x736f6d6570736575,
		seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261,
		seed[1] ^ 0x7465646279746573,
	};
	uint64_t last = (uint64_t)s.len << 56;

	for (; s.len >= 8; s = slice_from(s, 8))
		sip_word(v, get_le(s.p, 8));

	sip_word(v, last | get_le(s.p, s.len));

	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);

	return v[0] ^ v[1] ^ v[2] ^ v[3];
}


/* The head of the chain where an element with hash `sum` stands now. */
static struct hash_node **chain(const struct hash *hash, uint64_t sum)
{
	size_t i;

	if (hash->old.n) {
		i = sum & (hash->old.n - 1);
		if (i >= hash->n_moved)
			return &hash->old.at[i];
	}

	return &hash->now.at[sum & (hash->now.n - 1)];
}


static void buckets_free(struct hash_buckets *b)
{
	b->at = mem_free(b->at);
	b->n = 0;
}


static void move_some(struct hash *hash)
{
	for (int i = 0; i < HASH_STEP && hash->old.n; i++) {
		struct hash_node *node = hash->old.at[hash->n_moved];

		while (node) {
			struct hash_node *next = node->next;
			size_t to = node->sum & (hash->now.n - 1);

			node->next = hash->now.at[to];
			hash->now.at[to] = node;
			node = next;
		}

		hash->old.at[hash->n_moved++] = NULL;
		if (hash->n_moved == hash->old.n)
			buckets_free(&hash->old);
	}
}


/* Double the buckets.  NOTE: `old` must be empty, which HASH_STEP sees to:
 * it is long before as many elements as buckets have been added. */
static int grow(struct hash *hash)
{
	size_t n = hash->now.n ? hash->now.n * 2 : HASH_FIRST;
	struct hash_node **at = mem_zalloc(n * sizeof(struct hash_node *));

	if (!at)
		return -ENOMEM;

	hash->old = hash->now;
	hash->now.at = at;
	hash->now.n = n;
	hash->n_moved = 0;

	return 0;
}


void hash_init(struct hash *hash, size_t max)
{
	memset(hash, 0, sizeof(*hash));
	hash->max = max;
	random_bytes(hash->seed, sizeof(hash->seed));
}


void hash_fini(struct hash *hash)
{
	HASH_EACH(hash, it) {
		it->hash = NULL;
		it->next = NULL;
	}

	buckets_free(&hash->now);
	buckets_free(&hash->old);
	hash->n = 0;
}


int hash_add(struct hash *hash, struct hash_node *node, struct slice key)
{
	struct hash_node **at;

	assert(!node->hash);

	if (hash_find(hash, key))
		return -EEXIST;
	if (hash->n >= hash->max)
		return -EMSGSIZE;

	move_some(hash);
	if (hash->n >= hash->now.n && !hash->old.n && grow(hash) &&
	    !hash->now.n)
		return -ENOMEM;

	node->hash = hash;
	node->key = key;
	node->sum = hash_bytes(hash->seed, key);
	at = chain(hash, node->sum);
	node->next = *at;
	*at = node;
	++hash->n;

	return 0;
}


void hash_del(struct hash_node *node)
{
	struct hash_node **at;

	if (!node->hash)
		return;

	at = chain(node->hash, node->sum);
	while (*at != node)
		at = &(*at)->next;

	*at = node->next;
	--node->hash->n;
	node->hash = NULL;
	node->next = NULL;
}


struct hash_node *hash_find(const struct hash *hash, struct slice key)
{
	struct hash_node *node;
	uint64_t sum;

	if (!hash->n)
		return NULL;

	sum = hash_bytes(hash->seed, key);
	for (node = *chain(hash, sum); node; node = node->next) {
		if (node->sum == sum && str_eq(str_of(node->key), str_of(key)))
			break;
	}

	return node;
}


static struct hash_node *first_from(const struct hash_buckets *b, size_t i)
{
	while (i < b->n && !b->at[i])
		++i;

	return i < b->n ? b->at[i] : NULL;
}


struct hash_node *hash_next(const struct hash *hash,
			    const struct hash_node *node)
{
	struct hash_node *next;
	size_t i = 0;

	if (node && node->next)
		return node->next;

	/* All of `old` that is not moved comes first, then `now`. */
	if (hash->old.n) {
		if (node)
			i = (node->sum & (hash->old.n - 1)) + 1;
		if (!node || i > hash->n_moved) {
			next = first_from(&hash->old, i);
			if (next)
				return next;
			node = NULL;
		}
	}

	return first_from(&hash->now,
			  node ? (node->sum & (hash->now.n - 1)) + 1 : 0);
}
