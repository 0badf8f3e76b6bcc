/* A whole server on the fake backend: its workers' loops, and one more for
 * the peers of a case, on one thread and with a clock of their own. */
#ifndef RIG_H
#define RIG_H

#include "host/server.h"
#include "io/fake.h"

struct rig {
	struct fake *fake;
	struct server server;
	struct loop loop;        /* the peers' */
	uint16_t next_port;      /* of peers */
};

/* Start a server.  app: Lua, the keys of the application `live`, or `turn`.
 * Each worker n has an acceptor "inboundRtmp", or "inboundTurn", of its own on
 * rig_addr(n).  Returns 0 or a negative errno; rig_fini in any case. */
int rig_init(struct rig *rig, unsigned n_workers, const char *app,
	     const struct fake_conf *conf);
void rig_fini(struct rig *rig);

/* What a case has of its own: another application than `live`, with its chain
 * on rig_addr; more acceptors, Lua, each line with its worker and ended by a
 * comma; more protocols, ended by NULL. */
struct rig_more {
	const char *module;      /* NULL: "live" */
	const char *chain;       /* NULL: "inboundRtmp" */
	const char *acceptors;
	const struct protocol *const *protocols;
};

int rig_init_more(struct rig *rig, unsigned n_workers, const char *app,
		  const struct fake_conf *conf, const struct rig_more *more);

/* Where worker n listens. */
struct addr rig_addr(unsigned n);

/* A stream to worker n: a descriptor for the backend of rig->loop, or a
 * negative errno; *from is the address that the server sees. */
int rig_dial(struct rig *rig, unsigned n, struct addr *from);

/* So many milliseconds go by. */
void rig_run(struct rig *rig, int64_t ms);

#endif
