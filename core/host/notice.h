/* Notices: what happens to sessions, streams and the server, for whoever wants
 * to know.  Outside of the server they are called events (docs/events.md); in
 * here those are what a chain tells its nodes.
 *
 * A notice is printed once, as JSON, into an immutable chunk, and put into a
 * ring, the only one: it keeps the last NOTICES_KEPT.  Who reads is a position
 * in it, so that a slow reader costs nothing and loses what it is too slow
 * for, which it is told.  While nobody has asked for any, one costs the
 * look at a counter, and nothing is kept.
 *
 * The ring has a lock, as readers and writers are many and on any thread;
 * under it a chunk is counted and listeners are woken, nothing else. */
#ifndef NOTICE_H
#define NOTICE_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/chunk.h"
#include "base/list.h"
#include "base/metric.h"

enum {
	NOTICES_KEPT = 1024,
	NOTICE_ID_SIZE = 24,      /* with its zero */
	NOTICE_NODE_SIZE = 256,
	NOTICE_TEXT_MAX = 256,    /* bytes of each text that a peer chose */
	NOTICE_MAX = 16 * 1024,   /* bytes of one, printed */
};

enum notice_type {
	NOTICE_SESSION_OPEN,
	NOTICE_SESSION_CLOSE,
	NOTICE_PUBLISH_START,
	NOTICE_PUBLISH_STOP,
	NOTICE_PLAY_START,
	NOTICE_PLAY_STOP,
	NOTICE_STREAM_START,      /* a name has a stream now */
	NOTICE_STREAM_STOP,
	NOTICE_SERVER_START,
	NOTICE_SERVER_DRAIN,
	NOTICE_SERVER_RELOAD,
	NOTICE_SERVER_STOP,
	NOTICE_TYPES,

	/* No notices: questions, printed the same way (decider.h). */
	NOTICE_ASK_SESSION = NOTICE_TYPES,
	NOTICE_ASK_PUBLISH,
	NOTICE_ASK_PLAY,
};

struct server;
struct session;
struct stream_key;

/* What a notice says; all borrowed. */
struct notice_facts {
	enum notice_type type;
	const struct session *session;   /* NULL: of none */
	const struct stream_key *stream; /* NULL: of none */

	/* Of data; left out if empty or 0. */
	struct str reason;
	int64_t duration_us;
	struct str query;        /* may hold secrets: of questions only */
	unsigned attempt;
};

/* One that was taken out of the ring. */
struct notice {
	enum notice_type type;
	char id[NOTICE_ID_SIZE];  /* unique; as text in the order of time */
	struct chunk *json;      /* a reference */
};

/* Who is told that there is something new; zeroed but for wake and arg. */
struct notice_listener {
	struct list_node node;
	void (*wake)(void *arg); /* on any thread, under the ring's lock: must
				  * be quick, and call nothing of this file */
	void *arg;
};

struct notices {
	char node[NOTICE_NODE_SIZE];      /* this server's name */
	uint32_t tag;                    /* of this process, in ids */
	_Atomic(int64_t) last_us;        /* of the newest id */
	atomic_uint n_wanted;            /* by how many; 0: none is kept */
	pthread_mutex_t lock;
	struct list listeners;
	uint64_t end;                    /* position of the next one */
	struct notice ring[NOTICES_KEPT];
	struct metric *n_emitted;        /* references; may be NULL */
	struct metric *n_lost;
};

/* node: copied, "" for the host's name.  Thread: main. */
void notices_init(struct notices *notices, struct metrics *metrics);
void notices_set_node(struct notices *notices, const char *node);
void notices_fini(struct notices *notices);

/* Tell it.  Thread: any; the session's worker, if it has one. */
API void notice_emit(struct server *server, const struct notice_facts *facts);

/* Print it, whether anybody listens or not: for questions.  notice->json is
 * the caller's.  0, -ENOMEM or -EMSGSIZE.  Thread: the session's. */
API int notice_print(struct notice *notice, struct server *server,
		     const struct notice_facts *facts);

/* Keep notices from now on; each call has its counterpart.  Thread: any. */
API void notices_want(struct notices *notices);
API void notices_unwant(struct notices *notices);

/* Be woken with each notice, until notice_unlisten.  Thread: any. */
API void notice_listen(struct notices *notices,
		       struct notice_listener *listener);
API void notice_unlisten(struct notices *notices,
			 struct notice_listener *listener);

/* The position of the next notice, for who wants only what is new. */
API uint64_t notices_end(struct notices *notices);

/* The position behind the notice `id`.  False: it is not in the ring; then
 * *pos is that of the oldest one there. */
API bool notices_find(struct notices *notices, struct str id, uint64_t *pos);

/* Take the notice at *pos (its chunk: one more reference, the caller's), and
 * go behind it.  *n_lost: how many before it were lost to this reader.
 * False: there is none yet.  Thread: any. */
API bool notice_take(struct notices *notices, uint64_t *pos,
		     struct notice *notice, uint64_t *n_lost);

/* "publish.start", static. */
API const char *notice_type_name(enum notice_type type);

/* Add to *mask (a bit for each type) what `name` means: a type, all of a kind
 * ("publish"), or all ("*").  0, or -ENOENT: there is no such type. */
API int notice_mask_add(uint32_t *mask, struct str name);

#endif
