/* rtmp/rtmp_control. */
#include "rtmp/rtmp_control.h"
#include "rtmp/rtmp_chunk.h"
#include "test.h"


static const struct {
	struct rtmp_control control;
	uint8_t body[10];
	size_t len;
} cases[] = {
	{ { .type = RTMP_SET_CHUNK_SIZE, .value = 4096 },
	  { 0, 0, 16, 0 }, 4 },
	{ { .type = RTMP_SET_CHUNK_SIZE, .value = RTMP_CHUNK_SIZE_MAX },
	  { 0x7f, 0xff, 0xff, 0xff }, 4 },
	{ { .type = RTMP_ABORT, .value = 65599 }, { 0, 1, 0, 0x3f }, 4 },
	{ { .type = RTMP_ACK, .value = 0xfffefdfc },
	  { 0xff, 0xfe, 0xfd, 0xfc }, 4 },
	{ { .type = RTMP_WINDOW_ACK_SIZE, .value = 2500000 },
	  { 0, 0x26, 0x25, 0xa0 }, 4 },
	{ { .type = RTMP_SET_PEER_BANDWIDTH, .value = 5,
	    .limit = RTMP_LIMIT_SOFT }, { 0, 0, 0, 5, 1 }, 5 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_STREAM_BEGIN,
	    .stream_id = 1 }, { 0, 0, 0, 0, 0, 1 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_STREAM_EOF,
	    .stream_id = 2 }, { 0, 1, 0, 0, 0, 2 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_STREAM_DRY,
	    .stream_id = 3 }, { 0, 2, 0, 0, 0, 3 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_SET_BUFFER_LENGTH,
	    .stream_id = 1, .buffer_ms = 3000 },
	  { 0, 3, 0, 0, 0, 1, 0, 0, 0x0b, 0xb8 }, 10 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_STREAM_IS_RECORDED,
	    .stream_id = 4 }, { 0, 4, 0, 0, 0, 4 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_PING_REQUEST,
	    .timestamp = 0x01020304 }, { 0, 6, 1, 2, 3, 4 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_PING_RESPONSE,
	    .timestamp = 0x01020304 }, { 0, 7, 1, 2, 3, 4 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_SWF_VERIFY_REQUEST },
	  { 0, 26 }, 2 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_BUFFER_EMPTY,
	    .stream_id = 1 }, { 0, 31, 0, 0, 0, 1 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = RTMP_BUFFER_READY,
	    .stream_id = 1 }, { 0, 32, 0, 0, 0, 1 }, 6 },
	{ { .type = RTMP_USER_CONTROL, .event = 0xfff0 }, { 0xff, 0xf0 }, 2 },
};


static bool is_same(const struct rtmp_control *a,
		    const struct rtmp_control *b)
{
	return a->type == b->type && a->limit == b->limit &&
		a->event == b->event && a->value == b->value &&
		a->stream_id == b->stream_id &&
		a->buffer_ms == b->buffer_ms && a->timestamp == b->timestamp;
}


TEST(rtmp_control_there_and_back)
{
	struct writer w = writer(100);
	struct rtmp_control c;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t type = cases[i].control.type;

		rtmp_control_write(&w, &cases[i].control);
		TEST_ERR(w.err);
		TEST_MEM(cases[i].body, cases[i].len, w.data, w.len);

		/* Whole, and with something behind. */
		TEST_ERR(rtmp_control_read(&c, type, writer_slice(&w)));
		TEST_OK(is_same(&cases[i].control, &c));
		put_u8(&w, RTMP_LIMIT_HARD);
		TEST_ERR(w.err);
		TEST_ERR(rtmp_control_read(&c, type, writer_slice(&w)));
		TEST_OK(is_same(&cases[i].control, &c));
		writer_drop(&w, w.len);
	}
 out:
	writer_fini(&w);
	return err;
}


TEST(rtmp_control_short)
{
	struct rtmp_control c = { .event = 99 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t n = 0; n < cases[i].len; n++) {
			uint8_t type = cases[i].control.type;

			if (type == RTMP_SET_PEER_BANDWIDTH && n == 4)
				continue;
			TEST_EQ(-EBADMSG, rtmp_control_read(&c, type,
					slice(cases[i].body, n)));
		}
	}
	TEST_EQ(99, c.event);
 out:
	return err;
}


TEST(rtmp_control_odd)
{
	static const uint8_t zero[4], top[4] = { 0x80, 0, 0, 0 };
	struct rtmp_control c;
	int err = 0;

	TEST_EQ(-EBADMSG, rtmp_control_read(&c, RTMP_SET_CHUNK_SIZE,
					    slice(zero, 4)));
	TEST_EQ(-EBADMSG, rtmp_control_read(&c, RTMP_SET_CHUNK_SIZE,
					    slice(top, 4)));
	TEST_EQ(-ENOTSUP, rtmp_control_read(&c, RTMP_AUDIO, slice(top, 4)));
	TEST_EQ(-ENOTSUP, rtmp_control_read(&c, 0, slice(top, 4)));
	TEST_EQ(-ENOTSUP, rtmp_control_read(&c, 7, slice(top, 4)));

	TEST_ERR(rtmp_control_read(&c, RTMP_SET_PEER_BANDWIDTH,
				   slice(top, 4)));
	TEST_EQ(RTMP_LIMIT_DYNAMIC, c.limit);
 out:
	return err;
}


/* One chunk on chunk stream 2, message stream 0. */
TEST(rtmp_control_put)
{
	static const uint8_t want[] = { 2, 0, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0,
		0, 0, 1, 0, 2 };
	const struct rtmp_control c = { .type = RTMP_SET_PEER_BANDWIDTH,
		.value = 256, .limit = RTMP_LIMIT_DYNAMIC };
	struct writer w = writer(sizeof(want));
	int err;

	rtmp_control_put(&w, &c);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want), w.data, w.len);
	rtmp_control_put(&w, &c);
	TEST_EQ(-EMSGSIZE, w.err);
 out:
	writer_fini(&w);
	return err;
}
