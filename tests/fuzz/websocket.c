/* A WebSocket client: no cut changes what is taken, and text that is taken
 * is UTF-8. */
#include <stdlib.h>
#include "base/mem.h"
#include "base/text.h"
#include "websocket/websocket_close.h"
#include "websocket/websocket_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX = 4096 };


static void check(bool ok)
{
	if (!ok)
		abort();
}


static bool is_text(struct str s)
{
	uint32_t code;
	size_t n;

	while (s.len && (n = text_utf8(s, &code)))
		s = str_n(s.p + n, s.len - n);

	return !s.len;
}


/* A header reads the same whatever follows it, and not from less. */
static void look(struct slice in, const struct websocket_frame *f)
{
	struct websocket_frame again;
	size_t n = f->header_len;

	check(n <= in.len && n <= WEBSOCKET_HEADER_MAX && f->len <= MAX);
	check(!websocket_frame_read(slice(in.p, n), WEBSOCKET_CLIENT, MAX,
				    &again));
	check(again.len == f->len && again.opcode == f->opcode);
	check(websocket_frame_read(slice(in.p, n - 1), WEBSOCKET_CLIENT, MAX,
				   &again) == -EAGAIN);
}


/* The payload whole, and in two pieces; `out` has room for it. */
static int take(struct websocket_message *m, uint8_t *out, struct slice in)
{
	struct websocket_message halves = *m;
	size_t n = in.len / 2;
	int err;

	err = websocket_message_take(&halves, out, slice(in.p, n));
	if (!err)
		err = websocket_message_take(&halves, out + n,
					     slice_from(in, n));
	check(err == websocket_message_take(m, out, in));

	return err;
}


static void closes(struct slice payload)
{
	uint8_t out[WEBSOCKET_CLOSE_FRAME_MAX];
	struct websocket_close close;
	int err = websocket_close_read(payload, &close);

	check(is_text(close.reason));
	check(close.answer == WEBSOCKET_NO_CODE ||
	      websocket_code_is_legal(close.answer));
	if (!err)
		check(websocket_close_write(out, close.code, close.reason) ==
		      2 + payload.len);
}


static void serve(struct slice in, uint8_t *out)
{
	struct websocket_message m = { 0 };
	struct websocket_frame f;
	size_t n_text = 0;

	while (!websocket_frame_read(in, WEBSOCKET_CLIENT, MAX, &f)) {
		bool is_data = !websocket_opcode_is_control(f.opcode);

		look(in, &f);
		in = slice_from(in, f.header_len);
		if (f.len > in.len || websocket_message_open(&m, &f, MAX))
			return;

		if (is_data && f.opcode != WEBSOCKET_CONTINUATION)
			n_text = 0;
		if (take(&m, out + (is_data ? n_text : MAX),
			 slice(in.p, (size_t)f.len)))
			return;
		if (f.opcode == WEBSOCKET_CLOSE)
			closes(slice(out + MAX, (size_t)f.len));
		if (is_data)
			n_text += (size_t)f.len;
		if (is_data && f.is_final && m.opcode == WEBSOCKET_TEXT)
			check(is_text(str_n((char *)out, n_text)));
		in = slice_from(in, (size_t)f.len);
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *out = mem_alloc(MAX + WEBSOCKET_CONTROL_MAX);

	check(out);
	serve(slice(data, len), out);
	mem_free(out);

	return 0;
}
