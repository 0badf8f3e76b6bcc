/* The stream log: the writer's side. */
#include "media/stream_log_int.h"
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"


static uint64_t slot_count(const struct stream_log_limits *limits)
{
	uint64_t n = 4;

	while (n < limits->bytes / STREAM_LOG_BLOCK + 4)
		n *= 2;

	return n;
}


/* The oldest block that some worker is sending from. */
static uint64_t lowest_pin(const struct stream_log *log)
{
	uint64_t lowest = NO_POS;

	for (unsigned i = 0; i < log->n_workers; i++) {
		uint64_t pin = log->readers[i]
				       ? atomic_load(&log->readers[i]->pin)
				       : NO_POS;

		if (pin < lowest)
			lowest = pin;
	}

	return lowest;
}


static void release_retired(struct stream_log *log)
{
	uint64_t pin = lowest_pin(log);
	struct log_block **at = &log->retired;

	while (*at) {
		struct log_block *block = *at;
		_Atomic(struct log_block *) *slot =
			&log->slots[block->no & log->slot_mask];

		if (block->no >= pin) {
			at = &block->retired;
			continue;
		}

		*at = block->retired;
		if (atomic_load(slot) == block)
			atomic_store(slot, NULL);
		mem_unref(block);
	}
}


/* Give up the oldest block.  It is freed once nobody sends from it. */
static void drop_oldest(struct stream_log *log)
{
	struct log_block *block = log->oldest;

	log->oldest = atomic_load(&block->next);
	atomic_store(&log->tail, log->oldest->no);
	log->kept -= block->size;
	block->retired = log->retired;
	log->retired = block;
}


static bool is_above_limits(const struct stream_log *log, int64_t now_ms)
{
	const struct log_block *next;

	if (log->oldest == log->head)
		return false;
	if (log->kept > log->limits.bytes)
		return true;

	/* The oldest can go once what follows it is old enough. */
	next = atomic_load(&log->oldest->next);

	return next != log->head && log->limits.ms > 0 &&
	       now_ms - next->entries[0].dts_ms > log->limits.ms;
}


static void destroy_block(void *arg)
{
	struct log_block *block = arg;

	atomic_fetch_sub(&block->log->alive, block->size);
}


static struct log_block *add_block(struct stream_log *log, size_t size)
{
	struct log_block *block;
	uint64_t no = log->head ? log->head->no + 1 : 0;

	if (size < STREAM_LOG_BLOCK)
		size = STREAM_LOG_BLOCK;

	block = mem_new(sizeof(*block) + size, destroy_block);
	if (!block)
		return NULL;

	block->log = log;
	block->no = no;
	block->size = size;
	atomic_fetch_add(&log->alive, size);

	/* Its slot may be in use still, if messages are few and large. */
	while (log->head && no - log->oldest->no > log->slot_mask)
		drop_oldest(log);

	atomic_store(&log->slots[no & log->slot_mask], block);
	if (log->head)
		atomic_store(&log->head->next, block);
	else
		log->oldest = block;

	log->head = block;
	log->head_used = 0;
	log->kept += size;

	return block;
}


/* A START remembers where a viewer begins: at the configuration that came
 * just before it, if any. */
static void note_start(struct stream_log *log, uint64_t pos, unsigned flags)
{
	if (flags & ENTRY_CONFIG) {
		if (log->config_pos == NO_POS)
			log->config_pos = pos;
		return;
	}

	if (!(flags & ENTRY_START))
		return;

	atomic_store(&log->start_pos,
		     log->config_pos == NO_POS ? pos : log->config_pos);
	log->config_pos = NO_POS;
	log->key_pos = pos;
}


static void destroy_log(void *arg)
{
	struct stream_log *log = arg;
	struct log_block *block, *next;

	for (block = log->oldest; block; block = next) {
		next = atomic_load(&block->next);
		mem_unref(block);
	}

	for (block = log->retired; block; block = next) {
		next = block->retired;
		mem_unref(block);
	}

	mem_free(log->slots);
}


struct stream_log *stream_log_new(struct loop *loop, unsigned n_workers,
				  const struct stream_log_limits *limits,
				  stream_framing_fn *framing)
{
	struct stream_log *log;
	uint64_t n = slot_count(limits);

	log = mem_new(sizeof(*log) + n_workers * sizeof(log->readers[0]),
		      destroy_log);
	if (!log)
		return NULL;

	log->slots = mem_zalloc(n * sizeof(log->slots[0]));
	if (!log->slots)
		return mem_unref(log);

	log->loop = loop;
	log->limits = *limits;
	log->framing = framing;
	log->slot_mask = n - 1;
	log->n_workers = n_workers;
	log->config_pos = NO_POS;
	log->key_pos = NO_POS;
	atomic_init(&log->start_pos, NO_POS);

	return log;
}


struct stream_log *stream_log_unref(struct stream_log *log)
{
	return mem_unref(log);
}


void stream_log_measure(struct stream_log *log, struct metric *latency)
{
	log->latency = latency;
}


/* Its viewers have something new since this turn, unless they had before. */
static void note_news(const struct stream_log *log,
		      struct stream_reader *reader)
{
	if (log->latency && !atomic_load_explicit(&reader->news_us,
						  memory_order_relaxed))
		atomic_store_explicit(&reader->news_us, log->loop->now_us,
				      memory_order_relaxed);
}


uint8_t *stream_log_begin(struct stream_log *log, size_t len)
{
	struct log_block *head = log->head;
	uint8_t framing[STREAM_FRAMING_MAX];
	size_t n = log->framing ? log->framing(framing, len) : 0;

	if (!head || n + len > head->size - log->head_used ||
	    atomic_load(&head->n_entries) == STREAM_LOG_ENTRIES)
		head = add_block(log, n + len);

	if (!head) {
		++log->n_lost;
		return NULL;
	}

	log->begun = len;
	log->framed = n;
	memcpy(head->data + log->head_used, framing, n);

	return head->data + log->head_used + n;
}


void stream_log_commit(struct stream_log *log, size_t len,
		       const struct log_entry *entry)
{
	struct log_block *head = log->head;
	unsigned n = atomic_load(&head->n_entries);
	struct log_entry *e = &head->entries[n];

	if (!len)
		return;

	assert(len == log->begun);
	len += log->framed;
	*e = *entry;
	e->at = (uint32_t)log->head_used;
	e->len = (uint32_t)len;
	e->epoch = log->epoch;
	log->head_used += len;

	atomic_store_explicit(&head->n_entries, n + 1, memory_order_release);
	note_start(log, log_pos(head->no, n), e->flags);
	atomic_fetch_add(&log->n_messages, 1);

	while (is_above_limits(log, e->dts_ms))
		drop_oldest(log);
	if (log->retired)
		release_retired(log);
}


void stream_log_next_epoch(struct stream_log *log)
{
	++log->epoch;
}


void stream_log_wake(struct stream_log *log)
{
	for (unsigned i = 0; i < log->n_workers; i++) {
		struct stream_reader *reader = log->readers[i];

		if (!reader)
			continue;
		note_news(log, reader);
		if (atomic_load(&reader->is_polling))
			continue;

		if (reader->loop == log->loop)
			stream_reader_wake(reader);
		else
			loop_post(reader->loop, &reader->news);
	}
}


void stream_log_end(struct stream_log *log)
{
	/* After this post the reader may be gone at any time. */
	for (unsigned i = 0; i < log->n_workers; i++) {
		struct stream_reader *reader = log->readers[i];

		log->readers[i] = NULL;
		if (reader)
			loop_post(reader->loop, &reader->end);
	}
}


struct stream_reader *stream_log_reader(struct stream_log *log,
					struct loop *loop, int merge_ms)
{
	struct stream_reader *reader = log->readers[loop->index];

	if (!reader) {
		reader = stream_reader_new(log, loop, merge_ms);
		log->readers[loop->index] = reader;
	}

	if (reader)
		atomic_fetch_add(&log->n_cursors, 1);

	return reader;
}


unsigned stream_log_n_cursors(const struct stream_log *log)
{
	return atomic_load(&log->n_cursors);
}


static struct log_start start_at(const struct log_block *block,
				 unsigned index)
{
	const struct log_entry *entry = &block->entries[index];

	return (struct log_start){
		.pos = log_pos(block->no, index),
		.epoch = entry->epoch,
		.dts_ms = entry->dts_ms,
	};
}


struct log_start stream_log_start(const struct stream_log *log)
{
	struct log_start start = { .is_waiting = true, .epoch = log->epoch };
	uint64_t pos = log->key_pos;

	if (pos != NO_POS && log_pos_no(pos) >= atomic_load(&log->tail))
		return start_at(log_block_at(log, log_pos_no(pos)),
				log_pos_index(pos));

	if (log->head)
		start.pos = log_pos(log->head->no,
				    atomic_load(&log->head->n_entries));

	return start;
}


struct log_start stream_log_start_from(const struct stream_log *log,
				       const struct log_start *from)
{
	const struct log_block *block = log->oldest;

	for (; block; block = atomic_load(&block->next)) {
		unsigned n = atomic_load(&block->n_entries);

		for (unsigned i = 0; i < n; i++) {
			if (log_pos(block->no, i) >= from->pos &&
			    block->entries[i].flags & ENTRY_START)
				return start_at(block, i);
		}
	}

	return *from;
}
