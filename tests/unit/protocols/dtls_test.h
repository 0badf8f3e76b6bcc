/* For the tests of DTLS: a door on a socket of the fake world, behind it
 * chains { dtlsSession, near }; and clients, OpenSSL's own, on other sockets.
 * OpenSSL's clock is that world's, too. */
#ifndef DTLS_TEST_H
#define DTLS_TEST_H

#include "dtls/dtls_door.h"
#include "dtls/dtls_node.h"
#include "io/fake.h"
#include "tls_test.h"

enum {
	DTLS_SERVER_PORT = 3478,
	DTLS_HEARD_MAX = 16,
	DTLS_LONGEST_MAX = 17000,
	DTLS_FIRST_MAX = 600,
};

/* What is done to datagrams of one direction: bit n is for the n-th. */
struct dtls_fate {
	unsigned n;              /* so many came */
	uint64_t drop;
	uint64_t twice;
	uint64_t later;          /* after the next one */
	uint8_t kept[2048];
	size_t kept_len;
};

struct dtls_net {
	struct certs certs;
	struct fake *fake;
	struct loop loop;
	struct udp udp;          /* the server's */
	struct dtls_context *context;
	struct dtls_door_conf conf;      /* of the door; for dtls_net_open */
	struct dtls_door *door;
	struct binding binding;

	struct chain *chain;     /* the youngest; NULL: closed */
	struct node *near;       /* its */
	unsigned n_accepted;
	unsigned n_closed;
	int closed_err;
	bool refuses;            /* new sessions */
	bool is_mute;            /* near does not echo */
	bool greets;             /* it says "hi" as it is opened */
	unsigned n_events[EVENT_RESUME + 1];
	unsigned n_heard;
	size_t heard[DTLS_HEARD_MAX];    /* lengths of datagrams */
	unsigned n_asked;        /* may_reply */
	unsigned n_replies_max;  /* it allows */
	char log[1024];
};

struct dtls_client {
	struct dtls_net *net;
	struct udp udp;
	struct addr addr;
	SSL_CTX *ctx;
	SSL *ssl;
	struct tls_wire *wire;  /* owned, as its method */
	BIO_METHOD *method;
	int ssl_error;
	struct timer resend;
	struct dtls_fate out, in;
	size_t longest;          /* datagram that came */
	unsigned n_came;
	unsigned n_got;          /* plaintext datagrams */
	size_t got[DTLS_HEARD_MAX];
	uint8_t last[DTLS_LONGEST_MAX];  /* plaintext */
	uint8_t said[DTLS_FIRST_MAX];    /* the last datagram that it sent */
	size_t said_len;
	bool is_gagged;          /* it only keeps what it would send */
};

/* A server's certificate, and a world without door; net: zeroed or not. */
int dtls_net_init(struct dtls_net *net, unsigned loss_permille,
		  const char *alpn);

/* Read the certificate, x.crt, anew. */
int dtls_net_context(struct dtls_net *net, const char *alpn);

/* Open the door, as net->conf says. */
int dtls_net_open(struct dtls_net *net);
void dtls_net_fini(struct dtls_net *net);
int dtls_client_init(struct dtls_client *client, struct dtls_net *net,
		     uint16_t port);
void dtls_client_fini(struct dtls_client *client);

/* Begin the handshake; dtls_net_run goes on with it. */
void dtls_client_start(struct dtls_client *client);
int dtls_client_say(struct dtls_client *client, struct slice s);

/* A datagram of any bytes from the client's address. */
void dtls_client_inject(struct dtls_client *client, struct slice s);

void dtls_net_run(struct dtls_net *net, int64_t ms);

#endif
