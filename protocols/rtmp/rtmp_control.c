/* Protocol control (RTMP 1.0 s5.4) and user control (s6.2, s7.1.7). */
#include "rtmp/rtmp_control.h"
#include "base/reader.h"
#include "rtmp/rtmp_chunk.h"


enum { CONTROL_BODY_MAX = 10 }; /* SetBufferLength */


static bool has_stream_id(uint16_t event)
{
	return event <= RTMP_STREAM_IS_RECORDED ||
		event == RTMP_BUFFER_EMPTY || event == RTMP_BUFFER_READY;
}


static bool has_timestamp(uint16_t event)
{
	return event == RTMP_PING_REQUEST || event == RTMP_PING_RESPONSE;
}


static void get_user_control(struct reader *r, struct rtmp_control *c)
{
	c->event = get_be16(r);

	if (has_stream_id(c->event))
		c->stream_id = get_be32(r);
	if (has_timestamp(c->event))
		c->timestamp = get_be32(r);
	if (c->event == RTMP_SET_BUFFER_LENGTH)
		c->buffer_ms = get_be32(r);
}


static void put_user_control(struct writer *w, const struct rtmp_control *c)
{
	put_be16(w, c->event);

	if (has_stream_id(c->event))
		put_be32(w, c->stream_id);
	if (has_timestamp(c->event))
		put_be32(w, c->timestamp);
	if (c->event == RTMP_SET_BUFFER_LENGTH)
		put_be32(w, c->buffer_ms);
}


int rtmp_control_read(struct rtmp_control *c, uint8_t type,
		      struct slice body)
{
	struct rtmp_control got = { .type = type };
	struct reader r = reader(body);

	switch (type) {

	case RTMP_SET_CHUNK_SIZE:
		got.value = get_be32(&r);
		if (!got.value || got.value > RTMP_CHUNK_SIZE_MAX)
			return -EBADMSG;
		break;

	case RTMP_ABORT:
	case RTMP_ACK:
	case RTMP_WINDOW_ACK_SIZE:
		got.value = get_be32(&r);
		break;

	case RTMP_SET_PEER_BANDWIDTH:
		got.value = get_be32(&r);
		got.limit = reader_left(&r) ? get_u8(&r) : RTMP_LIMIT_DYNAMIC;
		break;

	case RTMP_USER_CONTROL:
		get_user_control(&r, &got);
		break;

	default:
		return -ENOTSUP;
	}

	if (r.err)
		return -EBADMSG;

	*c = got;

	return 0;
}


void rtmp_control_write(struct writer *w, const struct rtmp_control *c)
{
	if (c->type == RTMP_USER_CONTROL) {
		put_user_control(w, c);
		return;
	}

	put_be32(w, c->value);
	if (c->type == RTMP_SET_PEER_BANDWIDTH)
		put_u8(w, c->limit);
}


void rtmp_control_put(struct writer *w, const struct rtmp_control *c)
{
	struct rtmp_header h = { .csid = RTMP_CSID_CONTROL, .type = c->type };
	uint8_t buf[CONTROL_BODY_MAX];
	struct writer body = { buf, 0, sizeof(buf), sizeof(buf), 0 };

	rtmp_control_write(&body, c);
	rtmp_chunk_put(w, &h, writer_slice(&body), RTMP_CHUNK_SIZE_DEFAULT);
}
