/* One datagram socket, many chains: each peer address gets a carrier of its
 * own.  Thread: the loop's. */
#ifndef DEMUX_H
#define DEMUX_H

#include "base/hash.h"
#include "io/carrier.h"

/* A peer that was not known has sent something: take over its carrier (open
 * a chain on it), or close it. */
typedef void (demux_accept_fn)(struct carrier *take_carrier, void *arg);

struct demux {
	struct carrier *socket;          /* owned */
	struct hash peers;
	int64_t idle_us;
	demux_accept_fn *fn;
	void *arg;
	struct timer sweep;
	uint64_t n_refused;              /* peers, for want of room */
};

/* Serve the peers of `take_socket` (a udp_carrier_open carrier, without
 * trains): at most max_peers, each until it is silent for idle_ms.  `demux`
 * is the caller's, zeroed, and must outlive the turn in which it is closed. */
API void demux_open(struct demux *demux, struct carrier *take_socket,
		    size_t max_peers, int64_t idle_ms, demux_accept_fn *fn,
		    void *arg);

/* Close the socket; the peers' carriers were closed before.  Nothing happens
 * if it is not open. */
API void demux_close(struct demux *demux);

#endif
