/* The order of frames, and the payload of messages (RFC 6455 s5.4). */
#include "websocket/websocket_message.h"
#include <assert.h>


static int open_data(struct websocket_message *m,
		     const struct websocket_frame *frame, uint64_t max)
{
	bool goes_on = frame->opcode == WEBSOCKET_CONTINUATION;
	bool is_pending = m->pending != WEBSOCKET_CONTINUATION;
	uint64_t len = goes_on ? m->len : 0;

	if (goes_on != is_pending)
		return -EPROTO;
	if (frame->len > max || len > max - frame->len)
		return -EMSGSIZE;

	m->opcode = goes_on ? m->pending : frame->opcode;
	m->pending = frame->is_final ? WEBSOCKET_CONTINUATION : m->opcode;
	m->len = len + frame->len;

	return 0;
}


int websocket_message_open(struct websocket_message *m,
			   const struct websocket_frame *frame,
			   uint64_t max)
{
	int err = 0;

	assert(!m->n_left);

	if (m->is_closed)
		return -EPROTO;

	if (websocket_opcode_is_control(frame->opcode))
		m->opcode = frame->opcode;
	else
		err = open_data(m, frame, max);
	if (err)
		return err;

	m->is_closed = frame->opcode == WEBSOCKET_CLOSE;
	m->frame = *frame;
	m->n_left = frame->len;

	return 0;
}


int websocket_message_take(struct websocket_message *m, uint8_t *out,
			   struct slice in)
{
	assert(in.len <= m->n_left);

	websocket_frame_mask(out, in, m->frame.mask, m->frame.len - m->n_left);
	m->n_left -= in.len;

	if (m->opcode != WEBSOCKET_TEXT)
		return 0;
	if (!websocket_utf8_take(&m->text, slice(out, in.len)))
		return -EBADMSG;

	return !m->n_left && m->frame.is_final &&
		!websocket_utf8_is_whole(&m->text) ? -EBADMSG : 0;
}
