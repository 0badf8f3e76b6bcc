/* What the writer and the readers of a stream log share; the fields marked
 * `shared` are touched by several threads. */
#ifndef STREAM_LOG_INT_H
#define STREAM_LOG_INT_H

#include "media/stream_log.h"

#define NO_POS UINT64_MAX

struct log_block {
	struct stream_log *log;
	uint64_t no;
	size_t size;                     /* of data */
	atomic_uint n_entries;           /* shared: grows */
	_Atomic(struct log_block *) next; /* shared: then this one is full */
	struct log_block *retired;       /* the writer's: the one before */
	struct log_entry entries[STREAM_LOG_ENTRIES];
	uint8_t data[];
};

struct stream_log {
	struct loop *loop;               /* the writer's */
	struct stream_log_limits limits;
	struct metric *latency;          /* borrowed; or NULL */
	stream_framing_fn *framing;      /* or NULL */

	/* the writer's */
	struct log_block *head;          /* being written */
	struct log_block *oldest;        /* `tail` is its number */
	size_t head_used;
	size_t begun;                    /* of the message being written */
	size_t framed;                   /* bytes before it */
	size_t kept;                     /* bytes from tail to head */
	struct log_block *retired;       /* below the tail, but pinned */
	uint64_t config_pos;             /* configuration before a key frame */
	uint64_t key_pos;                /* newest ENTRY_START, or NO_POS */
	uint32_t epoch;
	uint64_t n_lost;                 /* messages lost for want of memory */

	/* shared */
	_Atomic(struct log_block *) *slots;
	uint64_t slot_mask;
	atomic_uint_fast64_t tail;       /* the oldest block's number */
	atomic_uint_fast64_t n_messages;
	atomic_uint_fast64_t start_pos;  /* the same, or its configuration */
	atomic_size_t alive;             /* bytes of all blocks, held ones */
	atomic_uint n_cursors;

	unsigned n_workers;
	struct stream_reader *readers[]; /* the writer's, but for their pins */
};

struct stream_reader {
	struct stream_log *log;          /* a reference */
	struct loop *loop;
	atomic_uint_fast64_t pin;        /* shared: block number, or NO_POS */
	atomic_bool is_polling;          /* shared: its timer looks for news */
	_Atomic(int64_t) news_us;        /* shared: when the oldest of what is
					  * not told came; 0: all is told */
	int64_t telling_us;              /* the same of what is being told */
	struct mail news;                /* posted by the writer */
	struct mail end;                 /* the last one posted */
	struct list cursors;
	struct list_node *next;          /* the cursor to be told next */
	bool has_more_news;              /* begin again, when all are told */
	struct loop_task flush;
	struct loop_task unpin;
	struct loop_task death;
	struct timer merge;
	int merge_ms;
	uint64_t turn;                   /* grows as it unpins; from 1 */
	uint64_t seen;                   /* n_messages at the last wake-up */
	bool is_ended;
};

static inline uint64_t log_pos(uint64_t no, unsigned index)
{
	return no << 16 | index;
}

static inline uint64_t log_pos_no(uint64_t pos)
{
	return pos >> 16;
}

static inline unsigned log_pos_index(uint64_t pos)
{
	return (unsigned)(pos & 0xffff);
}

/* The block with that number, if its slot has not been used again.  Readers:
 * the number is at least the one pinned. */
static inline struct log_block *log_block_at(const struct stream_log *log,
					     uint64_t no)
{
	struct log_block *block =
		atomic_load_explicit(&log->slots[no & log->slot_mask],
				     memory_order_acquire);

	return block && block->no == no ? block : NULL;
}

/* The readers' side, called by the writer on its own worker. */
void stream_reader_wake(struct stream_reader *reader);
struct stream_reader *stream_reader_new(struct stream_log *log,
					struct loop *loop, int merge_ms);

#endif
