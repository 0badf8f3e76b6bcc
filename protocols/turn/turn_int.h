/* What the files of protocols/turn share.  Thread, for all that follows: that
 * of the worker, unless it says otherwise. */
#ifndef TURN_INT_H
#define TURN_INT_H

#include "base/metric.h"
#include "base/random.h"
#include "host/quota.h"
#include "host/rate.h"
#include "io/udp.h"
#include "stun/stun_writer.h"
#include "turn/turn_server.h"
#include "turn/turn_ticket.h"

enum {
	TURN_FAMILIES = 2,
	TURN_HEAD_LEN = 4,                    /* of ChannelData */
	TURN_STREAM_WAITING_MAX = 128 * 1024, /* bytes for a slow client */
	TURN_ANSWER_MAX = 80 * 1024,          /* a Data indication is one */
	TURN_RESERVATIONS_MAX = 1024,
	TURN_NUMBER_KEY_LEN = 6,              /* keys of the tables below */
	TURN_PEER_KEY_MAX = 22,
	TURN_TUPLE_MAX = 8 + 2 + 16 + 16,
	TURN_FOREIGN_MAX = 4096,
	TURN_PADDING_MAX = 1500,              /* RFC 5780 s7.6 */
	TURN_CODES = 17,                      /* of errors, for metrics */
	TURN_ANSWERED = 1,                    /* no code: nothing to answer */
};

enum turn_transport {
	TURN_UDP,
	TURN_DTLS,
	TURN_TCP,
	TURN_TLS,
};

/* Why an allocation ended, for logs and metrics. */
enum turn_end {
	TURN_END_CLIENT,         /* Refresh with lifetime 0 */
	TURN_END_EXPIRED,
	TURN_END_CONNECTION,     /* the client's connection closed */
	TURN_END_CREDENTIALS,    /* their time is over */
	TURN_END_KICKED,
	TURN_END_SERVER,         /* the server ends */
	TURN_ENDS,
};

/* Which of the server's keyed quotas. */
enum turn_scope {
	TURN_SCOPE_ALLOCATIONS,  /* of addresses, and of users */
	TURN_SCOPE_UNKNOWN,      /* of addresses: connections that have not
				  * authenticated */
	TURN_SCOPE_RESERVATIONS, /* of users */
	TURN_SCOPE_FOREIGN,      /* of addresses: 5-tuples that belong to
				  * another worker */
};

enum turn_ports {
	TURN_PORTS_ANY,
	TURN_PORTS_EVEN,
	TURN_PORTS_PAIR,         /* an even one, and the next is reserved */
};

struct dtls_door;
struct turn_allocation;
struct turn_node;
struct turn_pipe;
struct turn_tcp;
struct turn_tcp_slot;

/* A way to a client: the 5-tuple by which it came. */
struct turn_path {
	struct turn_node *node;  /* of the socket or connection; NULL: it is
				  * `remote`, or there is none */
	uint64_t remote;         /* a connection of another worker; or 0 */
	enum turn_transport transport;
	struct addr client;
	struct addr server;      /* no family: the socket has but one */
};

/* A path that leads to an allocation. */
struct turn_tuple {
	struct turn_path path;
	struct turn_allocation *alloc;
	struct hash_node by_key;         /* in worker->tuples */
	uint8_t key[TURN_TUPLE_MAX];
};

/* A relayed transport address (RFC 8656 s3.2), one of at most two. */
struct turn_relay {
	struct udp udp;
	struct turn_tcp *tcp;    /* owned; or NULL: it is for UDP */
	struct turn_allocation *alloc;
	unsigned index;          /* of conf.relays */
	uint16_t port;
	struct addr addr;        /* as client and peers see it */
	int64_t expires_us;
	struct loop_task death;
};

/* What the fast path needs of a peer stands in one struct: the number, the
 * address, the socket, the end. */
struct turn_channel {
	struct hash_node by_number;      /* in worker->channels */
	struct hash_node by_peer;        /* in worker->peers */
	struct list_node of_alloc;
	struct turn_relay *relay;
	struct turn_permission *permission;
	struct addr peer;
	int64_t expires_us;
	int hairpin;                     /* index of the relay address that
					  * the peer is, or -1 */
	uint16_t number;
	uint8_t number_key[TURN_NUMBER_KEY_LEN];
	uint8_t peer_key[TURN_PEER_KEY_MAX];
};

/* Peers of one IP address may send (s9). */
struct turn_permission {
	struct hash_node node;           /* in worker->permissions */
	struct list_node of_alloc;
	struct turn_relay *relay;
	struct addr peer;                /* its port does not matter */
	int64_t expires_us;
	unsigned n_channels;             /* that point here */
	uint8_t key[TURN_PEER_KEY_MAX];
};

struct turn_traffic {
	uint64_t packets;
	uint64_t bytes;
};

struct turn_allocation {
	struct log_tag log;
	uint64_t id;                     /* {worker, slot, generation} */
	struct turn_worker *worker;
	struct turn_tuple tuples[2];     /* the present one, and one that the
					  * client is moving to (RFC 8016) */
	unsigned present;
	bool is_moving;
	bool is_mobile;                  /* it has a ticket, */
	uint32_t serial;                 /* of this number; */
	int64_t old_ticket_us;           /* the last one is good up to then */
	struct turn_relay *relays[TURN_FAMILIES]; /* owned; IPv4, IPv6 */
	struct list permissions;
	struct list channels;
	struct turn_identity owner;
	struct addr quota_addr;          /* that it counts for */
	uint8_t request_id[STUN_ID_LEN]; /* of the Allocate that made it */
	uint64_t token;                  /* of its reservation, or 0 */
	int missing_family;              /* half of a dual allocation */
	unsigned missing_code;           /* that there is not, and why */
	bool is_tcp;
	int64_t credentials_us;          /* when they end; INT64_MAX */
	struct timer timer;              /* at the next end of something */
	struct turn_traffic sent;        /* to peers */
	struct turn_traffic received;    /* from peers, and sent on */
	uint64_t n_dropped;              /* by the limits */
	struct rate rate;                /* of bytes */
	struct rate_spot user_rate;
	int64_t opened_us;
	uint32_t slot;
	struct loop_task death;
};

struct turn_slot {
	struct turn_allocation *alloc;   /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

/* A bound socket that waits for its client, on whichever worker it comes
 * (RFC 8656 s7.2).  Who sets BUSY owns it. */
struct turn_reservation {
	_Atomic(unsigned) state;
	int fd;
	unsigned index;                  /* of conf.relays */
	uint16_t port;
	uint64_t token;
	int64_t ends_us;
	uint8_t user[TURN_IDENTITY_ID_LEN];      /* that it counts for */
};

enum turn_reservation_state {
	TURN_RESERVATION_FREE,
	TURN_RESERVATION_BUSY,
	TURN_RESERVATION_HELD,
};

struct turn_metrics {
	struct metric *allocations;      /* that are open */
	struct metric *opened;
	struct metric *ended[TURN_ENDS];
	struct metric *bindings;
	struct metric *sent_packets;
	struct metric *sent;
	struct metric *received_packets;
	struct metric *received;
	struct metric *limited_packets;
	struct metric *slow_packets;
	struct metric *ring_packets;
	struct metric *refused_replies;
	struct metric *errors[TURN_CODES];
};

struct turn_server {
	struct log_tag log;
	struct turn_conf conf;           /* owned */
	struct quota allocations;
	struct quota unauthenticated;
	struct keyed_quota *per_user;    /* owned, as all below */
	struct keyed_quota *per_address;
	struct keyed_rate *replies;
	struct keyed_rate *user_bytes;
	/* By relay address and port: the id of the allocation that has it, or
	 * 0.  Any thread reads it. */
	_Atomic(uint64_t) *ports[TURN_RELAYS_MAX];
	_Atomic(uint64_t) *tcp_ports[TURN_RELAYS_MAX]; /* the same for TCP,
					  * whose ports are its own */
	struct turn_tcp_slot *tcp_slots; /* NULL: not relayed */
	struct turn_reservation *reservations;
	struct turn_worker **workers;
	_Atomic(struct turn_ring *) *rings;      /* [from][to] */
	unsigned n_workers;
	uint8_t ticket_key[TURN_TICKET_KEY_LEN];
};

struct turn_worker {
	struct log_tag log;
	struct turn_server *server;
	struct host *host;
	struct turn_auth *auth;          /* references: those of the server, */
	struct turn_peers *peers_allowed;        /* or of a later reading */
	void *ask_arg;                   /* for the hook of `auth` */
	struct loop *loop;
	/* The tables of the fast path: bytes of a key -> struct. */
	struct hash tuples;              /* 5-tuple -> turn_tuple */
	struct hash channels;            /* allocation, number -> channel */
	struct hash peers;               /* allocation, peer -> channel */
	struct hash permissions;         /* allocation, IP -> permission */
	struct turn_slot *slots;         /* owned */
	uint32_t n_slots;
	uint32_t free_slot;
	struct hash foreign;             /* 5-tuple -> worker that has it */
	struct list foreigners;
	uint64_t n_remotes;
	struct hash connections;         /* nodes that others send to */
	struct list sockets;             /* nodes, by `of_worker` */
	struct writer out;               /* the message under way */
	struct timer sweep;              /* of reservations */
	struct list pipes;               /* of TCP relays */
	struct timer pipe_sweep;
	struct turn_metrics metrics;
};

/* The node of a chain: a UDP socket with all its clients, or one connection
 * (TCP, TLS, DTLS). */
struct turn_node {
	struct node node;
	struct log_tag log;
	struct turn_worker *worker;
	struct binding *binding;
	struct udp *udp;                 /* of a socket; NULL: a connection */
	bool is_wildcard;                /* of a socket: paths have `server` */
	struct dtls_door *door;          /* of a socket, owned; or NULL */
	struct list_node of_worker;      /* of a socket */
	struct turn_path path;           /* of a connection, as all below */
	uint64_t remote;                 /* its name for other workers, or 0 */
	struct hash_node by_remote;      /* in worker->connections */
	struct turn_allocation *alloc;
	struct turn_pipe *pipe;          /* owned; what comes is raw */
	bool is_authenticated;
	struct timer deadline;           /* for an Allocate that succeeds */
};

/* How data came, and is to go on. */
struct turn_cargo {
	bool is_lent;                    /* see struct udp_packet */
	bool is_whole;
	bool is_forwarded;               /* by another worker */
	uint8_t tos;
	uint8_t ttl;
	size_t segment_len;              /* of a train; 0: one datagram */
};

/* A request on its way through. */
struct turn_request {
	struct turn_worker *worker;
	const struct turn_path *path;
	const struct turn_cargo *cargo;
	struct turn_allocation *alloc;   /* of the path, or NULL */
	struct stun_message m;
	bool is_authenticated;
	struct turn_identity who;
	const char *limit;               /* that was reached: the key; or NULL */
	struct stun_writer out;          /* the answer, in worker->out */
};

/* -- turn_node.c -- */

/* Something of a client has come by `path`: a message, or ChannelData; and
 * what stands in `in` is all of it. */
void turn_client_input(struct turn_worker *worker,
		       const struct turn_path *path, struct slice in,
		       const struct turn_cargo *cargo);

/* Send on a connection; what it has no room for is dropped. */
void turn_node_send(struct turn_node *node, struct slice head,
		    struct slice body);

/* Somebody we know has come; an allocation is there, or not any more. */
void turn_node_set_authenticated(struct turn_node *node);
void turn_node_set_allocation(struct turn_node *node,
			      struct turn_allocation *alloc);

/* The node of the socket of that acceptor line here, or NULL. */
struct turn_node *turn_socket_of(const struct turn_worker *worker,
				 const struct binding *binding);

/* -- turn_path.c: the way to a client -- */

/* Send `head` (of ChannelData, or empty) and `body` as one message; on
 * streams ChannelData is padded.  What a client does not take is dropped. */
void turn_path_send(struct turn_worker *worker, const struct turn_path *path,
		    struct slice head, struct slice body,
		    const struct turn_cargo *cargo);

/* Begin an indication in worker->out; send what stands there. */
struct stun_writer turn_begin_indication(struct turn_worker *worker,
					 unsigned method);
void turn_path_send_message(struct turn_worker *worker,
			    const struct turn_path *path, uint8_t tos);

/* What leads to an allocation by this path, or NULL. */
struct turn_tuple *turn_tuple_find(const struct turn_worker *worker,
				   const struct turn_path *path);

/* Make it so that `path` leads to `alloc`, and not any more.  0, -EEXIST or
 * -ENOMEM. */
int turn_tuple_attach(struct turn_tuple *tuple,
		      struct turn_allocation *alloc,
		      const struct turn_path *path);
void turn_tuple_detach(struct turn_tuple *tuple);

/* The bytes that stand for a path in tables. */
struct slice turn_tuple_key(uint8_t buf[TURN_TUPLE_MAX],
			    const struct turn_path *path);

/* By which `alloc` sends to its client. */
static inline const struct turn_path *
turn_path_of(const struct turn_allocation *alloc)
{
	return &alloc->tuples[alloc->present].path;
}

/* -- turn_request.c -- */

/* One STUN message has come: answer it, if it deserves one. */
void turn_message_input(struct turn_worker *worker,
			const struct turn_path *path, struct slice in,
			const struct turn_cargo *cargo);

/* May we answer a stranger?  The address of a datagram may be forged; and
 * passwords are not to be tried without end. */
bool turn_may_answer(struct turn_worker *worker,
		     enum turn_transport transport, const struct addr *to);

/* Begin rq->out anew, with an answer of this class, or with an error and what
 * its code wants; put integrity and fingerprint, and send it. */
void turn_answer_begin(struct turn_request *rq, enum stun_class class);
void turn_answer_error(struct turn_request *rq, unsigned code);
void turn_answer_send(struct turn_request *rq);

/* Each is for one method: what its success says is written to rq->out.
 * Returns 0, the error code to answer with, or TURN_ANSWERED. */
unsigned turn_allocate(struct turn_request *rq);
unsigned turn_refresh(struct turn_request *rq);
unsigned turn_create_permission(struct turn_request *rq);
unsigned turn_channel_bind(struct turn_request *rq);
unsigned turn_connect(struct turn_request *rq);
unsigned turn_connection_bind(struct turn_request *rq);

/* -- turn_allocation.c -- */

/* The index of a family in turn_allocation.relays. */
static inline size_t turn_family_index(int family)
{
	return family == AF_INET6;
}

static inline struct slice
turn_user_key(const struct turn_allocation *alloc)
{
	return slice(alloc->owner.id, sizeof(alloc->owner.id));
}

/* How long a client with an allocation may say nothing: it need not refresh
 * earlier (s7.2). */
static inline int64_t turn_silence_max_s(const struct turn_worker *worker)
{
	const int64_t max_s = worker->server->conf.lifetime_max_s;

	return max_s > TURN_LIFETIME_S ? max_s : TURN_LIFETIME_S;
}

const char *turn_end_text(enum turn_end end);

/* The worker in an allocation's id. */
unsigned turn_id_worker(uint64_t id);

/* A new allocation for who sent `rq`, without relays; its quotas are taken.
 * Returns 0, 486 (of the user), 508. */
unsigned turn_allocation_new(struct turn_allocation **alloc,
			     struct turn_request *rq);

/* Take it back before anybody was told of it; or end it.  Freed at the end of
 * the turn.  reason: for the log; NULL: what `end` says. */
void turn_allocation_discard(struct turn_allocation *alloc);
void turn_allocation_close(struct turn_allocation *alloc, enum turn_end end,
			   const char *reason);

/* What is left of its life has changed: look when next to look. */
void turn_allocation_schedule(struct turn_allocation *alloc);

/* The allocation with this id, or NULL. */
struct turn_allocation *turn_allocation_find(struct turn_worker *worker,
					     uint64_t id);

/* -- turn_permit.c -- */

/* May this allocation have to do with the peer?  0, 443 or 403. */
unsigned turn_check_peer(const struct turn_allocation *alloc,
			 const struct addr *peer, bool has_port);

/* May the peer, with its port, send to `relay`? */
bool turn_may_receive(const struct turn_relay *relay,
		      const struct addr *peer);

/* -- turn_ports.c -- */

/* Open a relay on a random port.  Returns 0, 440 (no relay address of the
 * family) or 508. */
unsigned turn_relay_open(struct turn_allocation *alloc, int family,
			 enum turn_ports want);

/* Open the one that was reserved, by its token.  0 or 508. */
unsigned turn_relay_redeem(struct turn_allocation *alloc, uint64_t token);

/* Take away one relay, with its permissions and channels. */
void turn_relay_close(struct turn_relay *relay);

/* The relay address that `peer` is a port of, or -1. */
int turn_server_relay_of(const struct turn_server *server,
			 const struct addr *peer);

/* -- turn_tcp.c: TCP relays (RFC 6062); more is in turn_tcp_int.h -- */

/* Take connections to `relay` from `take_fd`, a listening socket, which is
 * closed on error too.  0 or a negative errno. */
int turn_tcp_open(struct turn_relay *relay, int take_fd);

/* No more of them; those that are bound to pipes end in a moment. */
void turn_tcp_close(struct turn_relay *relay);

/* The list of its connections. */
void turn_tcp_describe(struct report *r, const struct turn_tcp *tcp);

/* Add what pipes have carried since then to that of the allocation. */
void turn_tcp_account(struct turn_allocation *alloc);

/* -- turn_tcp_pipe.c -- */

/* The client has sent raw bytes: all are eaten, or a negative errno tells why
 * not; it has ended its stream; its chain closes (returns NULL). */
ssize_t turn_pipe_input(struct turn_pipe *pipe, struct slice in);
void turn_pipe_eof(struct turn_pipe *pipe);
struct turn_pipe *turn_pipe_close(struct turn_pipe *pipe);

/* -- turn_discovery.c: RFC 5780 -- */

/* Can a client that came by `path` discover what its NAT does?  And answer
 * its Binding request. */
bool turn_discovers(const struct turn_path *path);
void turn_discovery_binding(struct turn_request *rq);

/* -- turn_data.c: the data path -- */

/* ChannelData from a client; a Send indication (s11.2); and what a peer has
 * sent to a relay. */
void turn_channel_input(const struct turn_channel *channel,
			struct slice data, const struct turn_cargo *cargo);
void turn_send_input(struct turn_allocation *alloc,
		     const struct stun_message *m,
		     const struct turn_cargo *cargo);
void turn_relay_input(struct turn_relay *relay, const struct addr *peer,
		      struct slice in, const struct turn_cargo *cargo);

/* For the sockets of relays. */
extern const struct udp_user turn_relay_user;

/* -- turn_worker.c, turn_server.c, turn_describe.c -- */

/* Look after reservations, while there are any. */
void turn_worker_sweep(struct turn_worker *worker);

/* A socket closes: end the allocations of clients that are there, or on their
 * way there.  NULL: the server ends, all of them. */
void turn_worker_close_socket(struct turn_worker *worker,
			      const struct turn_node *node);

struct metric *turn_error_metric(const struct turn_worker *worker,
				 unsigned code);

const char *turn_transport_name(enum turn_transport transport);

void turn_allocation_describe(struct report *r,
			      const struct turn_allocation *alloc);

#endif
