/* The door of DTLS on a datagram socket. */
#include "dtls/dtls_int.h"
#include "base/mem.h"


struct dtls_door {
	struct dtls_door_conf conf;
	struct loop *loop;
	struct addr local;       /* the socket's */
	struct hash sessions;
	struct timer sweep;
	struct dtls_door_stats stats;
	bool is_closed;
	struct loop_task death;
};


static struct dtls_session *of_hash_node(struct hash_node *node)
{
	return CONTAINER_OF(node, struct dtls_session, node);
}


static uint8_t *put_addr(uint8_t *p, const struct addr *addr)
{
	struct slice ip = addr_ip(addr);
	uint16_t port = addr_port(addr);

	memcpy(p, ip.p, ip.len);
	memcpy(p + ip.len, &port, sizeof(port));

	return p + ip.len + sizeof(port);
}


static struct slice key_of(const struct dtls_path *path,
			   uint8_t buf[DTLS_KEY_MAX])
{
	uint8_t *end = put_addr(buf, &path->peer);

	if (path->local.u.sa.sa_family)
		end = put_addr(end, &path->local);

	return slice(buf, (size_t)(end - buf));
}


static struct dtls_session *find(const struct dtls_door *door,
				 const struct dtls_path *path)
{
	uint8_t buf[DTLS_KEY_MAX];
	struct hash_node *node = hash_find(&door->sessions,
					   key_of(path, buf));

	return node ? of_hash_node(node) : NULL;
}


static void destroy(void *obj)
{
	mem_free(obj);
}


static void send_to(const struct dtls_door *door, struct slice datagram,
		    const struct addr *to, const struct addr *from)
{
	const struct udp_packet packet = {
		.body = datagram,
		.to = to,
		.from = from,
	};

	udp_push(door->conf.udp, &packet);
}


/* -- a session's carrier -- */

static struct dtls_session *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct dtls_session, carrier);
}


/* Its node sends by dtls_session_send; its outbox is empty. */
static ssize_t session_send(struct carrier *carrier, const struct iovec *iov,
			    int n_iov)
{
	(void)carrier;
	(void)iov;
	(void)n_iov;

	return -ENOTSUP;
}


static void session_resume(struct carrier *carrier)
{
	(void)carrier;
}


/* Datagrams have no end that the peer would tell: all is said. */
static void session_shutdown(struct carrier *carrier)
{
	carrier->user->ended(carrier->arg, 0);
}


static void session_close(struct carrier *carrier)
{
	struct dtls_session *session = of_carrier(carrier);
	struct dtls_door_stats *stats = &session->door->stats;

	if (!hash_is_linked(&session->node))
		return;

	hash_del(&session->node);
	--stats->n_sessions;
	if (!session->is_up)
		--stats->n_handshakes;
	session->death.fn = destroy;
	session->death.arg = session;
	loop_bury(carrier->loop, &session->death);
}


static const struct carrier_ops session_ops = {
	.send = session_send,
	.resume = session_resume,
	.shutdown = session_shutdown,
	.close = session_close,
};


struct dtls_session *dtls_session_of(struct carrier *carrier)
{
	return carrier->ops == &session_ops ? of_carrier(carrier) : NULL;
}


void dtls_session_send(struct dtls_session *session, struct slice datagram)
{
	struct carrier *carrier = &session->carrier;

	send_to(session->door, datagram, &carrier->peer,
		session->has_local ? &carrier->local : NULL);
	carrier->bytes_out += datagram.len;
}


void dtls_session_up(struct dtls_session *session)
{
	session->is_up = true;
	--session->door->stats.n_handshakes;
}


/* -- who comes -- */

static void deliver(struct dtls_session *session, struct slice in,
		    const struct io_meta *meta)
{
	struct carrier *carrier = &session->carrier;

	session->seen_us = session->door->loop->now_us;
	carrier->bytes_in += in.len;
	carrier->user->input(carrier->arg, in, meta);
}


static void end(struct dtls_session *session, int err)
{
	struct carrier *carrier = &session->carrier;

	if (carrier->user)
		carrier->user->ended(carrier->arg, err);
	else
		session_close(carrier);
}


static struct dtls_session *session_new(struct dtls_door *door,
					const struct dtls_path *path,
					const struct dtls_hello *hello)
{
	struct dtls_session *session = mem_zalloc(sizeof(*session));

	if (!session)
		return NULL;

	session->door = door;
	session->context = door->conf.context;
	session->has_local = path->local.u.sa.sa_family;
	session->carrier.ops = &session_ops;
	session->carrier.loop = door->loop;
	session->carrier.is_datagram = true;
	session->carrier.peer = path->peer;
	session->carrier.local = session->has_local ? path->local
						    : door->local;
	memcpy(session->random, hello->random.p, DTLS_RANDOM_LEN);
	if (hash_add(&door->sessions, &session->node,
		     key_of(path, session->key)))
		return mem_free(session);

	++door->stats.n_sessions;
	++door->stats.n_handshakes;

	return session;
}


static void ask_for_cookie(struct dtls_door *door,
			   const struct dtls_path *path,
			   const struct dtls_hello *hello)
{
	uint8_t cookie[DTLS_COOKIE_LEN], out[DTLS_VERIFY_MAX];
	const struct dtls_door_conf *conf = &door->conf;
	size_t len;

	if (conf->may_reply && !conf->may_reply(conf->arg, &path->peer)) {
		++door->stats.n_unanswered;
		return;
	}

	if (dtls_cookie_make(cookie, dtls_context_key(conf->context), path,
			     hello, door->loop->now_us))
		return;

	++door->stats.n_verifies;
	len = dtls_verify_write(out, hello, slice(cookie, sizeof(cookie)));
	send_to(door, slice(out, len), &path->peer,
		path->local.u.sa.sa_family ? &path->local : NULL);
}


/* `old`, which may be NULL, is the session of this path until now: only who
 * has a cookie puts an end to it (RFC 6347 s4.2.8). */
static void on_hello(struct dtls_door *door, struct dtls_session *old,
		     const struct dtls_path *path,
		     const struct dtls_hello *hello, struct slice in,
		     const struct io_meta *meta)
{
	const uint8_t *key = dtls_context_key(door->conf.context);
	struct dtls_session *session = NULL;

	if (!dtls_cookie_is_valid(key, path, hello, door->loop->now_us)) {
		ask_for_cookie(door, path, hello);
		return;
	}

	if (door->stats.n_handshakes < door->conf.handshakes_max) {
		if (old)
			end(old, 0);
		if (door->is_closed)
			return;
		session = session_new(door, path, hello);
	}
	if (!session) {
		++door->stats.n_refused;
		return;
	}

	door->conf.accept(door->conf.arg, &session->carrier);
	if (hash_is_linked(&session->node))
		deliver(session, in, meta);
}


static void on_datagram(struct dtls_door *door, const struct dtls_path *path,
			struct slice in, const struct io_meta *meta)
{
	struct dtls_session *session = find(door, path);
	struct dtls_hello hello;
	int err = dtls_hello_read(&hello, in);

	/* The hello that has opened it may come twice. */
	if (session && (err || !memcmp(session->random, hello.random.p,
				       DTLS_RANDOM_LEN)))
		deliver(session, in, meta);
	else if (!err)
		on_hello(door, session, path, &hello, in, meta);
	else
		++door->stats.n_ignored;
}


void dtls_door_input(struct dtls_door *door, struct slice in,
		     const struct io_meta *meta)
{
	const struct dtls_path path = { meta->peer, meta->local };
	size_t unit = meta->segment_len ? meta->segment_len : in.len;
	struct io_meta each = *meta;

	each.segment_len = 0;
	while (in.len && !door->is_closed) {
		size_t len = in.len < unit ? in.len : unit;

		on_datagram(door, &path, slice(in.p, len), &each);
		in = slice_from(in, len);
	}
}


/* -- life -- */

static void sweep(void *arg)
{
	struct dtls_door *door = arg;
	int64_t idle_ms = door->conf.idle_ms;
	int64_t since_us = door->loop->now_us - idle_ms * 1000;

	HASH_EACH(&door->sessions, node) {
		if (of_hash_node(node)->seen_us < since_us)
			end(of_hash_node(node), 0);
	}

	timer_start(loop_timers(door->loop), &door->sweep, idle_ms / 2,
		    sweep, door);
}


int dtls_door_open(struct dtls_door **doorp,
		   const struct dtls_door_conf *conf)
{
	struct dtls_door *door = mem_zalloc(sizeof(*door));

	if (!door)
		return -ENOMEM;

	door->conf = *conf;
	if (!conf->sessions_max)
		door->conf.sessions_max = DTLS_SESSIONS_MAX;
	if (!conf->handshakes_max)
		door->conf.handshakes_max = DTLS_HANDSHAKES_MAX;
	door->loop = conf->udp->io.loop;
	udp_local(conf->udp, &door->local);
	hash_init(&door->sessions, door->conf.sessions_max);
	timer_start(loop_timers(door->loop), &door->sweep, conf->idle_ms / 2,
		    sweep, door);
	*doorp = door;

	return 0;
}


void dtls_door_close(struct dtls_door *door)
{
	if (!door || door->is_closed)
		return;

	door->is_closed = true;
	timer_stop(&door->sweep);
	HASH_EACH(&door->sessions, node)
		end(of_hash_node(node), -ECANCELED);
	hash_fini(&door->sessions);
	door->death.fn = destroy;
	door->death.arg = door;
	loop_bury(door->loop, &door->death);
}


const struct dtls_door_stats *dtls_door_stats(const struct dtls_door *door)
{
	return &door->stats;
}
