/* RTMP as a node of a chain: handshake, chunks, control messages, and who
 * gets the rest. */
#include "rtmp/rtmp_node.h"
#include "base/error.h"
#include "base/mem.h"
#include "rtmp/rtmp_aggregate.h"
#include "rtmp/rtmp_int.h"


enum { PING_BYTES_MAX = 256 };   /* of a ping on the wire, at most */


static struct rtmp *of_node(struct node *node)
{
	return (struct rtmp *)node;
}


/* -- message streams -- */

struct rtmp_stream *rtmp_find_stream(struct rtmp *rtmp, uint32_t id)
{
	LIST_EACH(&rtmp->streams, node) {
		struct rtmp_stream *s =
			CONTAINER_OF(node, struct rtmp_stream, node);

		if (s->id == id)
			return s;
	}

	return NULL;
}


struct rtmp_stream *rtmp_add_stream(struct rtmp *rtmp)
{
	struct rtmp_stream *s;
	uint32_t id = 1;

	if (rtmp->streams.n == RTMP_STREAMS_MAX)
		return NULL;

	s = mem_zalloc(sizeof(*s));
	if (!s)
		return NULL;

	while (rtmp_find_stream(rtmp, id))
		++id;
	s->id = id;
	s->rtmp = rtmp;
	list_add(&rtmp->streams, &s->node);

	return s;
}


void rtmp_stream_stop(struct rtmp_stream *s)
{
	if (decision_is_pending(&s->decision)) {
		decision_cancel(&s->decision);
		rtmp_decide_end(s->rtmp);
	}

	rtmp_publisher_close(s);
	rtmp_player_close(s);
	s->pending_raw = chunk_unref(s->pending_raw);
}


static void destroy_stream(void *arg)
{
	mem_free(arg);
}


void rtmp_stream_free(struct rtmp_stream *s)
{
	rtmp_stream_stop(s);
	list_del(&s->node);

	/* Whoever closes the chain may be working for this very stream. */
	s->death.fn = destroy_stream;
	s->death.arg = s;
	loop_bury(s->rtmp->node.chain->loop, &s->death);
}


int rtmp_take_name(struct rtmp_stream *s, struct str raw)
{
	/* The AMF message goes, the decision stays. */
	chunk_unref(s->pending_raw);
	s->pending_raw = chunk_copy(slice(raw.p, raw.len));
	if (!s->pending_raw)
		return -ENOMEM;

	return rtmp_name_parse(&s->pending,
			       str_of(chunk_slice(s->pending_raw)));
}


int rtmp_stream_key(const struct rtmp_stream *s, struct str other, char *buf,
		    struct stream_key *key)
{
	const struct session *session = s->rtmp->session;
	int len = rtmp_name_print(buf, str(s->rtmp->instance),
				  other.len ? other : s->pending.name);

	if (len < 0)
		return len;

	key->vhost = s->pending.vhost[0] ? str(s->pending.vhost)
					 : str(session->texts.vhost);
	key->app = str(session->app->name);
	key->name = str_n(buf, (size_t)len);

	return 0;
}


/* -- decisions -- */

void rtmp_decide_begin(struct rtmp *rtmp)
{
	++rtmp->n_deciding;
}


void rtmp_decide_end(struct rtmp *rtmp)
{
	if (!--rtmp->n_deciding)
		chain_resume(rtmp->node.chain);
}


/* -- messages -- */

/* The peer says after how many bytes it wants to give an Ack (s5.4.5). */
static void set_window_out(struct rtmp *rtmp, uint32_t size)
{
	const struct rtmp_control window = {
		.type = RTMP_WINDOW_ACK_SIZE,
		.value = size,
	};

	if (!size || size == rtmp->window_out)
		return;

	rtmp->window_out = size;
	rtmp_send_control(rtmp, &window);
}


static int on_control(struct rtmp *rtmp, const struct rtmp_message *msg)
{
	struct rtmp_control c;
	int err = rtmp_control_read(&c, msg->header.type,
				    chunk_slice(msg->body));

	if (err)
		return err;

	switch (c.type) {

	case RTMP_SET_CHUNK_SIZE:
		return rtmp_dechunker_set_chunk_size(&rtmp->in, c.value);

	case RTMP_ABORT:
		rtmp_dechunker_abort(&rtmp->in, c.value);
		return 0;

	case RTMP_WINDOW_ACK_SIZE:
		rtmp->window = c.value ? c.value : RTMP_WINDOW;
		return 0;

	case RTMP_SET_PEER_BANDWIDTH:
		set_window_out(rtmp, c.value);
		return 0;

	case RTMP_USER_CONTROL:
		if (c.event == RTMP_PING_REQUEST) {
			c.event = RTMP_PING_RESPONSE;
			rtmp_send_control(rtmp, &c);
		}
		return 0;

	default:
		return 0;
	}
}


static int on_media(struct rtmp *rtmp, const struct rtmp_header *header,
		    struct chunk *body, struct slice payload)
{
	struct rtmp_stream *s = rtmp_find_stream(rtmp, header->stream_id);

	/* Late ones of a stream just closed are common. */
	if (!s || !s->publisher)
		return 0;

	return rtmp_publisher_input(s, header, body, payload);
}


static int on_aggregate(struct rtmp *rtmp, const struct rtmp_message *msg)
{
	struct rtmp_aggregate a;
	struct rtmp_header header;
	struct slice body;
	int err = 0;

	rtmp_aggregate_init(&a, msg);
	while (!err && rtmp_aggregate_next(&a, &header, &body) > 0) {
		header.stream_id = msg->header.stream_id;
		if (header.type == RTMP_AUDIO || header.type == RTMP_VIDEO ||
		    header.type == RTMP_DATA)
			err = on_media(rtmp, &header, msg->body, body);
	}

	return err;
}


static int on_message(struct rtmp *rtmp, const struct rtmp_message *msg)
{
	switch (msg->header.type) {

	case RTMP_SET_CHUNK_SIZE:
	case RTMP_ABORT:
	case RTMP_ACK:
	case RTMP_USER_CONTROL:
	case RTMP_WINDOW_ACK_SIZE:
	case RTMP_SET_PEER_BANDWIDTH:
		return on_control(rtmp, msg);

	case RTMP_AUDIO:
	case RTMP_VIDEO:
	case RTMP_DATA:
	case RTMP_DATA_AMF3:
		return on_media(rtmp, &msg->header, msg->body,
				chunk_slice(msg->body));

	case RTMP_AGGREGATE:
		return on_aggregate(rtmp, msg);

	case RTMP_COMMAND:
	case RTMP_COMMAND_AMF3:
		return rtmp_command(rtmp, msg);

	default:
		log_debug(rtmp, "message type %u left out", msg->header.type);
		return 0;
	}
}


/* -- input -- */

static ssize_t eat_handshake(struct rtmp *rtmp, struct slice in)
{
	ssize_t eaten = rtmp_handshake_input(&rtmp->handshake, in,
					     outbox_control(&rtmp->node.out));
	char peer[ADDR_TEXT_MAX];

	if (eaten < 0) {
		log_info(rtmp, "handshake peer=%s: %s",
			 addr_print(&rtmp->node.chain->carrier->peer, peer),
			 eaten == -ENOTSUP ? "RTMPE is not supported"
					   : "this is not RTMP");
		return eaten;
	}

	chain_want_output(rtmp->node.chain);
	if (rtmp_handshake_is_done(&rtmp->handshake))
		rtmp->state = RTMP_CONNECTING;

	return eaten;
}


static ssize_t eat_chunks(struct rtmp *rtmp, struct slice in)
{
	struct rtmp_message msg;
	ssize_t eaten = rtmp_dechunker_read(&rtmp->in, in, &msg);
	int err;

	if (eaten < 0) {
		log_info(rtmp, "bad chunk: %s", error_text((int)eaten));
		return eaten;
	}
	if (!msg.body)
		return eaten;

	err = on_message(rtmp, &msg);
	chunk_unref(msg.body);
	if (err)
		log_info(rtmp, "bad message of type %u: %s", msg.header.type,
			 error_text(err));

	return err ? err : eaten;
}


static void acknowledge(struct rtmp *rtmp)
{
	const struct rtmp_control ack = {
		.type = RTMP_ACK,
		.value = (uint32_t)rtmp->bytes_in,
	};

	if (rtmp->bytes_in - rtmp->bytes_acked < rtmp->window)
		return;

	rtmp->bytes_acked = rtmp->bytes_in;
	rtmp_send_control(rtmp, &ack);
}


static ssize_t rtmp_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct rtmp *rtmp = of_node(node);
	size_t n = 0;

	(void)meta;

	while (n < in.len && !rtmp->n_deciding &&
	       node->chain->state == CHAIN_OPEN) {
		struct slice rest = slice_from(in, n);
		ssize_t eaten = rtmp->state == RTMP_HANDSHAKING
					? eat_handshake(rtmp, rest)
					: eat_chunks(rtmp, rest);

		if (eaten < 0)
			return eaten;
		if (!eaten)
			break;
		n += (size_t)eaten;
	}

	if (node->chain->state != CHAIN_OPEN)
		return (ssize_t)in.len;
	if (node->out.control.err) {
		log_info(rtmp, "answers: %s",
			 error_text(node->out.control.err));
		return node->out.control.err;
	}

	rtmp->bytes_in += n;
	if (rtmp->state == RTMP_CONNECTED)
		acknowledge(rtmp);

	return (ssize_t)n;
}


/* -- life -- */

static bool is_playing(const struct rtmp *rtmp)
{
	LIST_EACH(&rtmp->streams, node) {
		if (CONTAINER_OF(node, struct rtmp_stream, node)->player)
			return true;
	}

	return false;
}


/* Has nothing moved for a whole period?  Who waits for our decision may be
 * silent; who plays is asked first, by a ping. */
static bool is_silent(struct rtmp *rtmp)
{
	uint64_t bytes_out = rtmp->node.chain->carrier->bytes_out;
	bool has_moved = rtmp->bytes_in != rtmp->idle_in ||
			 bytes_out > rtmp->idle_out + PING_BYTES_MAX;
	bool was_pinged = rtmp->is_pinged;

	rtmp->is_pinged = false;

	if (has_moved || rtmp->n_deciding)
		return false;
	if (!is_playing(rtmp) || was_pinged)
		return true;

	rtmp->is_pinged = true;
	rtmp_send_event(rtmp, RTMP_PING_REQUEST, 0);

	return false;
}


static void on_idle(void *arg)
{
	struct rtmp *rtmp = arg;

	if (is_silent(rtmp)) {
		log_info(rtmp, "silent for too long");
		chain_close(rtmp->node.chain, -ETIMEDOUT);
		return;
	}

	rtmp_watch_idle(rtmp);
}


void rtmp_watch_idle(struct rtmp *rtmp)
{
	const struct session *session = rtmp->session;

	rtmp->idle_in = rtmp->bytes_in;
	rtmp->idle_out = rtmp->node.chain->carrier->bytes_out;
	timer_start(loop_timers(rtmp->node.chain->loop), &rtmp->idle,
		    config_int(session->app->section, "idleTimeoutMs"),
		    on_idle, rtmp);
}


static void on_connect_timer(void *arg)
{
	struct rtmp *rtmp = arg;

	log_info(rtmp, "no connect in time");
	chain_close(rtmp->node.chain, -ETIMEDOUT);
}


static int rtmp_open(struct node *node, struct binding *binding)
{
	struct rtmp *rtmp = of_node(node);

	rtmp->log.category = "rtmp";
	rtmp->binding = binding;
	rtmp->host = binding_host(binding, node->chain);
	rtmp->window = RTMP_WINDOW;
	rtmp->window_out = RTMP_WINDOW;
	rtmp_handshake_init(&rtmp->handshake, RTMP_ROLE_SERVER);
	rtmp_dechunker_init(&rtmp->in, RTMP_CONNECT_MAX);
	timer_start(loop_timers(node->chain->loop), &rtmp->idle,
		    RTMP_CONNECT_MS, on_connect_timer, rtmp);

	return 0;
}


static bool rtmp_event(struct node *node, const struct event *event)
{
	struct rtmp *rtmp = of_node(node);

	if (event->type == EVENT_TIMEOUT)
		log_info(rtmp, "takes nothing for too long: closed");

	if (event->type == EVENT_CLOSING && rtmp->state == RTMP_CONNECTED)
		rtmp_send_status(rtmp, 0, "status",
				 "NetConnection.Connect.AppShutdown",
				 "the server is closing");

	return false;
}


static void rtmp_close(struct node *node)
{
	struct rtmp *rtmp = of_node(node);

	timer_stop(&rtmp->idle);
	LIST_EACH(&rtmp->streams, it)
		rtmp_stream_free(CONTAINER_OF(it, struct rtmp_stream, node));

	if (rtmp->session) {
		log_info(rtmp, "closed");
		rtmp->session = session_close(rtmp->session);
	}
	rtmp_dechunker_fini(&rtmp->in);
}


const struct protocol rtmp_protocol = {
	.name = "rtmp",
	.size = sizeof(struct rtmp),
	.input_max = RTMP_INPUT_MAX,
	.open = rtmp_open,
	.input = rtmp_input,
	.event = rtmp_event,
	.close = rtmp_close,
};
