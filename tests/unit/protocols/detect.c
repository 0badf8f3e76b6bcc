/* Who begins like that, and the node that becomes them: over the fake
 * backend, with stand-ins for the protocols. */
#include "detect/detect_int.h"
#include "host/binding.h"
#include "stack/stack_test.h"
#include "test.h"

enum { ALL = (1u << DETECT_STARTS) - 1 };

static const struct start {
	const char *bytes;
	size_t len;
	int want;                /* of all */
	size_t decides;          /* after so many bytes */
} starts[] = {
	{ "\3\0\0\0\0\0\0\0\0", 9, DETECT_RTMP, 1 },
	{ "\6\0\0\0\0\0\0\0\0", 9, DETECT_RTMPE, 1 },
	{ "\10\0\0\0\0", 5, DETECT_RTMPE, 1 },
	{ "GET / HTTP/1.1\r\n", 16, DETECT_HTTP, 4 },
	{ "HEAD / HTTP/1.1\r\n", 17, DETECT_HTTP, 5 },
	{ "POST /fcs/ident2 ", 17, DETECT_HTTP, 5 },
	{ "PUT / ", 6, DETECT_HTTP, 4 },
	{ "PATCH / ", 8, DETECT_HTTP, 6 },
	{ "DELETE / ", 9, DETECT_HTTP, 7 },
	{ "OPTIONS * ", 10, DETECT_HTTP, 8 },
	{ "TRACE / ", 8, DETECT_HTTP, 6 },
	{ "CONNECT a:1 ", 12, DETECT_HTTP, 8 },
	{ "PRI * HTTP/2.0\r\n", 16, DETECT_HTTP, 4 },
	{ "\x16\3\1\2\0\1\0", 7, DETECT_TLS, 2 },
	{ "\x16\3\3\2\0\1\0", 7, DETECT_TLS, 2 },
	{ "\0\1\0\0\x21\x12\xa4\x42", 8, DETECT_TURN, 8 },
	{ "\0\3\0\x10\x21\x12\xa4\x42zz", 10, DETECT_TURN, 8 },
	{ "\x16\2\0\0", 4, -ENOENT, 2 },
	{ "get / ", 6, -ENOENT, 1 },
	{ "GETS / ", 7, -ENOENT, 4 },
	{ "OPTIONAL ", 9, -ENOENT, 7 },
	{ " GET", 4, -ENOENT, 1 },
	{ "\0\1\0\3\x21\x12\xa4\x42", 8, -ENOENT, 4 },
	{ "\0\1\0\0\x21\x12\xa4\x43", 8, -ENOENT, 8 },
	{ "\0\1\0\0\x20", 5, -ENOENT, 5 },
	{ "\x40\0\0\4abcd", 8, -ENOENT, 1 },
	{ "SSH-2.0-x\r\n", 11, -ENOENT, 1 },
	{ "\xff\xff", 2, -ENOENT, 1 },
};


static struct slice bytes_of(const struct start *s, size_t len)
{
	return slice(s->bytes, len < s->len ? len : s->len);
}


/* The same however many bytes are there, as soon as they suffice. */
TEST(detect_start_decides)
{
	int err = 0;

	TEST_EQ(-EAGAIN, detect_start(slice(NULL, 0), ALL));
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const struct start *s = &starts[i];

		TEST_OK(s->want < 0 || s->decides <= DETECT_BYTES);
		for (size_t n = 1; n <= s->len; n++)
			TEST_EQ(n < s->decides ? -EAGAIN : s->want,
				detect_start(bytes_of(s, n), ALL));
	}
 out:
	return err;
}


/* Any first bytes are decided within DETECT_BYTES; who is not looked for is
 * not known, and changes nothing for the others. */
TEST(detect_start_mask)
{
	int err = 0;

	for (unsigned first = 0; first < 256; first++) {
		uint8_t in[DETECT_BYTES] = { (uint8_t)first };

		TEST_OK(detect_start(slice(in, sizeof(in)), ALL) != -EAGAIN);
	}
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		for (unsigned mask = 0; mask <= ALL; mask++) {
			const struct start *s = &starts[i];
			bool is_known = s->want >= 0 && mask >> s->want & 1;
			int got = detect_start(bytes_of(s, s->len), mask);

			TEST_EQ(is_known ? s->want : -ENOENT, got);
		}
	}
	TEST_EQ(-ENOENT, detect_start(slice("G", 1), ALL &
				      ~(1u << DETECT_HTTP)));
	TEST_EQ(-ENOENT, detect_start(slice("\0", 1), ALL &
				      ~(1u << DETECT_TURN)));
 out:
	return err;
}


/* -- the node -- */

static struct seen {
	const char *who;         /* speaks */
	unsigned n_open;
	unsigned n_layers;       /* of "encryption" */
	size_t n;
	uint8_t bytes[64];
} seen;


static int stand_in_open(struct node *node, struct binding *binding)
{
	(void)binding;
	seen.who = node->protocol->name;
	++seen.n_open;

	return 0;
}


static ssize_t stand_in_input(struct node *node, struct slice in,
			      const struct io_meta *meta)
{
	(void)node;
	(void)meta;
	for (size_t i = 0; i < in.len && seen.n < sizeof(seen.bytes); i++)
		seen.bytes[seen.n++] = in.p[i];

	return (ssize_t)in.len;
}


/* TLS's stand-in takes five bytes for itself, and hands on the rest. */
struct layer {
	struct node node;
	size_t n_eaten;
};


static int layer_open(struct node *node, struct binding *binding)
{
	(void)node;
	(void)binding;
	++seen.n_layers;

	return 0;
}


static ssize_t layer_input(struct node *node, struct slice in,
			   const struct io_meta *meta)
{
	struct layer *layer = CONTAINER_OF(node, struct layer, node);
	size_t n = 5 - layer->n_eaten;
	ssize_t more;

	n = in.len < n ? in.len : n;
	layer->n_eaten += n;
	if (n == in.len)
		return (ssize_t)n;

	more = node_push(node, slice_from(in, n), meta);

	return more < 0 ? more : (ssize_t)n + more;
}


#define STAND_IN(id)						\
	static const struct protocol id = {			\
		.name = #id,					\
		.size = sizeof(struct node),			\
		.input_max = 1000,				\
		.open = stand_in_open,				\
		.input = stand_in_input,			\
	}

STAND_IN(rtmp);
STAND_IN(http);
STAND_IN(turn);

static const struct protocol tls = {
	.name = "tls",
	.size = sizeof(struct layer),
	.open = layer_open,
	.input = layer_input,
};

static struct detect_conf conf = {
	.mask = ALL,
	.protocols = {
		[DETECT_RTMP] = &rtmp,
		[DETECT_HTTP] = &http,
		[DETECT_TURN] = &turn,
		[DETECT_TLS] = &tls,
	},
};

static struct binding binding = {
	.parts = { { &detect_protocol, &conf } },
	.n_parts = 1,
};


static int open_test(struct stack_test *t, size_t recv_max)
{
	const struct recipe recipe = { false, 1, { &detect_protocol } };

	memset(&seen, 0, sizeof(seen));

	return stack_test_init(t, &recipe, &binding, recv_max);
}


/* Each start, whole and byte by byte: who speaks like that gets all of it,
 * and nothing is left of who looked. */
TEST(detect_node_becomes)
{
	struct stack_test t = { 0 };
	int err = 0;

	for (size_t i = 0; i < 2 * ARRAY_LEN(starts); i++) {
		const struct start *s = &starts[i / 2];
		const struct protocol *want = s->want < 0 ? NULL
					      : conf.protocols[s->want];

		if (s->want == DETECT_TLS)
			continue;
		TEST_ERR(open_test(&t, i & 1));
		stack_test_say(&t, slice(s->bytes, s->len));
		if (!want) {
			TEST_EXPECT(t.is_closed);
			TEST_EXPECT(t.err == (s->want == DETECT_RTMPE
					      ? -ENOTSUP : -EPROTO));
			TEST_EQ(0, seen.n_open);
			stack_test_fini(&t);
			continue;
		}
		TEST_EXPECT(seen.n_open == 1 && seen.n == s->len);
		TEST_OK(!strcmp(want->name, seen.who));
		TEST_MEM(s->bytes, s->len, seen.bytes, seen.n);
		TEST_OK(t.chain->far == t.chain->near);
		fake_run(t.fake, 2000 * DETECT_MS);
		TEST_OK(!t.is_closed);
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* TLS, and within it whoever it is; but not TLS once more. */
TEST(detect_node_behind_tls)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *who;
	} table[] = {
		{ "\x16\3\1\0\0\3rtmp", 10, "rtmp" },
		{ "\x16\3\1\0\0GET /", 10, "http" },
		{ "\x16\3\1\0\0\0\1\0\0\x21\x12\xa4\x42", 13, "turn" },
		{ "\x16\3\1\0\0\x16\3\1\0\0\3", 11, NULL },
		{ "\x16\3\1\0\0\6", 6, NULL },
	};
	struct stack_test t = { 0 };
	int err = 0;

	for (size_t i = 0; i < 2 * ARRAY_LEN(table); i++) {
		const size_t len = table[i / 2].len;
		const char *who = table[i / 2].who;

		TEST_ERR(open_test(&t, i & 1));
		stack_test_say(&t, slice(table[i / 2].bytes, len));
		TEST_EXPECT(seen.n_layers == 1);
		if (who) {
			TEST_EXPECT(seen.who && !strcmp(seen.who, who));
			TEST_MEM(table[i / 2].bytes + 5, len - 5, seen.bytes,
				 seen.n);
			TEST_OK(t.chain->far->near == t.chain->near);
		} else {
			TEST_EXPECT(t.is_closed);
			TEST_EQ(0, seen.n_open);
		}
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* Silence ends, and so does a start that does not go on; behind TLS the time
 * begins when it is up. */
TEST(detect_node_deadline)
{
	struct stack_test t = { 0 };
	int err = 0;

	for (int i = 0; i < 3; i++) {
		TEST_ERR(open_test(&t, 0));
		fake_run(t.fake, 500 * DETECT_MS);
		if (i == 1)
			stack_test_say(&t, slice("OPTION", 6));
		if (i == 2) {
			chain_tell(t.chain, EVENT_UP, 0);
			fake_run(t.fake, 900 * DETECT_MS);
			TEST_OK(!t.is_closed);
		}
		fake_run(t.fake, 600 * DETECT_MS);
		TEST_EXPECT(t.is_closed);
		TEST_EXPECT(t.err == -ETIMEDOUT);
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}
