/* Reading the configuration again while the server runs.
 *
 * The file is read whole into a setup of its own, beside the one in force.  If
 * anything is wrong with it, nothing changes.  Else what is live
 * (CONFIG_LIVE) is taken out of it as one change: hooks, limits,
 * certificates, and what modules take by their `reload`; the rest of it is
 * thrown away, and what is different in it told to the log: that waits for a
 * restart.  Sessions, streams and sockets are not touched. */
#ifndef RELOAD_H
#define RELOAD_H

#include "base/writer.h"

struct server;

/* Read the file again.  why: NULL, or gets the lines that are logged: what is
 * wrong, or what needs a restart.  Waits for a turn of each worker.
 * Returns 0, or a negative errno: nothing has changed.  Thread: main. */
int server_reload(struct server *server, struct writer *why);

/* Have main do that soon, as SIGHUP does: what comes of it is logged, and
 * counted in server->n_reloads or n_failed_reloads.  Thread: any. */
API void server_ask_reload(void);

#endif
