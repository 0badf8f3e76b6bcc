/* The stream log with its writer on one thread, and readers on two others:
 * each viewer checks every byte that it gets.  SAN=thread looks at the rest. */
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "io/worker.h"
#include "media/stream_log_int.h"
#include "random.h"
#include "test.h"

enum {
	WORKERS = 3,             /* the first one writes */
	VIEWERS = 6,             /* of each other worker */
	HEAD = 16,               /* number, length, flags of a message */
	LOG_BYTES = 400000,
	BURST = 6,               /* messages a millisecond */
	RUN_MS = 700,
	STARVED_MS = 15,
};

struct watcher {
	struct party *party;
	struct stream_cursor cursor;
	struct test_random random;
	struct loop_task flush;
	struct mail open;
	struct timer timer;
	unsigned laziness_ms;    /* rests so long between two flushes */
	struct stream_reader *reader;
	struct log_start start;

	uint8_t head[HEAD];      /* of the message under way */
	size_t at;               /* bytes of it so far */
	size_t len;
	uint64_t number;         /* of the message before; 0: none */
	uint64_t n_skips;
	bool is_waiting;
	bool is_done;
	bool is_wrong;
	uint64_t n_messages;
	uint64_t n_bytes;
};

struct party {
	struct worker workers[WORKERS];
	struct stream_log *log;
	struct test_random random;
	struct timer timer;
	struct mail begin;
	uint64_t number;
	int64_t until_us;
	atomic_uint n_done;
	struct watcher watchers[VIEWERS * (WORKERS - 1)];
};


static uint8_t byte_of(uint64_t number, size_t at)
{
	return (uint8_t)(number * 13 + at * 5 + (at >> 8));
}


/* -- a viewer -- */

static void on_message(struct watcher *w)
{
	bool is_start = w->head[12] & ENTRY_START;
	uint64_t number;
	uint32_t len;

	memcpy(&number, w->head, sizeof(number));
	memcpy(&len, w->head + 8, sizeof(len));
	w->len = len;
	w->is_waiting |= w->cursor.n_skips != w->n_skips;
	w->n_skips = w->cursor.n_skips;

	if (number <= w->number || len < HEAD)
		w->is_wrong = true;
	if (w->is_waiting ? !is_start : number != w->number + 1)
		w->is_wrong = true;

	w->is_waiting = false;
	w->number = number;
	++w->n_messages;
}


static void take_bytes(struct watcher *w, const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p++) {
		if (w->at < HEAD)
			w->head[w->at] = *p;
		else if (*p != byte_of(w->number, w->at))
			w->is_wrong = true;

		++w->at;
		++w->n_bytes;
		if (w->at == HEAD)
			on_message(w);
		if (w->at >= HEAD && w->at == w->len)
			w->at = 0;
		if (w->is_wrong)
			return;
	}
}


static void finish(struct watcher *w)
{
	stream_cursor_close(&w->cursor);
	timer_stop(&w->timer);
	list_del(&w->flush.node);
	if (!w->is_done)
		atomic_fetch_add(&w->party->n_done, 1);
	w->is_done = true;
}


static void on_rested(void *arg)
{
	struct watcher *w = arg;

	loop_flush(w->cursor.reader->loop, &w->flush);
}


static void on_flush(void *arg)
{
	struct watcher *w = arg;
	struct test_random *r = &w->random;
	struct loop *loop = w->cursor.reader->loop;
	size_t room = 1 + test_below(r, 100000), len = 0, left;
	struct iovec iov[4];
	int n = stream_cursor_peek(&w->cursor, iov, 4, room, false);

	for (int i = 0; i < n; i++)
		len += iov[i].iov_len;

	/* A short write, as often as not. */
	len = test_once_in(r, 2) ? len : test_below(r, len + 1);
	left = len;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		take_bytes(w, iov[i].iov_base, part);
		left -= part;
	}
	stream_cursor_consume(&w->cursor, len);

	if (w->is_wrong || stream_cursor_is_drained(&w->cursor))
		finish(w);
	else if (n)
		timer_start(loop_timers(loop), &w->timer,
			    (int64_t)test_below(r, w->laziness_ms + 1),
			    on_rested, w);
}


static void on_news(void *arg)
{
	struct watcher *w = arg;

	if (!timer_is_running(&w->timer))
		loop_flush(w->cursor.reader->loop, &w->flush);
}


static void on_overdrawn(void *arg)
{
	/* These would be closed; here they go on, and are measured. */
	(void)arg;
}


static const struct stream_cursor_handler handler = {
	.news = on_news,
	.overdrawn = on_overdrawn,
};


static void on_open(struct mail *mail)
{
	struct watcher *w = CONTAINER_OF(mail, struct watcher, open);

	stream_cursor_open(&w->cursor, w->reader, &w->start, NULL);
	loop_flush(w->reader->loop, &w->flush);
}


/* -- the writer -- */

static void write_message(struct party *p)
{
	struct test_random *r = &p->random;
	uint32_t len = HEAD + (uint32_t)test_below(
				      r, test_once_in(r, 30) ? 90000 : 3000);
	struct log_entry entry = { .flags = 0 };
	uint8_t *to = stream_log_begin(p->log, len);
	uint64_t number = p->number + 1;

	if (!to)
		return;

	entry.dts_ms = (int64_t)number;
	entry.flags = test_once_in(r, 25) ? ENTRY_START : 0;
	memcpy(to, &number, sizeof(number));
	memcpy(to + 8, &len, sizeof(len));
	to[12] = entry.flags;
	for (size_t i = HEAD; i < len; i++)
		to[i] = byte_of(number, i);

	stream_log_commit(p->log, len, &entry);
	p->number = number;
}


/* Let one more viewer in. */
static void open_one(struct party *p, size_t i)
{
	struct watcher *w = &p->watchers[i];
	struct loop *loop = &p->workers[1 + i % (WORKERS - 1)].loop;

	w->party = p;
	w->random.state = i + 1;
	w->flush.fn = on_flush;
	w->flush.arg = w;
	w->open.fn = on_open;
	w->cursor.handler = &handler;
	w->cursor.arg = w;
	w->is_waiting = true;
	w->laziness_ms = i % 3 ? 0 : 60;
	w->start = stream_log_start(p->log);
	w->reader = stream_log_reader(p->log, loop, i & 4 ? 5 : 0);
	if (w->reader)
		loop_post(loop, &w->open);
	else
		atomic_fetch_add(&p->n_done, 1);
}


static void on_tick(void *arg)
{
	struct party *p = arg;
	struct loop *loop = &p->workers[0].loop;
	size_t n = ARRAY_LEN(p->watchers), i = p->number / 20;

	for (uint64_t k = test_below(&p->random, BURST + 1); k > 0; k--)
		write_message(p);

	for (i = 0; i < n && i <= p->number / 20; i++) {
		if (!p->watchers[i].party)
			open_one(p, i);
	}
	stream_log_wake(p->log);

	if (loop->now_us < p->until_us) {
		timer_start(loop_timers(loop), &p->timer, 1, on_tick, p);
		return;
	}

	for (i = 0; i < n; i++) {
		if (!p->watchers[i].party)
			open_one(p, i);
	}
	stream_log_end(p->log);
}


static void on_begin(struct mail *mail)
{
	on_tick(CONTAINER_OF(mail, struct party, begin));
}


/* -- the whole -- */

static int start(struct party *p)
{
	const struct stream_log_limits limits = { LOG_BYTES, 100000 };
	int err = 0;

	for (unsigned i = 0; i < WORKERS && !err; i++)
		err = worker_init(&p->workers[i], i, str("epoll"));
	if (err)
		return err;

	p->log = stream_log_new(&p->workers[0].loop, WORKERS, &limits,
				NULL);
	if (!p->log)
		return -ENOMEM;

	p->random.state = 99;
	p->begin.fn = on_begin;
	p->until_us = clock_now_us() +
		      1000 * (test_is_starved() ? STARVED_MS : RUN_MS);
	loop_post(&p->workers[0].loop, &p->begin);
	for (unsigned i = 0; i < WORKERS && !err; i++)
		err = worker_start(&p->workers[i]);

	return err == -EAGAIN ? -ENOMEM : err;
}


static void halt(struct party *p)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		if (p->workers[i].is_started)
			loop_stop(&p->workers[i].loop);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		worker_join(&p->workers[i]);
}


static void party_free(struct party *p)
{
	halt(p);
	for (size_t i = 0; i < ARRAY_LEN(p->watchers); i++) {
		if (p->watchers[i].party)
			finish(&p->watchers[i]);
	}
	timer_stop(&p->timer);
	stream_log_unref(p->log);

	for (unsigned i = 0; i < WORKERS; i++) {
		if (!p->workers[i].loop.backend)
			continue;
		loop_pulse(&p->workers[i].loop, 0);
		worker_fini(&p->workers[i]);
	}
	mem_free(p);
}


TEST(stream_log_threads)
{
	struct party *p = mem_zalloc(sizeof(*p));
	uint64_t n_skips = 0, n_full = 0;
	int err;

	TEST_PTR(p);
	TEST_ERR(start(p));
	for (int i = 0; i < 20000; i++) {
		if (atomic_load(&p->n_done) == ARRAY_LEN(p->watchers))
			break;
		usleep(1000);
	}
	TEST_EQ(ARRAY_LEN(p->watchers), atomic_load(&p->n_done));
	halt(p);

	for (size_t i = 0; i < ARRAY_LEN(p->watchers); i++) {
		const struct watcher *w = &p->watchers[i];

		TEST_OK(!w->is_wrong);
		n_skips += w->n_skips;
		n_full += w->number == p->number;
	}
	if (!test_is_starved()) {
		TEST_OK(n_full >= VIEWERS);
		TEST_OK(n_skips > 0);
	}
	err = 0;
 out:
	if (p)
		party_free(p);
	return err;
}
