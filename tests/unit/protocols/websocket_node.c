/* WebSocket's node over the fake backend, as a server that echoes: cases
 * after the sections 1 to 7 of the Autobahn test suite, and what that does
 * not look at. */
#include "websocket/websocket_node.h"
#include <stdio.h>
#include <stdlib.h>
#include "stack/stack_test.h"
#include "test.h"

enum { SAID_MAX = 512, BIG = 65536 };

static const uint8_t mask[WEBSOCKET_MASK_LEN] = { 0x37, 0xfa, 0x21, 0x3d };

/* Said and heard are lines of words, one for each frame:
 *
 *	T B K P O C     text, binary, continuation, ping, pong, close; in
 *	                small letters: not the final frame
 *	T=abc           the payload as text, T#636566 in hexadecimal, T*300
 *	                so many "x"
 *	C=1000,bye      a code, and a reason
 *	!8180           bytes as they are
 *	.               the connection ends
 */
struct test_case {
	const char *name;        /* Autobahn's section, and what it is */
	const char *say;
	const char *hear;
};

static const struct test_case cases[] = {
	{ "1.1.1 empty text", "T= C=1000", "T= C=1000 ." },
	{ "1.1.2 text of 125", "T*125 C=1000", "T*125 C=1000 ." },
	{ "1.1.3 text of 126", "T*126 C=1000", "T*126 C=1000 ." },
	{ "1.1.4 text of 127", "T*127 C=1000", "T*127 C=1000 ." },
	{ "1.1.6 text of 65535", "T*65535 C=1000", "T*65535 C=1000 ." },
	{ "1.1.7 text of 65536", "T*65536 C=1000", "T*65536 C=1000 ." },
	{ "1.2.1 empty binary", "B= C=1000", "B= C=1000 ." },
	{ "1.2.2 binary of 125", "B*125 C=1000", "B*125 C=1000 ." },
	{ "1.2.3 binary of 126", "B*126 C=1000", "B*126 C=1000 ." },
	{ "1.2.6 binary of 65535", "B*65535 C=1000", "B*65535 C=1000 ." },
	{ "1.2.7 binary of 65536", "B*65536 C=1000", "B*65536 C=1000 ." },
	{ "above our limit", "B*65537", "C=1009 ." },
	{ "above, in pieces", "b*65536 k*1", "C=1009 ." },
	{ "above, a claim", "!82ff7fffffffffffffff", "C=1009 ." },
	{ "above all limits", "!82ffffffffffffffffff", "C=1002 ." },
	{ "a length too long", "!82fe007d", "C=1002 ." },
	{ "a length far too long", "!82ff000000000000ffff", "C=1002 ." },
	{ "without a mask", "!810161", "C=1002 ." },

	{ "2.1 empty ping", "P= C=1000", "O= C=1000 ." },
	{ "2.2 ping with text", "P=hello C=1000", "O=hello C=1000 ." },
	{ "2.3 ping with bytes", "P#00fffefdfcfb00ff C=1000",
	  "O#00fffefdfcfb00ff C=1000 ." },
	{ "2.4 ping of 125", "P*125 C=1000", "O*125 C=1000 ." },
	{ "2.5 ping of 126", "P*126 T=late", "C=1002 ." },
	{ "2.7 a pong not asked for", "O= C=1000", "C=1000 ." },
	{ "2.8 the same with text", "O=hello C=1000", "C=1000 ." },
	{ "2.9 pong, then ping", "O=a P=b C=1000", "O=b C=1000 ." },
	{ "ping in pieces", "p=a", "C=1002 ." },
	{ "pong in pieces", "o=a", "C=1002 ." },
	{ "close in pieces", "c=1000", "C=1002 ." },

	{ "3.1 reserved bit 3", "!9185 T=a", "C=1002 ." },
	{ "3.2 a text, reserved bit 2", "T=a !a185", "T=a C=1002 ." },
	{ "3.3 a text, bits 2 and 3", "T=a !b185 P=", "T=a C=1002 ." },
	{ "3.4 a text, bit 1", "T=a !c185", "T=a C=1002 ." },
	{ "3.5 a binary, bits 1 and 3", "!d285", "C=1002 ." },
	{ "3.6 a ping, bits 1 and 2", "!e985", "C=1002 ." },
	{ "3.7 a close, all bits", "!f882", "C=1002 ." },

	{ "4.1.1 opcode 3", "!8380", "C=1002 ." },
	{ "4.1.2 opcode 4", "!8485", "C=1002 ." },
	{ "4.1.3 a text, opcode 5", "T=a !8580 P=", "T=a C=1002 ." },
	{ "4.1.4 a text, opcode 6", "T=a !8685", "T=a C=1002 ." },
	{ "4.1.5 a text, opcode 7", "T=a !8785", "T=a C=1002 ." },
	{ "4.2.1 opcode 11", "!8b80", "C=1002 ." },
	{ "4.2.2 opcode 12", "!8c85", "C=1002 ." },
	{ "4.2.3 a text, opcode 13", "T=a !8d80 P=", "T=a C=1002 ." },
	{ "4.2.4 a text, opcode 14", "T=a !8e85", "T=a C=1002 ." },
	{ "4.2.5 a text, opcode 15", "T=a !8f85", "T=a C=1002 ." },

	{ "5.1 ping in two", "p=a K=b", "C=1002 ." },
	{ "5.3 text in two", "t=a K=b C=1000", "T=ab C=1000 ." },
	{ "5.6 a ping within", "t=a P=p K=b C=1000", "O=p T=ab C=1000 ." },
	{ "5.9 goes on, but what", "K=a T=b", "C=1002 ." },
	{ "5.12 the same, not final", "k=a T=b", "C=1002 ." },
	{ "5.14 after a whole one", "T=a K=b", "T=a C=1002 ." },
	{ "5.15 after one in two", "t=a K=b k=c T=d", "T=ab C=1002 ." },
	{ "5.18 two at once", "t=a T=b", "C=1002 ." },
	{ "5.19 many, pings within",
	  "t=a k=b P=1 k=c k=d P=2 K=e C=1000",
	  "O=1 O=2 T=abcde C=1000 ." },
	{ "binary in three, empty ones", "b= k=a k= K= C=1000",
	  "B=a C=1000 ." },

	{ "6.1.1 empty text", "T= C=1000", "T= C=1000 ." },
	{ "6.1.2 three empty pieces", "t= k= K= C=1000", "T= C=1000 ." },
	{ "6.1.3 a middle piece", "t= k=a K= C=1000", "T=a C=1000 ." },
	{ "6.2.1 UTF-8", "T#cebae1bdb9cf83cebcceb5 C=1000",
	  "T#cebae1bdb9cf83cebcceb5 C=1000 ." },
	{ "6.2.2 cut between characters", "t#ceba K#e1bdb9 C=1000",
	  "T#cebae1bdb9 C=1000 ." },
	{ "6.2.3 cut within one", "t#ceba k#e1 k#bd K#b9 C=1000",
	  "T#cebae1bdb9 C=1000 ." },
	{ "6.3.1 a surrogate", "T#cebaeda08065", "C=1007 ." },
	{ "6.3.2 the same in pieces", "t#cebaed k#a0 K#80", "C=1007 ." },
	{ "6.4.1 told before the end", "t#ceba k#f4908080", "C=1007 ." },
	{ "6.4.3 within the frame", "!818a00000000cebaf490", "C=1007 ." },
	{ "6.5 U+0000 is text", "T#00 C=1000", "T#00 C=1000 ." },
	{ "6.6.1 half a character", "T#ce", "C=1007 ." },
	{ "6.6.5 and of three", "t#e1bd K=", "C=1007 ." },
	{ "6.7 U+10FFFF", "T#f48fbfbf C=1000", "T#f48fbfbf C=1000 ." },
	{ "6.8 five bytes", "T#f888808080", "C=1007 ." },
	{ "6.12 a byte that is none", "T#fe", "C=1007 ." },
	{ "6.14 goes on from nothing", "T#80", "C=1007 ." },
	{ "6.18 U+0000 in two", "T#c080", "C=1007 ." },
	{ "6.23 a byte order mark", "T#efbbbf C=1000",
	  "T#efbbbf C=1000 ." },
	{ "bytes may be anything", "B#80fec080 C=1000",
	  "B#80fec080 C=1000 ." },

	{ "7.1.1 text, close", "T=a C=1000", "T=a C=1000 ." },
	{ "7.1.2 close twice", "C=1000 C=1000", "C=1000 ." },
	{ "7.1.3 a ping after it", "C=1000 P=a", "C=1000 ." },
	{ "7.1.4 a text after it", "C=1000 T=a", "C=1000 ." },
	{ "7.1.5 within a text", "t=a C=1000 K=b", "C=1000 ." },
	{ "7.3.1 empty", "C", "C ." },
	{ "7.3.2 half a code", "C#03", "C=1002 ." },
	{ "7.3.3 a code", "C=1000", "C=1000 ." },
	{ "7.3.4 a reason", "C=1000,bye", "C=1000 ." },
	{ "7.3.6 a reason too long", "C*126", "C=1002 ." },
	{ "7.5.1 a reason, no UTF-8", "C#03e8ce", "C=1007 ." },
	{ "7.7.1 going away", "C=1001", "C=1001 ." },
	{ "7.7.3 unsupported", "C=1003", "C=1003 ." },
	{ "7.7.4 bad data", "C=1007", "C=1007 ." },
	{ "7.7.9 a server's", "C=1011", "C=1011 ." },
	{ "7.7.10 a library's", "C=3000", "C=3000 ." },
	{ "7.7.13 an application's", "C=4999", "C=4999 ." },
	{ "7.9.1 code 0", "C=0", "C=1002 ." },
	{ "7.9.2 code 999", "C=999", "C=1002 ." },
	{ "7.9.3 code 1004", "C=1004", "C=1002 ." },
	{ "7.9.4 code 1005", "C=1005", "C=1002 ." },
	{ "7.9.5 code 1006", "C=1006", "C=1002 ." },
	{ "7.9.6 code 1016", "C=1016", "C=1002 ." },
	{ "7.9.9 code 2999", "C=2999", "C=1002 ." },
	{ "7.13.1 code 5000", "C=5000", "C=1002 ." },
};


/* -- frames to words and back -- */

static const char letters[] = "KTB.....CPO";


static void put_hex(struct writer *w, const char *hex)
{
	char two[3] = "";

	for (; *hex && *hex != ' '; hex += 2) {
		memcpy(two, hex, 2);
		put_u8(w, (unsigned)strtoul(two, NULL, 16));
	}
}


static void put_payload(struct writer *w, const char *word, size_t len)
{
	unsigned code;

	if (word[1] == '#') {
		put_hex(w, word + 2);
	} else if (word[1] == '*') {
		for (int n = atoi(word + 2); n > 0; n--)
			put_u8(w, 'x');
	} else if ((word[0] | 32) == 'c' && len > 2) {
		code = (unsigned)atoi(word + 2);
		put_be16(w, code);
		if (memchr(word, ',', len))
			put_str(w, str("bye"));
	} else if (len > 2) {
		put_bytes(w, slice(word + 2, len - 2));
	}
}


/* A client's frame. */
static void put_frame(struct writer *w, unsigned first, struct slice payload)
{
	uint8_t *p;

	put_u8(w, first);
	if (payload.len < 126) {
		put_u8(w, 0x80 | (unsigned)payload.len);
	} else if (payload.len < BIG) {
		put_u8(w, 0xfe);
		put_be16(w, (unsigned)payload.len);
	} else {
		put_u8(w, 0xff);
		put_be64(w, payload.len);
	}
	put_bytes(w, slice(mask, sizeof(mask)));
	p = put_room(w, payload.len);
	if (p && payload.len)
		websocket_frame_mask(p, payload, mask, 0);
}


static int say(struct stack_test *t, const char *words)
{
	struct writer w = writer(4 * BIG), payload = writer(2 * BIG);
	int err;

	for (size_t n; *words; words += n + (words[n] == ' ')) {
		const char *letter = memchr(letters, words[0] & ~32,
					    sizeof(letters));

		n = strcspn(words, " ");
		if (*words == '!') {
			put_hex(&w, words + 1);
			continue;
		}
		put_payload(&payload, words, n);
		put_frame(&w, (unsigned)(letter - letters) |
			  (words[0] & 32 ? 0 : 0x80),
			  writer_slice(&payload));
		if (payload.err)
			w.err = payload.err;
		writer_fini(&payload);
	}

	err = w.err;
	if (!err)
		stack_test_say(t, writer_slice(&w));
	writer_fini(&w);

	return err;
}


static void put_word(struct writer *w, unsigned opcode, bool is_final,
		     struct slice payload)
{
	const bool is_close = opcode == WEBSOCKET_CLOSE;
	bool is_text = true, is_same = payload.len > 100;

	for (size_t i = 0; i < payload.len; i++) {
		is_text &= payload.p[i] > 0x20 && payload.p[i] < 0x7f;
		is_same &= payload.p[i] == 'x';
	}

	put_fmt(w, "%s%c", w->len ? " " : "",
		letters[opcode] | (is_final ? 0 : 32));
	if (is_close && payload.len < 2)
		return;
	if (is_close)
		put_fmt(w, "=%u", payload.p[0] << 8 | payload.p[1]);
	else if (is_same)
		put_fmt(w, "*%zu", payload.len);
	else if (is_text)
		put_fmt(w, "=%.*s", PRINT_STR(str_of(payload)));
	else
		put_u8(w, '#');
	for (size_t i = 0; !is_text && !is_close && i < payload.len; i++)
		put_fmt(w, "%02x", payload.p[i]);
}


/* What the client has heard, in words. */
static const char *heard(const struct stack_test *t, char out[SAID_MAX])
{
	struct slice in = writer_slice(&t->got);
	struct writer w = writer(SAID_MAX - 1);
	struct websocket_frame f;

	while (in.len && !websocket_frame_read(in, WEBSOCKET_SERVER, 4 * BIG,
					       &f) &&
	       f.len <= in.len - f.header_len) {
		in = slice_from(in, f.header_len);
		put_word(&w, f.opcode, f.is_final,
			 slice(in.p, (size_t)f.len));
		in = slice_from(in, (size_t)f.len);
	}
	if (in.len)
		put_str(&w, str(" ?"));
	if (t->has_ended)
		put_str(&w, str(w.len ? " ." : "."));

	if (w.len)
		memcpy(out, w.data, w.len);
	out[w.len] = '\0';
	writer_fini(&w);

	return out;
}


/* -- the server -- */

static struct seen {
	unsigned n_messages;
	unsigned n_closed;
	unsigned code;
	struct websocket *ws;
	struct outbox_source *source;    /* taken out when it is over */
} seen;


static void on_message(struct websocket *ws, enum websocket_opcode opcode,
		       struct slice payload, void *arg)
{
	struct seen *s = arg;

	++s->n_messages;
	websocket_send(ws, opcode, payload);
}


static void on_closed(struct websocket *ws, unsigned code, void *arg)
{
	struct seen *s = arg;

	++s->n_closed;
	s->code = code;
	if (s->source)
		websocket_del_source(ws, s->source);
	s->ws = NULL;
}


static const struct websocket_user echo = { on_message, on_closed };
static const struct websocket_user deaf = { NULL, on_closed };


static int open_test(struct stack_test *t, size_t recv_max,
		     const struct websocket_user *user)
{
	const struct recipe recipe = { false, 1, { &websocket_protocol } };
	int err;

	memset(&seen, 0, sizeof(seen));
	err = stack_test_init(t, &recipe, NULL, recv_max);
	if (err)
		return err;

	seen.ws = websocket_of(t->chain->near);
	websocket_set_user(seen.ws, user, &seen);

	return 0;
}


TEST(websocket_node_cases)
{
	static const size_t recv_max[] = { 0, 1, 7 };
	struct stack_test t = { 0 };
	char out[SAID_MAX];
	int err = 0;

	for (size_t i = 0; i < 3 * ARRAY_LEN(cases); i++) {
		const struct test_case *c = &cases[i / 3];

		if (test_is_starved() && i % 30)
			continue;
		if (i % 3 && strstr(c->say, "*6553"))
			continue;
		TEST_ERR(open_test(&t, recv_max[i % 3], &echo));
		TEST_ERR(say(&t, c->say));
		heard(&t, out);
		if (!test_alloc_failed() && strcmp(out, c->hear))
			TEST_FAIL("%s, recv_max %zu: heard %s", c->name,
				  recv_max[i % 3], out);
		TEST_EXPECT(!strcmp(out, c->hear));
		stack_test_fini(&t);
		TEST_EQ(1, seen.n_closed);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* A long message, cut anywhere; and one that nobody wants to hear. */
TEST(websocket_node_long)
{
	static const size_t recv_max[] = { 1000, 5000, 16384 };
	struct stack_test t = { 0 };
	char out[SAID_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(recv_max); i++) {
		TEST_ERR(open_test(&t, recv_max[i], &echo));
		TEST_ERR(say(&t, "T*65536 b*30000 P=a k*30000 K*5536"));
		TEST_EXPECT(!strcmp(heard(&t, out), "T*65536 O=a B*65536"));
		stack_test_fini(&t);

		TEST_ERR(open_test(&t, recv_max[i], &deaf));
		TEST_ERR(say(&t, "T*65536 b*30000 P=a k*30000 K*5536 T#fe"));
		TEST_EXPECT(!strcmp(heard(&t, out), "O=a C=1007 ."));
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* The code that is told: the peer's, that it gave none, that it was lost. */
TEST(websocket_node_code)
{
	static const struct {
		const char *say;
		unsigned code;
	} table[] = {
		{ "C=1001", 1001 }, { "C=4000,bye", 4000 },
		{ "C", WEBSOCKET_NO_CODE }, { "T=a", WEBSOCKET_LOST },
		{ "C=5000", WEBSOCKET_LOST }, { "!00", WEBSOCKET_LOST },
	};
	struct stack_test t = { 0 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		TEST_ERR(open_test(&t, 0, &echo));
		chain_set_two_way(t.chain);   /* as HTTP has left it */
		TEST_ERR(say(&t, table[i].say));
		TEST_EXPECT(!seen.n_closed);
		t.peer->ops->shutdown(t.peer);
		fake_settle(t.fake);
		TEST_EXPECT(seen.n_closed == 1);
		TEST_EXPECT(seen.code == table[i].code);
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* We close: data is dropped meanwhile, the peer's answer ends it, or the
 * lack of one does. */
TEST(websocket_node_close)
{
	struct stack_test t = { 0 };
	char out[SAID_MAX];
	int err;

	TEST_ERR(open_test(&t, 0, &echo));
	websocket_close(seen.ws, WEBSOCKET_GOING_AWAY, "so long");
	websocket_close(seen.ws, WEBSOCKET_NORMAL, NULL);
	websocket_send(seen.ws, WEBSOCKET_TEXT, slice("late", 4));
	TEST_ERR(say(&t, "T=hello P=ping"));
	TEST_EXPECT(!strcmp(heard(&t, out), "C=1001"));
	TEST_EQ(0, seen.n_messages);
	TEST_ERR(say(&t, "C=1001"));
	TEST_EXPECT(!strcmp(heard(&t, out), "C=1001 ."));
	stack_test_fini(&t);
	TEST_EQ(WEBSOCKET_GOING_AWAY, seen.code);

	TEST_ERR(open_test(&t, 0, &echo));
	websocket_close(seen.ws, WEBSOCKET_POLICY, NULL);
	fake_run(t.fake, 1000 * (WEBSOCKET_CLOSE_MS - 1));
	TEST_EXPECT(!strcmp(heard(&t, out), "C=1008"));
	fake_run(t.fake, 1000 * 2);
	TEST_EXPECT(!strcmp(heard(&t, out), "C=1008 ."));
	fake_run(t.fake, 1000 * CHAIN_LINGER_MS);
	TEST_OK(t.is_closed);
	TEST_EQ(WEBSOCKET_LOST, seen.code);
	stack_test_fini(&t);

	/* The server ends. */
	TEST_ERR(open_test(&t, 0, &echo));
	TEST_ERR(say(&t, "t=half"));
	TEST_EXPECT(!t.is_closed);
	chain_tell(t.chain, EVENT_CLOSING, 0);
	chain_end(t.chain);
	fake_settle(t.fake);
	TEST_EXPECT(!strcmp(heard(&t, out), "C=1001 ."));
 out:
	stack_test_fini(&t);
	return err;
}


/* A peer that is silent is pinged, and closed if it stays so. */
TEST(websocket_node_silence)
{
	struct stack_test t = { 0 };
	char out[SAID_MAX];
	int err;

	TEST_ERR(open_test(&t, 0, &echo));
	fake_run(t.fake, 1000 * WEBSOCKET_PING_MS);
	TEST_ERR(say(&t, "O="));
	TEST_EXPECT(!strcmp(heard(&t, out), "P="));
	fake_run(t.fake, 1000 * WEBSOCKET_PING_MS);
	TEST_EXPECT(!strcmp(heard(&t, out), "P="));
	fake_run(t.fake, 1000 * WEBSOCKET_PING_MS);
	TEST_EXPECT(!strcmp(heard(&t, out), "P= P="));
	TEST_OK(!t.is_closed);
	fake_run(t.fake, 1000 * WEBSOCKET_PING_MS);
	TEST_OK(t.is_closed);
	TEST_EQ(-ETIMEDOUT, t.err);
	TEST_EQ(1, seen.n_closed);
 out:
	stack_test_fini(&t);
	return err;
}


/* Who pings and does not read costs little, and the last is answered. */
TEST(websocket_node_ping_flood)
{
	struct stack_test t = { 0 };
	size_t most = 0;
	int err;

	TEST_ERR(open_test(&t, 0, &echo));
	t.chain->is_send_blocked = true;
	for (int i = 0; i < 500; i++) {
		TEST_ERR(say(&t, i < 499 ? "P*125" : "P=last"));
		TEST_EXPECT(!t.is_closed);
		if (outbox_control(&t.chain->near->out)->size > most)
			most = outbox_control(&t.chain->near->out)->size;
	}
	TEST_OK(most <= 8192);
	t.chain->is_send_blocked = false;
	chain_want_output(t.chain);
	fake_settle(t.fake);
	TEST_EXPECT(t.got.len > 6 && t.got.len < 8192);
	TEST_EXPECT(!t.got.err && !t.is_closed);
	TEST_EXPECT(!memcmp(t.got.data + t.got.len - 6, "\x8a\x04last", 6));

	/* And so it is, if a close frame comes meanwhile. */
	t.chain->is_send_blocked = true;
	for (int i = 0; i < 50; i++)
		TEST_ERR(say(&t, i < 49 ? "P*125" : "P=2 C=1000"));
	TEST_EXPECT(!t.is_closed);
	t.chain->is_send_blocked = false;
	chain_want_output(t.chain);
	fake_settle(t.fake);
	TEST_EXPECT(t.has_ended && !t.got.err && t.got.len > 7);
	TEST_EXPECT(!memcmp(t.got.data + t.got.len - 7,
			    "\x8a\x01" "2\x88\x02\x03\xe8", 7));
 out:
	stack_test_fini(&t);
	return err;
}


/* A pong that is under way is finished before the next one. */
TEST(websocket_node_ping_within_pong)
{
	static const uint8_t big[5000] = { 1 };
	const size_t n_pong = 3;         /* bytes of it that have left */
	struct iovec iov[OUTBOX_IOV];
	struct stack_test t = { 0 };
	struct outbox *out;
	char text[SAID_MAX];
	int err;

	TEST_ERR(open_test(&t, 0, &echo));
	out = &t.chain->near->out;
	t.chain->is_send_blocked = true;
	for (int i = 0; i < 50; i++)
		TEST_ERR(say(&t, "P*125"));
	TEST_EXPECT(!t.is_closed && !out->control.err);
	TEST_EXPECT(outbox_peek(out, iov, OUTBOX_IOV, OUTBOX_ROOM) == 2);
	outbox_consume(out, iov[0].iov_len + n_pong);

	websocket_send(seen.ws, WEBSOCKET_BINARY, slice(big, sizeof(big)));
	TEST_ERR(say(&t, "P=1 P=2"));
	TEST_EXPECT(!t.is_closed && !out->control.err);
	t.chain->is_send_blocked = false;
	chain_want_output(t.chain);
	fake_settle(t.fake);
	TEST_EXPECT(t.got.len == 127 - n_pong + 4 + sizeof(big) + 3);
	writer_drop(&t.got, 127 - n_pong + 4 + sizeof(big));
	TEST_EXPECT(!strcmp(heard(&t, text), "O=2"));
 out:
	stack_test_fini(&t);
	return err;
}


/* -- sources -- */

/* Lends frames of five bytes. */
struct frames {
	struct outbox_source source;
	size_t n_sent;
	size_t max;
};

static const uint8_t frames[] = "\x82\x03xyz\x82\x03xyz\x82\x03xyz\x82\x03xyz";


static int frames_peek(struct outbox_source *source, struct iovec *iov,
		       int n_iov, size_t room, bool one_message)
{
	struct frames *f = CONTAINER_OF(source, struct frames, source);
	size_t left = f->max - f->n_sent;
	const uint8_t *p = frames + f->n_sent;

	(void)n_iov;
	(void)room;
	if (!left)
		return 0;
	memcpy(&iov->iov_base, &p, sizeof(p));
	iov->iov_len = one_message && left > 5 - f->n_sent % 5
			       ? 5 - f->n_sent % 5 : left;
	source->has_more = iov->iov_len < left;

	return 1;
}


static void frames_consume(struct outbox_source *source, size_t len)
{
	CONTAINER_OF(source, struct frames, source)->n_sent += len;
}


static bool frames_is_inside(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct frames, source)->n_sent % 5;
}


static const struct outbox_source_ops frames_ops = {
	.peek = frames_peek,
	.consume = frames_consume,
	.is_inside = frames_is_inside,
};


/* Pongs and the close frame stand between the frames of a source; none of
 * these comes after the close frame, and none is cut. */
TEST(websocket_node_source)
{
	static const struct {
		size_t before;   /* bytes of it that are sent by then */
		bool closes;
		const char *hear;
	} table[] = {
		{ 0, true, "O=a C=1000 ." },
		{ 4, true, "B=xyz O=a C=1000 ." },
		{ 8, true, "B=xyz B=xyz O=a C=1000 ." },
		{ 0, false, "O=a B=xyz B=xyz B=xyz B=xyz" },
		{ 1, false, "B=xyz O=a B=xyz B=xyz B=xyz" },
		{ 9, false, "B=xyz B=xyz O=a B=xyz B=xyz" },
	};
	struct stack_test t = { 0 };
	struct frames f;
	char out[SAID_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		memset(&f, 0, sizeof(f));
		f.source.ops = &frames_ops;
		TEST_ERR(open_test(&t, 0, &deaf));
		websocket_add_source(seen.ws, &f.source);
		seen.source = &f.source;
		f.max = table[i].before;
		chain_want_output(t.chain);
		fake_settle(t.fake);
		TEST_EXPECT(!t.is_closed);

		f.max = 20;
		t.chain->is_send_blocked = true;
		TEST_ERR(say(&t, "P=a"));
		TEST_EXPECT(seen.ws);
		if (table[i].closes)
			websocket_close(seen.ws, WEBSOCKET_NORMAL, NULL);
		t.chain->is_send_blocked = false;
		chain_want_output(t.chain);
		fake_settle(t.fake);
		if (table[i].closes)
			TEST_ERR(say(&t, "C=1000"));
		TEST_EXPECT(!strcmp(heard(&t, out), table[i].hear));
		stack_test_fini(&t);
		TEST_EQ(1, seen.n_closed);
	}
 out:
	stack_test_fini(&t);
	return err;
}


TEST(websocket_node_framing)
{
	uint8_t out[WEBSOCKET_HEADER_MAX];
	int err = 0;

	TEST_EQ(2, websocket_framing(out, 5));
	TEST_MEM("\x82\x05", 2, out, 2);
	TEST_EQ(4, websocket_framing(out, 126));
	TEST_EQ(10, websocket_framing(out, BIG));
	TEST_MEM("\x82\x7f\0\0\0\0\0\1\0\0", 10, out, 10);
 out:
	return err;
}
