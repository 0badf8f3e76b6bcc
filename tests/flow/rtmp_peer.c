/* An RTMP client for the flows. */
#include "rtmp_peer.h"
#include <stdio.h>
#include "amf/amf0.h"
#include "amf/amf0_writer.h"
#include "rtmp/rtmp_control.h"


enum {
	CHUNK_SIZE = 4096,
	BODY_HEAD = 9,           /* of a frame: FLV's bytes, and its number */
	BODY_MAX = 1 << 20,
};


/* -- sending -- */

static void flush(struct peer *p)
{
	while (p->carrier && p->out.len) {
		struct iovec iov = { p->out.data, p->out.len };
		ssize_t n = p->carrier->ops->send(p->carrier, &iov, 1);

		if (n <= 0)
			return;
		writer_drop(&p->out, (size_t)n);
	}
}


static void send_message(struct peer *p, uint8_t type, uint32_t stream_id,
			 uint32_t ms, struct slice body)
{
	const struct rtmp_header h = {
		.csid = type == RTMP_VIDEO ? 6 : 4, .timestamp = ms,
		.stream_id = stream_id, .type = type,
	};

	rtmp_chunk_put(&p->out, &h, body, CHUNK_SIZE);
	flush(p);
}


static void send_call(struct peer *p, uint32_t stream_id, const char *command,
		      double transaction, const char *app, const char *name)
{
	struct writer w = writer(4096);

	put_amf0_string(&w, str(command));
	put_amf0_number(&w, transaction);
	if (app) {
		put_amf0_object_begin(&w);
		put_amf0_key_string(&w, "app", str(app));
		put_amf0_key_string(&w, "tcUrl", str("rtmp://h/live"));
		put_amf0_object_end(&w);
	} else {
		put_amf0_null(&w);
	}
	if (name)
		put_amf0_string(&w, str(name));

	send_message(p, RTMP_COMMAND, stream_id, 0, writer_slice(&w));
	writer_fini(&w);
}


static void send_connect(struct peer *p)
{
	uint8_t size[4] = { 0, 0, CHUNK_SIZE >> 8, 0 };
	struct rtmp_header h = { .csid = 2, .type = RTMP_SET_CHUNK_SIZE };

	rtmp_chunk_put(&p->out, &h, slice(size, 4), RTMP_CHUNK_SIZE_DEFAULT);
	send_call(p, 0, "connect", 1, p->app, NULL);
}


/* -- receiving -- */

static void note(struct peer *p, struct str code)
{
	size_t n = strlen(p->told);

	snprintf(p->told + n, sizeof(p->told) - n, "%.*s ", PRINT_STR(code));
}


static void on_command(struct peer *p, struct slice body)
{
	struct reader r = reader(body);
	struct amf_value name, transaction, object, info = { 0 };

	amf0_read(&r, &name);
	amf0_read(&r, &transaction);
	amf0_read(&r, &object);
	amf0_read(&r, &info);

	if (!str_is(name.text, "_result")) {
		struct str code = amf_object_text(&info, "code");

		note(p, code.len ? code : name.text);
		p->is_ready |= str_is(code, "NetStream.Publish.Start") ||
			       str_is(code, "NetStream.Play.Start");
		return;
	}

	if (transaction.number == 1 && p->command)
		send_call(p, 0, "createStream", 2, NULL, NULL);
	else if (transaction.number == 2)
		send_call(p, 1, p->command, 3, NULL, p->name);
	if (transaction.number == 1)
		note(p, amf_object_text(&info, "code"));
}


static uint8_t body_byte(uint32_t number, size_t at)
{
	return (uint8_t)(number * 3 + at);
}


static void on_media(struct peer *p, const struct rtmp_message *msg)
{
	struct slice body = chunk_slice(msg->body);
	struct peer_media *m = &p->media[p->n_media];
	struct reader r = reader(body);

	if (p->n_media == PEER_MEDIA_MAX)
		return;
	++p->n_media;

	m->type = msg->header.type;
	m->timestamp = msg->header.timestamp;
	m->len = (uint32_t)body.len;
	m->head[0] = get_u8(&r);
	m->head[1] = get_u8(&r);
	get_bytes(&r, 3);
	m->number = get_be32(&r);
	m->is_whole = true;
	for (size_t i = BODY_HEAD; i < body.len; i++)
		m->is_whole &= body.p[i] == body_byte(m->number, i);
}


static void on_message(struct peer *p, struct rtmp_message *msg)
{
	struct slice body = chunk_slice(msg->body);
	struct reader r = reader(body);

	switch (msg->header.type) {

	case RTMP_SET_CHUNK_SIZE:
		rtmp_dechunker_set_chunk_size(&p->in, get_be32(&r));
		break;

	case RTMP_COMMAND:
		on_command(p, body);
		break;

	case RTMP_AUDIO:
	case RTMP_VIDEO:
		on_media(p, msg);
		break;

	default:
		break;
	}
}


static int on_handshake(struct peer *p, struct slice in)
{
	int n = rtmp_handshake_input(&p->handshake, in, &p->out);

	if (n > 0 && rtmp_handshake_is_done(&p->handshake))
		send_connect(p);
	flush(p);

	return n;
}


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct peer *p = arg;
	struct rtmp_message msg;
	size_t eaten = 0;
	int n = 1;

	(void)meta;
	if (p->is_deaf)
		return 0;

	while (n > 0 && eaten < in.len) {
		struct slice left = slice_from(in, eaten);

		if (!rtmp_handshake_is_done(&p->handshake)) {
			n = on_handshake(p, left);
			eaten += n > 0 ? (size_t)n : 0;
			continue;
		}

		n = rtmp_dechunker_read(&p->in, left, &msg);
		if (n > 0 && msg.body) {
			on_message(p, &msg);
			chunk_unref(msg.body);
		}
		eaten += n > 0 ? (size_t)n : 0;
	}

	if (n < 0)
		note(p, str("MALFORMED"));

	return n < 0 ? (ssize_t)in.len : (ssize_t)eaten;
}


static void on_writable(void *arg)
{
	flush(arg);
}


static void on_ended(void *arg, int err)
{
	struct peer *p = arg;

	(void)err;
	p->is_closed = true;
	peer_close(p);
}


static const struct carrier_user user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


/* -- the peer -- */

int peer_open(struct peer *p, struct rig *rig, unsigned n, const char *app,
	      const char *command, const char *name)
{
	const struct tcp_conf conf = { .send_buffer = 0 };
	struct addr from;
	int fd = rig_dial(rig, n, &from), err;

	memset(p, 0, sizeof(*p));
	p->app = app;
	p->command = command;
	p->name = name;
	p->out = writer(SIZE_MAX / 2);
	if (fd < 0)
		return fd;

	err = tcp_open(&p->carrier, &rig->loop, fd, &from, &conf);
	if (err)
		return err;

	p->carrier->user = &user;
	p->carrier->arg = p;
	p->carrier->input_max = 4 * RTMP_HANDSHAKE_LEN;
	rtmp_dechunker_init(&p->in, RTMP_MESSAGE_MAX_DEFAULT);
	rtmp_handshake_init(&p->handshake, RTMP_ROLE_CLIENT);
	err = rtmp_handshake_start(&p->handshake, &p->out);
	p->carrier->ops->resume(p->carrier);
	flush(p);

	return err;
}


void peer_close(struct peer *p)
{
	if (p->carrier)
		p->carrier->ops->close(p->carrier);
	p->carrier = NULL;
	rtmp_dechunker_fini(&p->in);
	writer_fini(&p->out);
}


bool peer_was_told(const struct peer *p, const char *code)
{
	return strstr(p->told, code) != NULL;
}


void peer_send_config(struct peer *p, uint8_t type, uint32_t ms)
{
	static const uint8_t video[] = {
		0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0,
	};
	static const uint8_t audio[] = { 0xaf, 0, 0x12, 0x10 };

	send_message(p, type, 1, ms,
		     type == RTMP_VIDEO ? slice(video, sizeof(video))
					: slice(audio, sizeof(audio)));
}


void peer_send_frame(struct peer *p, uint8_t type, bool is_key, uint32_t ms,
		     uint32_t number, size_t len)
{
	struct writer w = writer(BODY_MAX);

	if (type == RTMP_VIDEO)
		put_be16(&w, is_key ? 0x1701 : 0x2701);
	else
		put_be16(&w, 0xaf01);
	put_be24(&w, 0);
	put_be32(&w, number);
	while (w.len < len && !w.err)
		put_u8(&w, body_byte(number, w.len));

	send_message(p, type, 1, ms, writer_slice(&w));
	writer_fini(&w);
}


void peer_send_command(struct peer *p, const char *command, const char *name)
{
	send_call(p, 1, command, 9, NULL, name);
}


void peer_listen(struct peer *p)
{
	p->is_deaf = false;
	p->carrier->ops->resume(p->carrier);
}
