/* hash. */
#include "base/hash.h"
#include "base/mem.h"
#include "test.h"


enum { N_ITEMS = 500 };

struct item {
	struct hash_node node;
	uint32_t key;
	int n_seen;
};


static struct slice key_of(const struct item *item)
{
	return slice(&item->key, sizeof(item->key));
}


/* The vectors are another implementation's: CPython 3.11 hashes bytes with
 * SipHash-1-3, under a key of zeros when PYTHONHASHSEED is 0. */
TEST(hash_bytes)
{
	static const uint64_t zero[2], counting[2] = {
		0x0706050403020100, 0x0f0e0d0c0b0a0908
	};
	int err = 0;

	TEST_EQ((int64_t)0xc03bc3a0042630f2,
		hash_bytes(zero, slice("abc", 3)));
	TEST_EQ(0x1d42b30f7e060c24,
		hash_bytes(zero, slice("0123456789abcdef", 16)));
	TEST_EQ((int64_t)0xabac0158050fc4dc,
		hash_bytes(counting, slice(NULL, 0)));
 out:
	return err;
}


static int add_all(struct hash *hash, struct item *items)
{
	int err = 0;

	for (uint32_t i = 0; i < N_ITEMS; i++) {
		items[i].key = i * 7;
		TEST_ERR(hash_add(hash, &items[i].node, key_of(&items[i])));
		TEST_EQ(-EEXIST, hash_add(hash, &(struct hash_node){ 0 },
					  key_of(&items[i])));

		/* Also while the table is half grown. */
		for (uint32_t j = 0; j <= i; j += 13)
			TEST_OK(&items[j].node ==
				hash_find(hash, key_of(&items[j])));
	}
 out:
	return err;
}


/* Each element that is in is met once, at any stage of growth. */
static int walk(struct hash *hash, struct item *items, int n)
{
	int err = 0;

	for (int i = 0; i < N_ITEMS; i++)
		items[i].n_seen = 0;

	HASH_EACH(hash, it) {
		++CONTAINER_OF(it, struct item, node)->n_seen;
		--n;
	}
	TEST_EQ(0, n);

	for (int i = 0; i < N_ITEMS; i++)
		TEST_EQ(hash_is_linked(&items[i].node), items[i].n_seen);
 out:
	return err;
}


TEST(hash_table)
{
	struct item *items = mem_zalloc(N_ITEMS * sizeof(*items));
	struct hash hash;
	int err;

	hash_init(&hash, N_ITEMS);
	TEST_PTR(items);
	TEST_OK(!hash_find(&hash, slice("x", 1)));
	TEST_OK(!hash_next(&hash, NULL));

	TEST_ERR(add_all(&hash, items));
	TEST_EQ(N_ITEMS, hash.n);
	TEST_EQ(-EMSGSIZE, hash_add(&hash, &(struct hash_node){ 0 },
				    slice("full", 4)));
	TEST_ERR(walk(&hash, items, N_ITEMS));

	for (int i = 0; i < N_ITEMS; i += 2) {
		hash_del(&items[i].node);
		hash_del(&items[i].node);
		TEST_OK(!hash_find(&hash, key_of(&items[i])));
	}
	TEST_ERR(walk(&hash, items, N_ITEMS / 2));

	HASH_EACH(&hash, it)
		hash_del(it);
	TEST_EQ(0, hash.n);
	TEST_OK(!hash_next(&hash, NULL));
 out:
	hash_fini(&hash);
	mem_free(items);
	return err;
}


TEST(hash_walk_while_growing)
{
	struct item *items = mem_zalloc(N_ITEMS * sizeof(*items));
	struct hash hash;
	int err, n_grown = 0;

	hash_init(&hash, N_ITEMS);
	TEST_PTR(items);

	for (uint32_t i = 0; i < N_ITEMS; i++) {
		items[i].key = i;
		TEST_ERR(hash_add(&hash, &items[i].node, key_of(&items[i])));
		if (!hash.old.n)
			continue;
		++n_grown;
		TEST_ERR(walk(&hash, items, (int)i + 1));
		if (i % 3 == 0) {
			hash_del(&items[i].node);
			TEST_ERR(walk(&hash, items, (int)i));
			TEST_ERR(hash_add(&hash, &items[i].node,
					  key_of(&items[i])));
		}
	}
	TEST_OK(n_grown || test_alloc_failed());

	hash_fini(&hash);
	TEST_OK(!hash_is_linked(&items[0].node));
 out:
	hash_fini(&hash);
	mem_free(items);
	return err;
}
