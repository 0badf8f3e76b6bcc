/* What players lend: a connection with several message streams, sent in
 * parts that are cut anywhere, is read back message by message. */
#include "base/mem.h"
#include "random.h"
#include "rtmp/rtmp_player_int.h"
#include "stack/chain.h"
#include "test.h"

enum {
	PLAYERS = 3,             /* of message streams 1, 2, 3 */
	MESSAGES = 60,
	BODY_MAX = 70000,        /* above a chunk: fmt 3 headers, too */
};

struct connection {
	struct test_random random;
	struct loop loop;
	struct stream_log *log;
	struct chain chain;
	struct rtmp rtmp;
	struct rtmp_stream streams[PLAYERS];
	struct rtmp_player players[PLAYERS];
	unsigned n_read[PLAYERS];
	unsigned n_pings, n_pings_read;
	struct rtmp_dechunker in;
};


static void ignore(void *arg)
{
	(void)arg;
}


static const struct stream_cursor_handler handler = {
	.news = ignore,
	.overdrawn = ignore,
};


static size_t body_len(unsigned i)
{
	return i % 7 ? 1 + i * 37 % 200 : BODY_MAX - i;
}


static uint8_t body_byte(unsigned i, size_t at)
{
	return (uint8_t)(i + at * 3 + (at >> 8));
}


/* Times of three bytes, and extended ones. */
static int64_t time_of(unsigned i)
{
	return 0xffffff - 30 + (int64_t)i;
}


static int open_players(struct connection *c)
{
	struct rtmp_header header = { .csid = 4, .type = RTMP_DATA,
				      .stream_id = RTMP_STREAM_ID_OUT };

	for (uint32_t i = 0; i < PLAYERS; i++) {
		struct rtmp_player *p = &c->players[i];
		struct log_start start = stream_log_start(c->log);
		struct writer w = writer(1000);
		struct stream_reader *reader;
		struct chunk *prologue;

		rtmp_chunk_put(&w, &header, slice("prologue", 8),
			       RTMP_CHUNK_SIZE_OUT);
		prologue = w.err ? NULL : chunk_copy(writer_slice(&w));
		writer_fini(&w);
		reader = prologue ? stream_log_reader(c->log, &c->loop, 0)
				  : NULL;
		if (!reader) {
			chunk_unref(prologue);
			return -ENOMEM;
		}

		c->streams[i].rtmp = &c->rtmp;
		c->streams[i].id = i + 1;
		p->s = &c->streams[i];
		p->is_restreamed = c->streams[i].id != RTMP_STREAM_ID_OUT;
		p->source.ops = &rtmp_player_source;
		p->viewer.subscriber.loop = &c->loop;
		p->viewer.cursors[0].handler = &handler;
		stream_cursor_open(&p->viewer.cursors[0], reader, &start,
				   prologue);
		rtmp_player_opened(p, &p->viewer.cursors[0]);
		outbox_add(&c->rtmp.node.out, &p->source);
	}

	return 0;
}


static int connection_new(struct connection **cp)
{
	const struct stream_log_limits limits = { 16 << 20, 0 };
	struct connection *c = mem_zalloc(sizeof(*c));
	struct backend *backend;
	int err;

	*cp = c;
	if (!c)
		return -ENOMEM;

	c->random.state = 1;
	outbox_init(&c->rtmp.node.out);
	rtmp_dechunker_init(&c->in, RTMP_MESSAGE_MAX);
	rtmp_dechunker_set_chunk_size(&c->in, RTMP_CHUNK_SIZE_OUT);

	err = epoll_backend_new(&backend);
	if (!err)
		err = loop_init(&c->loop, backend);
	if (err) {
		c->loop.backend = NULL;
		return err;
	}

	c->chain.loop = &c->loop;
	c->rtmp.node.chain = &c->chain;
	c->log = stream_log_new(&c->loop, 1, &limits, NULL);

	return c->log ? open_players(c) : -ENOMEM;
}


static void connection_free(struct connection *c)
{
	if (!c)
		return;

	if (c->log)
		stream_log_end(c->log);
	outbox_fini(&c->rtmp.node.out);
	for (unsigned i = 0; i < PLAYERS; i++) {
		stream_cursor_close(&c->players[i].viewer.cursors[0]);
		list_del(&c->players[i].viewer.check.node);
	}
	stream_log_unref(c->log);
	rtmp_dechunker_fini(&c->in);
	if (c->loop.backend) {
		loop_pulse(&c->loop, 0);
		loop_fini(&c->loop);
	}
	mem_free(c);
}


static int write_message(struct connection *c, unsigned i)
{
	struct frame frame = { .kind = MEDIA_VIDEO, .clock_hz = 1000,
			       .flags = FRAME_OPAQUE | (i ? 0 : FRAME_KEY),
			       .dts = time_of(i) };
	size_t len = body_len(i);

	frame.chunk = chunk_new(len);
	if (!frame.chunk)
		return -ENOMEM;

	for (size_t at = 0; at < len; at++)
		frame.chunk->data[at] = body_byte(i, at);
	frame.payload = slice(frame.chunk->data, len);
	rtmp_packager.pack(NULL, NULL, &frame, c->log);
	chunk_unref(frame.chunk);

	return test_alloc_failed() ? -ENOMEM : 0;
}


static int check_message(struct connection *c, const struct rtmp_message *m)
{
	unsigned i, n;
	int err = 0;

	if (m->header.type == RTMP_USER_CONTROL) {
		++c->n_pings_read;
		return 0;
	}

	TEST_OK(m->header.stream_id >= 1 && m->header.stream_id <= PLAYERS);
	n = c->n_read[m->header.stream_id - 1]++;
	if (!n) {
		TEST_MEM("prologue", 8, m->body->data, m->body->len);
		return 0;
	}

	i = n - 1;
	TEST_EQ(time_of(i), m->header.timestamp);
	TEST_EQ(body_len(i), m->body->len);
	for (size_t at = 0; at < m->body->len; at++)
		TEST_EQ(body_byte(i, at), m->body->data[at]);
 out:
	return err;
}


/* The peer's end: all bytes that one turn has sent. */
static int receive(struct connection *c, struct writer *w)
{
	struct slice in = writer_slice(w);
	size_t n = 0;
	int err = 0;

	for (;;) {
		struct rtmp_message m;
		ssize_t eaten = rtmp_dechunker_read(&c->in,
						    slice_from(in, n), &m);

		TEST_ERR(eaten < 0 ? (int)eaten : 0);
		if (!eaten)
			break;
		n += (size_t)eaten;
		if (m.body) {
			err = check_message(c, &m);
			chunk_unref(m.body);
		}
		if (err)
			goto out;
	}
	writer_drop(w, n);
 out:
	return err;
}


/* As a socket does that takes any number of the bytes lent. */
static int send_some(struct connection *c, struct writer *w, bool *is_idle)
{
	struct outbox *out = &c->rtmp.node.out;
	struct iovec iov[OUTBOX_IOV];
	size_t room = 1 + test_below(&c->random, 1 << test_below(&c->random,
								 18));
	size_t len = 0, left;
	int n = outbox_peek(out, iov, OUTBOX_IOV, room);

	*is_idle = !n;
	for (int i = 0; i < n; i++) {
		if (iov[i].iov_len > OUTBOX_ROOM)
			return -EMSGSIZE;
		len += iov[i].iov_len;
	}
	if (len && test_once_in(&c->random, 2))
		len = 1 + test_below(&c->random, len < 40 ? len : 40);

	left = len;
	for (int i = 0; i < n && left; i++) {
		size_t part = left < iov[i].iov_len ? left : iov[i].iov_len;

		put_bytes(w, slice(iov[i].iov_base, part));
		left -= part;
	}
	outbox_consume(out, len);

	return w->err ? w->err : out->control.err;
}


TEST(rtmp_player_source_restreams_cut_anywhere)
{
	const struct rtmp_control ping = { .type = RTMP_USER_CONTROL,
					   .event = RTMP_PING_REQUEST };
	struct writer w = writer(SIZE_MAX / 2);
	struct connection *c;
	int err;

	TEST_ERR(connection_new(&c));
	for (unsigned i = 0; i < MESSAGES;) {
		bool is_idle;

		TEST_ERR(send_some(c, &w, &is_idle));
		TEST_ERR(receive(c, &w));
		if (is_idle || test_once_in(&c->random, 20))
			TEST_ERR(write_message(c, i++));
		if (test_once_in(&c->random, 8)) {
			rtmp_control_put(&c->rtmp.node.out.control, &ping);
			++c->n_pings;
		}
		loop_pulse(&c->loop, 0);
	}

	for (bool is_idle = false; !is_idle;) {
		TEST_ERR(send_some(c, &w, &is_idle));
		TEST_ERR(receive(c, &w));
	}

	for (unsigned i = 0; i < PLAYERS; i++)
		TEST_EQ(MESSAGES + 1, c->n_read[i]);
	TEST_EQ(c->n_pings, c->n_pings_read);
	err = 0;
 out:
	writer_fini(&w);
	connection_free(c);
	return err;
}
