/* Whole connections of a client, as Autobahn's test suite has them: what a
 * server takes of them, however they are cut. */
#include <stdio.h>
#include "random.h"
#include "test.h"
#include "websocket/websocket_close.h"
#include "websocket/websocket_message.h"

enum {
	MAX = 1000,              /* of a message */
	ROUNDS = 20,
};

/* A frame: first byte, payload. */
struct step {
	uint8_t first;
	const char *payload;
};

static const struct {
	const char *what;
	const char *want;        /* kinds and payload, then how it ends */
	struct step steps[6];
} cases[] = {
	{ "1.1.1 empty text", "1[]", { { 0x81, "" } } },
	{ "1.2.2 binary", "2[abc]", { { 0x82, "abc" } } },
	{ "2.1 ping without payload", "9[]", { { 0x89, "" } } },
	{ "2.7 pong unasked", "A[hi]9[x]", { { 0x8a, "hi" }, { 0x89, "x" } } },
	{ "3.1 RSV", "1002", { { 0xc1, "a" } } },
	{ "3.2 RSV later", "1[a]1002", { { 0x81, "a" }, { 0xa1, "b" } } },
	{ "4.1.1 opcode 3", "1002", { { 0x83, "" } } },
	{ "4.2.3 opcode 13 later", "1[a]1002",
		{ { 0x81, "a" }, { 0x8d, "" }, { 0x89, "" } } },
	{ "5.1 ping in fragments", "1002",
		{ { 0x09, "a" }, { 0x80, "b" } } },
	{ "5.3 text in two", "1[ab]", { { 0x01, "a" }, { 0x80, "b" } } },
	{ "5.6 ping within", "9[p]1[ab]",
		{ { 0x01, "a" }, { 0x89, "p" }, { 0x80, "b" } } },
	{ "5.9 continuation of nothing", "1002", { { 0x80, "a" } } },
	{ "5.12 the same, not final", "1002",
		{ { 0x00, "a" }, { 0x81, "b" } } },
	{ "5.15 one too many", "1[ab]1002",
		{ { 0x01, "a" }, { 0x80, "b" }, { 0x80, "c" } } },
	{ "5.18 text within text", "1002",
		{ { 0x01, "a" }, { 0x81, "b" } } },
	{ "5.19 pings, five fragments", "9[p]9[q]2[abc]",
		{ { 0x02, "a" }, { 0x89, "p" }, { 0x00, "b" }, { 0x89, "q" },
		  { 0x80, "c" } } },
	{ "5.x empty fragments", "2[a]",
		{ { 0x02, "" }, { 0x00, "a" }, { 0x00, "" }, { 0x80, "" } } },
	{ "6.1 empty fragments of text", "1[]",
		{ { 0x01, "" }, { 0x00, "" }, { 0x80, "" } } },
	{ "6.2.3 a character over frames", "1[\xce\xba]",
		{ { 0x01, "\xce" }, { 0x80, "\xba" } } },
	{ "6.2 with a ping within", "9[\xff]1[\xf0\x9f\x98\x80]",
		{ { 0x01, "\xf0\x9f" }, { 0x89, "\xff" },
		  { 0x00, "\x98" }, { 0x80, "\x80" } } },
	{ "6.3 surrogate", "1007", { { 0x81, "\xce\xba\xed\xa0\x80" } } },
	{ "6.4 at once", "1007",
		{ { 0x01, "abc\xf4" }, { 0x00, "\x90" } } },
	{ "6.6 half a character", "1007", { { 0x81, "abc\xce" } } },
	{ "6.x half, then an empty end", "1007",
		{ { 0x01, "abc\xce" }, { 0x80, "" } } },
	{ "6.x halves in two messages", "1007",
		{ { 0x81, "\xce" }, { 0x81, "\xba" } } },
	{ "6.12 overlong", "1007", { { 0x81, "\xc0\xaf" } } },
	{ "6.14 overlong in 3", "1007", { { 0x81, "\xe0\x80\xaf" } } },
	{ "6.22 edges", "1[\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf]",
		{ { 0x81, "\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf" } } },
	{ "binary is no text", "2[\xff\xfe]", { { 0x82, "\xff\xfe" } } },
	{ "7.1.1 close", "1[a]8[]", { { 0x81, "a" }, { 0x88, "" } } },
	{ "7.1.3 ping after close", "8[]1002",
		{ { 0x88, "" }, { 0x89, "" } } },
	{ "7.1.5 close within", "8[]1002",
		{ { 0x01, "a" }, { 0x88, "" }, { 0x80, "b" } } },
	{ "7.3.2 half a code", "8[\x03]", { { 0x88, "\x03" } } },
};

/* What became of a connection, in the form of `want`. */
struct log {
	char text[256];
	size_t len;
};


static void tell(struct log *log, const char *fmt, unsigned v)
{
	log->len += (size_t)snprintf(log->text + log->len,
				     sizeof(log->text) - log->len, fmt, v);
}


/* The peer's side: frames with a mask. */
static size_t send_steps(uint8_t *out, const struct step *steps, size_t n)
{
	static const uint8_t mask[] = { 0x12, 0x34, 0x56, 0x78 };
	size_t len = 0;

	for (size_t i = 0; i < n && steps[i].payload; i++) {
		size_t n_payload = strlen(steps[i].payload);

		out[len++] = steps[i].first;
		out[len++] = (uint8_t)(0x80 | n_payload);
		memcpy(out + len, mask, sizeof(mask));
		len += sizeof(mask);
		websocket_frame_mask(out + len,
				     slice(steps[i].payload, n_payload), mask,
				     0);
		len += n_payload;
	}

	return len;
}


/* The server's side: a data message's payload is kept over its frames. */
struct server {
	struct websocket_message m;
	uint8_t data[MAX], control[WEBSOCKET_CONTROL_MAX];
	size_t n_data, n_control;
	bool is_open;            /* within a frame */
	unsigned code;
	struct log log;
};


static void finish(struct server *s)
{
	bool is_control = websocket_opcode_is_control(s->m.opcode);
	uint8_t *data = is_control ? s->control : s->data;
	size_t *n = is_control ? &s->n_control : &s->n_data;

	s->is_open = false;
	if (!websocket_message_is_whole(&s->m))
		return;

	tell(&s->log, "%X[", s->m.opcode);
	for (size_t i = 0; i < *n; i++)
		tell(&s->log, "%c", data[i]);
	tell(&s->log, "]", 0);
	*n = 0;
}


/* Eat what can be eaten. */
static size_t eat(struct server *s, struct slice in)
{
	bool is_control;
	struct websocket_frame f;
	size_t n;
	int err;

	if (!s->is_open) {
		err = websocket_frame_read(in, WEBSOCKET_CLIENT, MAX, &f);
		if (err == -EAGAIN)
			return 0;
		if (!err)
			err = websocket_message_open(&s->m, &f, MAX);
		if (err) {
			s->code = websocket_code_of(err);
			return 0;
		}
		s->is_open = true;
		if (f.len)
			return f.header_len;
		in = slice(in.p, f.header_len);
	}

	is_control = websocket_opcode_is_control(s->m.opcode);
	n = s->m.n_left < in.len ? (size_t)s->m.n_left : in.len;
	err = websocket_message_take(&s->m, is_control ?
				     s->control + s->n_control :
				     s->data + s->n_data, slice(in.p, n));
	*(is_control ? &s->n_control : &s->n_data) += n;
	if (err)
		s->code = WEBSOCKET_BAD_DATA;
	else if (!s->m.n_left)
		finish(s);

	return n ? n : in.len;
}


/* All of `in`, arriving up to each cut. */
static void serve(struct server *s, struct slice in, struct test_random *r,
		  size_t piece)
{
	size_t from = 0, to = 0, n;

	memset(s, 0, sizeof(*s));
	while (to < in.len && !s->code) {
		to += piece ? piece : 1 + test_below(r, 8);
		if (to > in.len)
			to = in.len;
		while (from < to && !s->code &&
		       (n = eat(s, slice(in.p + from, to - from))))
			from += n;
	}
	if (s->code)
		tell(&s->log, "%u", s->code);
}


TEST(websocket_message_cases)
{
	struct test_random random = { 3 };
	struct server s;
	uint8_t in[256];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = send_steps(in, cases[i].steps,
					ARRAY_LEN(cases[i].steps));

		for (size_t j = 0; j < ROUNDS; j++) {
			serve(&s, slice(in, len), &random,
			      j == 0 ? len : j == 1 ? 1 : 0);
			if (strcmp(cases[i].want, s.log.text))
				TEST_FAIL("%s: want %s, got %s",
					  cases[i].what, cases[i].want,
					  s.log.text);
		}
	}
 out:
	return err;
}


/* Frames within the limit, a message beyond it. */
TEST(websocket_message_limit)
{
	struct websocket_frame f = { .opcode = WEBSOCKET_BINARY, .len = 600 };
	struct websocket_message m = { 0 };
	uint8_t data[600] = { 0 };
	int err = 0;

	TEST_ERR(websocket_message_open(&m, &f, MAX));
	TEST_ERR(websocket_message_take(&m, data, slice(data, 600)));
	f.opcode = WEBSOCKET_CONTINUATION;
	TEST_ERRNO(-EMSGSIZE, websocket_message_open(&m, &f, MAX));
	f.len = 400;
	TEST_ERR(websocket_message_open(&m, &f, MAX));
	TEST_ERR(websocket_message_take(&m, data, slice(data, 400)));
	TEST_EQ(MAX, m.len);
	f.len = INT64_MAX;
	TEST_ERRNO(-EMSGSIZE, websocket_message_open(&m, &f, INT64_MAX));
 out:
	return err;
}


/* Each pair that begins beyond ASCII is
 * judged as by the bounds of RFC 3629 s4; ASCII around it changes nothing. */
TEST(websocket_utf8_tables)
{
	static const struct { uint8_t min, max, then_min, then_max; } two[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf }, { 0xe0, 0xe0, 0xa0, 0xbf },
		{ 0xe1, 0xec, 0x80, 0xbf }, { 0xed, 0xed, 0x80, 0x9f },
		{ 0xee, 0xef, 0x80, 0xbf }, { 0xf0, 0xf0, 0x90, 0xbf },
		{ 0xf1, 0xf3, 0x80, 0xbf }, { 0xf4, 0xf4, 0x80, 0x8f },
	};
	int err = 0;

	for (unsigned v = 0x8000; v <= 0xffff; v++) {
		uint8_t in[] = "12345678abcdefgh??", a = (uint8_t)(v >> 8);
		uint8_t b = (uint8_t)v;
		struct websocket_utf8 u = { 0 };
		bool want = false;

		for (size_t i = 0; i < ARRAY_LEN(two); i++) {
			if (a >= two[i].min && a <= two[i].max)
				want = b >= two[i].then_min &&
					b <= two[i].then_max;
		}

		in[16] = a;
		in[17] = b;
		if (websocket_utf8_take(&u, slice(in + v % 9, 18 - v % 9)) !=
		    want)
			TEST_FAIL("%04x", v);
		if (want)
			TEST_EQ(a >= 0xf0 ? 2 : a >= 0xe0, u.n_left);
	}
 out:
	return err;
}
