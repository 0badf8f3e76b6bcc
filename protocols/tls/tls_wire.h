/* The wire of one connection as OpenSSL sees it: a BIO that reads from a
 * borrowed slice and writes to a writer, without buffers in between; or one
 * that keeps datagrams apart (RFC 7350 s4.6.1).
 * Thread: that of the connection. */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#include "base/writer.h"

struct bio_st;
struct bio_method_st;

struct tls_wire {
	struct slice in;         /* received; what is read is cut off, and of
				  * a datagram also what found no room */
	struct writer *out;      /* of a stream, borrowed: to be sent */
	void (*send)(void *arg, struct slice datagram); /* or NULL: a stream */
	void *arg;
};

/* How such a BIO works: made once, then shared by all threads; to be freed
 * with BIO_meth_free.  NULL without memory. */
struct bio_method_st *tls_wire_method_new(void);

/* A BIO over `wire`, which outlives it; NULL without memory.  It would block
 * when wire->in is empty, and fails when wire->out does. */
struct bio_st *tls_wire_bio_new(const struct bio_method_st *method,
				struct tls_wire *wire);

#endif
