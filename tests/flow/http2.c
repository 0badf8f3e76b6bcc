/* HTTP/2 over the fake backend: what a client can make us keep. */
#include "httpd/http_exchange.h"
#include "test.h"
#include "wire.h"

enum {
	BODY = 40000,            /* at 4 bytes a ms, and 30 s: 40 s */
	HEADER = 9,              /* of a frame: RFC 9113 s4.1 */
	RST_STREAM = 3,
	PING = 6,
};

static struct chunk *body;

/* The preface; SETTINGS with an initial window of 0, so that no body comes;
 * what is left of a request is up to the case. */
#define BEGIN								\
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"				\
	"\0\0\x06\4\0\0\0\0\0" "\0\4\0\0\0\0"

/* :method GET, :scheme http, :path /body, :authority x (RFC 7541). */
#define FIELDS "\x82\x86\x04\x05/body\x41\x01x"
#define HEADERS(flags) "\0\0\x0c\1" flags "\0\0\0\1" FIELDS


static bool on_http(void *data, struct http_exchange *x)
{
	(void)data;
	http_exchange_answer(x, &(struct http_answer){ .chunk = body });

	return true;
}


static const struct application_module module = {
	.abi = APPLICATION_ABI,
	.name = "live",
	.on_http = on_http,
};


/* How many frames of that type have come. */
static unsigned count(const struct wire *wire, unsigned type)
{
	struct slice in = writer_slice(&wire->in);
	unsigned n = 0;

	while (in.len >= HEADER) {
		size_t len = (size_t)in.p[0] << 16 | (size_t)in.p[1] << 8 |
			     in.p[2];

		n += in.p[3] == type;
		if (in.len < HEADER + len)
			break;
		in = slice_from(in, HEADER + len);
	}

	return n;
}


/* Say `begin`, and for `seconds` nothing but that we are there. */
static int be_there(struct rig *rig, struct wire *wire, struct slice begin,
		    int seconds)
{
	static const uint8_t ping[HEADER + 8] = { 0, 0, 8, PING };
	struct addr from;
	int err;

	wire_close(wire);
	writer_fini(&wire->in);
	writer_fini(&wire->out);
	err = wire_open(wire, rig, rig_dial(rig, 0, &from));
	if (err)
		return err;

	wire_send(wire, begin);
	for (int i = 0; i < seconds; i++) {
		rig_run(rig, 1000);
		wire_send(wire, slice(ping, sizeof(ping)));
	}

	return 0;
}


/* Neither an answer that is not taken nor a request that does not end is kept
 * for as long as its connection says anything at all. */
TEST(http2_deadlines)
{
	static const char asked[] = BEGIN HEADERS("\5");
	static const char asks[] = BEGIN HEADERS("\4");
	const struct rig_more more = { .chain = "inboundHttp" };
	const struct fake_conf conf = { .seed = 1 };
	const struct application_module *live = NULL;
	struct wire wire;
	struct rig rig;
	int err;

	memset(&wire, 0, sizeof(wire));
	memset(&rig, 0, sizeof(rig));
	body = chunk_new(BODY);
	TEST_ERR(body ? 0 : -ENOMEM);
	memset(body->data, 0, BODY);
	body->len = BODY;
	TEST_ERR(rig_init_more(&rig, 1, "idleTimeoutMs = 15000,", &conf,
			       &more));
	live = rig.server.setup->apps[0].module;
	rig.server.setup->apps[0].module = &module;

	TEST_ERR(be_there(&rig, &wire, slice(asked, sizeof(asked) - 1), 39));
	if (wire.in.len && wire.in.data[0] == 'H')
		goto out;        /* 505: it was built without nghttp2 */
	TEST_EXPECT(!count(&wire, RST_STREAM));
	rig_run(&rig, 1500);
	TEST_EXPECT(count(&wire, RST_STREAM) == 1);

	TEST_ERR(be_there(&rig, &wire, slice(asks, sizeof(asks) - 1), 29));
	TEST_EXPECT(!count(&wire, RST_STREAM));
	rig_run(&rig, 1500);
	TEST_EXPECT(count(&wire, RST_STREAM) == 1);
	TEST_EXPECT(!wire.has_ended);
 out:
	wire_close(&wire);
	writer_fini(&wire.in);
	writer_fini(&wire.out);
	if (live)
		rig.server.setup->apps[0].module = live;
	rig_fini(&rig);
	body = chunk_unref(body);
	return err;
}
