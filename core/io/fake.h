/* The fake backend of the tests: a world with a clock of its own, and wires
 * between the sockets of its loops.  Nothing in it depends on the machine:
 * the same seed gives the same run.
 *
 *	err = fake_new(&fake, &conf);
 *	err = fake_backend_new(&backend, fake);      one for each loop
 *	err = loop_init(&loop, backend);
 *	fd = fake_listen(fake, &addr);               for acceptor_open
 *	fd = fake_dial(fake, &addr, &from);          IO_DIAL, or for tcp_open
 *	fake_run(fake, 5000000);                     five seconds go by
 *	loop_fini(&loop);
 *	fake_free(fake);
 *
 * Its descriptors are numbers that the system does not know.  A connection
 * that a handler does not open within `accepted` (and may then release) is
 * refused.
 * Thread: one for all, which pulses all loops in turn. */
#ifndef FAKE_H
#define FAKE_H

#include "io/backend.h"

enum {
	FAKE_WIRE = 64 * 1024,   /* bytes under way, by default */
	FAKE_DATAGRAMS_MAX = 256, /* waiting at one socket */
};

struct fake_conf {
	uint64_t seed;
	size_t wire_size;        /* bytes a wire holds; 0: FAKE_WIRE */
	size_t recv_max;         /* delivered at once: 1 to this; 0: all */
	size_t send_max;         /* taken at once: 1 to this; 0: all */
	bool is_exact;           /* not "1 to", but just so many */
	unsigned loss_permille;  /* of datagrams */
};

struct fake;

/* A world at time 1 s, without loops.  0 or -ENOMEM. */
int fake_new(struct fake **fake, const struct fake_conf *conf);

/* Its loops must be gone.  NULL is allowed; returns NULL. */
struct fake *fake_free(struct fake *fake);

/* A backend for one more loop.  0 or -ENOMEM. */
int fake_backend_new(struct backend **backend, struct fake *fake);

/* A listening socket; several may have one address, and take turns.
 * Each of these returns a descriptor, or -ENOMEM. */
int fake_listen(struct fake *fake, const struct addr *addr);

/* A stream towards whoever listens on `to`; refused, if nobody does. */
int fake_dial(struct fake *fake, const struct addr *to,
	      const struct addr *from);

/* Both ends of a stream. */
int fake_pair(struct fake *fake, int fds[2]);

/* A datagram socket. */
int fake_bind(struct fake *fake, const struct addr *addr);

/* As if the peer's machine were gone: nothing moves any more. */
void fake_cut(struct fake *fake, int fd);

/* As if the wire of that end were reset. */
void fake_reset(struct fake *fake, int fd);

int64_t fake_now_us(const struct fake *fake);

/* Let all loops work until nothing is left to do now.  Returns false if that
 * does not happen within very many turns. */
bool fake_settle(struct fake *fake);

/* The same, and on for `us`: the clock goes on to the next timer whenever
 * nothing is left to do. */
bool fake_run(struct fake *fake, int64_t us);

#endif
