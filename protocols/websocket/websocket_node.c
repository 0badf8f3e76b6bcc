/* A WebSocket as the nearest node of a chain (RFC 6455). */
#include "websocket/websocket_node.h"
#include "base/error.h"
#include "websocket/websocket_message.h"


enum {
	FRAME_MAX = 2 + WEBSOCKET_CONTROL_MAX,   /* of a control frame */
	SCRATCH = 1024,          /* payload that nobody wants, at a time */
	PONGS_MAX = 4096,        /* control bytes that wait, with pongs */
};

enum websocket_state {
	WEBSOCKET_OPEN,
	WEBSOCKET_CLOSING,       /* we have sent a close frame: no more data */
};

/* The answer to a ping, once much waits already.  One that is under way is
 * finished; of all others only the last is answered (s5.5.3), so that a flood
 * of pings costs no memory. */
struct pong {
	struct outbox_source source;     /* in the outbox while there is one */
	uint8_t frame[FRAME_MAX];
	size_t len;
	size_t n_sent;
	uint8_t next[FRAME_MAX];
	size_t next_len;
};

/* The rest of a message that was under way when we closed: the close frame
 * must not cut it, nor may a further one follow. */
struct tail {
	struct outbox_source source;
	struct outbox_source *of;        /* the user's */
};

struct websocket {
	struct node node;
	struct log_tag log;
	enum websocket_state state;
	const struct websocket_user *user;
	void *arg;
	struct websocket_message in;
	bool is_in_frame;        /* its header was read */
	struct writer payload;   /* of the data message so far */
	uint8_t control[WEBSOCKET_CONTROL_MAX];
	unsigned code;           /* the peer's, of its close frame */
	struct pong pong;
	struct tail tail;
	struct timer timer;      /* silence, or the peer's close frame */
	uint64_t bytes_in;       /* by then */
	bool is_pinged;
};


static struct websocket *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct websocket, node);
}


static bool is_open(const struct websocket *ws)
{
	return ws->node.chain->state == CHAIN_OPEN;
}


/* -- output -- */

static struct pong *of_pong(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct pong, source);
}


static int pong_peek(struct outbox_source *source, struct iovec *iov,
		     int n_iov, size_t room, bool one_message)
{
	struct pong *pong = of_pong(source);

	(void)n_iov;
	(void)room;
	(void)one_message;
	if (!pong->n_sent && pong->next_len) {
		memcpy(pong->frame, pong->next, pong->next_len);
		pong->len = pong->next_len;
		pong->next_len = 0;
	}

	iov->iov_base = pong->frame + pong->n_sent;
	iov->iov_len = pong->len - pong->n_sent;

	return 1;
}


static void pong_consume(struct outbox_source *source, size_t len)
{
	struct pong *pong = of_pong(source);
	struct websocket *ws = CONTAINER_OF(pong, struct websocket, pong);

	pong->n_sent += len;
	if (pong->n_sent < pong->len)
		return;

	pong->n_sent = 0;
	if (!pong->next_len)
		outbox_del(&ws->node.out, source);
}


static bool pong_is_inside(struct outbox_source *source)
{
	return of_pong(source)->n_sent;
}


static const struct outbox_source_ops pong_ops = {
	.peek = pong_peek,
	.consume = pong_consume,
	.is_inside = pong_is_inside,
};


static struct tail *of_tail(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct tail, source);
}


static bool tail_is_inside(struct outbox_source *source)
{
	struct outbox_source *of = of_tail(source)->of;

	return of && of->ops->is_inside(of);
}


static int tail_peek(struct outbox_source *source, struct iovec *iov,
		     int n_iov, size_t room, bool one_message)
{
	struct outbox_source *of = of_tail(source)->of;
	int n;

	(void)one_message;
	if (!tail_is_inside(source))
		return 0;

	of->has_more = true;
	n = of->ops->peek(of, iov, n_iov, room, true);
	source->has_more = of->has_more;

	return n;
}


static void tail_consume(struct outbox_source *source, size_t len)
{
	struct outbox_source *of = of_tail(source)->of;

	if (of)
		of->ops->consume(of, len);
}


static const struct outbox_source_ops tail_ops = {
	.peek = tail_peek,
	.consume = tail_consume,
	.is_inside = tail_is_inside,
};


static void send_frame(struct websocket *ws, enum websocket_opcode opcode,
		       struct slice payload)
{
	struct writer *w = outbox_control(&ws->node.out);
	uint8_t header[WEBSOCKET_HEADER_MAX];

	put_bytes(w, slice(header, websocket_frame_write(header, opcode, true,
							 payload.len)));
	put_bytes(w, payload);
	chain_want_output(ws->node.chain);
}


static void answer_ping(struct websocket *ws, struct slice payload)
{
	struct pong *pong = &ws->pong;
	size_t n;

	if (ws->node.out.control.len < PONGS_MAX) {
		send_frame(ws, WEBSOCKET_PONG, payload);
		return;
	}

	n = websocket_frame_write(pong->next, WEBSOCKET_PONG, true,
				  payload.len);
	if (payload.len)
		memcpy(pong->next + n, payload.p, payload.len);
	pong->next_len = n + payload.len;
	pong->source.ops = &pong_ops;
	if (!list_is_linked(&pong->source.node))
		outbox_add(&ws->node.out, &pong->source);
	chain_want_output(ws->node.chain);
}


/* -- closing -- */

/* A pong that waits goes out before the close frame. */
static void send_pong_now(struct websocket *ws)
{
	struct pong *pong = &ws->pong;
	bool is_inside = pong->n_sent;
	struct writer *w = outbox_control(&ws->node.out);

	if (pong->next_len)
		put_bytes(w, slice(pong->next, pong->next_len));
	else if (!is_inside && list_is_linked(&pong->source.node))
		put_bytes(w, slice(pong->frame, pong->len));
	pong->next_len = 0;
	if (!is_inside)
		outbox_del(&ws->node.out, &pong->source);
}


/* No data after the close frame (s5.5.1), but for the rest of a message. */
static void stop_sources(struct websocket *ws)
{
	send_pong_now(ws);
	LIST_EACH(&ws->node.out.sources, it) {
		struct outbox_source *source =
			CONTAINER_OF(it, struct outbox_source, node);

		if (source == &ws->pong.source)
			continue;
		if (source->ops->is_inside(source))
			ws->tail.of = source;
		outbox_del(&ws->node.out, source);
	}

	if (!ws->tail.of)
		return;
	ws->tail.source.ops = &tail_ops;
	outbox_add(&ws->node.out, &ws->tail.source);
}


/* The peer has not answered our close frame. */
static void on_close_timer(void *arg)
{
	struct websocket *ws = arg;

	chain_end(ws->node.chain);
}


static void say_close(struct websocket *ws, unsigned code, struct str reason)
{
	uint8_t frame[WEBSOCKET_CLOSE_FRAME_MAX];
	size_t len;

	if (ws->state == WEBSOCKET_CLOSING)
		return;

	ws->state = WEBSOCKET_CLOSING;
	stop_sources(ws);
	len = websocket_close_write(frame, code, reason);
	put_bytes(outbox_control(&ws->node.out), slice(frame, len));
	timer_start(loop_timers(ws->node.chain->loop), &ws->timer,
		    WEBSOCKET_CLOSE_MS, on_close_timer, ws);
	chain_want_output(ws->node.chain);
}


/* The peer broke the rules: it is told, and not heard any more (s7.1.7). */
static void fail(struct websocket *ws, unsigned code, const char *why)
{
	char text[ADDR_TEXT_MAX];

	log_info(ws, "%s: %s: closed with %u",
		 addr_print(&ws->node.chain->carrier->peer, text), why, code);
	say_close(ws, code, str(why));
	chain_end(ws->node.chain);
}


/* Both have said it now: the server ends the connection (s7.1.1). */
static void on_close_frame(struct websocket *ws, struct slice payload)
{
	struct websocket_close close;
	int err = websocket_close_read(payload, &close);

	if (err) {
		fail(ws, close.answer, "bad close frame");
		return;
	}

	ws->code = close.code;
	log_debug(ws, "close code=%u reason=%.*s", close.code,
		  PRINT_STR(close.reason));
	say_close(ws, close.answer, str(""));
	chain_end(ws->node.chain);
}


/* -- silence -- */

static void watch_silence(struct websocket *ws);


static void on_silence(void *arg)
{
	struct websocket *ws = arg;
	char text[ADDR_TEXT_MAX];

	if (ws->bytes_in != ws->node.chain->carrier->bytes_in) {
		ws->is_pinged = false;
	} else if (ws->is_pinged) {
		log_info(ws, "%s does not answer: closed",
			 addr_print(&ws->node.chain->carrier->peer, text));
		chain_close(ws->node.chain, -ETIMEDOUT);
		return;
	} else {
		ws->is_pinged = true;
		send_frame(ws, WEBSOCKET_PING, slice(NULL, 0));
	}

	watch_silence(ws);
}


static void watch_silence(struct websocket *ws)
{
	ws->bytes_in = ws->node.chain->carrier->bytes_in;
	timer_start(loop_timers(ws->node.chain->loop), &ws->timer,
		    WEBSOCKET_PING_MS, on_silence, ws);
}


/* -- input -- */

static bool wants_messages(const struct websocket *ws)
{
	return ws->state == WEBSOCKET_OPEN && ws->user && ws->user->message;
}


static void on_message(struct websocket *ws)
{
	struct writer payload = ws->payload;

	/* What the user does may be anything. */
	ws->payload = writer(WEBSOCKET_MESSAGE_MAX);
	if (wants_messages(ws))
		ws->user->message(ws, ws->in.opcode, writer_slice(&payload),
				  ws->arg);
	writer_fini(&payload);
}


static void on_frame(struct websocket *ws)
{
	struct slice control = slice(ws->control, (size_t)ws->in.frame.len);

	ws->is_in_frame = false;

	switch (ws->in.opcode) {

	case WEBSOCKET_CLOSE:
		on_close_frame(ws, control);
		break;

	case WEBSOCKET_PING:
		if (ws->state == WEBSOCKET_OPEN)
			answer_ping(ws, control);
		break;

	case WEBSOCKET_PONG:
		break;

	default:
		if (websocket_message_is_whole(&ws->in))
			on_message(ws);
		break;
	}
}


static ssize_t open_frame(struct websocket *ws, struct slice in)
{
	struct websocket_frame frame;
	int err;

	err = websocket_frame_read(in, WEBSOCKET_CLIENT, WEBSOCKET_MESSAGE_MAX,
				   &frame);
	if (err == -EAGAIN)
		return err;
	if (!err)
		err = websocket_message_open(&ws->in, &frame,
					     WEBSOCKET_MESSAGE_MAX);
	if (err) {
		fail(ws, websocket_code_of(err), err == -EMSGSIZE
		     ? "message too long" : err == -EPROTO
		     ? "frame out of order" : "bad frame");
		return 0;
	}

	ws->is_in_frame = true;

	return (ssize_t)frame.header_len;
}


/* Take what is there of the frame's payload, which may be nothing. */
static ssize_t take_payload(struct websocket *ws, struct slice in)
{
	struct websocket_message *m = &ws->in;
	size_t n = in.len < m->n_left ? in.len : (size_t)m->n_left;
	uint8_t scratch[SCRATCH], *out = scratch;

	if (websocket_opcode_is_control(m->opcode))
		out = ws->control + (m->frame.len - m->n_left);
	else if (n && wants_messages(ws))
		out = put_room(&ws->payload, n);
	else if (n > sizeof(scratch))
		n = sizeof(scratch);
	if (!out)
		return ws->payload.err;

	if (websocket_message_take(m, out, slice(in.p, n)))
		fail(ws, WEBSOCKET_BAD_DATA, "text that is no UTF-8");
	else if (!m->n_left)
		on_frame(ws);

	return (ssize_t)n;
}


static ssize_t websocket_input(struct node *node, struct slice in,
			       const struct io_meta *meta)
{
	struct websocket *ws = of_node(node);
	size_t n = 0;

	(void)meta;

	/* A frame without payload is taken, too. */
	while (is_open(ws) &&
	       (n < in.len || (ws->is_in_frame && !ws->in.n_left))) {
		struct slice rest = slice_from(in, n);
		ssize_t eaten = ws->is_in_frame ? take_payload(ws, rest)
						: open_frame(ws, rest);

		if (eaten == -EAGAIN)
			break;
		if (eaten < 0)
			return eaten;
		n += (size_t)eaten;
	}

	return (ssize_t)(is_open(ws) ? n : in.len);
}


/* -- life -- */

static int websocket_open(struct node *node, struct binding *binding)
{
	struct websocket *ws = of_node(node);

	(void)binding;
	ws->log.category = "websocket";
	ws->payload = writer(WEBSOCKET_MESSAGE_MAX);
	if (ws->state == WEBSOCKET_OPEN)
		watch_silence(ws);

	return 0;
}


static bool websocket_event(struct node *node, const struct event *event)
{
	if (event->type == EVENT_CLOSING)
		say_close(of_node(node), WEBSOCKET_GOING_AWAY, str(""));

	/* HTTP lets the directions end one by one; we do not. */
	if (event->type == EVENT_EOF)
		chain_close(node->chain, 0);

	return false;
}


/* Also of one that was never opened. */
static void websocket_on_close(struct node *node)
{
	struct websocket *ws = of_node(node);
	const struct websocket_user *user = ws->user;

	timer_stop(&ws->timer);
	writer_fini(&ws->payload);
	ws->state = WEBSOCKET_CLOSING;
	ws->user = NULL;
	if (user && user->closed)
		user->closed(ws, ws->code ? ws->code : WEBSOCKET_LOST,
			     ws->arg);
}


void websocket_set_user(struct websocket *ws,
			const struct websocket_user *user, void *arg)
{
	ws->user = user;
	ws->arg = arg;
}


void websocket_send(struct websocket *ws, enum websocket_opcode opcode,
		    struct slice payload)
{
	if (ws->state == WEBSOCKET_OPEN)
		send_frame(ws, opcode, payload);
}


void websocket_add_source(struct websocket *ws, struct outbox_source *source)
{
	if (ws->state == WEBSOCKET_OPEN)
		outbox_add(&ws->node.out, source);
}


void websocket_del_source(struct websocket *ws, struct outbox_source *source)
{
	outbox_del(&ws->node.out, source);
	if (ws->tail.of == source)
		ws->tail.of = NULL;
}


struct websocket *websocket_of(struct node *node)
{
	return of_node(node);
}


struct chain *websocket_chain(const struct websocket *ws)
{
	return ws->node.chain;
}


void websocket_close(struct websocket *ws, unsigned code, const char *reason)
{
	say_close(ws, code, str(reason));
}


size_t websocket_framing(uint8_t *out, size_t len)
{
	return websocket_frame_write(out, WEBSOCKET_BINARY, true, len);
}


const struct protocol websocket_protocol = {
	.name = "websocket",
	.size = sizeof(struct websocket),
	.input_max = WEBSOCKET_HEADER_MAX,
	.open = websocket_open,
	.input = websocket_input,
	.event = websocket_event,
	.close = websocket_on_close,
};
