/* Frames of a TURN stream, and ChannelData (RFC 8656 s12.4 to s12.6). */
#include "turn/turn_frame.h"
#include "base/reader.h"
#include "stun/stun_message.h"


static bool is_channel(uint16_t number, uint16_t max)
{
	return number >= TURN_CHANNEL_MIN && number <= max;
}


static int read_channel(struct slice in,
			const struct turn_frame_limits *limits,
			struct turn_frame *frame)
{
	struct reader r = reader(in);
	uint16_t channel = get_be16(&r);
	size_t data_len = get_be16(&r);
	size_t len = TURN_CHANNEL_HEADER_LEN + ((data_len + 3) & ~(size_t)3);

	if (r.err)
		return -EAGAIN;
	if (!is_channel(channel, limits->channel))
		return -EBADMSG;
	if (len > limits->len)
		return -EMSGSIZE;
	if (in.len < len)
		return -EAGAIN;

	frame->kind = TURN_FRAME_CHANNEL;
	frame->len = len;
	frame->body = slice(in.p + TURN_CHANNEL_HEADER_LEN, data_len);
	frame->channel = channel;

	return 0;
}


static int read_stun(struct slice in, size_t max, struct turn_frame *frame)
{
	int len = stun_message_length(in);

	if (len < 0)
		return len;
	if ((size_t)len > max)
		return -EMSGSIZE;
	if (in.len < (size_t)len)
		return -EAGAIN;

	frame->kind = TURN_FRAME_STUN;
	frame->len = (size_t)len;
	frame->body = slice(in.p, (size_t)len);
	frame->channel = 0;

	return 0;
}


int turn_frame_read(struct slice in, const struct turn_frame_limits *limits,
		    struct turn_frame *frame)
{
	if (!in.len)
		return -EAGAIN;

	switch (in.p[0] >> 6) {

	case 0:
		return read_stun(in, limits->len, frame);

	case 1:
		return read_channel(in, limits, frame);

	default:
		return -EBADMSG;
	}
}


int turn_frame_read_datagram(struct slice in, uint16_t channel_max,
			     uint16_t *channel, struct slice *data)
{
	struct reader r = reader(in);
	uint16_t number = get_be16(&r);
	struct slice body = get_bytes(&r, get_be16(&r));

	if (r.err || !is_channel(number, channel_max))
		return -EBADMSG;

	*channel = number;
	*data = body;

	return 0;
}
