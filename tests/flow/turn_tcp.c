/* TCP relays (RFC 6062) of a whole server: a client on one worker, its data
 * connections on another, and time. */
#include "base/mem.h"
#include "io/acceptor.h"
#include "tls/tls_node.h"
#include "turn_stream.h"
#include "test.h"

#define KEYS \
	"realm = \"flow\", users = {" \
	"{ name = \"alice\", password = \"sesame\" }," \
	"{ name = \"bob\", password = \"open\" } }," \
	"relays = { { ip = \"127.0.0.1\" } }, tcpRelay = true," \
	"allowPeers = { \"198.51.100.0/24\" },"

enum {
	LISTEN_PORT = 5000,      /* of a peer */
	BULK = 700000,
};

struct scene {
	struct rig rig;
	struct turn_stream control;
	struct turn_stream data;
	struct acceptor acceptor; /* of the peer */
	struct addr listener;
	struct wire peer;        /* who came there last, or went */
	struct addr relayed;
	uint32_t id;             /* CONNECTION-ID */
	uint8_t bulk[BULK];
};


static void on_accepted(int fd, const struct addr *from, void *arg)
{
	struct scene *s = arg;

	(void)from;
	wire_close(&s->peer);
	writer_fini(&s->peer.in);
	writer_fini(&s->peer.out);
	wire_open(&s->peer, &s->rig, fd);
}


static int scene_new(struct scene **sp, const char *keys,
		     const struct fake_conf *conf)
{
	/* Those that the application's chains are made of. */
	static const struct protocol *const protocols[] = {
		&tls_protocol, &tls_or_plain_protocol, NULL,
	};
	static const struct rig_more more = {
		.module = "turn",
		.chain = "inboundTcpTurn",
		.protocols = protocols,
	};
	struct scene *s = mem_zalloc(sizeof(*s));
	int err;

	*sp = s;
	if (!s)
		return -ENOMEM;

	err = rig_init_more(&s->rig, 2, keys, conf, &more);
	if (err)
		return err;

	for (size_t i = 0; i < BULK; i++)
		s->bulk[i] = (uint8_t)(i * 7 + i / 251);
	addr_parse(&s->listener, str("198.51.100.9"), LISTEN_PORT);
	err = turn_stream_open(&s->control, &s->rig, 0, "alice", "sesame");

	return err ? err : acceptor_open(&s->acceptor, &s->rig.loop,
					 fake_listen(s->rig.fake,
						     &s->listener),
					 on_accepted, s);
}


static void scene_free(struct scene *s)
{
	if (!s)
		return;
	turn_stream_close(&s->control);
	turn_stream_close(&s->data);
	acceptor_close(&s->acceptor);
	wire_close(&s->peer);
	writer_fini(&s->peer.in);
	writer_fini(&s->peer.out);
	rig_fini(&s->rig);
	mem_free(s);
}


static const struct slice nothing;


static int allocate(struct scene *s)
{
	struct slice value;
	int code;

	turn_stream_begin(&s->control, STUN_ALLOCATE);
	stun_put_transport(&s->control.s, 6);
	code = turn_stream_ask(&s->control, nothing);
	if (code)
		return code;
	if (stun_message_find(&s->control.answer, STUN_XOR_RELAYED_ADDRESS,
			      &value))
		return -EBADMSG;

	return stun_xor_addr_read(value, s->control.answer.id, &s->relayed);
}


/* CONNECTION-ID of what has come. */
static int note_id(struct scene *s)
{
	struct slice value;

	if (stun_message_find(&s->control.answer, STUN_CONNECTION_ID, &value))
		return -EBADMSG;

	return stun_u32_read(value, &s->id);
}


static int connect_to(struct scene *s, const struct addr *to)
{
	int code;

	turn_stream_begin(&s->control, STUN_CONNECT);
	stun_put_xor_addr(&s->control.s, STUN_XOR_PEER_ADDRESS, to);
	code = turn_stream_ask(&s->control, nothing);

	return code ? code : note_id(s);
}


/* A new data connection on worker 1; `behind` comes with the request. */
static int bind_as(struct scene *s, const char *user, const char *password,
		   struct slice behind)
{
	int err;

	turn_stream_close(&s->data);
	err = turn_stream_open(&s->data, &s->rig, 1, user, password);
	if (err)
		return err;
	turn_stream_begin(&s->data, STUN_CONNECTION_BIND);
	stun_put_u32(&s->data.s, STUN_CONNECTION_ID, s->id);

	return turn_stream_ask(&s->data, behind);
}


static int join(struct scene *s)
{
	int code = allocate(s);

	if (!code)
		code = connect_to(s, &s->listener);

	return code ? code : bind_as(s, "alice", "sesame", nothing);
}


static bool has_come(const struct wire *wire, const void *bytes, size_t len)
{
	return wire->in.len == len && !memcmp(wire->in.data, bytes, len);
}


/* What each side says early, much more at once both ways, and their ends one
 * after the other: nothing is lost, however it is cut. */
TEST(turn_tcp_flows)
{
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	for (uint64_t seed = 1; seed < 4; seed++) {
		const struct fake_conf conf = {
			.seed = seed, .send_max = 5000, .recv_max = 3000,
			.wire_size = 20000,
		};

		TEST_ERR(scene_new(&s, KEYS, &conf));
		TEST_EQ(0, allocate(s));
		TEST_EQ(0, connect_to(s, &s->listener));
		TEST_OK(s->peer.carrier);
		wire_send(&s->peer, slice("early", 5));
		rig_run(&s->rig, 1000);
		TEST_EQ(0, bind_as(s, "alice", "sesame", slice("late", 4)));
		rig_run(&s->rig, 1);
		TEST_OK(has_come(&s->data.wire, "early", 5));
		TEST_OK(has_come(&s->peer, "late", 4));

		s->data.wire.in.len = s->peer.in.len = 0;
		wire_send(&s->data.wire, slice(s->bulk, BULK));
		wire_send(&s->peer, slice(s->bulk, BULK));
		rig_run(&s->rig, 100);
		TEST_OK(has_come(&s->data.wire, s->bulk, BULK));
		TEST_OK(has_come(&s->peer, s->bulk, BULK));

		/* The client has asked all that it wanted to know. */
		s->data.wire.in.len = 0;
		wire_shut(&s->data.wire);
		rig_run(&s->rig, 10);
		TEST_OK(s->peer.has_ended);
		TEST_OK(!s->data.wire.has_ended);
		wire_send(&s->peer, slice(s->bulk, BULK));
		rig_run(&s->rig, 100);
		TEST_OK(has_come(&s->data.wire, s->bulk, BULK));
		wire_shut(&s->peer);
		rig_run(&s->rig, 5);
		TEST_OK(s->data.wire.has_ended);

		/* And again, to the same peer. */
		TEST_EQ(0, connect_to(s, &s->listener));
		scene_free(s);
		s = NULL;
	}
 out:
	scene_free(s);
	return err;
}


/* Who does not read holds up the other one, and gets all of it later, even if
 * that one has gone meanwhile; both ways. */
TEST(turn_tcp_waits)
{
	static const struct fake_conf conf = { .seed = 5 };
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, KEYS, &conf));
	TEST_EQ(0, join(s));
	wire_set_deaf(&s->data.wire, true);
	wire_set_deaf(&s->peer, true);
	wire_send(&s->peer, slice(s->bulk, BULK));
	wire_send(&s->data.wire, slice(s->bulk, BULK));
	rig_run(&s->rig, 60000);
	TEST_OK(s->peer.out.len);
	TEST_OK(s->data.wire.out.len);
	wire_set_deaf(&s->data.wire, false);
	wire_set_deaf(&s->peer, false);
	rig_run(&s->rig, 1000);
	TEST_OK(has_come(&s->data.wire, s->bulk, BULK));
	TEST_OK(has_come(&s->peer, s->bulk, BULK));

	s->data.wire.in.len = 0;
	wire_set_deaf(&s->data.wire, true);
	wire_send(&s->peer, slice(s->bulk, 150000));
	rig_run(&s->rig, 1);
	TEST_EQ(0, s->peer.out.len);
	wire_shut(&s->peer);
	rig_run(&s->rig, 20000);
	wire_set_deaf(&s->data.wire, false);
	rig_run(&s->rig, 10);
	TEST_OK(has_come(&s->data.wire, s->bulk, 150000));
	TEST_OK(s->data.wire.has_ended);
 out:
	scene_free(s);
	return err;
}


/* A connection that nobody binds for 30 s is closed (s5.2), and then may be
 * made again. */
TEST(turn_tcp_not_bound)
{
	static const struct fake_conf conf = { .seed = 6 };
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, KEYS, &conf));
	TEST_EQ(0, allocate(s));
	TEST_EQ(0, connect_to(s, &s->listener));
	TEST_EQ(446, connect_to(s, &s->listener));
	rig_run(&s->rig, 29000);
	TEST_OK(!s->peer.has_ended);
	TEST_EQ(441, bind_as(s, "bob", "open", nothing));
	rig_run(&s->rig, 2000);
	TEST_OK(s->peer.has_ended);
	TEST_EQ(400, bind_as(s, "alice", "sesame", nothing));
	TEST_EQ(0, connect_to(s, &s->listener));
	TEST_EQ(0, bind_as(s, "alice", "sesame", nothing));
	TEST_EQ(400, bind_as(s, "alice", "sesame", nothing));

	/* It was bound to the connection that we have closed just now. */
	TEST_OK(s->peer.has_ended);
	wire_close(&s->peer);
	rig_run(&s->rig, 2000);
	TEST_EQ(0, connect_to(s, &s->listener));
	acceptor_close(&s->acceptor);
	addr_set_port(&s->listener, LISTEN_PORT + 1);
	TEST_EQ(447, connect_to(s, &s->listener));
 out:
	scene_free(s);
	return err;
}


/* From a peer: only with a permission, and told to the client. */
TEST(turn_tcp_attempts)
{
	static const struct fake_conf conf = { .seed = 7 };
	struct addr from;
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, KEYS, &conf));
	TEST_EQ(0, allocate(s));
	addr_parse(&from, str("198.51.100.9"), 7000);
	TEST_ERR(wire_open(&s->peer, &s->rig, fake_dial(
		s->rig.fake, &s->relayed, &from)));
	rig_run(&s->rig, 1);
	TEST_OK(s->peer.has_ended);
	TEST_EQ(-EAGAIN, turn_stream_take(&s->control));
	wire_close(&s->peer);

	turn_stream_begin(&s->control, STUN_CREATE_PERMISSION);
	stun_put_xor_addr(&s->control.s, STUN_XOR_PEER_ADDRESS, &from);
	TEST_EQ(0, turn_stream_ask(&s->control, nothing));
	TEST_ERR(wire_open(&s->peer, &s->rig, fake_dial(
		s->rig.fake, &s->relayed, &from)));
	wire_send(&s->peer, slice("knock", 5));
	rig_run(&s->rig, 1);
	TEST_ERR(turn_stream_take(&s->control));
	TEST_EQ(STUN_CONNECTION_ATTEMPT, s->control.answer.method);
	TEST_EQ(STUN_INDICATION, s->control.answer.class);
	TEST_ERR(note_id(s));
	TEST_EQ(0, bind_as(s, "alice", "sesame", slice("yes?", 4)));
	rig_run(&s->rig, 1);
	TEST_OK(has_come(&s->data.wire, "knock", 5));
	TEST_OK(has_come(&s->peer, "yes?", 4));
 out:
	scene_free(s);
	return err;
}


/* Idle connections live as long as their allocation, and end with it; of one
 * that has ended on one side only, the other must say something. */
TEST(turn_tcp_ends)
{
	static const struct fake_conf conf = { .seed = 8 };
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, KEYS, &conf));
	TEST_EQ(0, join(s));
	rig_run(&s->rig, 599000);
	TEST_OK(!s->peer.has_ended && !s->data.wire.has_ended);
	wire_send(&s->peer, slice("?", 1));
	rig_run(&s->rig, 1);
	TEST_OK(has_come(&s->data.wire, "?", 1));
	rig_run(&s->rig, 3000);
	TEST_OK(s->peer.has_ended && s->data.wire.has_ended);
	TEST_OK(!s->control.wire.has_ended);

	TEST_EQ(0, join(s));
	wire_shut(&s->data.wire);
	rig_run(&s->rig, 58000);
	TEST_OK(s->peer.has_ended && !s->data.wire.has_ended);
	rig_run(&s->rig, 4000);
	TEST_OK(s->data.wire.has_ended);
 out:
	scene_free(s);
	return err;
}


/* What is above a limit is late, not lost. */
TEST(turn_tcp_limited)
{
	static const struct fake_conf conf = { .seed = 9 };
	struct scene *s = NULL;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, KEYS "bytesPerSecond = 100000,",
			   &conf));
	TEST_EQ(0, join(s));
	for (int i = 0; i < 2; i++) {
		wire_send(&s->peer, slice(s->bulk, BULK));
		rig_run(&s->rig, 2000);
		TEST_OK(s->data.wire.in.len < BULK);
		rig_run(&s->rig, 8000);
		TEST_OK(has_come(&s->data.wire, s->bulk, BULK));
		s->data.wire.in.len = 0;
	}
 out:
	scene_free(s);
	return err;
}
