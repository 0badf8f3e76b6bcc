/* What the parts of the RTMP node share: connection, message streams,
 * publishers and players.  Thread: the loop's. */
#ifndef RTMP_INT_H
#define RTMP_INT_H

#include "amf/amf0.h"
#include "host/decision.h"
#include "host/server.h"
#include "media/registry.h"
#include "rtmp/rtmp_chunk.h"
#include "rtmp/rtmp_control.h"
#include "rtmp/rtmp_handshake.h"
#include "rtmp/rtmp_pack.h"
#include "rtmp/rtmp_url.h"

enum {
	RTMP_STREAMS_MAX = 32,           /* message streams a connection */
	RTMP_INPUT_MAX = 64 * 1024,      /* bytes left uneaten while deciding */
	RTMP_WINDOW = 2500000,           /* bytes between acknowledgements */
	RTMP_CONNECT_MS = 15000,         /* for handshake and connect */
	RTMP_CONNECT_MAX = 64 * 1024,    /* a message's bytes until then */
};

enum rtmp_state {
	RTMP_HANDSHAKING,
	RTMP_CONNECTING,                 /* wait for `connect` */
	RTMP_CONNECTED,
	RTMP_REFUSED,                    /* told so; the chain ends */
};

struct rtmp {
	struct node node;                /* the head: see protocol.h */
	struct log_tag log;
	struct binding *binding;
	struct host *host;
	enum rtmp_state state;
	struct rtmp_handshake handshake;
	struct rtmp_dechunker in;
	uint64_t bytes_in;
	uint64_t bytes_acked;            /* as the last Ack told */
	uint32_t window;                 /* an Ack after so many bytes */
	uint32_t window_out;             /* the peer's Acks: as last told */
	unsigned n_deciding;             /* decisions pending: eats nothing */
	struct session *session;         /* owned; once `connect` came */
	struct decision decision;        /* about `connect` */
	double connect_transaction;
	bool is_enhanced;                /* client speaks Enhanced RTMP v2 */
	char instance[RTMP_NAME_MAX + 1];  /* app/instance: before names */
	struct list streams;             /* struct rtmp_stream */
	struct timer idle;
	uint64_t idle_in, idle_out;      /* bytes when it was started */
	bool is_pinged;                  /* and that it was */
	bool is_goodbye;                 /* publishers end for good */
};

struct rtmp_publisher;
struct rtmp_player;

/* One message stream. */
struct rtmp_stream {
	struct list_node node;
	struct rtmp *rtmp;
	uint32_t id;                     /* 1 and up */
	struct decision decision;        /* about publish or play */
	struct rtmp_publisher *publisher; /* owned, or NULL */
	struct rtmp_player *player;      /* owned, or NULL */
	struct rtmp_name pending;        /* what is being decided */
	struct chunk *pending_raw;       /* owned: its text */
	bool pending_reset;              /* play: forget what was before */
	unsigned muted;                  /* play: bits of enum media_kind */
	bool is_record;                  /* publish: of type record, append */
	struct loop_task death;
};

/* A command under way; all borrowed. */
struct rtmp_call {
	struct str name;
	double transaction;
	uint32_t stream_id;
	struct amf_value object;         /* the command object, or null */
	struct reader args;              /* AMF0, what follows the object */
};

/* -- rtmp_command.c -- */

/* Obey a command message.  0, or a negative errno that ends the chain. */
int rtmp_command(struct rtmp *rtmp, const struct rtmp_message *msg);

/* -- rtmp_connect.c -- */
int rtmp_connect(struct rtmp *rtmp, struct rtmp_call *call);

/* -- rtmp_reply.c: each appends one message and asks for output -- */
void rtmp_send_control(struct rtmp *rtmp, const struct rtmp_control *c);
void rtmp_send_event(struct rtmp *rtmp, enum rtmp_event event,
		     uint32_t stream_id);

/* A command or data message in `w` (its error counts), which is emptied. */
void rtmp_send(struct rtmp *rtmp, uint8_t type, uint32_t stream_id,
	       struct writer *w);

/* _result with a null object and, if it is not NULL, one number. */
void rtmp_send_result(struct rtmp *rtmp, const struct rtmp_call *call,
		      const double *value);

/* _error with an info object. */
void rtmp_send_error(struct rtmp *rtmp, double transaction, const char *code,
		     const char *description);

/* onStatus; level "status" or "error". */
void rtmp_send_status(struct rtmp *rtmp, uint32_t stream_id,
		      const char *level, const char *code,
		      const char *description);

/* -- rtmp_publish.c -- */
int rtmp_publish(struct rtmp_stream *s, struct rtmp_call *call);
void rtmp_publisher_close(struct rtmp_stream *s);

/* A media or data message of type 8, 9, 15, 18; body->data is borrowed. */
int rtmp_publisher_input(struct rtmp_stream *s,
			 const struct rtmp_header *header,
			 struct chunk *body, struct slice payload);

/* -- rtmp_play.c -- */
int rtmp_play(struct rtmp_stream *s, struct rtmp_call *call);
int rtmp_play2(struct rtmp_stream *s, struct rtmp_call *call);
int rtmp_pause(struct rtmp_stream *s, struct rtmp_call *call);
int rtmp_receive(struct rtmp_stream *s, struct rtmp_call *call,
		 enum media_kind kind);
void rtmp_player_close(struct rtmp_stream *s);

/* -- rtmp_node.c -- */
struct rtmp_stream *rtmp_find_stream(struct rtmp *rtmp, uint32_t id);
struct rtmp_stream *rtmp_add_stream(struct rtmp *rtmp);

/* Stop what it publishes or plays. */
void rtmp_stream_stop(struct rtmp_stream *s);
void rtmp_stream_free(struct rtmp_stream *s);

/* From now on close the peer if it is silent for too long. */
void rtmp_watch_idle(struct rtmp *rtmp);

/* A decision is pending (or no longer): no input meanwhile. */
void rtmp_decide_begin(struct rtmp *rtmp);
void rtmp_decide_end(struct rtmp *rtmp);

/* Take the stream name of publish or play: parse, check, remember in
 * s->pending.  0, or -EBADMSG, -EMSGSIZE, -ENOMEM. */
int rtmp_take_name(struct rtmp_stream *s, struct str raw);

/* The key of the pending name, or of `other` if that is not empty; buf has
 * RTMP_NAME_MAX + 1 bytes.  0 or an error of rtmp_name_print. */
int rtmp_stream_key(const struct rtmp_stream *s, struct str other, char *buf,
		    struct stream_key *key);

#endif
