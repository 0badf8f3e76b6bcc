/* The load: publishers, players, and what they found.  One thread. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include "clip.h"
#include "flv.h"
#include "histogram.h"
#include "media.h"
#include "wire.h"

enum {
	URL_PART_MAX = 128,
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

struct url {
	char host[URL_PART_MAX];
	char app[URL_PART_MAX];
	char name[URL_PART_MAX]; /* of the stream, with its query */
	uint16_t port;
	struct sockaddr_storage addr;
	socklen_t addr_len;
};

struct options {
	struct url url;
	struct url flv_url;      /* the same by flv_port */
	unsigned n_publishers;
	unsigned n_watched;      /* streams that have players; 0: all */
	unsigned n_players;
	unsigned n_stoppers;     /* of the players: stop and read again */
	unsigned n_never;        /* further players that never read */
	unsigned n_thorough;     /* of the players: look at every byte */
	unsigned bitrate_kbps;   /* of a stream, audio included */
	unsigned fps;
	unsigned gop;            /* frames from key frame to key frame */
	unsigned key_ratio;      /* size of a key frame to that of others */
	unsigned receive_buffer; /* SO_RCVBUF of players; 0: the system's */
	unsigned ramp;           /* new connections per second */
	unsigned publish_s;      /* time with publishers alone */
	unsigned warmup_s;       /* from all joined to the measurement */
	unsigned seconds;        /* of the measurement */
	unsigned stop_after_s;   /* from its start */
	unsigned stop_for_s;
	unsigned never_limit_s;  /* to be closed; 0: no matter */
	unsigned join_timeout_s;
	unsigned audio;          /* 0: video alone */
	unsigned flv_port;       /* players come by HTTP; 0: by RTMP */
	const char *flv;         /* what to publish; NULL: made up */
	bool is_json;
};

/* What all players found together. */
struct totals {
	uint64_t messages;       /* complete, good and due */
	uint64_t bytes;          /* received while measuring */
	uint64_t missing;        /* messages lost other than by a skip */
	uint64_t skips;          /* jumps to a later key frame */
	uint64_t skipped;        /* messages jumped over */
	uint64_t stopper_skips;  /* the same of those that had stopped */
	uint64_t stopper_skipped;
	uint64_t repeated;       /* again, or out of order */
	uint64_t corrupt;
	uint64_t no_config;      /* coded frame before the sequence header */
	uint64_t retimed;        /* timestamp changed against the first */
	uint64_t closed;         /* connections ended by the server */
	uint64_t protocol_errors;
	uint64_t sent;           /* messages published */
	struct histogram latency;        /* of messages sent while measuring */
	struct histogram join;   /* from play to the first key frame */
	struct histogram late;   /* publishers behind their own schedule */
};

enum phase {
	PHASE_PUBLISH,           /* publishers come, and are alone */
	PHASE_JOIN,
	PHASE_WARMUP,
	PHASE_MEASURE,
	PHASE_DRAIN,             /* publishers are silent, players read on */
	PHASE_DONE,
};

enum peer_state {
	PEER_CONNECTING,
	PEER_HANDSHAKE,
	PEER_CONNECT,            /* command sent, answer awaited */
	PEER_CREATE,
	PEER_START,              /* publish or play sent */
	PEER_RUNNING,
	PEER_CLOSED,
};

struct load;
struct peer;

/* What differs between publishers and players. */
struct role {
	const char *name;
	int (*on_created)(struct peer *peer);    /* has its stream id */
	int (*on_status)(struct peer *peer);     /* not an error */

	/* To go on by HTTP: sends the request.  NULL: by RTMP. */
	int (*ask)(struct peer *peer);

	/* Audio and video. */
	int (*on_media)(struct peer *peer, const struct wire_message *m,
			const uint8_t *p, size_t len);
};

/* A client's connection. */
struct peer {
	struct load *load;
	const struct role *role;
	int fd;                  /* owned; -1 when closed */
	enum peer_state state;
	unsigned index;          /* among those of its role */
	unsigned stream;         /* number of the stream it is about */
	uint32_t stream_id;      /* of RTMP */
	uint32_t events;         /* asked of epoll */
	uint32_t handshake_left;
	uint64_t n_received;
	uint64_t n_acked;
	uint32_t ack_window;
	uint8_t *pending;        /* owned: what a short write left */
	size_t pending_len;
	union {
		struct wire_in in;
		struct flv_in flv;       /* of who came by HTTP */
	};
};

struct publisher {
	struct peer peer;        /* first */
	uint32_t n_video;
	uint32_t n_audio;
	int64_t start_us;        /* 0 until it publishes */
	int64_t due_us;          /* when `next` is to be sent */
	struct stamp next;
};

struct player {
	struct peer peer;        /* first */
	bool has_joined;
	bool has_resumed;        /* a key frame sent after reading again */
	bool is_stopper;
	bool is_never;
	bool is_thorough;
	bool has_video_config;
	bool has_audio_config;
	uint32_t next_video;
	uint32_t next_audio;
	uint32_t shift_ms;       /* timestamp minus the published one */
	int64_t play_us;
	int64_t closed_us;
	struct stamp stamps[WIRE_CHUNK_STREAMS];
	uint8_t stamp_states[WIRE_CHUNK_STREAMS];
};

struct load {
	struct options opt;
	struct clip clip;        /* of opt.flv */
	struct media *media;     /* owned */
	int epoll_fd;            /* owned */
	enum phase phase;
	int64_t phase_us;        /* its start */
	int64_t start_us;
	int64_t measure_us;      /* start and end of the measurement */
	int64_t measure_end_us;
	int64_t resume_us;       /* stoppers read again; 0 before */
	int64_t now_us;          /* read after each system call that waits */
	int64_t next_due_us;     /* of all publishers */
	int64_t never_check_us;
	bool has_stopped;
	unsigned n_publishing;
	unsigned n_joined;
	unsigned n_opened;       /* of the role that is joining */
	struct publisher *publishers;    /* owned */
	struct player *players;  /* owned; those that never read come last */
	struct totals totals;
};

int64_t now_us(void);

/* Say on standard error what went wrong at a peer. */
void peer_say(const struct peer *peer, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Begin to connect.  The peer is closed if that fails at once. */
void peer_open(struct peer *peer, struct load *load, const struct role *role,
	       unsigned index, unsigned stream);
void peer_close(struct peer *peer);

/* Handle what epoll says. */
void peer_on_events(struct peer *peer, uint32_t events);

/* Send, and keep what the socket does not take.  0 or a negative errno. */
int peer_send(struct peer *peer, const uint8_t *p, size_t len);

/* Read from now on, or leave everything in the socket. */
void peer_set_reading(struct peer *peer, bool on);

/* Write the command `name` up to its transaction and a null. */
void peer_put_command(struct wire_out *out, const char *name, double txn);

/* Send the command in `body` on the stream `stream_id`. */
int peer_send_command(struct peer *peer, uint32_t stream_id,
		      const struct wire_out *body);

/* The name of stream `i`. */
void load_stream_name(const struct load *load, unsigned i, char *name,
		      size_t size);

/* Connect publisher or player `i`. */
void publisher_open(struct load *load, unsigned i);
void player_open(struct load *load, unsigned i);

/* Send what is due at load->now_us; sets load->next_due_us. */
void publishers_run(struct load *load);

/* Count what players lack at the end of their streams. */
void players_finish(struct load *load);

/* Ask the kernel whether the server has closed players that never read. */
void players_check_never(struct load *load);

/* Print what was found; returns true if all is as it should be. */
bool report_print(const struct load *load, FILE *f);

#endif
