/* A viewer follows a name.  While there is no stream it waits, for a limited
 * time; when the stream changes, it lends the rest of the old log, and goes on
 * with the new one; when the publisher is gone, it gives the next one a grace.
 *
 * It is embedded by a player of some protocol, whose outbox source asks it
 * what to lend.  Thread: that of its loop, for all. */
#ifndef VIEWER_H
#define VIEWER_H

#include "media/registry.h"

struct viewer;

/* What it tells its player; each gets the viewer.  None may be NULL, but for
 * cursor.soon and those that say so. */
struct viewer_user {
	/* Of both cursors, with the viewer as `arg`; `overdrawn` must be
	 * viewer_overdrawn. */
	struct stream_cursor_handler cursor;

	/* There is something to lend, outside of the loop's flush. */
	void (*want_output)(struct viewer *viewer);

	/* There is a stream, after there was none.  NULL: no matter. */
	void (*found)(struct viewer *viewer);

	/* A place is found.  The cursor's prologue is this viewer's own, so it
	 * may be changed.  NULL: no matter. */
	void (*opened)(struct viewer *viewer, struct stream_cursor *cursor);

	/* There will be no more: close it.  err 0: the publisher is gone, and
	 * all that came is lent; -ENOENT: nobody published in time;
	 * -ETIMEDOUT: it holds too old a message; -ENOMEM. */
	void (*ended)(struct viewer *viewer, int err);
};

/* All borrowed for the call, but for registry, loop and packager. */
struct viewer_conf {
	struct registry *registry;
	struct loop *loop;
	const struct packager *packager;
	struct stream_key key;
	size_t n_max;            /* viewers of the name */
	int64_t wait_ms;         /* for a first publisher; 0: not at all */
	int64_t grace_ms;        /* for the next one */
};

struct viewer {
	const struct viewer_user *user;
	unsigned active;                 /* of the cursors */
	bool is_restarting;              /* leave the old place at once */
	bool is_final;                   /* the publisher said goodbye */
	bool has_played;
	bool is_overdrawn;

	/* What is being sent, and what comes after it. */
	struct stream_cursor cursors[2];

	struct registry *registry;
	const struct packager *packager;
	struct subscriber subscriber;
	struct stream *stream;           /* what has the name: a reference */
	struct stream_attach *attach;    /* under way, or NULL */
	struct timer wait;               /* for a publisher */
	int64_t grace_ms;
	struct loop_task check;
};

/* Begin to follow conf->key; `viewer` is zeroed.  viewer->stream tells whether
 * there is a stream, or it waits for one.  0, -ENOENT (there is none, and no
 * time to wait), -EMSGSIZE (the name has n_max viewers), -ENOMEM; then it is
 * as good as closed. */
API int viewer_open(struct viewer *viewer, const struct viewer_user *user,
		    const struct viewer_conf *conf);

/* Nothing is called any more.  Its source must be out of the outbox. */
API void viewer_close(struct viewer *viewer);

/* Leave the present place, and go on at the newest key frame. */
API void viewer_restart(struct viewer *viewer);

/* The cursor to lend from, or NULL: there is none now.  First of all in a
 * source's peek, since it moves on from a place that is at its end. */
API struct stream_cursor *viewer_move_on(struct viewer *viewer);

/* Lend, consume: as an outbox's source does (stack/outbox.h).  peek: after
 * viewer_move_on gave a cursor; sets *has_more if it is to be asked again. */
API int viewer_peek(struct viewer *viewer, struct iovec *iov, int n_iov,
		    size_t room, bool one_message, bool *has_more);
API void viewer_consume(struct viewer *viewer, size_t len);
API bool viewer_is_inside(const struct viewer *viewer);

/* For struct viewer_user. */
API void viewer_overdrawn(void *viewer);

/* How often it fell behind, and skipped to a key frame. */
API uint64_t viewer_n_skips(const struct viewer *viewer);

/* The cursor that is being lent from; it may not be open. */
static inline struct stream_cursor *viewer_cursor(struct viewer *viewer)
{
	return &viewer->cursors[viewer->active];
}

#endif
