/* A player, and the source of its connection's outbox. */
#ifndef RTMP_PLAYER_INT_H
#define RTMP_PLAYER_INT_H

#include "host/session.h"
#include "media/registry.h"
#include "rtmp/rtmp_int.h"

enum { RTMP_STREAM_ID_END = 12 };  /* a fmt 0 header up to its stream id */

struct rtmp_player {
	struct outbox_source source;
	struct chain *chain;             /* s's, near at hand */
	bool is_paused;
	bool is_restreamed;              /* not the log's message stream id */
	bool is_restarting;              /* leave the old place at once */
	bool needs_key;                  /* video was muted: wait for one */
	unsigned muted;                  /* s's, near at hand */
	unsigned active;                 /* of the cursors */

	/* What is being sent, and what comes after it. */
	struct stream_cursor cursors[2];

	struct rtmp_stream *s;
	struct session_stream use;       /* of it, by the session */
	struct subscriber subscriber;
	struct stream *stream;           /* what has the name: a reference */
	struct stream_attach *attach;    /* under way, or NULL */

	struct timer wait;               /* for a publisher */
	struct loop_task check;
	struct loop_task death;
	struct chunk *name;              /* owned: for the log */
	bool is_waiting;                 /* counts in the quota */
	bool is_final;                   /* the publisher said goodbye */
	bool has_played;
	bool is_overdrawn;
	uint8_t header[RTMP_STREAM_ID_END]; /* with the stream id changed */
};

extern const struct outbox_source_ops rtmp_player_source;

/* The cursor that is not active. */
static inline struct stream_cursor *rtmp_player_next(struct rtmp_player *p)
{
	return &p->cursors[!p->active];
}

/* That cursor has been opened. */
void rtmp_player_opened(struct rtmp_player *p, struct stream_cursor *cursor);

#endif
