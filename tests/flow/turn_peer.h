/* A TURN client for the flows, and the datagram sockets of its peers: sends
 * requests, and writes down what comes. */
#ifndef TURN_PEER_H
#define TURN_PEER_H

#include "io/udp.h"
#include "rig.h"
#include "stun/stun_writer.h"

enum { TURN_PEER_BYTES = 2048 };

/* A socket; what came last. */
struct turn_sock {
	struct udp udp;
	struct addr addr;
	size_t n;                /* datagrams that came */
	struct addr from;
	uint8_t got[TURN_PEER_BYTES];
	size_t len;
};

struct turn_client {
	struct rig *rig;
	struct turn_sock sock;
	struct addr server;
	const char *user;
	const char *password;
	char nonce[128];         /* "": none yet */
	uint8_t id[STUN_ID_LEN]; /* of the last request */
	struct writer out;
	struct stun_writer s;    /* the request under way */
	struct stun_message answer; /* the last one, in sock.got */
	unsigned code;           /* of the last answer: 0 success; 999 none */
};

/* A socket on ip:port in the rig's world.  0 or a negative errno. */
int turn_sock_open(struct turn_sock *sock, struct rig *rig, const char *ip,
		   uint16_t port);
void turn_sock_close(struct turn_sock *sock);

/* Send bytes, and let a moment pass. */
void turn_sock_send(struct rig *rig, struct turn_sock *sock,
		    const struct addr *to, struct slice bytes);

/* A client of user "u", password "p", towards worker n.  0 or a negative
 * errno; turn_client_close in any case. */
int turn_client_open(struct turn_client *c, struct rig *rig, unsigned n,
		     const char *ip, uint16_t port);
void turn_client_close(struct turn_client *c);

/* Begin a request; the caller puts attributes into c->s.  With the nonce that
 * it has, it is sent, and its answer read: c->code. */
void turn_client_begin(struct turn_client *c, unsigned method);
void turn_client_send(struct turn_client *c);

/* Whole requests; each returns c->code, after what 401 and 438 ask for. */
unsigned turn_client_allocate(struct turn_client *c, struct addr *relayed);
unsigned turn_client_refresh(struct turn_client *c, uint32_t lifetime_s);
unsigned turn_client_permit(struct turn_client *c, const struct addr *peer);
unsigned turn_client_bind(struct turn_client *c, uint16_t channel,
			  const struct addr *peer);

/* Send ChannelData, or a Send indication. */
void turn_client_channel(struct turn_client *c, uint16_t channel,
			 const char *text);
void turn_client_indicate(struct turn_client *c, const struct addr *peer,
			  const char *text);

/* Was the last datagram that came this ChannelData, or a Data indication with
 * this text? */
bool turn_client_got_channel(const struct turn_client *c, uint16_t channel,
			     const char *text);
bool turn_client_got_data(const struct turn_client *c, const char *text);

#endif
