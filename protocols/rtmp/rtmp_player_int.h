/* A player, and the source of its connection's outbox. */
#ifndef RTMP_PLAYER_INT_H
#define RTMP_PLAYER_INT_H

#include "host/session.h"
#include "media/viewer.h"
#include "rtmp/rtmp_int.h"

enum { RTMP_STREAM_ID_END = 12 };  /* a fmt 0 header up to its stream id */

struct rtmp_player {
	struct outbox_source source;
	struct chain *chain;             /* s's, near at hand */
	bool is_paused;
	bool is_restreamed;              /* not the log's message stream id */
	bool needs_key;                  /* video was muted: wait for one */
	unsigned muted;                  /* s's, near at hand */
	struct viewer viewer;

	struct rtmp_stream *s;
	struct session_stream use;       /* of it, by the session */
	struct loop_task death;
	struct chunk *name;              /* owned: for the log */
	bool is_waiting;                 /* counts in the quota */
	uint8_t header[RTMP_STREAM_ID_END]; /* with the stream id changed */
};

extern const struct outbox_source_ops rtmp_player_source;

/* That cursor has been opened. */
void rtmp_player_opened(struct rtmp_player *p, struct stream_cursor *cursor);

#endif
