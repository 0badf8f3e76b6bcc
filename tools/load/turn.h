/* The load on a TURN server: allocations, what goes through them, and what
 * was found.  One thread. */
#ifndef TURN_H
#define TURN_H

#include <stdio.h>
#include "batch.h"
#include "histogram.h"
#include "stun/stun_key.h"
#include "stun/stun_message.h"

enum {
	TURN_TEXT_MAX = 256,
	TURN_HEADER_LEN = 4,     /* of ChannelData */
	TURN_PEERS_MAX = 64,
	TURN_CHANNEL = 0x4000,   /* of every allocation */
	TURN_FRAME_MAX = 2048,   /* bytes of a frame on TCP */
	TURN_US_PER_MS = 1000,
	TURN_US_PER_S = 1000000,
};

enum turn_mode {
	TURN_ECHO,               /* client - relay - peer, and back */
	TURN_SINK,               /* client - relay - peer */
	TURN_SOURCE,             /* peer - relay - client */
	TURN_HAIRPIN,            /* client - relay - relay - client, and back */
	TURN_IDLE,               /* allocations, nothing else */
};

struct turn_options {
	struct addr server;
	struct addr peer_ip;
	const char *user;        /* NULL: none, the server takes anybody */
	const char *password;
	const char *secret;      /* of TURN REST; instead of a password */
	enum turn_mode mode;
	unsigned n_flows;
	unsigned n_users;        /* 0: each allocation has its own */
	unsigned rate;           /* relayed packets per second, in all */
	unsigned window;         /* packets in flight per flow; 0: `rate` */
	unsigned size;           /* of a packet, bytes */
	unsigned burst;          /* packets of a flow at once */
	unsigned has_gso;
	unsigned has_sockets;    /* one for each client */
	unsigned is_tcp;         /* between clients and server */
	unsigned n_peers;
	unsigned spins;          /* never sleeps */
	unsigned pid;            /* of the server, to tell what it used */
	unsigned warmup_ms;
	unsigned seconds;
	unsigned timeout_s;      /* for all to be allocated */
	bool is_remote;          /* not on loopback */
	bool is_json;
};

enum turn_state {
	TURN_NEW,
	TURN_ASKING,             /* Allocate without credentials sent */
	TURN_ALLOCATING,
	TURN_ALLOCATED,          /* the other one of a pair is not yet */
	TURN_BINDING,
	TURN_READY,
	TURN_CLOSING,
	TURN_CLOSED,
};

/* An allocation, the flow of packets that begins there, and its end. */
struct turn_flow {
	enum turn_state state;
	int fd;                  /* borrowed if all share one */
	uint32_t ip;             /* the client's; 0: that of the socket */
	struct addr relayed;
	uint8_t id[STUN_ID_LEN]; /* of the request that waits */
	uint32_t n_requests;
	int64_t asked_us;
	unsigned n_asked;        /* times, for this request */
	struct stun_key key;
	char user[TURN_TEXT_MAX];
	char nonce[TURN_TEXT_MAX];
	uint32_t n_sent;
	uint32_t next;           /* to be received */
	unsigned credit;         /* packets that --window lets it send */
	int64_t active_us;       /* when it last sent or received */
	struct turn_stream *stream;      /* owned; of TCP, else NULL */
};

struct turn_totals {
	uint64_t sent;           /* packets, while measuring */
	uint64_t received;       /* of these, at the end of their way */
	uint64_t relayed;        /* that came from the server in this time */
	uint64_t repeated;       /* again, or out of order */
	uint64_t corrupt;
	uint64_t strays;         /* at somebody else's */
	uint64_t unsent;         /* the system did not take them */
	struct histogram rtt;    /* or one way, where none come back */
	struct histogram late;   /* behind the schedule */
};

enum turn_phase {
	TURN_ALLOCATE,
	TURN_WARMUP,
	TURN_MEASURE,
	TURN_DRAIN,
	TURN_CLOSE,
	TURN_DONE,
};

/* Flows send in turn, each once in a cycle, at a random time of it. */
struct turn_schedule {
	unsigned n;              /* flows that send of their own */
	unsigned step;           /* from one of them to the next */
	uint32_t *flows;         /* owned: in the order of the cycle */
	int64_t *offsets_us;     /* owned: when, in the cycle */
	int64_t cycle_us;
	int64_t start_us;        /* of the first cycle */
	uint64_t n_done;         /* bursts */
};

struct turn_load {
	struct turn_options opt;
	uint32_t run;
	int epoll_fd;            /* owned */
	int client_fd;           /* owned: of all clients, or -1 */
	int peer_fds[TURN_PEERS_MAX];    /* owned */
	struct addr peers[TURN_PEERS_MAX];
	struct turn_flow *flows; /* owned */
	enum turn_phase phase;
	int64_t phase_us;        /* its start */
	int64_t now_us;
	int64_t checked_us;      /* when requests were last looked at */
	unsigned n_asked;        /* flows that have begun */
	unsigned n_ready;
	unsigned n_closed;
	char realm[TURN_TEXT_MAX];
	struct turn_schedule schedule;
	int64_t measure_us;      /* start and end of the measurement */
	int64_t measure_end_us;
	int64_t cpu_us;          /* own, while measuring */
	int64_t server_us;       /* CPU of the server, while measuring */
	struct batch_in in;
	struct batch_out out;
	uint8_t heads[BATCH_SLOTS][64];  /* of packets in `out` */
	unsigned n_heads;
	struct turn_totals totals;
};

/* The command line.  Returns 0, or -EINVAL and has said why; --help prints
 * the options and ends the program. */
int turn_options_read(struct turn_options *opt, int argc, char **argv);

/* Send the first Allocate of flow `i`. */
void turn_flow_open(struct turn_load *load, unsigned i);

/* Ask for a lifetime of 0. */
void turn_flow_close(struct turn_load *load, struct turn_flow *flow);

/* Send towards the server: by the batch of the load, or the stream. */
void turn_flow_send(struct turn_load *load, struct turn_flow *flow,
		    const struct batch_send *send);

/* A STUN message came for it. */
void turn_flow_answer(struct turn_load *load, struct turn_flow *flow,
		      struct slice in);

/* Ask again where an answer has not come. */
void turn_flows_check(struct turn_load *load);

/* Lay out the schedule, from load->now_us on.  Returns 0 or -ENOMEM. */
int turn_traffic_start(struct turn_load *load);
void turn_traffic_stop(struct turn_load *load);

/* Send what is due at load->now_us.  Returns the time of the next. */
int64_t turn_traffic_run(struct turn_load *load);

/* Receive at the socket of client `i` (or of all: -1), or of peer `i`; or
 * from a client's stream. */
void turn_traffic_recv_client(struct turn_load *load, int fd, int64_t i);
void turn_traffic_recv_stream(struct turn_load *load, struct turn_flow *flow);
void turn_traffic_recv_peer(struct turn_load *load, unsigned i);

/* Print what was found; returns true if all is as it should be. */
bool turn_report_print(const struct turn_load *load, FILE *f);

/* Allocate, send, measure as the options say (--help), and print what was
 * found.  Returns the exit status: 0, 1 if a packet is wrong, 2 for a bad
 * option.  argv[0] is skipped. */
int turn_load(int argc, char **argv);

#endif
