/* The yardstick.  One epoll loop that takes one RTMP publisher,
 * writes its messages once as chunks into a ring, and sends each viewer what
 * is new in the ring with one system call: when a turn of the loop brought
 * something, or --merge-ms after the first thing not yet sent.
 *
 * Nothing is left out of what every server must do per viewer, and nothing
 * is added: one stream, no names, no limits, no audio without video.  A
 * viewer starts at the next key frame, and is closed if it falls a ring
 * behind.
 *
 * --fault spoils the stream once in a while, so that one can see the load
 * tool find it. */
#include "bare_loop.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "wire.h"

enum {
	EVENTS_MAX = 256,
	READ_MAX = 256 * 1024,
	RING_LEN = 4 << 20,
	PROLOGUE_MAX = 4096,
	ANSWER_MAX = 1024,
	BACKLOG = 4096,
	CSID_COMMAND = 3,
	CSID_MEDIA = 4,
	US_PER_MS = 1000,
	EXIT_USAGE = 2,
	FAULT_EVERY = 101,
};

enum fault {
	FAULT_NONE,
	FAULT_DROP,              /* a message is lost */
	FAULT_FLIP,              /* a byte of a message is changed */
	FAULT_TWICE,             /* a message is sent again */
	FAULT_CHUNK,             /* a chunk header that cannot be */
};

/* What is needed until a client plays, and for the publisher all along. */
struct client {
	struct wire_in in;
	uint32_t handshake_left;
	uint32_t len;            /* of the message in `bytes` so far */
	uint8_t bytes[WIRE_MESSAGE_MAX];
};

struct conn {
	int fd;                  /* -1: free */
	bool is_viewer;
	bool is_waiting;         /* for a key frame */
	bool is_blocked;         /* waits to be writable */
	uint64_t pos;            /* of the ring: next byte to send */
	struct client *client;   /* owned; NULL for viewers */
};

struct bare {
	int epoll_fd;
	int listen_fd;
	int64_t merge_us;
	enum fault fault;
	uint64_t n_messages;
	uint8_t *ring;           /* mapped twice in a row */
	uint64_t end;            /* bytes ever written to the ring */
	uint64_t key;            /* where the newest key frame begins */
	bool has_key;            /* one came in this turn */
	int64_t unsent_us;       /* since when there is something; 0 */
	uint8_t prologue[PROLOGUE_MAX];
	size_t prologue_len;
	struct conn *conns;      /* owned, by descriptor */
	size_t n_conns;
	int *viewers;            /* owned: descriptors */
	size_t n_viewers;
};

/* The current client, as wire_read hands it on. */
struct turn {
	struct bare *bare;
	struct conn *conn;
};


static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


/* Memory that follows itself, so that no send meets an end. */
static uint8_t *map_ring(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	uint8_t *p;

	if (fd < 0 || ftruncate(fd, RING_LEN))
		return NULL;

	p = mmap(NULL, 2 * (size_t)RING_LEN, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED ||
	    mmap(p, RING_LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, 0) == MAP_FAILED ||
	    mmap(p + RING_LEN, RING_LEN, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return NULL;
	close(fd);

	return p;
}


static void watch(struct bare *bare, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	epoll_ctl(bare->epoll_fd, op, fd, &ev);
}


static void close_conn(struct bare *bare, struct conn *conn)
{
	for (size_t i = 0; conn->is_viewer && i < bare->n_viewers; i++) {
		if (bare->viewers[i] == conn->fd) {
			bare->viewers[i] = bare->viewers[--bare->n_viewers];
			break;
		}
	}
	close(conn->fd);
	free(conn->client);
	conn->client = NULL;
	conn->fd = -1;
	conn->is_viewer = false;
}


/* Send a viewer what it lacks. */
static void send_viewer(struct bare *bare, struct conn *conn)
{
	size_t len = (size_t)(bare->end - conn->pos);
	ssize_t n;

	if (len > RING_LEN) {
		close_conn(bare, conn);
		return;
	}

	n = send(conn->fd, bare->ring + conn->pos % RING_LEN, len,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			close_conn(bare, conn);
			return;
		}
		n = 0;
	}

	conn->pos += (uint64_t)n;
	if (((size_t)n < len) != conn->is_blocked) {
		conn->is_blocked = !conn->is_blocked;
		watch(bare, EPOLL_CTL_MOD, conn->fd,
		      conn->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}


/* A key frame came: those who wait begin with it. */
static void start_viewers(struct bare *bare)
{
	for (size_t i = 0; i < bare->n_viewers; i++) {
		struct conn *conn = &bare->conns[bare->viewers[i]];

		if (!conn->is_waiting)
			continue;
		conn->is_waiting = false;
		conn->pos = bare->key;
		/* NOTE: fits the empty socket buffer, so one call does. */
		send(conn->fd, bare->prologue, bare->prologue_len,
		     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	bare->has_key = false;
}


static void flush(struct bare *bare)
{
	bare->unsent_us = 0;
	if (bare->has_key)
		start_viewers(bare);

	/* From the last: closing one moves the last into its place. */
	for (size_t i = bare->n_viewers; i-- > 0;) {
		struct conn *conn = &bare->conns[bare->viewers[i]];

		if (!conn->is_waiting && !conn->is_blocked)
			send_viewer(bare, conn);
	}
}


/* Sequence headers and metadata, for viewers to come. */
static bool is_config(const struct wire_message *m)
{
	return m->type == WIRE_DATA ||
		(m->len > 1 && !m->head[1]);
}


static void keep_config(struct bare *bare, const struct wire_message *m,
			const uint8_t *p)
{
	struct wire_out out = { bare->prologue, bare->prologue_len,
				sizeof(bare->prologue) };

	if (m->len + 32 > sizeof(bare->prologue) - bare->prologue_len)
		return;

	wire_put_message(&out, CSID_MEDIA, m->timestamp, m->type, 1, p,
			 m->len, WIRE_MESSAGE_MAX);
	bare->prologue_len = out.len;
}


/* Write a message of the publisher to the ring. */
static void put_media(struct bare *bare, const struct wire_message *m,
		      const uint8_t *p)
{
	uint8_t *to = bare->ring + bare->end % RING_LEN;
	struct wire_out out = { to, 0, RING_LEN };
	bool is_due = ++bare->n_messages % FAULT_EVERY == 0;
	bool is_key = m->type == WIRE_VIDEO && m->len && m->head[0] >> 4 == 1;

	if (is_key) {
		bare->key = bare->end;
		bare->has_key = true;
	} else if (is_due && bare->fault == FAULT_DROP) {
		return;
	}

	wire_put_message(&out, CSID_MEDIA, m->timestamp, m->type, 1, p,
			 m->len, WIRE_MESSAGE_MAX);
	if (is_due && bare->fault == FAULT_FLIP)
		to[out.len - 1] ^= 1;
	if (is_due && bare->fault == FAULT_CHUNK)
		to[0] = 0xc0 | 63;
	if (is_due && bare->fault == FAULT_TWICE)
		wire_put_message(&out, CSID_MEDIA, m->timestamp, m->type, 1,
				 p, m->len, WIRE_MESSAGE_MAX);
	bare->end += out.len;
	if (!bare->unsent_us)
		bare->unsent_us = now_us();
}


static void send_out(const struct conn *conn, const struct wire_out *out)
{
	/* NOTE: answers are few and small: a short write cannot be. */
	if (send(conn->fd, out->p, out->len, MSG_NOSIGNAL) < 0)
		perror("send");
}


static void put_result(struct wire_out *out, double txn, double id)
{
	uint8_t bytes[ANSWER_MAX];
	struct wire_out body = { bytes, 0, sizeof(bytes) };

	amf_put_string(&body, "_result");
	amf_put_number(&body, txn);
	amf_put_null(&body);
	amf_put_number(&body, id);
	wire_put_message(out, CSID_COMMAND, 0, WIRE_COMMAND, 0, body.p,
			 body.len, WIRE_MESSAGE_MAX);
}


static void put_status(struct wire_out *out, const char *code)
{
	uint8_t bytes[ANSWER_MAX];
	struct wire_out body = { bytes, 0, sizeof(bytes) };

	amf_put_string(&body, "onStatus");
	amf_put_number(&body, 0);
	amf_put_null(&body);
	amf_put_object(&body);
	amf_put_key(&body, "level");
	amf_put_string(&body, "status");
	amf_put_key(&body, "code");
	amf_put_string(&body, code);
	amf_put_end(&body);
	wire_put_message(out, CSID_COMMAND, 0, WIRE_COMMAND, 1, body.p,
			 body.len, WIRE_MESSAGE_MAX);
}


/* From now on the client only reads: its state is no longer needed. */
static void become_viewer(struct bare *bare, struct conn *conn)
{
	conn->is_viewer = true;
	conn->is_waiting = true;
	conn->is_blocked = false;
	bare->viewers[bare->n_viewers++] = conn->fd;
}


static void on_command(struct bare *bare, struct conn *conn, const uint8_t *p,
		       size_t len)
{
	uint8_t bytes[2 * ANSWER_MAX];
	struct wire_out out = { bytes, 0, sizeof(bytes) };
	const char *name;
	size_t n, name_len;
	double txn = 0;

	n = amf_get_string(p, len, &name, &name_len);
	if (!n || !amf_get_number(p + n, len - n, &txn))
		return;

	if (name_len == 7 && !memcmp(name, "connect", 7)) {
		wire_put_control(&out, WIRE_SET_CHUNK_SIZE, WIRE_MESSAGE_MAX);
		put_result(&out, txn, 0);
	} else if (name_len == 12 && !memcmp(name, "createStream", 12)) {
		put_result(&out, txn, 1);
	} else if (name_len == 7 && !memcmp(name, "publish", 7)) {
		bare->prologue_len = 0;
		put_status(&out, "NetStream.Publish.Start");
	} else if (name_len == 4 && !memcmp(name, "play", 4)) {
		put_status(&out, "NetStream.Play.Start");
		become_viewer(bare, conn);
	}
	if (out.len)
		send_out(conn, &out);
}


static int on_piece(void *arg, const struct wire_message *m, const uint8_t *p,
		    size_t len)
{
	struct turn *turn = arg;
	struct client *client = turn->conn->client;

	/* One message at a time: a publisher that interleaves is refused. */
	if (m->got != client->len)
		return -EBADMSG;

	memcpy(client->bytes + client->len, p, len);
	client->len += (uint32_t)len;
	if (client->len < m->len)
		return 0;

	client->len = 0;
	if (m->type == WIRE_COMMAND)
		on_command(turn->bare, turn->conn, client->bytes, m->len);
	if (m->type != WIRE_AUDIO && m->type != WIRE_VIDEO &&
	    m->type != WIRE_DATA)
		return 0;
	if (is_config(m))
		keep_config(turn->bare, m, client->bytes);
	else
		put_media(turn->bare, m, client->bytes);

	return 0;
}


/* C0 and C1 are answered by S0, S1 and S2; C2 is read over. */
static void read_handshake(struct conn *conn, const uint8_t **p, size_t *len)
{
	uint8_t s[1 + 2 * WIRE_HANDSHAKE_LEN] = { WIRE_VERSION };
	struct wire_out out = { s, sizeof(s), sizeof(s) };
	struct client *client = conn->client;
	size_t n = *len;
	bool had_c1 = client->handshake_left <= WIRE_HANDSHAKE_LEN;

	if (n > client->handshake_left)
		n = client->handshake_left;
	*p += n;
	*len -= n;
	client->handshake_left -= (uint32_t)n;
	if (!had_c1 && client->handshake_left <= WIRE_HANDSHAKE_LEN)
		send_out(conn, &out);
}


static void read_conn(struct bare *bare, struct conn *conn)
{
	static uint8_t bytes[READ_MAX];
	struct turn turn = { bare, conn };
	const uint8_t *p = bytes;
	size_t len;
	ssize_t n = recv(conn->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_conn(bare, conn);
		return;
	}
	if (!conn->client)
		return;

	len = (size_t)n;
	if (conn->client->handshake_left)
		read_handshake(conn, &p, &len);
	if (len && wire_read(&conn->client->in, p, len, on_piece, &turn)) {
		fprintf(stderr, "bad chunk\n");
		close_conn(bare, conn);
		return;
	}

	if (conn->is_viewer) {
		free(conn->client);
		conn->client = NULL;
	}
}


static void accept_all(struct bare *bare)
{
	struct conn *conn;
	int fd, one = 1;

	for (;;) {
		fd = accept4(bare->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return;
		if ((size_t)fd >= bare->n_conns) {
			close(fd);
			continue;
		}

		conn = &bare->conns[fd];
		memset(conn, 0, sizeof(*conn));
		conn->fd = fd;
		conn->client = malloc(sizeof(*conn->client));
		if (!conn->client) {
			close_conn(bare, conn);
			continue;
		}
		wire_in_init(&conn->client->in);
		conn->client->len = 0;
		conn->client->handshake_left = 1 + 2 * WIRE_HANDSHAKE_LEN;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		watch(bare, EPOLL_CTL_ADD, fd, EPOLLIN);
	}
}


static int wait_ms(const struct bare *bare)
{
	int64_t us;

	if (!bare->unsent_us)
		return -1;

	us = bare->unsent_us + bare->merge_us - now_us();

	return us <= 0 ? 0 : (int)((us + US_PER_MS - 1) / US_PER_MS);
}


static void run(struct bare *bare)
{
	struct epoll_event events[EVENTS_MAX];
	struct conn *conn;
	int n;

	for (;;) {
		n = epoll_wait(bare->epoll_fd, events, EVENTS_MAX,
			       wait_ms(bare));
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == bare->listen_fd) {
				accept_all(bare);
				continue;
			}
			conn = &bare->conns[events[i].data.fd];
			if (conn->fd >= 0 && events[i].events & EPOLLOUT)
				send_viewer(bare, conn);
			if (conn->fd >= 0 &&
			    events[i].events & ~(uint32_t)EPOLLOUT)
				read_conn(bare, conn);
		}
		if (bare->unsent_us &&
		    now_us() - bare->unsent_us >= bare->merge_us)
			flush(bare);
	}
}


static int open_bare(struct bare *bare, uint16_t port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct rlimit limit;
	int one = 1;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);

	bare->n_conns = limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
	bare->conns = calloc(bare->n_conns, sizeof(*bare->conns));
	bare->viewers = calloc(bare->n_conns, sizeof(*bare->viewers));
	bare->ring = map_ring();
	bare->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	bare->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
				 SOCK_CLOEXEC, 0);
	if (!bare->conns || !bare->viewers || !bare->ring)
		return -ENOMEM;

	setsockopt(bare->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one,
		   sizeof(one));
	if (bind(bare->listen_fd, (const struct sockaddr *)&addr,
		 sizeof(addr)) || listen(bare->listen_fd, BACKLOG))
		return -errno;
	watch(bare, EPOLL_CTL_ADD, bare->listen_fd, EPOLLIN);

	return 0;
}


static int read_fault(const char *text)
{
	static const char *const names[] = {
		"none", "drop", "flip", "twice", "chunk"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(text, names[i]))
			return (int)i;
	}

	return -EINVAL;
}


int bare_loop(int argc, char **argv)
{
	static struct bare bare;
	int port = 0, fault = FAULT_NONE, err;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--port"))
			port = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--merge-ms"))
			bare.merge_us = (int64_t)atoi(argv[i + 1]) * US_PER_MS;
		else if (!strcmp(argv[i], "--fault"))
			fault = read_fault(argv[i + 1]);
		else
			fault = -EINVAL;
	}
	if (port <= 0 || port > UINT16_MAX || fault < 0 || argc % 2 == 0) {
		fprintf(stderr, "load bare --port N [--merge-ms N] [--fault "
			"none|drop|flip|twice|chunk]\n");
		return EXIT_USAGE;
	}

	bare.fault = (enum fault)fault;
	err = open_bare(&bare, (uint16_t)port);
	if (err) {
		fprintf(stderr, "port %d: %s\n", port, strerror(-err));
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	run(&bare);

	return EXIT_SUCCESS;
}
