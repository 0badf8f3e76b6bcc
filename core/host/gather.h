/* Looking at what all workers have, without holding up any: a job goes from
 * worker to worker by mail, looks at a slice of their objects in each turn of
 * a loop, writes what it finds as JSON into pieces of its own, and comes home.
 *
 * A list is {"sessions":[...],"next":"1-2f"}: `next` is there if the limit was
 * reached first, and says where to go on: a worker and a slot, so that a page
 * costs the same however many come before it.  What stays has its slot; what
 * comes or goes between two pages may be missed or not. */
#ifndef GATHER_H
#define GATHER_H

#include "base/chunk.h"
#include "base/mem.h"
#include "base/report.h"
#include "host/host.h"

enum {
	GATHER_SLICE = 100,      /* objects described in one turn */
	GATHER_SKIP = 16,        /* slots that are nothing of interest, and
				  * cost as much as one object */
	GATHER_LIMIT_MAX = 10000,        /* objects in one answer */
	GATHER_PART = 64 * 1024, /* bytes of a piece, or a slice more */
	GATHER_BYTES_MAX = 32 << 20,     /* of one answer */
	GATHER_PLACE_MAX = 32,   /* room for gather_place_print */
};

struct gather;

/* Where a list goes on. */
struct gather_place {
	unsigned worker;
	size_t slot;
};

/* Look at a slice of what `host` has: from g->place.slot on, which is moved
 * on, while gather_has_time().  Returns true when this worker has no more.
 * Thread: the host's. */
typedef bool (gather_visit_fn)(struct gather *g, struct host *host);

/* It is home, and gone after this call.  err: 0; -ENOENT: nothing was found,
 * for jobs without a list; -ENOMEM; -EMSGSIZE: above GATHER_BYTES_MAX.
 * Not called after gather_cancel.  Thread: the asker's. */
typedef void (gather_done_fn)(struct gather *g, int err, void *arg);

struct gather_conf {
	const char *list;        /* static: its name; NULL: `visit` looks for
				  * one thing, see gather_found */
	gather_visit_fn *visit;
	struct gather_place from;
	bool is_here_only;       /* no worker but from.worker */
	size_t limit;            /* objects, 1 to GATHER_LIMIT_MAX */
	void *query;             /* visit's; freed with the job by */
	mem_destroy_fn *free_query;      /* may be NULL */
	gather_done_fn *done;
	void *arg;
};

struct gather {
	struct mail mail;
	struct host *home;
	struct gather_conf conf;

	/* For visit: */
	struct report report;    /* inside of the list, if there is one */
	struct gather_place place;
	int n_time;              /* left of this turn */
	size_t n_left;           /* objects that there is room for */
	bool is_found;
	int err;                 /* of an action that was found */

	/* For done: what was written; it may take the chunks out. */
	struct chunk **parts;    /* owned */
	size_t n_parts;
	size_t len;              /* bytes of all of them */

	struct writer out;
	size_t n_parts_size;
	atomic_bool is_cancelled;
};

/* Send a job out from `home`; conf is copied, conf->query taken over, on
 * errors too.  NULL: no memory.  Thread: home's. */
API struct gather *gather_start(struct host *home,
				const struct gather_conf *conf);

/* Nobody waits for it any more.  Thread: home's. */
API void gather_cancel(struct gather *g);

/* For visit: is there time for one more slot in this turn, and room for one
 * more object?  And: it was one (else it was passed over). */
static inline bool gather_has_time(const struct gather *g)
{
	return g->n_time > 0 && g->n_left;
}

API void gather_pass(struct gather *g, bool is_object);

/* For visit, without a list: this was it, and what was written or (err) could
 * not be done is all.  Visit returns true. */
API void gather_found(struct gather *g, int err);

/* A place as text, to be given back; 0 or -EBADMSG.  Thread: any, pure. */
API const char *gather_place_print(char *buf,
				   const struct gather_place *place);
API int gather_place_parse(struct gather_place *place, struct str text);

#endif
