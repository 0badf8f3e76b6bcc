/* The stream log: the recent media of one stream in one format, written once
 * by the publisher's worker and read by any number of viewers on all workers.
 * docs/stream-log.md tells the whole story.
 *
 * The log is a row of blocks; a message never crosses a block (one that is
 * larger than a block gets a block of its own).  Each block has an index of
 * its messages, published with the bytes.  A position is {block number, index
 * in it}, and only grows.
 *
 * A viewer is a cursor: a position, and how much of the message there is
 * sent.  The cursors of one log on one worker share a reader, whose pin keeps
 * the writer from freeing blocks while that worker sends from them.  Between
 * turns nothing is pinned: a cursor that the tail has passed jumps to the
 * newest key frame.  Only a message that is sent in part is held, by a
 * reference to its block, until it is finished. */
#ifndef STREAM_LOG_H
#define STREAM_LOG_H

#include <stdatomic.h>
#include <sys/uio.h>
#include "base/chunk.h"
#include "base/metric.h"
#include "io/loop.h"

enum {
	STREAM_LOG_BLOCK = 64 * 1024,  /* bytes, but for larger messages */
	STREAM_LOG_ENTRIES = 512,      /* messages of one block, at most */
	STREAM_FRAMING_MAX = 16,       /* bytes before a message */
};

enum entry_flag {
	ENTRY_START = 1,         /* a viewer can start here */
	ENTRY_CONFIG = 2,        /* configuration: not to be skipped over */
};

struct log_entry {
	int64_t dts_ms;
	uint32_t at;             /* of its first byte, in the block */
	uint32_t len;
	uint32_t epoch;
	uint8_t kind;            /* enum media_kind */
	uint8_t flags;           /* enum entry_flag */
};

/* Write what goes before a message of `len` bytes, such as the header of a
 * frame that carries it; returns its length, at most STREAM_FRAMING_MAX. */
typedef size_t (stream_framing_fn)(uint8_t *out, size_t len);

struct log_block;
struct stream_log;
struct stream_reader;

/* How long a log may grow; both hold. */
struct stream_log_limits {
	size_t bytes;
	int64_t ms;
};

typedef void (stream_cursor_fn)(void *arg);

/* What a cursor tells its viewer.  All on the viewer's loop. */
struct stream_cursor_handler {
	/* There may be something new, or the log has ended: send it now, this
	 * is the loop's flush.  It may close any cursor. */
	stream_cursor_fn *news;

	/* `news` comes after so many of others, 3, then 2, then 1: time to
	 * prefetch what one step needs for the next.  May be NULL. */
	void (*soon)(void *arg, int steps);

	/* It holds the oldest message, and the overdraft is used up: the
	 * viewer must go. */
	stream_cursor_fn *overdrawn;
};

/* A viewer's position, embedded by the viewer. */
struct stream_cursor {
	struct list_node node;
	const struct stream_cursor_handler *handler;
	void *arg;
	struct stream_reader *reader;
	uint64_t pos;
	size_t sent;             /* bytes of the message at pos */
	struct log_block *held;  /* a reference, while `sent` is not 0 */
	struct log_block *block; /* of pos, borrowed, valid in `turn` only */
	uint64_t turn;           /* of the reader */
	struct chunk *prologue;  /* a reference, until it is sent */
	size_t prologue_sent;
	uint32_t epoch;
	bool is_waiting;         /* for a key frame */
	bool needs_prologue;     /* jumped over a change of configuration */
	uint64_t n_skips;        /* jumps to the newest key frame */
};

/* -- the writer: the publisher's loop -- */

/* A log for `n_workers` workers, or NULL (no memory).  framing: of all its
 * messages; NULL: nothing. */
struct stream_log *stream_log_new(struct loop *loop, unsigned n_workers,
				  const struct stream_log_limits *limits,
				  stream_framing_fn *framing);
struct stream_log *stream_log_unref(struct stream_log *log);

/* Put into `latency` (a histogram, borrowed; NULL: nowhere) how long it takes
 * from a message to its being sent to the last viewer of a worker. */
void stream_log_measure(struct stream_log *log, struct metric *latency);

/* Room for a message of exactly `len` bytes, behind its framing; valid until
 * the commit.  NULL: no memory, the message is lost. */
API uint8_t *stream_log_begin(struct stream_log *log, size_t len);

/* Publish the message written there: the same `len` (or 0: there is none
 * after all), with its dts, kind and flags; the rest of *entry is filled in. */
API void stream_log_commit(struct stream_log *log, size_t len,
			   const struct log_entry *entry);

/* What follows has another configuration. */
void stream_log_next_epoch(struct stream_log *log);

/* Wake the viewers of all workers; once a turn. */
void stream_log_wake(struct stream_log *log);

/* No more will come: viewers send what is left, and are told. */
void stream_log_end(struct stream_log *log);

/* The reader of worker `loop`, made if there is none; it counts as one more
 * cursor.  merge_ms: how long its viewers' writes may gather; -1: as the
 * worker's load has it.  NULL: no memory. */
struct stream_reader *stream_log_reader(struct stream_log *log,
					struct loop *loop, int merge_ms);

/* Cursors that are open, or about to be. */
unsigned stream_log_n_cursors(const struct stream_log *log);

/* Where a viewer that comes now, and gets a prologue, starts; and the epoch
 * and time there. */
struct log_start {
	uint64_t pos;
	uint32_t epoch;
	int64_t dts_ms;
	bool is_waiting;         /* no key frame is there: wait for one */
};

struct log_start stream_log_start(const struct stream_log *log);

/* The first place to start at or behind `from`; *from if there is none. */
struct log_start stream_log_start_from(const struct stream_log *log,
				       const struct log_start *from);

/* -- the cursor: the viewer's loop -- */

/* Start at `start`, after the bytes of take_prologue (may be NULL), with a
 * reader that was taken by stream_log_reader for this cursor. */
void stream_cursor_open(struct stream_cursor *cursor,
			struct stream_reader *reader,
			const struct log_start *start,
			struct chunk *take_prologue);

/* Leave the log; nothing happens if it is not open. */
API void stream_cursor_close(struct stream_cursor *cursor);

/* Give back a reader that no cursor was opened with. */
void stream_reader_release(struct stream_reader *reader);

/* Lend, consume: as an outbox's source does (stack/outbox.h). */
API int stream_cursor_peek(struct stream_cursor *cursor, struct iovec *iov,
			   int n_iov, size_t room, bool one_message);
API void stream_cursor_consume(struct stream_cursor *cursor, size_t len);
API bool stream_cursor_is_inside(const struct stream_cursor *cursor);

/* The message that comes next, or NULL; valid as long as what is lent. */
API const struct log_entry *stream_cursor_entry(struct stream_cursor *cursor);

/* Pass over that message, of which nothing is sent. */
API void stream_cursor_skip(struct stream_cursor *cursor);

/* The log has ended, and all of it is sent. */
API bool stream_cursor_is_drained(struct stream_cursor *cursor);

static inline bool stream_cursor_is_open(const struct stream_cursor *cursor)
{
	return cursor->reader != NULL;
}

#endif
