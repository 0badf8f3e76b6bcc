/* What publishers, the home of a name, and those who watch it share.
 *
 *	publisher's worker      home of the name         viewers' workers
 *	hls_feed: tap, muxer -> hls_channel: window  ->  hls_watch: snapshot
 *	                   part                    snapshot
 *
 * Each name has a home among the workers, by its hash: all that is said of
 * it goes through there by mail, so that no lock is needed, and its window
 * outlives its publishers, whichever worker they are on. */
#ifndef HLS_SERVER_INT_H
#define HLS_SERVER_INT_H

#include "hls/hls_server.h"
#include "host/decision.h"
#include "host/quota.h"
#include "io/carrier.h"
#include "media/stream.h"

enum {
	HLS_NAMES_MAX = 100000,  /* at home, watched, on one worker */
	HLS_CLIENTS_MAX = 100000,        /* on one worker */
	HLS_KEY_LEN = 16,        /* bytes that tell clients apart */
};

/* What a worker has. */
struct hls {
	struct log_tag log;
	struct hls_server *server;
	struct host *host;       /* NULL: not open here so far */
	struct loop *loop;
	unsigned n_sites;        /* that have opened it */
	struct hash channels;    /* hls_channel by name: at home here */
	struct hash watches;     /* hls_watch by name */
	struct list closing;     /* hls_watch: on their way home */
	struct hash clients;     /* hls_client by key */
	struct list recent;      /* the same, the least recent first */
	struct timer sweep;
};

/* Counted: sites, feeds and watches have references. */
struct hls_server {
	uint64_t seeds[3][2];    /* secrets: homes, and clients twice */
	struct keyed_quota viewers;      /* by the name of the stream */
	unsigned n_workers;
	struct hls workers[];
};

/* The worker where all of a name comes together. */
struct hls *hls_home(struct hls_server *server, struct str name);

/* -- publishers: hls_feed.c -- */

/* Counted: the tap, the channel and mail under way have references. */
struct hls_feed {
	struct stream_tap tap;
	struct hls_server *server;       /* a reference */
	struct hls_conf conf;
	struct hls *home;
	struct loop *loop;       /* the publisher's */
	struct hls_mux *mux;     /* owned by the tap: NULL once it ended */
	struct mail hello;       /* there and back */
	struct mail bye;
	unsigned target_s;       /* set at home, on the way back */
	bool is_lost;            /* a part could not be sent: the rest of its
				  * segment is not */
	char name[];
};

/* A part on its way home. */
struct hls_delivery {
	struct mail mail;
	struct hls_feed *feed;   /* a reference */
	struct hls_piece piece;  /* with references */
};

/* -- the home of a name: hls_channel.c -- */

/* Mail of a feed; all take the reference that came with it. */
void hls_channel_hello(struct mail *mail);
void hls_channel_deliver(struct mail *mail);
void hls_channel_bye(struct mail *mail);

/* Mail of a watch: its hello, its bye. */
void hls_channel_watch(struct mail *mail);
void hls_channel_unwatch(struct mail *mail);

/* Back from there: the watch may die. */
void hls_watch_left(struct mail *mail);

/* Forget all names.  Those who watch from other workers say goodbye yet. */
void hls_channels_close(struct hls *hls);

/* Back at the publisher: takes a reference. */
void hls_feed_welcome(struct mail *mail);

/* -- those who watch: hls_watch.c -- */

struct hls_watch {
	struct hash_node node;
	struct list_node closing;
	struct hls_server *server;       /* a reference */
	struct hls *hls;
	struct hls *home;
	struct mail hello;
	struct mail bye;         /* there and back */
	struct mail news;        /* posted from home */
	struct list_node at_home;        /* of its channel; home's */
	struct hls_channel *channel;     /* home's */
	_Atomic(struct hls_snapshot *) latest;   /* a reference, from home */
	struct hls_snapshot *snapshot;   /* a reference, or NULL */
	struct list waiters;     /* hls_waiter */
	struct timer idle;
	struct chunk *texts[2];  /* playlist of `snapshot` without a query:
				  * whole, and its delta update */
	size_t name_len;
	char name[];
};

/* The watch of that name, which begins with this if there is none; NULL:
 * no memory, or too many. */
struct hls_watch *hls_watch_get(struct hls *hls, struct str name);

/* Nobody waits for it now: let it go after a while. */
void hls_watch_release(struct hls_watch *watch);

/* Let all go, by way of their homes; or at once, if no worker runs. */
void hls_watches_close(struct hls *hls, bool at_once);

/* What is asked for; all borrowed. */
struct hls_ask {
	const struct hls_site *site;
	struct hls_client *client;
	struct hls_name name;
	struct hls_request request;
	struct str query;        /* what playlists hand on */
};

/* A request that waits for a decision (client), then for news (watch). */
struct hls_waiter {
	struct list_node node;
	struct http_exchange *x;
	struct hls_watch *watch; /* whose `waiters` it is in; NULL: in its
				  * client's */
	struct timer timer;
	bool has_quota;          /* of those who wait for a publisher */
	bool has_time;           /* for the publisher's first segment */
	struct hls_ask ask;
	char query[];
};

/* There is another snapshot: answer who waited for it.  hls_serve.c */
void hls_waiters_look(struct hls_watch *watch);

/* -- answers: hls_answer.c -- */

/* Answer from the snapshot of `watch`, if that has what is asked for.
 * Returns 0, or -EAGAIN: with a later one. */
int hls_answer(struct http_exchange *x, struct hls_watch *watch,
	       const struct hls_ask *ask);

/* -- clients: hls_client.c -- */

enum hls_client_state {
	HLS_CLIENT_ASKED,        /* may it play? */
	HLS_CLIENT_ALLOWED,
	HLS_CLIENT_DENIED,
	HLS_CLIENT_REDIRECTED,
	HLS_CLIENT_KICKED,
};

/* One who plays: all requests with its address, user agent, stream and
 * query. */
struct hls_client {
	struct hash_node node;
	struct list_node recent;
	struct hls *hls;
	enum hls_client_state state;
	int64_t used_us;         /* of the loop; of those that may not play,
				  * when that was decided */
	struct session *session; /* NULL: has none (any more) */
	struct session_stream use;
	bool is_counted;         /* among its server's viewers */
	struct decision decision;
	struct loop_task end;    /* of its session */
	struct carrier carrier;  /* none: only addresses and counters */
	struct list waiters;     /* hls_waiter: for the decision */
	unsigned n_waiters;      /* of it, also for news */
	char text[VERDICT_TEXT_MAX];     /* why not, or where to */
	uint8_t key[HLS_KEY_LEN];
	size_t name_len;
	char name[];
};

/* What tells one client from another; all borrowed. */
struct hls_identity {
	struct str name;         /* of the stream */
	struct str query;        /* as playlists hand it on */
	struct str agent;
	struct str url;
	const struct carrier *carrier;
	const struct application *app;   /* that a new one is asked for */
};

/* The client; a new one is asked for, and may be decided within.  NULL: no
 * memory, or too many. */
struct hls_client *hls_client_get(struct hls *hls,
				  const struct hls_identity *who);

/* A decision has come: hls_serve.c */
void hls_waiters_decided(struct hls_client *client);

void hls_clients_close(struct hls *hls);

#endif
