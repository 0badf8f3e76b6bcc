/* A WebSocket's node, which echoes: what it hears and answers is the same
 * however the bytes are cut. */
#include <stdlib.h>
#include "io/fake.h"
#include "websocket/websocket_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SENT_MAX = 1 << 22 };

static struct loop loop;

/* A carrier that keeps what is sent. */
struct wire {
	struct carrier carrier;
	struct writer sent;
	bool is_closed;
};


static void check(bool ok)
{
	if (!ok)
		abort();
}


static ssize_t wire_send(struct carrier *carrier, const struct iovec *iov,
			 int n_iov)
{
	struct wire *wire = CONTAINER_OF(carrier, struct wire, carrier);
	size_t before = wire->sent.len;

	for (int i = 0; i < n_iov; i++)
		put_bytes(&wire->sent, slice(iov[i].iov_base,
					     iov[i].iov_len));

	return (ssize_t)(wire->sent.len - before);
}


static void wire_nothing(struct carrier *carrier)
{
	(void)carrier;
}


static void wire_close(struct carrier *carrier)
{
	CONTAINER_OF(carrier, struct wire, carrier)->is_closed = true;
}


static const struct carrier_ops wire_ops = {
	.send = wire_send,
	.pause = wire_nothing,
	.resume = wire_nothing,
	.shutdown = wire_nothing,
	.close = wire_close,
};


static void on_message(struct websocket *ws, enum websocket_opcode opcode,
		       struct slice payload, void *arg)
{
	check(payload.len <= WEBSOCKET_MESSAGE_MAX);
	++*(int *)arg;
	websocket_send(ws, opcode, payload);
}


static void on_closed(struct websocket *ws, unsigned code, void *arg)
{
	(void)ws;
	check(code);
	*(int *)arg += 1000;
}


static const struct websocket_user echo = { on_message, on_closed };


/* Feed it in pieces that grow to `step` bytes, as a carrier does. */
static void feed(struct wire *wire, struct slice in, size_t step)
{
	const struct carrier_user *user = wire->carrier.user;
	size_t from = 0, n = 0;

	while (n < in.len && !wire->is_closed) {
		ssize_t eaten;

		n = n + step < in.len ? n + step : in.len;
		do {
			eaten = user->input(wire->carrier.arg,
					    slice(in.p + from, n - from),
					    NULL);
			check(eaten <= (ssize_t)(n - from));
			from += eaten > 0 ? (size_t)eaten : 0;
		} while (eaten > 0 && from < n && !wire->is_closed);
		check(wire->is_closed || n - from < WEBSOCKET_HEADER_MAX);
	}
}


static int serve(struct wire *wire, struct slice in, size_t step)
{
	const struct recipe recipe = { false, 1, { &websocket_protocol } };
	struct chain *chain;
	int n = 0;

	memset(wire, 0, sizeof(*wire));
	wire->sent = writer(SENT_MAX);
	wire->carrier.ops = &wire_ops;
	wire->carrier.loop = &loop;
	check(!chain_open(&chain, &wire->carrier, &recipe, NULL, NULL, NULL));
	websocket_set_user(websocket_of(chain->near), &echo, &n);
	feed(wire, in, step);
	if (!wire->is_closed)
		chain_flush(chain);
	chain_close(chain, 0);
	loop_pulse(&loop, 0);

	return n;
}


int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct fake_conf conf = { .seed = 1 };
	struct backend *backend;
	static struct fake *fake;

	(void)argc;
	(void)argv;
	log_set_level(LOG_LEVEL_ERROR);
	check(!fake_new(&fake, &conf) && !fake_backend_new(&backend, fake) &&
	      !loop_init(&loop, backend));

	return 0;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = len ? slice(data + 1, len - 1) : slice(data, 0);
	struct wire whole, cut;

	check(serve(&whole, in, len + 1) ==
	      serve(&cut, in, len ? 1 + data[0] % 16u : 1));
	check(str_eq(str_of(writer_slice(&whole.sent)),
		     str_of(writer_slice(&cut.sent))));
	writer_fini(&whole.sent);
	writer_fini(&cut.sent);

	return 0;
}
