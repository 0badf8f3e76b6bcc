/* The outbox: control between messages, turns by message, any cut. */
#include "stack/outbox.h"
#include "random.h"
#include "test.h"

enum {
	SOURCES = 3,
	MESSAGES = 30,           /* of each source */
	MESSAGE_MAX = 40,
	OUT_MAX = 8192,
};

/* Messages are a letter for their source, their length, and so many bytes;
 * control messages have the letter C. */
struct feed {
	struct outbox_source source;
	struct outbox *outbox;
	uint8_t bytes[MESSAGES * (MESSAGE_MAX + 2)];
	size_t starts[MESSAGES + 1];
	size_t n;                /* the message that comes next */
	size_t sent;             /* bytes of it */
	bool leaves;             /* after its last message */
};

struct post {
	struct outbox outbox;
	struct feed feeds[SOURCES];
	struct test_random random;
	uint8_t out[OUT_MAX];
	size_t len;
	size_t n_control;
};


static int feed_peek(struct outbox_source *source, struct iovec *iov,
		     int n_iov, size_t room, bool one_message)
{
	struct feed *f = CONTAINER_OF(source, struct feed, source);
	size_t at = f->starts[f->n] + f->sent, len;
	size_t last = one_message ? f->n + 1 : MESSAGES;
	int n = 0;

	f->source.has_more = false;
	if (f->n == MESSAGES)
		return 0;

	/* One run for each message. */
	for (size_t i = f->n; i < last && n < n_iov && room; i++) {
		len = f->starts[i + 1] - at;
		len = len < room ? len : room;
		iov[n].iov_base = f->bytes + at;
		iov[n++].iov_len = len;
		at += len;
		room -= len;
	}

	return n;
}


static void feed_consume(struct outbox_source *source, size_t len)
{
	struct feed *f = CONTAINER_OF(source, struct feed, source);

	f->sent += len;
	while (f->n < MESSAGES &&
	       f->sent >= f->starts[f->n + 1] - f->starts[f->n]) {
		f->sent -= f->starts[f->n + 1] - f->starts[f->n];
		++f->n;
	}

	if (f->n == MESSAGES && f->leaves)
		outbox_del(f->outbox, source);
}


static bool feed_is_inside(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct feed, source)->sent;
}


static const struct outbox_source_ops feed_ops = {
	.peek = feed_peek,
	.consume = feed_consume,
	.is_inside = feed_is_inside,
};


static void post_init(struct post *p, uint64_t seed, size_t n_sources)
{
	memset(p, 0, sizeof(*p));
	p->random.state = seed;
	outbox_init(&p->outbox);

	for (size_t s = 0; s < n_sources; s++) {
		struct feed *f = &p->feeds[s];
		size_t at = 0;

		for (size_t i = 0; i < MESSAGES; i++) {
			size_t len = test_below(&p->random, MESSAGE_MAX);

			f->starts[i] = at;
			f->bytes[at++] = (uint8_t)('a' + s);
			f->bytes[at++] = (uint8_t)len;
			memset(f->bytes + at, (int)i, len);
			at += len;
		}
		f->starts[MESSAGES] = at;
		f->source.ops = &feed_ops;
		f->outbox = &p->outbox;
		f->leaves = s == 1;
		outbox_add(&p->outbox, &f->source);
	}
}


static void put_control(struct post *p)
{
	struct writer *w = outbox_control(&p->outbox);
	size_t len = test_below(&p->random, MESSAGE_MAX);

	put_u8(w, 'C');
	put_u8(w, (unsigned)len);
	for (size_t i = 0; i < len; i++)
		put_u8(w, (unsigned)p->n_control);
	++p->n_control;
}


/* Send up to `max` bytes of what is lent. */
static size_t send_some(struct post *p, int n_iov, size_t room, size_t max)
{
	struct iovec iov[OUTBOX_IOV];
	int n = outbox_peek(&p->outbox, iov, n_iov, room);
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len;

		part = part < max - len ? part : max - len;
		memcpy(p->out + p->len, iov[i].iov_base, part);
		p->len += part;
		len += part;
	}
	outbox_consume(&p->outbox, len);

	return n ? len : SIZE_MAX;
}


/* What came out is whole messages, those of each sender in order. */
static int check_out(const struct post *p, size_t n_sources)
{
	uint8_t next[SOURCES + 1] = { 0 };
	size_t at = 0, n_changes = 0;
	uint8_t last = 0;
	int err = 0;

	while (at < p->len) {
		uint8_t who = p->out[at], len;
		size_t i = who == 'C' ? SOURCES : (size_t)(who - 'a');

		TEST_OK(i <= SOURCES && at + 2 <= p->len);
		len = p->out[at + 1];
		at += 2;
		TEST_OK(at + len <= p->len);
		for (size_t k = 0; k < len; k++)
			TEST_EQ(next[i], p->out[at + k]);
		at += len;
		++next[i];
		n_changes += who != last;
		last = who;
	}

	for (size_t s = 0; s < n_sources; s++)
		TEST_EQ(MESSAGES, next[s]);
	TEST_EQ(p->n_control, next[SOURCES]);

	/* One that left stays away. */
	if (n_sources > 1)
		TEST_OK(!list_is_linked(&p->feeds[1].source.node));

	/* They took turns. */
	if (n_sources > 1)
		TEST_OK(n_changes >= (n_sources - 1) * MESSAGES);
 out:
	return err;
}


TEST(outbox_random)
{
	static struct post p;
	int err = 0;

	for (uint64_t seed = 1; seed < 200; seed++) {
		size_t n = seed % (SOURCES + 1), got = 0;

		post_init(&p, seed, n);
		do {
			struct test_random *r = &p.random;

			if (p.n_control < 20 && test_once_in(r, 3))
				put_control(&p);
			TEST_ERR(p.outbox.control.err);
			got = send_some(&p, 1 + (int)test_below(r, OUTBOX_IOV),
					1 + test_below(r, 300),
					test_below(r, 200));
		} while (got != SIZE_MAX || p.n_control < 20);

		TEST_ERR(check_out(&p, n));
		outbox_fini(&p.outbox);
	}
 out:
	outbox_fini(&p.outbox);
	return err;
}


/* The same, cut in two at every byte. */
TEST(outbox_cuts)
{
	static struct post p;
	size_t total = 2;
	int err = 0;

	for (size_t cut = 0; cut < total; cut++) {
		post_init(&p, 5, 2);
		put_control(&p);
		TEST_ERR(p.outbox.control.err);

		for (size_t left = cut; left > 0;) {
			size_t n = send_some(&p, OUTBOX_IOV, 1000, left);

			if (n == SIZE_MAX)
				break;
			TEST_OK(n && n <= left);
			left -= n;
		}
		put_control(&p);
		TEST_ERR(p.outbox.control.err);
		while (send_some(&p, OUTBOX_IOV, 1000, SIZE_MAX) != SIZE_MAX)
			;

		total = p.len;
		TEST_ERR(check_out(&p, 2));
		outbox_fini(&p.outbox);
	}
	TEST_OK(total > 500);
 out:
	outbox_fini(&p.outbox);
	return err;
}


/* Control is bounded; the error is kept until somebody looks. */
TEST(outbox_control_max)
{
	struct outbox outbox;
	struct writer *w = outbox_control(&outbox);
	int err = 0;

	outbox_init(&outbox);
	TEST_EXPECT(put_room(w, OUTBOX_CONTROL_MAX));
	put_u8(w, 0);
	TEST_EQ(-EMSGSIZE, w->err);
 out:
	outbox_fini(&outbox);
	return err;
}
