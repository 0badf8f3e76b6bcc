/* The stream log against a plain list of what was written: random messages,
 * and cursors that join, stall, take parts, fall behind and leave.  Two
 * workers' loops, both run by this thread. */
#include "base/mem.h"
#include "media/stream_log_int.h"
#include "random.h"
#include "test.h"

enum {
	LOOPS = 2,
	VIEWERS = 12,
	MESSAGES_MAX = 16000,
	LOG_BYTES = 300000,
	MESSAGE_MAX = 200000,
};

struct message {
	uint64_t pos;
	size_t len;
	uint32_t epoch;
	uint8_t flags;
};

struct viewer {
	struct model *model;
	struct stream_cursor cursor;
	unsigned laziness;       /* moves once in so many turns */
	bool is_overdrawn;
	size_t at;               /* the message that comes next */
	size_t sent;             /* bytes of it */
	uint32_t epoch;          /* that it has the configuration of */
	bool is_waiting;
	uint64_t n_skips;
	size_t prologue_left;
	unsigned n_news;
};

struct model {
	struct test_random random;
	struct loop loops[LOOPS];
	struct stream_log *log;
	struct stream_log_limits limits;
	size_t n;
	struct message messages[MESSAGES_MAX];
	struct viewer viewers[VIEWERS];
	int64_t now_ms;
	uint32_t epoch;
	bool is_ended;
	unsigned n_skips;        /* of all viewers, to see that there are some */
	unsigned n_overdrawn;
	unsigned n_prologues;
};


static uint8_t byte_of(size_t message, size_t at)
{
	return (uint8_t)(message * 31 + at * 7 + (at >> 8));
}


static void on_news(void *arg)
{
	struct viewer *v = arg;

	++v->n_news;
}


static void on_overdrawn(void *arg)
{
	struct viewer *v = arg;

	v->is_overdrawn = true;
}


static const struct stream_cursor_handler handler = {
	.news = on_news,
	.overdrawn = on_overdrawn,
};


/* -- the frame -- */

static int model_new(struct model **modelp, uint64_t seed,
		     const struct stream_log_limits *limits)
{
	struct model *m = mem_zalloc(sizeof(*m));
	struct backend *backend;
	int err;

	if (!m)
		return -ENOMEM;
	*modelp = m;
	m->random.state = seed;
	m->limits = *limits;

	for (unsigned i = 0; i < LOOPS; i++) {
		err = epoll_backend_new(&backend);
		if (!err)
			err = loop_init(&m->loops[i], backend);
		if (err) {
			m->loops[i].backend = NULL;
			return err;
		}
		m->loops[i].index = i;
	}

	m->log = stream_log_new(&m->loops[0], LOOPS, limits, NULL);

	return m->log ? 0 : -ENOMEM;
}


static void pulse(struct model *m)
{
	for (unsigned i = 0; i < LOOPS; i++) {
		if (m->loops[i].backend)
			loop_pulse(&m->loops[i], 0);
	}
}


static void end_log(struct model *m)
{
	if (m->log && !m->is_ended)
		stream_log_end(m->log);
	m->is_ended = true;
}


static void model_free(struct model *m)
{
	if (!m)
		return;

	end_log(m);
	for (size_t i = 0; i < VIEWERS; i++)
		stream_cursor_close(&m->viewers[i].cursor);
	stream_log_unref(m->log);
	pulse(m);
	pulse(m);
	for (unsigned i = 0; i < LOOPS; i++) {
		if (m->loops[i].backend)
			loop_fini(&m->loops[i]);
	}
	mem_free(m);
}


/* -- the writer -- */

static size_t random_len(struct test_random *r)
{
	switch (test_below(r, 20)) {

	case 0:
		return 1 + test_below(r, MESSAGE_MAX);

	case 1:
	case 2:
		return 1 + test_below(r, 60000);

	case 3:
		return 1;

	default:
		return 1 + test_below(r, 2000);
	}
}


static void write_message(struct model *m, size_t len, uint8_t flags)
{
	struct message *message = &m->messages[m->n];
	struct log_entry entry = { .dts_ms = m->now_ms, .flags = flags };
	uint8_t *p = stream_log_begin(m->log, len);

	if (flags & ENTRY_CONFIG) {
		stream_log_next_epoch(m->log);
		++m->epoch;
	}
	if (!p)
		return;

	for (size_t i = 0; i < len; i++)
		p[i] = byte_of(m->n, i);

	message->pos = log_pos(m->log->head->no,
			       atomic_load(&m->log->head->n_entries));
	message->len = len;
	message->flags = flags;
	message->epoch = m->epoch;
	stream_log_commit(m->log, len, &entry);
	++m->n;
}


static void write_random(struct model *m)
{
	struct test_random *r = &m->random;
	uint8_t flags = 0;

	if (m->n == MESSAGES_MAX)
		return;

	/* One that its packager gave up. */
	if (test_once_in(r, 50)) {
		stream_log_begin(m->log, random_len(r));
		if (test_once_in(r, 2))
			stream_log_commit(m->log, 0, &(struct log_entry){ 0 });
	}

	if (test_once_in(r, 20))
		flags = ENTRY_START;
	else if (test_once_in(r, 60))
		flags = ENTRY_CONFIG;

	m->now_ms += (int64_t)test_below(r, 40);
	write_message(m, random_len(r), flags);
}


static void wake(struct model *m)
{
	stream_log_wake(m->log);
	pulse(m);

	for (size_t i = 0; i < VIEWERS; i++) {
		struct viewer *v = &m->viewers[i];

		m->n_overdrawn += v->is_overdrawn;
		if (v->is_overdrawn)
			stream_cursor_close(&v->cursor);
		v->is_overdrawn = false;
	}
}


/* -- the viewers -- */

static int join(struct model *m, struct viewer *v)
{
	struct loop *loop = &m->loops[test_below(&m->random, LOOPS)];
	struct chunk *prologue = chunk_new(200);
	struct stream_reader *reader;
	struct log_start start;

	if (!prologue)
		return -ENOMEM;
	prologue->len = test_below(&m->random, 200);
	memset(prologue->data, 'P', prologue->len);

	start = stream_log_start(m->log);
	reader = stream_log_reader(m->log, loop, 0);
	if (!reader) {
		chunk_unref(prologue);
		return -ENOMEM;
	}

	m->n_skips += (unsigned)v->n_skips;
	memset(v, 0, sizeof(*v));
	v->model = m;
	v->cursor.handler = &handler;
	v->cursor.arg = v;
	v->laziness = test_once_in(&m->random, 2)
			      ? 1 : 1 + (unsigned)test_below(&m->random, 400);
	v->prologue_left = prologue->len;
	v->is_waiting = true;
	v->epoch = start.epoch;
	stream_cursor_open(&v->cursor, reader, &start, prologue);

	return 0;
}


static size_t find_message(const struct model *m, uint64_t pos)
{
	for (size_t i = m->n; i-- > 0;) {
		if (m->messages[i].pos == pos)
			return i;
	}

	return SIZE_MAX;
}


/* The cursor is at the start of a message: is it one that may come now? */
static int check_place(struct viewer *v)
{
	const struct model *m = v->model;
	size_t i = find_message(m, v->cursor.pos);
	const struct message *message = &m->messages[i];
	int err = 0;

	TEST_OK(i != SIZE_MAX);
	TEST_OK(i >= v->at);
	TEST_OK(v->is_waiting || v->cursor.n_skips > v->n_skips || i == v->at);

	if (v->cursor.n_skips > v->n_skips)
		v->is_waiting = true;
	TEST_OK(v->cursor.n_skips - v->n_skips <= 1);
	v->n_skips = v->cursor.n_skips;
	v->at = i;

	if (v->is_waiting)
		TEST_OK(message->flags);
	if (message->flags & ENTRY_START)
		v->is_waiting = false;

	if (message->flags & ENTRY_CONFIG)
		TEST_OK(message->epoch - v->epoch <= 1);
	else
		TEST_EQ(v->epoch, message->epoch);
 out:
	return err;
}


/* These bytes come next. */
static int check_bytes(struct viewer *v, const struct iovec *iov, size_t len)
{
	const struct model *m = v->model;
	const uint8_t *p = iov->iov_base;
	size_t i = v->at, at = v->sent;
	int err = 0;

	for (size_t n = 0; n < len; n++) {
		TEST_OK(i < m->n);
		TEST_EQ(byte_of(i, at), p[n]);
		if (++at < m->messages[i].len)
			continue;

		at = 0;
		v->epoch = m->messages[i].epoch;
		++i;
		/* What waits gets one message at a time. */
		TEST_OK(!v->is_waiting || n + 1 == len);
	}

	v->at = i;
	v->sent = at;
 out:
	return err;
}


/* Look at what is lent, take a random part of it. */
static int take(struct viewer *v)
{
	struct model *m = v->model;
	struct test_random *r = &m->random;
	bool one = test_once_in(r, 4), had_prologue = v->prologue_left;
	struct iovec iov[6];
	int n_iov = 1 + (int)test_below(r, 6);
	size_t room = 1 + test_below(r, test_once_in(r, 3) ? 300000 : 3000);
	size_t len = 0, left;
	int err = 0, n;

	if (!v->sent && !v->prologue_left &&
	    stream_cursor_entry(&v->cursor)) {
		err = check_place(v);
		if (err)
			goto out;
	}

	n = stream_cursor_peek(&v->cursor, iov, n_iov, room, one);
	TEST_OK(n >= 0 && n <= n_iov);
	for (int i = 0; i < n; i++) {
		TEST_OK(iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (!v->cursor.needs_prologue && v->cursor.held)
		TEST_OK(len);
	TEST_OK(len <= room + v->prologue_left);

	/* What comes after a prologue is another place. */
	left = test_once_in(r, 3) ? len : test_below(r, len + 1);
	if (had_prologue && left > v->prologue_left)
		left = v->prologue_left;
	len = left;

	/* Another worker's viewers send while the log goes on. */
	if (v->cursor.reader->loop->index && !m->is_ended &&
	    test_once_in(r, 20)) {
		for (uint64_t k = test_below(r, 12); k > 0; k--)
			write_random(m);
	}

	for (int i = 0; i < n && left; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		if (had_prologue)
			v->prologue_left -= part;
		else
			err = check_bytes(v, &iov[i], part);
		if (err)
			goto out;
		left -= part;
	}
	stream_cursor_consume(&v->cursor, len);

	TEST_EQ(v->sent, v->cursor.sent);
	TEST_EQ(v->sent || (v->prologue_left && v->cursor.prologue_sent),
		stream_cursor_is_inside(&v->cursor));
 out:
	return err;
}


static int move_viewer(struct viewer *v)
{
	struct model *m = v->model;
	int err = 0;

	if (!stream_cursor_is_open(&v->cursor) ||
	    !test_once_in(&m->random, v->laziness))
		return 0;

	for (uint64_t n = test_below(&m->random, 8); n > 0 && !err; n--)
		err = take(v);

	if (!err && v->cursor.needs_prologue && !v->prologue_left) {
		++m->n_prologues;
		stream_cursor_close(&v->cursor);
	}

	return err;
}


static int check_memory(const struct model *m)
{
	size_t alive = atomic_load(&m->log->alive), kept = 0;
	const struct log_block *b;
	int err = 0;

	/* Pinned blocks are freed as the next message comes. */
	if (m->log->retired)
		return 0;

	for (b = m->log->oldest; b; b = atomic_load(&b->next))
		kept += b->size;
	TEST_EQ(kept, m->log->kept);

	TEST_OK(kept <= m->limits.bytes + 3 * MESSAGE_MAX / 2);
	TEST_OK(alive <= 2 * m->limits.bytes + 3 * MESSAGE_MAX);
 out:
	return err;
}


static int step(struct model *m)
{
	struct viewer *v = &m->viewers[test_below(&m->random, VIEWERS)];
	int err = 0;

	for (uint64_t n = test_below(&m->random, 4); n > 0; n--)
		write_random(m);

	wake(m);
	for (size_t i = 0; i < VIEWERS && !err; i++) {
		if (m->viewers[i].model)
			err = move_viewer(&m->viewers[i]);
	}
	pulse(m);

	if (!err && !stream_cursor_is_open(&v->cursor))
		err = join(m, v);
	else if (test_once_in(&m->random, 200))
		stream_cursor_close(&v->cursor);

	/* One round closes those that hold the oldest block. */
	for (size_t i = 0; i < VIEWERS; i++)
		wake(m);

	return err ? err : check_memory(m);
}


/* The log has ended: all get the rest, and are told. */
static int drain(struct model *m)
{
	int err = 0;

	end_log(m);
	pulse(m);

	for (size_t i = 0; i < VIEWERS; i++) {
		struct viewer *v = &m->viewers[i];

		v->laziness = 1;
		while (stream_cursor_is_open(&v->cursor) &&
		       !stream_cursor_is_drained(&v->cursor)) {
			err = move_viewer(v);
			if (err)
				goto out;
		}

		if (stream_cursor_is_open(&v->cursor) &&
		    !v->cursor.is_waiting && !v->cursor.needs_prologue)
			TEST_EQ(m->n, v->at);
	}
 out:
	return err;
}


static int run(uint64_t seed, const struct stream_log_limits *limits)
{
	struct model *m = NULL;
	int n_steps = test_is_starved() ? 60 : 3000;
	int err;

	TEST_ERR(model_new(&m, seed, limits));
	for (int i = 0; i < n_steps; i++)
		TEST_ERR(step(m));
	TEST_ERR(drain(m));

	for (size_t i = 0; i < VIEWERS; i++) {
		m->n_skips += (unsigned)m->viewers[i].n_skips;
		stream_cursor_close(&m->viewers[i].cursor);
	}
	pulse(m);
	TEST_EQ(0, stream_log_n_cursors(m->log));

	/* A test that meets none of these shows nothing. */
	if (!test_is_starved()) {
		TEST_OK(m->n_skips > 10);
		TEST_OK(m->n_prologues > 3);
		TEST_OK(m->n_overdrawn);
	}
 out:
	model_free(m);
	return err;
}


TEST(stream_log_random)
{
	const struct stream_log_limits limits = { LOG_BYTES, 100000 };
	uint64_t n = test_is_starved() ? 1 : 4;
	int err = 0;

	for (uint64_t seed = 1; seed <= n; seed++)
		TEST_ERR(run(seed, &limits));
 out:
	return err;
}


TEST(stream_log_random_time)
{
	const struct stream_log_limits limits = { 100 * LOG_BYTES, 500 };
	struct model *m = NULL;
	int err;

	TEST_ERR(model_new(&m, 7, &limits));
	for (int i = 0; i < 200; i++) {
		const struct log_block *next;

		write_random(m);
		if (test_is_starved() || !m->log->oldest)
			continue;

		/* All but the oldest block is from within the time. */
		next = atomic_load(&m->log->oldest->next);
		if (next && next != m->log->head)
			TEST_OK(m->now_ms - next->entries[0].dts_ms <= 500);
	}
	TEST_OK(test_is_starved() || m->log->oldest->no > 0);
 out:
	model_free(m);
	return err;
}
