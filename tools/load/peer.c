/* One client connection: handshake, connect, createStream, then its role
 * (Adobe RTMP 1.0 s5.2, s7.2). */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "load.h"

enum {
	READ_MAX = 256 * 1024,
	PENDING_MAX = 8 << 20,
	COMMAND_MAX = 2048,
	CSID_COMMAND = 3,
	TXN_CONNECT = 1,
	TXN_CREATE = 2,
};


int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}


void peer_say(const struct peer *peer, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s %u: ", peer->role->name, peer->index);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}


static void set_events(struct peer *peer, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = peer };

	if (peer->fd < 0 || events == peer->events)
		return;

	epoll_ctl(peer->load->epoll_fd,
		  peer->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, peer->fd, &ev);
	peer->events = events;
}


void peer_set_reading(struct peer *peer, bool on)
{
	uint32_t others = peer->events & ~(uint32_t)EPOLLIN;

	set_events(peer, others | EPOLLERR | (on ? (uint32_t)EPOLLIN : 0));
}


void peer_close(struct peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	peer->state = PEER_CLOSED;
	free(peer->pending);
	peer->pending = NULL;
	peer->pending_len = 0;
}


static int keep_pending(struct peer *peer, const uint8_t *p, size_t len)
{
	uint8_t *bytes;

	if (peer->pending_len + len > PENDING_MAX)
		return -EMSGSIZE;

	bytes = realloc(peer->pending, peer->pending_len + len);
	if (!bytes)
		return -ENOMEM;

	memcpy(bytes + peer->pending_len, p, len);
	peer->pending = bytes;
	peer->pending_len += len;
	set_events(peer, peer->events | EPOLLOUT);

	return 0;
}


int peer_send(struct peer *peer, const uint8_t *p, size_t len)
{
	ssize_t n = 0;

	if (peer->fd < 0)
		return -ENOTCONN;

	if (!peer->pending_len)
		n = send(peer->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		n = 0;
	}

	return (size_t)n < len ? keep_pending(peer, p + n, len - (size_t)n) : 0;
}


static int send_pending(struct peer *peer)
{
	ssize_t n = send(peer->fd, peer->pending, peer->pending_len,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;

	peer->pending_len -= (size_t)n;
	memmove(peer->pending, peer->pending + n, peer->pending_len);
	if (!peer->pending_len)
		set_events(peer, peer->events & ~(uint32_t)EPOLLOUT);

	return 0;
}


void peer_put_command(struct wire_out *out, const char *name, double txn)
{
	amf_put_string(out, name);
	amf_put_number(out, txn);
	amf_put_null(out);
}


int peer_send_command(struct peer *peer, uint32_t stream_id,
		      const struct wire_out *body)
{
	uint8_t bytes[COMMAND_MAX + 64];
	struct wire_out out = { bytes, 0, sizeof(bytes) };

	wire_put_message(&out, CSID_COMMAND, 0, WIRE_COMMAND, stream_id,
			 body->p, body->len, 128);

	return peer_send(peer, out.p, out.len);
}


static int send_handshake(struct peer *peer)
{
	uint8_t c0c1[1 + WIRE_HANDSHAKE_LEN] = { WIRE_VERSION };

	for (unsigned i = 9; i < sizeof(c0c1); i++)
		c0c1[i] = (uint8_t)(i * 31 + peer->index);

	peer->state = PEER_HANDSHAKE;
	peer->handshake_left = 1 + 2 * WIRE_HANDSHAKE_LEN;

	return peer_send(peer, c0c1, sizeof(c0c1));
}


static int send_connect(struct peer *peer)
{
	const struct url *url = &peer->load->opt.url;
	uint8_t bytes[COMMAND_MAX];
	struct wire_out out = { bytes, 0, sizeof(bytes) };
	char tc_url[2 * URL_PART_MAX + 32];
	bool is_v6 = strchr(url->host, ':');

	snprintf(tc_url, sizeof(tc_url), "rtmp://%s%s%s:%u/%s",
		 is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", url->port,
		 url->app);

	amf_put_string(&out, "connect");
	amf_put_number(&out, TXN_CONNECT);
	amf_put_object(&out);
	amf_put_key(&out, "app");
	amf_put_string(&out, url->app);
	amf_put_key(&out, "type");
	amf_put_string(&out, "nonprivate");
	amf_put_key(&out, "flashVer");
	amf_put_string(&out, "FMLE/3.0 (compatible; sluice load)");
	amf_put_key(&out, "tcUrl");
	amf_put_string(&out, tc_url);
	amf_put_end(&out);
	peer->state = PEER_CONNECT;

	return peer_send_command(peer, 0, &out);
}


static int send_create(struct peer *peer)
{
	uint8_t bytes[COMMAND_MAX];
	struct wire_out out = { bytes, 0, sizeof(bytes) };

	peer_put_command(&out, "createStream", TXN_CREATE);
	peer->state = PEER_CREATE;

	return peer_send_command(peer, 0, &out);
}


/* The handshake's answer is S0, S1 and S2: the content of S2 is not looked
 * at, since a simple handshake need not echo (RTMP 1.0 s5.2.4). */
static int read_handshake(struct peer *peer, const uint8_t **p, size_t *len)
{
	uint8_t c2[WIRE_HANDSHAKE_LEN] = { 0 };
	size_t n = *len;
	int err;

	if (peer->handshake_left == 1 + 2 * WIRE_HANDSHAKE_LEN &&
	    **p != WIRE_VERSION)
		return -EBADMSG;

	if (n > peer->handshake_left)
		n = peer->handshake_left;
	*p += n;
	*len -= n;
	peer->handshake_left -= (uint32_t)n;
	if (peer->handshake_left)
		return 0;

	wire_in_init(&peer->in);
	err = peer_send(peer, c2, sizeof(c2));

	return err ? err : send_connect(peer);
}


static int on_result(struct peer *peer, double txn, const uint8_t *p,
		     size_t len)
{
	double id;
	size_t n;

	if (txn == TXN_CONNECT && peer->state == PEER_CONNECT)
		return send_create(peer);
	if (txn != TXN_CREATE || peer->state != PEER_CREATE)
		return 0;

	n = amf_skip(p, len);
	if (!n || !amf_get_number(p + n, len - n, &id) || id < 0 || id > 1e6)
		return -EBADMSG;

	peer->stream_id = (uint32_t)id;
	peer->state = PEER_START;

	return peer->role->on_created(peer);
}


static bool has_text(const struct wire_message *m, const char *text)
{
	return memmem(m->head, m->head_len, text, strlen(text)) != NULL;
}


static int on_command(struct peer *peer, const struct wire_message *m)
{
	const uint8_t *p = m->head;
	size_t len = m->head_len, n, name_len;
	const char *name;
	double txn;

	n = amf_get_string(p, len, &name, &name_len);
	if (!n || !amf_get_number(p + n, len - n, &txn))
		return -EBADMSG;
	n += 9;

	if (name_len == 7 && !memcmp(name, "_result", 7))
		return on_result(peer, txn, p + n, len - n);
	if (name_len == 8 && !memcmp(name, "onStatus", 8) &&
	    !has_text(m, "error"))
		return peer->role->on_status(peer);
	if ((name_len == 6 && !memcmp(name, "_error", 6)) ||
	    (name_len == 8 && !memcmp(name, "onStatus", 8))) {
		peer_say(peer, "the server refused");
		return -EACCES;
	}

	return 0;
}


static int on_control(struct peer *peer, const struct wire_message *m)
{
	uint8_t bytes[64];
	struct wire_out out = { bytes, 0, sizeof(bytes) };

	if (m->type == WIRE_WINDOW_ACK && m->len == 4)
		peer->ack_window = wire_be32(m->head);
	if (m->type != WIRE_USER_CONTROL || m->len < 6 ||
	    m->head[0] || m->head[1] != WIRE_PING)
		return 0;

	wire_put_user_control(&out, WIRE_PONG, 1, wire_be32(m->head + 2), 0);

	return peer_send(peer, out.p, out.len);
}


static int on_piece(void *arg, const struct wire_message *m, const uint8_t *p,
		    size_t len)
{
	struct peer *peer = arg;

	if (m->type == WIRE_AUDIO || m->type == WIRE_VIDEO)
		return peer->role->on_media ?
			peer->role->on_media(peer, m, p, len) : -EBADMSG;
	if (m->got + len < m->len)
		return 0;

	return m->type == WIRE_COMMAND ? on_command(peer, m) :
		on_control(peer, m);
}


static bool is_http(const struct peer *peer)
{
	return peer->load->opt.flv_port && peer->role->ask;
}


static int on_flv_piece(void *arg, const struct wire_message *m,
			const uint8_t *p, size_t len)
{
	struct peer *peer = arg;

	if (m->type == WIRE_DATA)
		return 0;

	return m->type == WIRE_AUDIO || m->type == WIRE_VIDEO
		       ? peer->role->on_media(peer, m, p, len) : -EBADMSG;
}


/* Acknowledge each half window received (RTMP 1.0 s5.4.3). */
static int send_ack(struct peer *peer)
{
	uint8_t bytes[32];
	struct wire_out out = { bytes, 0, sizeof(bytes) };

	if (!peer->ack_window ||
	    peer->n_received - peer->n_acked < peer->ack_window / 2)
		return 0;

	peer->n_acked = peer->n_received;
	wire_put_control(&out, WIRE_ACK, (uint32_t)peer->n_received);

	return peer_send(peer, out.p, out.len);
}


static int on_readable(struct peer *peer)
{
	static uint8_t bytes[READ_MAX];
	struct load *load = peer->load;
	const uint8_t *p = bytes;
	size_t len;
	ssize_t n = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int err = 0;

	load->now_us = now_us();
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -EPIPE;

	len = (size_t)n;
	peer->n_received += len;
	if (load->phase == PHASE_MEASURE)
		load->totals.bytes += len;
	if (is_http(peer))
		return flv_read(&peer->flv, p, len, on_flv_piece, peer);
	if (peer->state == PEER_HANDSHAKE)
		err = read_handshake(peer, &p, &len);
	if (!err && len)
		err = wire_read(&peer->in, p, len, on_piece, peer);

	return err ? err : send_ack(peer);
}


static int on_connected(struct peer *peer)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err)
		return -err;

	set_events(peer, EPOLLIN);
	if (is_http(peer)) {
		memset(&peer->flv, 0, sizeof(peer->flv));
		peer->state = PEER_RUNNING;
		return peer->role->ask(peer);
	}

	return send_handshake(peer);
}


static void fail(struct peer *peer, int err)
{
	struct totals *totals = &peer->load->totals;

	if (err == -EBADMSG || err == -EMSGSIZE)
		++totals->protocol_errors;
	++totals->closed;
	peer_say(peer, "%s in state %d", err == -EPIPE ?
		 "closed by the server" : strerror(-err), (int)peer->state);
	peer_close(peer);
}


void peer_on_events(struct peer *peer, uint32_t events)
{
	int err = 0;

	if (peer->fd < 0)
		return;

	if (peer->state == PEER_CONNECTING) {
		err = on_connected(peer);
	} else {
		if (events & EPOLLOUT)
			err = send_pending(peer);
		if (!err && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
			err = on_readable(peer);
	}
	if (err)
		fail(peer, err);
}


void peer_open(struct peer *peer, struct load *load, const struct role *role,
	       unsigned index, unsigned stream)
{
	const struct url *url = role->ask && load->opt.flv_port
					? &load->opt.flv_url : &load->opt.url;
	int size = (int)load->opt.receive_buffer, one = 1;

	peer->load = load;
	peer->role = role;
	peer->index = index;
	peer->stream = stream;
	peer->state = PEER_CONNECTING;
	peer->fd = socket(url->addr.ss_family,
			  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (peer->fd < 0) {
		fail(peer, -errno);
		return;
	}

	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (size && role->on_media)
		setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &size,
			   sizeof(size));
	if (connect(peer->fd, (const struct sockaddr *)&url->addr,
		    url->addr_len) && errno != EINPROGRESS) {
		fail(peer, -errno);
		return;
	}
	set_events(peer, EPOLLOUT);
}
