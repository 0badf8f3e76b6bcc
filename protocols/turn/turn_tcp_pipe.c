/* Two data connections that are joined (RFC 6062 s5.4, s5.5): the client's,
 * a chain of this worker, and the peer's, a socket.  What comes from one goes
 * to the other as it is.
 *
 * All that was read is kept until it has left, and nothing more is read in a
 * direction that is full: each holds PIPE_MAX and one read at most.  Each
 * direction ends by itself, after its last byte. */
#include <netinet/tcp.h>
#include "base/mem.h"
#include "turn/turn_tcp_int.h"


enum {
	PIPE_MAX = 128 * 1024,           /* bytes of a direction: read on */
	PIPE_PACE_MS = 50,               /* above a limit: try again */
	PIPE_SWEEP_MS = 1000,
	PIPE_HALF_US = 60 * 1000000,     /* one side has ended, and the other
					  * is silent: it is gone too */
};

struct turn_pipe {
	struct log_tag log;
	struct turn_worker *worker;
	struct turn_node *node;          /* of the client's chain */
	struct turn_tcp_slot *slot;      /* BOUND: ours, with its share; as
					  * long as the peer's socket */
	struct list_node of_worker;
	struct io io;                    /* to the peer; fd -1: closed */
	struct writer to_peer;
	struct writer to_client;
	size_t n_sent;                   /* of to_client */
	struct outbox_source source;     /* lends the rest of it */
	bool has_client_ended;
	bool has_peer_ended;
	bool has_shut_peer;              /* it was told that no more comes */
	bool has_shut_client;            /* will be told, behind the rest; */
	struct loop_task told;           /* it may have been */
	bool is_client_paused;
	uint64_t n_owed;                 /* bytes above the relay's limit */
	uint64_t n_user_owed;            /* and above the user's */
	struct timer pace;
	int64_t moved_us;                /* when the last byte came */
	struct loop_task death;
};


static struct turn_pipe *of_io(struct io *io)
{
	return CONTAINER_OF(io, struct turn_pipe, io);
}


static struct chain *chain_of(const struct turn_pipe *pipe)
{
	return pipe->node->node.chain;
}


static size_t to_client_len(const struct turn_pipe *pipe)
{
	return pipe->to_client.len - pipe->n_sent;
}


/* -- ends -- */

/* From now on there may be another one to this peer. */
static void close_peer(struct turn_pipe *pipe)
{
	struct loop *loop = pipe->worker->loop;

	if (pipe->io.fd < 0)
		return;
	timer_stop(&pipe->pace);
	loop->backend->ops->close(loop->backend, &pipe->io);
	turn_tcp_slot_give(pipe->slot);
	pipe->slot = NULL;
}


/* The peer goes at once, the client after what it is still sent. */
static void end(struct turn_pipe *pipe, const char *why)
{
	log_debug(pipe, "end: %s", why);
	close_peer(pipe);
	chain_end(chain_of(pipe));
}


/* -- what flows -- */

/* Read from whom there is something to do for, and pass on the ends. */
static void update(struct turn_pipe *pipe)
{
	const struct backend_ops *ops = pipe->worker->loop->backend->ops;
	struct backend *backend = pipe->worker->loop->backend;
	const bool is_slow = pipe->n_owed || pipe->n_user_owed;
	const bool wants_peer = !pipe->has_peer_ended && !is_slow &&
				to_client_len(pipe) < PIPE_MAX;
	const bool wants_client = !pipe->has_client_ended && !is_slow &&
				  !pipe->to_peer.len;

	if (pipe->io.fd < 0)
		return;

	if (pipe->has_client_ended && !pipe->to_peer.len &&
	    !pipe->has_shut_peer) {
		pipe->has_shut_peer = true;
		ops->shutdown(backend, &pipe->io);
	}
	if (pipe->has_peer_ended && !to_client_len(pipe) &&
	    !pipe->has_shut_client) {
		pipe->has_shut_client = true;
		chain_shut(chain_of(pipe));
		loop_after_flush(pipe->worker->loop, &pipe->told);
	}
	if (pipe->has_shut_peer && chain_of(pipe)->has_shut) {
		end(pipe, "both sides");
		return;
	}

	if (wants_peer && !pipe->io.is_receiving)
		ops->recv_start(backend, &pipe->io);
	else if (!wants_peer && pipe->io.is_receiving)
		ops->recv_stop(backend, &pipe->io);

	/* To resume is to be called with what TLS has kept. */
	if (!wants_client) {
		pipe->is_client_paused = true;
		chain_pause(chain_of(pipe));
	} else if (pipe->is_client_paused) {
		pipe->is_client_paused = false;
		chain_resume(chain_of(pipe));
	}
}


/* What is told behind what a slow client has not taken yet is seen by the
 * sweep. */
static void on_told(void *arg)
{
	update(arg);
}


/* -- limits: what is above them has passed already, and is waited for -- */

static void on_pace(void *arg);


static void pay(struct turn_pipe *pipe)
{
	struct turn_server *server = pipe->worker->server;
	const struct turn_limits *limits = &server->conf.limits;
	struct turn_tcp_share *share = pipe->slot->share;
	const int64_t now_us = pipe->worker->loop->now_us;

	if (pipe->n_owed && rate_take(&share->rate, now_us, pipe->n_owed,
				      (uint64_t)limits->bytes_per_s))
		pipe->n_owed = 0;
	if (pipe->n_user_owed &&
	    keyed_rate_take(server->user_bytes, share->user_rate, now_us,
			    pipe->n_user_owed,
			    (uint64_t)limits->bytes_per_s_per_user))
		pipe->n_user_owed = 0;
	if (pipe->n_owed || pipe->n_user_owed)
		timer_start(loop_timers(pipe->worker->loop), &pipe->pace,
			    PIPE_PACE_MS, on_pace, pipe);
}


static void on_pace(void *arg)
{
	struct turn_pipe *pipe = arg;

	pay(pipe);
	update(pipe);
}


static void count(struct turn_pipe *pipe, _Atomic(uint64_t) *bytes,
		  struct metric *metric, size_t len)
{
	const struct turn_limits *limits = &pipe->worker->server->conf.limits;

	atomic_fetch_add(bytes, len);
	metric_add(metric, (int64_t)len);
	pipe->moved_us = pipe->worker->loop->now_us;
	if (limits->bytes_per_s)
		pipe->n_owed += len;
	if (limits->bytes_per_s_per_user)
		pipe->n_user_owed += len;
	pay(pipe);
}


/* -- from the client -- */

/* Send what waits.  0 or a negative errno. */
static int send_to_peer(struct turn_pipe *pipe, struct slice *in)
{
	struct backend *backend = pipe->worker->loop->backend;
	uint8_t *bytes;
	struct iovec iov;
	const struct io_packet packet = { .iov = &iov, .n_iov = 1 };
	ssize_t n;

	/* An iovec is for reading too, hence not const. */
	memcpy(&bytes, &in->p, sizeof(bytes));
	iov.iov_base = bytes;
	iov.iov_len = in->len;
	n = backend->ops->send(backend, &pipe->io, &packet, 1);
	if (n < 0)
		return (int)n;
	*in = slice_from(*in, (size_t)n);

	return 0;
}


ssize_t turn_pipe_input(struct turn_pipe *pipe, struct slice in)
{
	const size_t len = in.len;

	if (!len || pipe->io.fd < 0)
		return (ssize_t)len;

	count(pipe, &pipe->slot->share->sent, pipe->worker->metrics.sent,
	      len);
	if (!pipe->to_peer.len && send_to_peer(pipe, &in)) {
		end(pipe, "the peer takes no more");
		return (ssize_t)len;
	}

	put_bytes(&pipe->to_peer, in);
	if (pipe->to_peer.err)
		return pipe->to_peer.err;
	update(pipe);

	return (ssize_t)len;
}


void turn_pipe_eof(struct turn_pipe *pipe)
{
	pipe->has_client_ended = true;
	update(pipe);
}


static void on_writable(struct io *io)
{
	struct turn_pipe *pipe = of_io(io);
	struct slice left = writer_slice(&pipe->to_peer);

	if (left.len && send_to_peer(pipe, &left)) {
		end(pipe, "the peer takes no more");
		return;
	}
	writer_drop(&pipe->to_peer, pipe->to_peer.len - left.len);
	update(pipe);
}


/* -- from the peer -- */

static void on_recv(struct io *io, struct slice in,
		    const struct io_meta *meta)
{
	struct turn_pipe *pipe = of_io(io);

	(void)meta;
	if (!in.len) {
		pipe->has_peer_ended = true;
		update(pipe);
		return;
	}

	count(pipe, &pipe->slot->share->received,
	      pipe->worker->metrics.received, in.len);
	writer_drop(&pipe->to_client, pipe->n_sent);
	pipe->n_sent = 0;
	put_bytes(&pipe->to_client, in);
	if (pipe->to_client.err) {
		chain_close(chain_of(pipe), pipe->to_client.err);
		return;
	}
	chain_want_output(chain_of(pipe));
	update(pipe);
}


static void on_failed(struct io *io, int err)
{
	end(of_io(io), error_text(err));
}


static const struct io_handler handler = {
	.recv = on_recv,
	.writable = on_writable,
	.failed = on_failed,
};


static struct turn_pipe *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct turn_pipe, source);
}


static int lend(struct outbox_source *source, struct iovec *iov, int n_iov,
		size_t room, bool one_message)
{
	struct turn_pipe *pipe = of_source(source);
	const size_t len = to_client_len(pipe);

	(void)n_iov;
	(void)one_message;
	if (!len)
		return 0;
	iov->iov_base = pipe->to_client.data + pipe->n_sent;
	iov->iov_len = len < room ? len : room;
	source->has_more = len > room;

	return 1;
}


static void consume(struct outbox_source *source, size_t len)
{
	struct turn_pipe *pipe = of_source(source);

	pipe->n_sent += len;
	if (pipe->n_sent == pipe->to_client.len) {
		writer_drop(&pipe->to_client, pipe->n_sent);
		pipe->n_sent = 0;
	}
	update(pipe);
}


static bool is_inside(struct outbox_source *source)
{
	(void)source;

	return false;
}


static const struct outbox_source_ops source_ops = {
	.peek = lend,
	.consume = consume,
	.is_inside = is_inside,
};


/* -- life -- */

static void sweep(struct turn_pipe *pipe)
{
	const bool is_half = pipe->has_client_ended || pipe->has_peer_ended;
	const int64_t now_us = pipe->worker->loop->now_us;

	if (pipe->io.fd < 0)
		return;

	if (!pipe->to_peer.len)
		writer_fini(&pipe->to_peer);
	if (!pipe->to_client.len)
		writer_fini(&pipe->to_client);
	if (atomic_load(&pipe->slot->share->is_over))
		end(pipe, "the allocation is over");
	else if (is_half && now_us - pipe->moved_us > PIPE_HALF_US)
		end(pipe, "one side, and the other is silent");
	else
		update(pipe);
}


static void start_sweep(struct turn_worker *worker);


static void on_sweep(void *arg)
{
	struct turn_worker *worker = arg;

	LIST_EACH(&worker->pipes, it)
		sweep(CONTAINER_OF(it, struct turn_pipe, of_worker));
	if (worker->pipes.n)
		start_sweep(worker);
}


static void start_sweep(struct turn_worker *worker)
{
	if (!timer_is_running(&worker->pipe_sweep))
		timer_start(loop_timers(worker->loop), &worker->pipe_sweep,
			    PIPE_SWEEP_MS, on_sweep, worker);
}


static void set_no_delay(int fd)
{
	const int one = 1;

	/* Only a hint. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}


int turn_pipe_open(struct turn_node *node, struct turn_tcp_slot *slot)
{
	struct turn_worker *worker = node->worker;
	struct loop *loop = worker->loop;
	struct turn_pipe *pipe = mem_zalloc(sizeof(*pipe));
	int err;

	if (!pipe)
		return -ENOMEM;

	pipe->log.category = "turn";
	pipe->log.id = atomic_load(&slot->id);
	pipe->worker = worker;
	pipe->node = node;
	pipe->slot = slot;
	pipe->to_peer = writer(2 * LOOP_ARENA);
	pipe->to_client = writer(PIPE_MAX + LOOP_ARENA);
	pipe->source.ops = &source_ops;
	pipe->told.fn = on_told;
	pipe->told.arg = pipe;
	pipe->moved_us = loop->now_us;
	pipe->io.handler = &handler;
	pipe->io.loop = loop;
	pipe->io.kind = IO_STREAM;
	pipe->io.fd = slot->fd;
	pipe->io.is_receiving = true;
	err = loop->backend->ops->open(loop->backend, &pipe->io);
	if (err) {
		mem_free(pipe);
		return err;
	}

	set_no_delay(slot->fd);
	turn_tcp_slot_bind(slot);
	node->pipe = pipe;
	timer_stop(&node->deadline);
	chain_set_two_way(node->node.chain);
	chain_set_send_timeout(node->node.chain, 0);
	outbox_add(&node->node.out, &pipe->source);
	list_add(&worker->pipes, &pipe->of_worker);
	start_sweep(worker);

	return 0;
}


static void destroy(void *arg)
{
	struct turn_pipe *pipe = arg;

	writer_fini(&pipe->to_peer);
	writer_fini(&pipe->to_client);
	mem_free(pipe);
}


struct turn_pipe *turn_pipe_close(struct turn_pipe *pipe)
{
	close_peer(pipe);
	list_del(&pipe->of_worker);
	list_del(&pipe->told.node);
	outbox_del(&pipe->node->node.out, &pipe->source);
	pipe->death.fn = destroy;
	pipe->death.arg = pipe;
	loop_bury(pipe->worker->loop, &pipe->death);

	return NULL;
}
