/* Frames of a stream: STUN and ChannelData, however they are cut. */
#include "turn/turn_frame.h"
#include "test.h"

#define HEADER 0x00, 0x01, 0x00, 0x04, 0x21, 0x12, 0xa4, 0x42, \
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

static const uint8_t stream[] = {
	HEADER, 0x80, 0x22, 0x00, 0x00,
	0x40, 0x00, 0x00, 0x05, 'a', 'b', 'c', 'd', 'e', 9, 9, 9,
	0x4f, 0xff, 0x00, 0x00,
	0x40, 0x01, 0x00, 0x04, 'f', 'g', 'h', 'i',
	HEADER, 0x80, 0x22, 0x00, 0x00,
};

/* Where the frames of `stream` begin, and where the last one ends. */
static const size_t starts[] = { 0, 24, 36, 40, 48, 72 };


static int read_frame(struct slice in, size_t len, struct turn_frame *frame)
{
	const struct turn_frame_limits limits = { len, TURN_CHANNEL_MAX };

	return turn_frame_read(in, &limits, frame);
}


static int read_datagram(struct slice in, uint16_t *channel,
			 struct slice *data)
{
	return turn_frame_read_datagram(in, TURN_CHANNEL_MAX, channel, data);
}


TEST(turn_frame_stream)
{
	static const struct {
		enum turn_frame_kind kind;
		uint16_t channel;
		size_t from, len;
	} want[] = {
		{ TURN_FRAME_STUN, 0, 0, 24 },
		{ TURN_FRAME_CHANNEL, 0x4000, 28, 5 },
		{ TURN_FRAME_CHANNEL, 0x4fff, 40, 0 },
		{ TURN_FRAME_CHANNEL, 0x4001, 44, 4 },
		{ TURN_FRAME_STUN, 0, 48, 24 },
	};
	struct slice in = slice(stream, sizeof(stream));
	struct turn_frame f;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		TEST_EQ(starts[i], in.p - stream);
		TEST_ERR(read_frame(in, TURN_FRAME_MAX, &f));
		TEST_EQ(want[i].kind, f.kind);
		TEST_EQ(want[i].channel, f.channel);
		TEST_EQ(want[i].len, f.body.len);
		TEST_EQ(want[i].from, f.body.p - stream);
		in = slice_from(in, f.len);
	}
	TEST_EQ(0, in.len);
	TEST_ERRNO(-EAGAIN, read_frame(in, TURN_FRAME_MAX, &f));
 out:
	return err;
}


/* Any cut inside of a frame is -EAGAIN, and changes nothing. */
TEST(turn_frame_any_cut)
{
	int err = 0;

	for (size_t i = 0; i + 1 < ARRAY_LEN(starts); i++) {
		for (size_t end = starts[i]; end < starts[i + 1]; end++) {
			struct slice in = slice(stream + starts[i],
						end - starts[i]);
			struct turn_frame f = { .len = 77 };

			TEST_ERRNO(-EAGAIN, read_frame(in, TURN_FRAME_MAX,
						       &f));
			TEST_EQ(77, f.len);
		}
	}
 out:
	return err;
}


TEST(turn_frame_neither)
{
	static const uint8_t bad[][20] = {
		{ 0x80 }, { 0xc0 }, { 0x16, 0x03, 0x01 },
		{ 0x50, 0x00, 0x00, 0x00 }, { 0x7f, 0xff, 0x00, 0x00 },
		{ 0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x43 },
		{ 0x00, 0x01, 0x00, 0x03, 0x21, 0x12, 0xa4, 0x42 },
	};
	struct turn_frame f = { .len = 77 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_ERRNO(-EBADMSG,
			   read_frame(slice(bad[i], sizeof(bad[i])),
				      TURN_FRAME_MAX, &f));
	TEST_EQ(77, f.len);
 out:
	return err;
}


/* What is too long is told by the header alone; padding counts. */
TEST(turn_frame_too_long)
{
	static const uint8_t longest[] = { 0x40, 0x00, 0xff, 0xff };
	static const uint8_t message[] = { HEADER };
	struct turn_frame f;
	int err = 0;

	TEST_ERRNO(-EAGAIN, read_frame(slice(stream + 24, 4), 12, &f));
	TEST_ERRNO(-EMSGSIZE, read_frame(slice(stream + 24, 4), 11, &f));
	TEST_ERRNO(-EAGAIN, read_frame(slice(message, 20), 24, &f));
	TEST_ERRNO(-EMSGSIZE, read_frame(slice(message, 20), 23, &f));
	TEST_ERRNO(-EAGAIN, read_frame(slice(longest, sizeof(longest)),
				       TURN_FRAME_MAX, &f));
 out:
	return err;
}


TEST(turn_frame_datagram)
{
	static const uint8_t in[] = {
		0x40, 0x02, 0x00, 0x03, 'a', 'b', 'c', 0, 7, 7,
	};
	static const uint8_t reserved[] = { 0x50, 0x00, 0x00, 0x00 };
	struct slice data = slice(in, 1);
	uint16_t channel = 1;
	int err = 0;

	for (size_t len = 0; len < 7; len++)
		TEST_ERRNO(-EBADMSG, read_datagram(slice(in, len), &channel,
						   &data));
	TEST_ERRNO(-EBADMSG, read_datagram(slice(reserved, 4), &channel,
					   &data));
	TEST_EQ(1, channel);
	TEST_EQ(1, data.len);

	for (size_t len = 7; len <= sizeof(in); len++) {
		TEST_ERR(read_datagram(slice(in, len), &channel, &data));
		TEST_EQ(0x4002, channel);
		TEST_MEM("abc", 3, data.p, data.len);
	}
 out:
	return err;
}


/* An empty datagram goes on to the peer (RFC 8656 s12.6). */
TEST(turn_frame_empty_datagram)
{
	static const uint8_t in[] = { 0x4f, 0xff, 0x00, 0x00 };
	struct slice data = slice(in, 1);
	uint16_t channel;
	int err;

	TEST_ERR(read_datagram(slice(in, sizeof(in)), &channel, &data));
	TEST_EQ(0x4fff, channel);
	TEST_EQ(0, data.len);
 out:
	return err;
}


/* Clients of RFC 5766 may bind more numbers. */
TEST(turn_frame_older_channels)
{
	static const uint8_t in[] = { 0x7f, 0xff, 0, 1, 'x', 0, 0, 0 };
	const struct turn_frame_limits limits = {
		TURN_FRAME_MAX, TURN_CHANNEL_MAX_5766,
	};
	struct turn_frame f;
	struct slice data;
	uint16_t channel;
	int err;

	TEST_ERR(turn_frame_read(slice(in, sizeof(in)), &limits, &f));
	TEST_EQ(0x7fff, f.channel);
	TEST_EQ(sizeof(in), f.len);
	TEST_ERR(turn_frame_read_datagram(slice(in, sizeof(in)),
					  TURN_CHANNEL_MAX_5766, &channel,
					  &data));
	TEST_EQ(0x7fff, channel);
 out:
	return err;
}
