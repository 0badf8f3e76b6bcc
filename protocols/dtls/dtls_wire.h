/* The wire of one session as OpenSSL sees it: a BIO that keeps datagrams
 * apart (RFC 7350 s4.6.1), without buffers.  Thread: that of the session. */
#ifndef DTLS_WIRE_H
#define DTLS_WIRE_H

#include "base/slice.h"

struct bio_st;
struct bio_method_st;

struct dtls_wire {
	struct slice in;         /* a datagram; empty once it is read */
	void (*send)(void *arg, struct slice datagram);
	void *arg;
};

/* How such a BIO works: made once, then shared by all threads; to be freed
 * with BIO_meth_free.  NULL without memory. */
struct bio_method_st *dtls_wire_method_new(void);

/* A BIO over `wire`, which outlives it; NULL without memory. */
struct bio_st *dtls_wire_bio_new(const struct bio_method_st *method,
				 struct dtls_wire *wire);

#endif
