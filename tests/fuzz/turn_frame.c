/* A stream of TURN: frames are within the bytes they came in, and the same
 * whatever arrives after them; no cut is taken for a frame. */
#include <stdlib.h>
#include "turn/turn_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX = 2048 };


static int read_frame(struct slice in, size_t len, struct turn_frame *frame)
{
	const struct turn_frame_limits limits = { len, TURN_CHANNEL_MAX };

	return turn_frame_read(in, &limits, frame);
}


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void look(struct slice in, const struct turn_frame *f)
{
	struct turn_frame again;

	check(f->len >= 4 && f->len <= in.len && f->len <= MAX);
	check(f->len % 4 == 0);
	check(f->body.p >= in.p &&
	      f->body.p + f->body.len <= in.p + f->len);
	check(f->kind == TURN_FRAME_STUN || f->channel >> 12 == 4);

	check(!read_frame(slice(in.p, f->len), MAX, &again));
	check(again.len == f->len && again.body.p == f->body.p);
	check(read_frame(slice(in.p, f->len - 1), MAX, &again) == -EAGAIN);
	check(read_frame(in, f->len - 1, &again) == -EMSGSIZE);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len), body;
	struct turn_frame f;
	uint16_t channel;

	if (!turn_frame_read_datagram(in, TURN_CHANNEL_MAX, &channel, &body))
		check(channel >> 12 == 4 && body.len + 4 <= len);

	while (!read_frame(in, MAX, &f)) {
		look(in, &f);
		in = slice_from(in, f.len);
	}

	return 0;
}
