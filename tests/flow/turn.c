/* TURN sessions with a clock of their own: lifetimes to the second, relays of
 * this server, clients that move (RFC 8656, RFC 8016). */
#include "test.h"
#include "tls/tls_node.h"
#include "turn_peer.h"

#define KEYS \
	"realm = \"flow\", users = { { name = \"u\", password = \"p\" }," \
	"{ name = \"v\", password = \"p\" } }, repliesPerSecond = 0," \
	"relays = { { ip = \"127.0.0.1\" } }, mobility = true," \
	"allowPeers = { \"198.51.100.0/24\" },"

struct flow {
	struct rig rig;
	struct turn_client a;
	struct turn_client b;
	struct turn_sock peer;
	struct addr relayed;     /* of a */
};


static int flow_init(struct flow *f, unsigned n_workers, const char *keys)
{
	/* Those that the application's chains are made of. */
	static const struct protocol *const protocols[] = {
		&tls_protocol, &tls_or_plain_protocol, NULL,
	};
	static const struct rig_more more = {
		.module = "turn",
		.chain = "inboundTurn",
		.protocols = protocols,
	};
	const struct fake_conf conf = { .seed = 1 };
	int err = rig_init_more(&f->rig, n_workers, keys, &conf, &more);

	memset(&f->a, 0, sizeof(f->a));
	memset(&f->b, 0, sizeof(f->b));
	memset(&f->peer, 0, sizeof(f->peer));
	if (!err)
		err = turn_client_open(&f->a, &f->rig, 0, "198.51.100.1",
				       40001);
	if (!err)
		err = turn_client_open(&f->b, &f->rig, n_workers - 1,
				       "198.51.100.2", 40002);
	if (!err)
		err = turn_sock_open(&f->peer, &f->rig, "198.51.100.3",
				     40003);

	return err;
}


static void flow_fini(struct flow *f)
{
	turn_client_close(&f->a);
	turn_client_close(&f->b);
	turn_sock_close(&f->peer);
	rig_fini(&f->rig);
}


/* From the peer to a's relay. */
static void from_peer(struct flow *f, const char *text)
{
	f->a.sock.len = 0;
	turn_sock_send(&f->rig, &f->peer, &f->relayed,
		       slice(text, strlen(text)));
}


TEST(turn_relays_both_ways)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));

	/* Nobody has asked for this one. */
	from_peer(&f, "early");
	TEST_EQ(0, f.a.sock.len);

	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	from_peer(&f, "hello");
	TEST_OK(turn_client_got_data(&f.a, "hello"));
	turn_client_indicate(&f.a, &f.peer.addr, "answer");
	TEST_EQ(6, f.peer.len);
	TEST_OK(addr_eq(&f.peer.from, &f.relayed));

	TEST_EQ(0, turn_client_bind(&f.a, 0x4001, &f.peer.addr));
	from_peer(&f, "by channel");
	TEST_OK(turn_client_got_channel(&f.a, 0x4001, "by channel"));
	turn_client_channel(&f.a, 0x4001, "back");
	TEST_EQ(4, f.peer.len);
	turn_client_channel(&f.a, 0x4002, "unbound");
	TEST_EQ(4, f.peer.len);
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_permission_lasts_300_s)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));

	/* Data does not make it longer (s9). */
	rig_run(&f.rig, 200 * 1000);
	from_peer(&f, "one");
	turn_client_indicate(&f.a, &f.peer.addr, "two");
	TEST_EQ(3, f.peer.len);
	rig_run(&f.rig, 99 * 1000);
	from_peer(&f, "just in time");
	TEST_OK(turn_client_got_data(&f.a, "just in time"));

	rig_run(&f.rig, 1000);
	from_peer(&f, "late");
	TEST_EQ(0, f.a.sock.len);
	turn_client_indicate(&f.a, &f.peer.addr, "late too");
	TEST_EQ(3, f.peer.len);
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_channel_lasts_600_s)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(0, turn_client_refresh(&f.a, 3600));
	TEST_EQ(0, turn_client_bind(&f.a, 0x4000, &f.peer.addr));

	/* The permission that came with it has its own time; and
	 * CreatePermission refreshes that, never the channel. */
	rig_run(&f.rig, 299 * 1000);
	from_peer(&f, "1");
	TEST_OK(turn_client_got_channel(&f.a, 0x4000, "1"));
	rig_run(&f.rig, 2000);
	from_peer(&f, "2");
	TEST_EQ(0, f.a.sock.len);
	turn_client_channel(&f.a, 0x4000, "out");
	TEST_EQ(3, f.peer.len);

	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	rig_run(&f.rig, 297 * 1000);
	from_peer(&f, "3");
	TEST_OK(turn_client_got_channel(&f.a, 0x4000, "3"));
	rig_run(&f.rig, 2000);
	turn_client_channel(&f.a, 0x4000, "too late");
	TEST_EQ(3, f.peer.len);

	/* Its number may be bound anew. */
	TEST_EQ(0, turn_client_bind(&f.a, 0x4000, &f.b.sock.addr));
	TEST_EQ(400, turn_client_bind(&f.a, 0x4000, &f.peer.addr));
	TEST_EQ(400, turn_client_bind(&f.a, 0x4001, &f.b.sock.addr));
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_allocation_lasts_as_granted)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	rig_run(&f.rig, 599 * 1000);
	TEST_EQ(0, turn_client_refresh(&f.a, 10));    /* 600 at least */
	rig_run(&f.rig, 599 * 1000);
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	rig_run(&f.rig, 1000);
	TEST_EQ(437, turn_client_permit(&f.a, &f.peer.addr));
	from_peer(&f, "to nobody");
	TEST_EQ(0, f.a.sock.len);

	/* The port is free again, and the 5-tuple too. */
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(0, turn_client_refresh(&f.a, 0));
	TEST_EQ(437, turn_client_refresh(&f.a, 0));
	TEST_EQ(437, turn_client_refresh(&f.a, 600));
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_other_user_is_441)
{
	struct flow f;
	struct addr other;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	f.a.user = "v";
	TEST_EQ(441, turn_client_refresh(&f.a, 0));
	TEST_EQ(441, turn_client_permit(&f.a, &f.peer.addr));
	TEST_EQ(437, turn_client_allocate(&f.a, &other));
	f.a.user = "u";
	TEST_EQ(437, turn_client_allocate(&f.a, &other));
	TEST_EQ(0, turn_client_refresh(&f.a, 600));
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_quota_of_user)
{
	struct flow f;
	struct addr other;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS "maxAllocationsPerUser = 1,"));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(486, turn_client_allocate(&f.b, &other));
	f.b.user = "v";
	TEST_EQ(0, turn_client_allocate(&f.b, &other));
	TEST_EQ(0, turn_client_refresh(&f.b, 0));
	TEST_EQ(0, turn_client_refresh(&f.a, 0));
	f.b.user = "u";
	TEST_EQ(0, turn_client_allocate(&f.b, &other));
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_quota_of_permissions)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS "maxPermissions = 1,"));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	TEST_EQ(508, turn_client_permit(&f.a, &f.b.sock.addr));
	TEST_EQ(508, turn_client_bind(&f.a, 0x4000, &f.b.sock.addr));

	/* One that is over makes room. */
	rig_run(&f.rig, 301 * 1000);
	TEST_EQ(0, turn_client_permit(&f.a, &f.b.sock.addr));
 out:
	flow_fini(&f);
	return err;
}


/* s10.2: what cannot be installed as a whole is not installed in part. */
TEST(turn_permits_all_or_none)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS "maxPermissions = 2,"));
	TEST_EQ(0, turn_client_allocate(&f.a, &f.relayed));
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));
	rig_run(&f.rig, 200 * 1000);
	TEST_EQ(0, turn_client_permit(&f.a, &f.b.sock.addr));

	/* The first is over, and holds its place no more. */
	rig_run(&f.rig, 101 * 1000);
	turn_client_begin(&f.a, STUN_CREATE_PERMISSION);
	stun_put_xor_addr(&f.a.s, STUN_XOR_PEER_ADDRESS, &f.peer.addr);
	stun_put_xor_addr(&f.a.s, STUN_XOR_PEER_ADDRESS, &f.a.sock.addr);
	turn_client_send(&f.a);
	TEST_EQ(508, f.a.code);
	from_peer(&f, "not permitted");
	TEST_EQ(0, f.a.sock.len);
 out:
	flow_fini(&f);
	return err;
}


/* Two clients whose peers are each other's relays: never by a socket. */
static int hairpin(struct flow *f, unsigned n_workers)
{
	struct addr relayed;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(f, n_workers, KEYS));
	TEST_EQ(0, turn_client_allocate(&f->a, &f->relayed));
	TEST_EQ(0, turn_client_allocate(&f->b, &relayed));
	TEST_EQ(0, turn_client_bind(&f->a, 0x4000, &relayed));

	/* Without b's permission nothing passes. */
	f->b.sock.len = 0;
	turn_client_channel(&f->a, 0x4000, "early");
	TEST_EQ(0, f->b.sock.len);
	TEST_EQ(0, turn_client_permit(&f->b, &f->relayed));
	turn_client_channel(&f->a, 0x4000, "ping");
	TEST_OK(turn_client_got_data(&f->b, "ping"));
	turn_client_indicate(&f->b, &f->relayed, "pong");
	TEST_OK(turn_client_got_channel(&f->a, 0x4000, "pong"));

	/* Nor when it has gone. */
	TEST_EQ(0, turn_client_refresh(&f->b, 0));
	f->b.sock.len = 0;
	turn_client_channel(&f->a, 0x4000, "gone");
	TEST_EQ(0, f->b.sock.len);
 out:
	flow_fini(f);
	return err;
}


TEST(turn_hairpin_on_a_worker)
{
	struct flow f;

	return hairpin(&f, 1);
}


TEST(turn_hairpin_between_workers)
{
	struct flow f;

	return hairpin(&f, 2);
}


static unsigned drained(const char *keys)
{
	struct flow f;
	unsigned code = 0;

	if (!flow_init(&f, 1, keys)) {
		atomic_store(&f.rig.server.is_draining, true);
		code = turn_client_allocate(&f.a, &f.relayed);
	}
	flow_fini(&f);

	return code;
}


/* Who ends sends clients away, but never to another family (RFC 8489 s10). */
TEST(turn_sends_away)
{
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_EQ(508, drained(KEYS));
	TEST_EQ(300, drained(KEYS "alternateServer = \"192.0.2.9\","));
	TEST_EQ(508, drained(KEYS "alternateServer = \"2001:db8::9\","));
 out:
	return err;
}


/* -- RFC 8016 -- */

static int take_ticket(const struct turn_client *c, struct writer *ticket)
{
	struct slice value;

	ticket->len = 0;
	if (c->code ||
	    stun_message_find(&c->answer, STUN_MOBILITY_TICKET, &value))
		return -ENOENT;
	put_bytes(ticket, value);

	return ticket->err;
}


static unsigned move(struct turn_client *c, const struct writer *ticket)
{
	turn_client_begin(c, STUN_REFRESH);
	stun_put(&c->s, STUN_MOBILITY_TICKET, writer_slice(ticket));
	turn_client_send(c);
	if (c->code != 401 && c->code != 438)
		return c->code;

	turn_client_begin(c, STUN_REFRESH);
	stun_put(&c->s, STUN_MOBILITY_TICKET, writer_slice(ticket));
	turn_client_send(c);

	return c->code;
}


static unsigned allocate_mobile(struct flow *f)
{
	turn_client_refresh(&f->a, 600);     /* for a nonce */
	turn_client_begin(&f->a, STUN_ALLOCATE);
	stun_put_transport(&f->a.s, 17);
	stun_put(&f->a.s, STUN_MOBILITY_TICKET, slice(NULL, 0));
	turn_client_send(&f->a);

	return f->a.code;
}


TEST(turn_moves)
{
	struct writer old = writer(128), new = writer(128);
	struct slice value;
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS));
	TEST_EQ(0, allocate_mobile(&f));
	TEST_ERR(take_ticket(&f.a, &old));
	TEST_ERR(stun_message_find(&f.a.answer, STUN_XOR_RELAYED_ADDRESS,
				   &value));
	TEST_ERR(stun_xor_addr_read(value, f.a.id, &f.relayed));
	TEST_EQ(0, turn_client_permit(&f.a, &f.peer.addr));

	/* A ticket is of use to its user only, and only from elsewhere. */
	TEST_EQ(400, move(&f.a, &old));
	f.b.user = "v";
	TEST_EQ(441, move(&f.b, &old));
	f.b.user = "u";
	old.data[20] ^= 1;
	TEST_EQ(400, move(&f.b, &old));
	old.data[20] ^= 1;

	TEST_EQ(0, move(&f.b, &old));
	TEST_ERR(take_ticket(&f.b, &new));
	TEST_OK(!str_eq(str_of(writer_slice(&old)),
			str_of(writer_slice(&new))));

	/* Data goes the old way until some comes by the new one. */
	from_peer(&f, "still");
	TEST_OK(turn_client_got_data(&f.a, "still"));
	turn_client_indicate(&f.b, &f.peer.addr, "moved");
	TEST_EQ(5, f.peer.len);
	TEST_OK(addr_eq(&f.peer.from, &f.relayed));
	f.b.sock.len = 0;
	from_peer(&f, "new");
	TEST_EQ(0, f.a.sock.len);
	TEST_OK(turn_client_got_data(&f.b, "new"));
	TEST_EQ(437, turn_client_refresh(&f.a, 600));

	/* The old ticket only repeats, for 30 s. */
	TEST_EQ(400, move(&f.a, &old));
	TEST_EQ(0, move(&f.b, &old));
	rig_run(&f.rig, 31 * 1000);
	TEST_EQ(400, move(&f.b, &old));
	TEST_EQ(0, turn_client_refresh(&f.b, 0));
	TEST_EQ(437, move(&f.a, &new));
 out:
	writer_fini(&old);
	writer_fini(&new);
	flow_fini(&f);
	return err;
}


/* The listeners of the rig belong to one worker each: another has no socket
 * to answer from. */
TEST(turn_moves_not_to_a_pinned_listener)
{
	struct writer ticket = writer(128);
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 2, KEYS));
	TEST_EQ(0, allocate_mobile(&f));
	TEST_ERR(take_ticket(&f.a, &ticket));
	TEST_EQ(437, move(&f.b, &ticket));
	TEST_EQ(0, turn_client_refresh(&f.a, 600));
 out:
	writer_fini(&ticket);
	flow_fini(&f);
	return err;
}


/* -- RFC 8656 s7.2: EVEN-PORT -- */

static unsigned allocate_even(struct turn_client *c, bool is_pair)
{
	turn_client_refresh(c, 600);     /* for a nonce */
	turn_client_begin(c, STUN_ALLOCATE);
	stun_put_transport(&c->s, 17);
	stun_put_even_port(&c->s, is_pair);
	turn_client_send(c);

	return c->code;
}


/* All but the lowest are taken: the search goes on behind the highest. */
TEST(turn_finds_the_last_even_port)
{
	enum { FROM = 50000, TO = 50199 };
	struct addr addr;
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS "minPort = 50000, maxPort = 50199,"));
	for (uint16_t port = FROM + 2; port < TO; port += 2) {
		addr_parse(&addr, str("127.0.0.1"), port);
		TEST_OK(fake_bind(f.rig.fake, &addr) >= 0);
	}

	for (int i = 0; i < 5; i++) {
		TEST_EQ(0, allocate_even(&f.a, false));
		TEST_EQ(0, turn_client_refresh(&f.a, 0));
	}
 out:
	flow_fini(&f);
	return err;
}



static int take_token(const struct turn_client *c, struct writer *token)
{
	struct slice value;

	token->len = 0;
	if (stun_message_find(&c->answer, STUN_RESERVATION_TOKEN, &value))
		return -ENOENT;
	put_bytes(token, value);

	return token->len == 8 ? 0 : -EBADMSG;
}


static unsigned redeem(struct turn_client *c, const struct writer *token)
{
	turn_client_begin(c, STUN_ALLOCATE);
	stun_put_transport(&c->s, 17);
	stun_put(&c->s, STUN_RESERVATION_TOKEN, writer_slice(token));
	turn_client_send(c);

	return c->code;
}


/* They are few, and to ask for one and go is cheap. */
TEST(turn_quota_of_reservations)
{
	struct flow f;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 1, KEYS "maxAllocationsPerUser = 2,"));
	for (int i = 0; i < 2; i++) {
		TEST_EQ(0, allocate_even(&f.a, true));
		TEST_EQ(0, turn_client_refresh(&f.a, 0));
	}
	TEST_EQ(508, allocate_even(&f.a, true));
	TEST_EQ(0, allocate_even(&f.a, false));
	f.b.user = "v";
	TEST_EQ(0, allocate_even(&f.b, true));

	TEST_EQ(0, turn_client_refresh(&f.a, 0));
	rig_run(&f.rig, 31 * 1000);
	TEST_EQ(0, allocate_even(&f.a, true));
 out:
	flow_fini(&f);
	return err;
}


TEST(turn_reservation_lasts_30_s)
{
	struct writer token = writer(8);
	struct flow f;
	struct slice value;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(flow_init(&f, 2, KEYS));
	TEST_EQ(0, allocate_even(&f.a, true));
	TEST_ERR(stun_message_find(&f.a.answer, STUN_XOR_RELAYED_ADDRESS,
				   &value));
	TEST_ERR(stun_xor_addr_read(value, f.a.id, &f.relayed));
	TEST_EQ(0, addr_port(&f.relayed) & 1);
	TEST_ERR(take_token(&f.a, &token));

	/* Another client, on another worker, has the port above. */
	turn_client_refresh(&f.b, 600);      /* for a nonce */
	TEST_EQ(0, redeem(&f.b, &token));
	TEST_ERR(stun_message_find(&f.b.answer, STUN_XOR_RELAYED_ADDRESS,
				   &value));
	TEST_ERR(stun_xor_addr_read(value, f.b.id, &f.peer.addr));
	TEST_EQ(addr_port(&f.relayed) + 1, addr_port(&f.peer.addr));

	/* But once, and in time. */
	TEST_EQ(0, turn_client_refresh(&f.b, 0));
	TEST_EQ(508, redeem(&f.b, &token));
	TEST_EQ(0, turn_client_refresh(&f.a, 0));
	TEST_EQ(0, allocate_even(&f.a, true));
	TEST_ERR(take_token(&f.a, &token));
	rig_run(&f.rig, 31 * 1000);
	TEST_EQ(508, redeem(&f.b, &token));
 out:
	writer_fini(&token);
	flow_fini(&f);
	return err;
}
