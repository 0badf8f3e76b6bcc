/* Tickets: sealed, opened, and what must not open. */
#include "turn/turn_ticket.h"
#include "test.h"


static const uint8_t key[TURN_TICKET_KEY_LEN] = { 1, 2, 3 };

static const struct turn_ticket allocation = {
	.worker = 0xfffe,
	.slot = 0x010203,
	.generation = 0xf5f6f7f8,
	.serial = 9,
};


TEST(turn_ticket_opens)
{
	uint8_t sealed[TURN_TICKET_LEN];
	struct turn_ticket t;
	int err;

	TEST_ERR(turn_ticket_seal(sealed, key, &allocation));
	TEST_ERR(turn_ticket_open(slice(sealed, sizeof(sealed)), key, &t));
	TEST_EQ(allocation.worker, t.worker);
	TEST_EQ(allocation.slot, t.slot);
	TEST_EQ(allocation.generation, t.generation);
	TEST_EQ(allocation.serial, t.serial);
 out:
	return err;
}


/* The same content twice must not give the same bytes, nor show them. */
TEST(turn_ticket_hides)
{
	static const uint8_t plain[] = { 0xf5, 0xf6, 0xf7, 0xf8 };
	uint8_t a[TURN_TICKET_LEN], b[TURN_TICKET_LEN];
	int err, n_same = 0;

	TEST_ERR(turn_ticket_seal(a, key, &allocation));
	TEST_ERR(turn_ticket_seal(b, key, &allocation));
	for (size_t i = 0; i < sizeof(a); i++)
		n_same += a[i] == b[i];
	TEST_OK(n_same < 12);
	for (size_t i = 0; i + sizeof(plain) <= sizeof(a); i++)
		TEST_OK(memcmp(a + i, plain, sizeof(plain)));
 out:
	return err;
}


/* Some clients keep it as text. */
TEST(turn_ticket_has_no_zero)
{
	uint8_t sealed[TURN_TICKET_LEN];
	int err;

	for (int i = 0; i < (test_is_starved() ? 1 : 200); i++) {
		TEST_ERR(turn_ticket_seal(sealed, key, &allocation));
		TEST_OK(!memchr(sealed, 0, sizeof(sealed)));
	}
 out:
	return err;
}


TEST(turn_ticket_any_change)
{
	uint8_t sealed[TURN_TICKET_LEN], other[TURN_TICKET_KEY_LEN] = { 1 };
	struct slice in = slice(sealed, sizeof(sealed));
	struct turn_ticket t = { .slot = 7 };
	int err;

	TEST_ERR(turn_ticket_seal(sealed, key, &allocation));
	TEST_ERRNO(-EACCES, turn_ticket_open(in, other, &t));
	if (test_is_starved())
		goto out;

	for (size_t i = 0; i < 8 * sizeof(sealed); i++) {
		sealed[i / 8] ^= (uint8_t)(1 << i % 8);
		TEST_ERRNO(-EACCES, turn_ticket_open(in, key, &t));
		sealed[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	TEST_EQ(7, t.slot);
 out:
	return err;
}


TEST(turn_ticket_any_cut)
{
	uint8_t sealed[TURN_TICKET_LEN + 1] = { 0 };
	struct turn_ticket t;
	int err;

	TEST_ERR(turn_ticket_seal(sealed, key, &allocation));
	for (size_t len = 0; len <= sizeof(sealed); len++) {
		if (len != TURN_TICKET_LEN)
			TEST_ERRNO(-EBADMSG,
				   turn_ticket_open(slice(sealed, len), key,
						    &t));
	}
 out:
	return err;
}
