/* The stream log: the readers' side, and their cursors. */
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"
#include "media/stream_log_int.h"


enum {
	PREFETCH_STEPS = 3,      /* viewers that are told to come soon */
	MERGE_AUTO_MAX_MS = 20,
	MERGE_AUTO_LOAD = 500,   /* of 1000: below, there is time to spare */
};


static void unpin(void *arg)
{
	struct stream_reader *reader = arg;

	++reader->turn;
	atomic_store(&reader->pin, NO_POS);
}


/* Keep all blocks from the tail on, until the end of this flush.  The writer
 * raises the tail first and looks at the pins then; we pin first and look at
 * the tail then: one of the two sees the other. */
static void pin(struct stream_reader *reader)
{
	struct stream_log *log = reader->log;
	uint64_t tail;

	if (atomic_load_explicit(&reader->pin, memory_order_relaxed) != NO_POS)
		return;

	do {
		tail = atomic_load(&log->tail);
		atomic_store(&reader->pin, tail);
	} while (atomic_load(&log->tail) != tail);

	loop_after_flush(reader->loop, &reader->unpin);
}


static void close_overdrawn(struct stream_reader *reader)
{
	uint64_t oldest = atomic_load(&reader->log->tail);

	LIST_EACH(&reader->cursors, node) {
		const struct stream_cursor *c =
			CONTAINER_OF(node, struct stream_cursor, node);

		if (c->held && c->held->no < oldest)
			oldest = c->held->no;
	}

	LIST_EACH(&reader->cursors, node) {
		struct stream_cursor *c =
			CONTAINER_OF(node, struct stream_cursor, node);

		if (c->held && c->held->no <= oldest &&
		    c->held->no < atomic_load(&reader->log->tail))
			c->handler->overdrawn(c->arg);
	}
}


static void tell_cursors(struct stream_reader *reader)
{
	struct stream_log *log = reader->log;

	reader->seen = atomic_load(&log->n_messages);

	if (atomic_load(&log->alive) > 2 * log->limits.bytes)
		close_overdrawn(reader);

	reader->has_more_news = true;
	loop_flush(reader->loop, &reader->flush);
}


/* Sending evicts from the processor's cache what the next viewers need; each
 * step brings some of it back, while the present one is in the kernel. */
static void prefetch(struct list_node *node)
{
	for (int steps = 1; node && steps <= PREFETCH_STEPS; steps++) {
		struct stream_cursor *c =
			CONTAINER_OF(node, struct stream_cursor, node);

		if (c->handler->soon)
			c->handler->soon(c->arg, steps);
		node = node->next;
	}

	__builtin_prefetch(node);
}


/* All viewers were told what came before this pass began: once for all of
 * them, so that it costs nothing for each. */
static void observe(struct stream_reader *reader)
{
	if (reader->telling_us)
		metric_observe(reader->log->latency,
			       loop_clock_us(reader->loop) -
			       reader->telling_us);
	reader->telling_us = 0;
}


static int64_t take_news_us(struct stream_reader *reader)
{
	if (!atomic_load_explicit(&reader->news_us, memory_order_relaxed))
		return 0;

	return atomic_exchange_explicit(&reader->news_us, 0,
					memory_order_relaxed);
}


/* Tell the viewers, who send at once.  Each is touched in one go: a second
 * pass would find all of it gone from the processor's cache. */
static void flush_cursors(void *arg)
{
	struct stream_reader *reader = arg;
	unsigned n = 0;

	if (!reader->next && reader->has_more_news) {
		reader->has_more_news = false;
		reader->next = reader->cursors.head;
		reader->telling_us = take_news_us(reader);
	}

	while (reader->next) {
		struct stream_cursor *c =
			CONTAINER_OF(reader->next, struct stream_cursor, node);

		reader->next = c->node.next;
		prefetch(reader->next);
		c->handler->news(c->arg);

		if (!(++n & 15) && loop_flush_is_over(reader->loop))
			break;
	}

	if (!reader->next)
		observe(reader);

	/* One that is unused by now may be as good as dead. */
	if (reader->cursors.n && (reader->next || reader->has_more_news))
		loop_flush(reader->loop, &reader->flush);
}


static int merge_ms(const struct stream_reader *reader)
{
	int over = (int)loop_load(reader->loop) - MERGE_AUTO_LOAD;

	if (reader->merge_ms >= 0)
		return reader->merge_ms;
	if (over <= 0)
		return 0;

	return over * MERGE_AUTO_MAX_MS / (1000 - MERGE_AUTO_LOAD);
}


/* What was gathered since the first message goes out.  The writer adds the
 * message first and looks at is_polling then; we the other way round: one of
 * the two sees the other. */
static void on_merge_timer(void *arg)
{
	struct stream_reader *reader = arg;

	atomic_store(&reader->is_polling, false);
	if (atomic_load(&reader->log->n_messages) != reader->seen)
		tell_cursors(reader);
}


static void on_news(struct mail *mail)
{
	stream_reader_wake(CONTAINER_OF(mail, struct stream_reader, news));
}


static void destroy(void *arg)
{
	struct stream_reader *reader = arg;

	stream_log_unref(reader->log);
	mem_free(reader);
}


static void bury_if_unused(struct stream_reader *reader)
{
	if (!reader->is_ended || reader->cursors.n ||
	    list_is_linked(&reader->death.node))
		return;

	timer_stop(&reader->merge);
	list_del(&reader->flush.node);
	reader->death.fn = destroy;
	reader->death.arg = reader;
	loop_bury(reader->loop, &reader->death);
}


static void on_end(struct mail *mail)
{
	struct stream_reader *reader =
		CONTAINER_OF(mail, struct stream_reader, end);

	reader->is_ended = true;
	timer_stop(&reader->merge);
	tell_cursors(reader);
	bury_if_unused(reader);
}


struct stream_reader *stream_reader_new(struct stream_log *log,
					struct loop *loop, int merge)
{
	struct stream_reader *reader = mem_zalloc(sizeof(*reader));

	if (!reader)
		return NULL;

	reader->log = mem_ref(log);
	reader->loop = loop;
	reader->turn = 1;
	reader->merge_ms = merge;
	reader->news.fn = on_news;
	reader->end.fn = on_end;
	reader->flush.fn = flush_cursors;
	reader->flush.arg = reader;
	reader->unpin.fn = unpin;
	reader->unpin.arg = reader;
	atomic_init(&reader->pin, NO_POS);

	return reader;
}


void stream_reader_wake(struct stream_reader *reader)
{
	int ms;

	/* The timer looks; or it has just seen what we are woken for. */
	if (timer_is_running(&reader->merge) ||
	    atomic_load(&reader->log->n_messages) == reader->seen)
		return;

	ms = merge_ms(reader);
	if (!ms) {
		tell_cursors(reader);
		return;
	}

	/* Until then the writer need not wake us.  One more, since this
	 * millisecond has begun already. */
	timer_start(loop_timers(reader->loop), &reader->merge, ms + 1,
		    on_merge_timer, reader);
	atomic_store(&reader->is_polling, true);
}


void stream_reader_release(struct stream_reader *reader)
{
	atomic_fetch_sub(&reader->log->n_cursors, 1);
	bury_if_unused(reader);
}


/* -- cursors -- */

static uint64_t pinned(const struct stream_cursor *c)
{
	return atomic_load_explicit(&c->reader->pin, memory_order_relaxed);
}


/* The block that the cursor is in, valid until the end of this flush; NULL:
 * it is not to be had any more. */
static struct log_block *block_of(struct stream_cursor *c)
{
	uint64_t no = log_pos_no(c->pos);

	if (c->held)
		return c->held;
	if (c->turn == c->reader->turn)
		return c->block;

	pin(c->reader);
	c->block = no < pinned(c) ? NULL : log_block_at(c->reader->log, no);
	c->turn = c->block ? c->reader->turn : 0;

	return c->block;
}


/* Into the next block that has messages, if all of this one are passed.
 * NULL: the next one is not to be had any more. */
static struct log_block *advance(struct stream_cursor *c,
				 struct log_block *block)
{
	struct log_block *next;

	/* A block is full once it has a next one: looked at in this order. */
	while (block && (next = atomic_load(&block->next)) &&
	       log_pos_index(c->pos) == atomic_load(&block->n_entries)) {
		pin(c->reader);
		c->pos = log_pos(block->no + 1, 0);
		c->block = block->no + 1 < pinned(c) ? NULL : next;
		c->turn = c->block ? c->reader->turn : 0;
		block = c->block;
	}

	return block;
}


/* The tail has passed us: to the newest key frame, or wait for the next.
 * Waiting is right for both: between the configuration that a start begins
 * with and its key frame there may be other messages. */
static void jump(struct stream_cursor *c)
{
	uint64_t start = atomic_load(&c->reader->log->start_pos);

	if (start == NO_POS || log_pos_no(start) < pinned(c))
		start = log_pos(pinned(c), 0);

	c->n_skips += !c->is_waiting;
	c->is_waiting = true;
	c->pos = start;
	c->turn = 0;
}


/* Is this a message that the cursor can begin with? */
static bool can_start(const struct stream_cursor *c,
		      const struct log_entry *entry)
{
	return !c->is_waiting || entry->flags & (ENTRY_START | ENTRY_CONFIG);
}


/* Has the viewer the configuration of what this message is about, or is this
 * the only one it lacks? */
static bool can_decode(const struct stream_cursor *c,
		       const struct log_entry *entry)
{
	return entry->epoch == c->epoch ||
	       (entry->flags & ENTRY_CONFIG && entry->epoch == c->epoch + 1);
}


/* The entry that comes next; the cursor is at a message's first byte. */
static const struct log_entry *next_entry(struct stream_cursor *c)
{
	struct log_block *block = block_of(c);

	/* An empty log has no block yet: nothing was missed. */
	if (!block && !atomic_load(&c->reader->log->n_messages))
		return NULL;
	if (!block) {
		jump(c);
		block = block_of(c);
	}

	while (block && (block = advance(c, block))) {
		const struct log_entry *entry;

		if (log_pos_index(c->pos) == atomic_load(&block->n_entries))
			return NULL;

		entry = &block->entries[log_pos_index(c->pos)];
		if (can_start(c, entry)) {
			c->is_waiting &= !(entry->flags & ENTRY_START);
			return entry;
		}

		++c->pos;
	}

	return NULL;
}


/* Where the last message that is published of `block` ends, of its data. */
static size_t published(const struct log_block *block)
{
	unsigned n = atomic_load_explicit(&block->n_entries,
					  memory_order_acquire);

	return n ? block->entries[n - 1].at + block->entries[n - 1].len : 0;
}


/* Lend from the cursor's place in `block` on, what is published of it and of
 * the blocks behind it. */
static int lend(struct stream_cursor *c, struct log_block *block,
		struct iovec *iov, int n_iov, size_t room, bool one_message)
{
	const struct log_entry *first =
		&block->entries[log_pos_index(c->pos)];
	size_t at = first->at + c->sent;
	int n = 0;

	while (n < n_iov && room) {
		/* Looked at first: if there is one, this block is full. */
		struct log_block *next = atomic_load(&block->next);
		size_t end = one_message ? first->at + first->len
					 : published(block);
		size_t len = end - at < room ? end - at : room;

		if (len) {
			iov[n].iov_base = block->data + at;
			iov[n++].iov_len = len;
			room -= len;
		}

		/* Only from the pin on do blocks stay. */
		pin(c->reader);
		if (one_message || !next || block->no + 1 < pinned(c))
			break;
		block = next;
		at = 0;
	}

	return n;
}


static int peek_prologue(const struct stream_cursor *c, struct iovec *iov)
{
	iov->iov_base = c->prologue->data + c->prologue_sent;
	iov->iov_len = c->prologue->len - c->prologue_sent;

	return 1;
}


static size_t consume_prologue(struct stream_cursor *c, size_t len)
{
	size_t left = c->prologue->len - c->prologue_sent;

	if (len < left) {
		c->prologue_sent += len;
		return 0;
	}

	c->prologue = chunk_unref(c->prologue);
	c->prologue_sent = 0;

	return len - left;
}


void stream_cursor_open(struct stream_cursor *cursor,
			struct stream_reader *reader,
			const struct log_start *start,
			struct chunk *take_prologue)
{
	cursor->reader = reader;
	cursor->pos = start->pos;
	cursor->epoch = start->epoch;
	cursor->is_waiting = true;
	cursor->needs_prologue = false;
	cursor->prologue_sent = 0;
	cursor->prologue = take_prologue && take_prologue->len
				   ? take_prologue
				   : chunk_unref(take_prologue);
	list_add(&reader->cursors, &cursor->node);
}


void stream_cursor_close(struct stream_cursor *cursor)
{
	struct stream_reader *reader = cursor->reader;

	if (!reader)
		return;

	cursor->sent = 0;
	cursor->held = mem_unref(cursor->held);
	cursor->turn = 0;
	cursor->prologue = chunk_unref(cursor->prologue);
	if (reader->next == &cursor->node)
		reader->next = cursor->node.next;
	list_del(&cursor->node);
	cursor->reader = NULL;
	stream_reader_release(reader);
}


int stream_cursor_peek(struct stream_cursor *cursor, struct iovec *iov,
		       int n_iov, size_t room, bool one_message)
{
	int n = 0;

	if (cursor->prologue) {
		n = peek_prologue(cursor, iov);
		if (one_message || n == n_iov)
			return n;
	}

	if (!stream_cursor_entry(cursor))
		return n;

	/* While it waits, what follows its configuration is not for it. */
	return n + lend(cursor, block_of(cursor), iov + n, n_iov - n, room,
			one_message || cursor->is_waiting);
}


void stream_cursor_consume(struct stream_cursor *cursor, size_t len)
{
	struct log_block *held = cursor->held;

	if (cursor->prologue)
		len = consume_prologue(cursor, len);

	/* The rest of a held block may have been lent with its message. */
	if (held) {
		cursor->held = NULL;
		cursor->block = held;
		cursor->turn = cursor->reader->turn;
	}

	while (len) {
		struct log_block *block = advance(cursor, block_of(cursor));
		const struct log_entry *entry =
			&block->entries[log_pos_index(cursor->pos)];

		if (len < entry->len - cursor->sent) {
			cursor->sent += len;
			break;
		}

		len -= entry->len - cursor->sent;
		cursor->epoch = entry->epoch;
		cursor->sent = 0;
		++cursor->pos;
	}

	if (cursor->sent)
		cursor->held = mem_ref(cursor->block);
	if (held && cursor->block == held)
		cursor->turn = 0;
	mem_unref(held);
}


bool stream_cursor_is_inside(const struct stream_cursor *cursor)
{
	return cursor->sent || cursor->prologue_sent;
}


const struct log_entry *stream_cursor_entry(struct stream_cursor *cursor)
{
	const struct log_entry *entry;

	if (cursor->held)
		return &cursor->held->entries[log_pos_index(cursor->pos)];
	if (cursor->needs_prologue)
		return NULL;

	entry = next_entry(cursor);
	if (entry && !can_decode(cursor, entry)) {
		cursor->needs_prologue = true;
		return NULL;
	}

	return entry;
}


void stream_cursor_skip(struct stream_cursor *cursor)
{
	assert(!cursor->sent);
	++cursor->pos;
}


bool stream_cursor_is_drained(struct stream_cursor *cursor)
{
	return cursor->reader->is_ended && !cursor->held &&
	       !cursor->prologue && !stream_cursor_entry(cursor);
}
