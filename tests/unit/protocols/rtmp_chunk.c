/* rtmp/rtmp_chunk: every sequence is read whole, byte by byte and cut at
 * random, and must give the same messages. */
#include "rtmp/rtmp_chunk.h"
#include <stdio.h>
#include "rtmp/rtmp_control.h"
#include "test.h"


enum {
	WHOLE = 0,               /* how input is cut; from 1: at most so many */
	AT_RANDOM = -1,
	N_RANDOM = 5,
	MAX = 1000,              /* message_max in most cases */
	LOG_MAX = 4096,
};

/* What came out, as text: `csid@timestamp tTYPE sSTREAM [body]`. */
struct log {
	char text[LOG_MAX];
	size_t len;
};


static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;

	return *seed >> 16;
}


static void log_message(struct log *log, const struct rtmp_message *msg)
{
	const struct rtmp_header *h = &msg->header;
	int n;

	n = snprintf(log->text + log->len, LOG_MAX - log->len,
		     "%u@%u t%u s%u [%.*s] ", h->csid, h->timestamp, h->type,
		     h->stream_id, (int)msg->body->len,
		     (const char *)msg->body->data);
	if (n > 0)
		log->len += (size_t)n;
}


static void log_error_text(struct log *log, int err)
{
	int n = snprintf(log->text + log->len, LOG_MAX - log->len, "%s ",
			 error_text(err));

	if (n > 0)
		log->len += (size_t)n;
}


/* `n` bytes must have been eaten. */
#define TEST_EATEN(want, n)					\
	do {							\
		if ((n) < 0)					\
			TEST_ERR(n);				\
		TEST_EQ(want, n);				\
	} while (0)

/* As the node does it. */
static int obey(struct rtmp_dechunker *d, const struct rtmp_message *msg)
{
	struct rtmp_control c;
	int err;

	err = rtmp_control_read(&c, msg->header.type, chunk_slice(msg->body));
	if (err == -ENOTSUP)
		return 0;
	if (err)
		return err;

	if (c.type == RTMP_SET_CHUNK_SIZE)
		return rtmp_dechunker_set_chunk_size(d, c.value);
	if (c.type == RTMP_ABORT)
		rtmp_dechunker_abort(d, c.value);

	return 0;
}


/* Eat what can be eaten of `in`.  Returns the bytes, or an error. */
static int eat(struct rtmp_dechunker *d, struct slice in, struct log *log)
{
	size_t eaten = 0;
	int n = 1, err;

	while (n) {
		struct rtmp_message msg;

		n = rtmp_dechunker_read(d, slice_from(in, eaten), &msg);
		if (n < 0)
			return n;
		eaten += (size_t)n;

		if (msg.body) {
			log_message(log, &msg);
			err = obey(d, &msg);
			chunk_unref(msg.body);
			if (err)
				return err;
		}
	}

	return (int)eaten;
}


static int feed(struct slice in, int cut, uint32_t seed, struct log *log)
{
	struct rtmp_dechunker d;
	size_t at = 0, seen = 0;
	int n = 0;

	log->len = 0;
	log->text[0] = '\0';
	rtmp_dechunker_init(&d, MAX);

	while (seen < in.len && n >= 0) {
		size_t more = cut == WHOLE ? in.len :
			cut == AT_RANDOM ? 1 + next_random(&seed) % 20 :
			(size_t)cut;

		seen = more < in.len - seen ? seen + more : in.len;
		n = eat(&d, slice(in.p + at, seen - at), log);
		if (n >= 0)
			at += (size_t)n;
		if (n >= 0 && seen - at >= RTMP_CHUNK_HEADER_MAX) {
			test_say(__FILE__, __LINE__, "too much left over");
			n = -EINVAL;
		}
	}
	if (n < 0 && n != -ENOMEM)
		log_error_text(log, n);

	rtmp_dechunker_fini(&d);

	return n == -ENOMEM ? n : 0;
}


static int check(const char *in, size_t len, const char *want)
{
	struct slice s = slice(in, len);
	struct log log;
	int err;

	for (int i = 0; i < 2 + N_RANDOM; i++) {
		err = feed(s, i < 2 ? i : AT_RANDOM, (uint32_t)i, &log);
		if (err)
			return err;
		if (strcmp(log.text, want)) {
			test_say(__FILE__, __LINE__, "cut %d:\n want %s\n  got %s",
				 i, want, log.text);
			return -EINVAL;
		}
	}

	return 0;
}

#define CHECK(in, want)						\
	do {							\
		static const char in_[] = in, want_[] = want;	\
		TEST_ERR(check(in_, sizeof(in_) - 1, want_));	\
	} while (0)

/* Headers of chunk stream 3 to 5, type 8, stream 1. */
#define FMT0(csid, time, len) \
	csid "\x00\x00" time "\x00\x00" len "\x08\x01\x00\x00\x00"
#define FMT0_EXT(csid, len) \
	csid "\xff\xff\xff\x00\x00" len "\x08\x01\x00\x00\x00"

/* Chunks of 4 bytes from here on. */
#define CHUNK_SIZE_4 \
	"\x02\x00\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00" "\x00\x00\x00\x04"
#define SAID_4 "2@0 t1 s0 [] "


/* s5.3.2.1, but for the bodies, which are shorter. */
TEST(rtmp_chunk_example_1)
{
	int err;

	CHECK("\x03\x00\x03\xe8\x00\x00\x03\x08\x39\x30\x00\x00" "one"
	      "\x83\x00\x00\x14" "two"
	      "\xc3" "thr"
	      "\xc3" "for",
	      "3@1000 t8 s12345 [one] 3@1020 t8 s12345 [two] "
	      "3@1040 t8 s12345 [thr] 3@1060 t8 s12345 [for] ");
 out:
	return err;
}


/* s5.3.2.2, in chunks of 4 bytes. */
TEST(rtmp_chunk_example_2)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      "\x04\x00\x03\xe8\x00\x00\x0b\x09\x3a\x30\x00\x00" "abcd"
	      "\xc4" "efgh" "\xc4" "ijk",
	      SAID_4 "4@1000 t9 s12346 [abcdefghijk] ");
 out:
	return err;
}


TEST(rtmp_chunk_basic_headers)
{
	int err;

	/* 63; 64 and 319 in two bytes; 64, 320 and 65599 in three. */
	CHECK("\x3f\x00\x00\x01\x00\x00\x01\x08\x01\x00\x00\x00" "a"
	      "\x00\x00\x00\x00\x02\x00\x00\x01\x08\x01\x00\x00\x00" "b"
	      "\x00\xff\x00\x00\x03\x00\x00\x01\x08\x01\x00\x00\x00" "c"
	      "\xc1\x00\x00" "d"
	      "\x01\x00\x01\x00\x00\x04\x00\x00\x01\x08\x01\x00\x00\x00" "e"
	      "\x01\xff\xff\x00\x00\x05\x00\x00\x01\x08\x01\x00\x00\x00" "f"
	      "\xc1\xff\xff" "g",
	      "63@1 t8 s1 [a] 64@2 t8 s1 [b] 319@3 t8 s1 [c] 64@4 t8 s1 [d] "
	      "320@4 t8 s1 [e] 65599@5 t8 s1 [f] 65599@10 t8 s1 [g] ");
 out:
	return err;
}


TEST(rtmp_chunk_all_fmts)
{
	int err;

	CHECK(FMT0("\x03", "\x0a", "\x02") "ab"
	      "\x43\x00\x00\x05\x00\x00\x03\x09" "cde"
	      "\x83\x00\x00\x07" "fgh"
	      "\xc3" "ijk",
	      "3@10 t8 s1 [ab] 3@15 t9 s1 [cde] 3@22 t9 s1 [fgh] "
	      "3@29 t9 s1 [ijk] ");
 out:
	return err;
}


/* s5.3.1.2.4: the delta of a fmt 3 that follows fmt 0 is its timestamp. */
TEST(rtmp_chunk_fmt_3_after_fmt_0)
{
	int err;

	CHECK(FMT0("\x03", "\x0a", "\x01") "a" "\xc3" "b" "\xc3" "c",
	      "3@10 t8 s1 [a] 3@20 t8 s1 [b] 3@30 t8 s1 [c] ");
 out:
	return err;
}


/* The fmt 3 chunks within a message do not apply the delta again. */
TEST(rtmp_chunk_delta_once_per_message)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x0a", "\x06") "abcd" "\xc3" "ef"
	      "\x83\x00\x00\x01" "ghij" "\xc3" "kl"
	      "\xc3" "mnop" "\xc3" "qr",
	      SAID_4 "3@10 t8 s1 [abcdef] 3@11 t8 s1 [ghijkl] "
	      "3@12 t8 s1 [mnopqr] ");
 out:
	return err;
}


TEST(rtmp_chunk_interleaved)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x06") "abcd"
	      FMT0("\x04", "\x02", "\x05") "ABCD"
	      FMT0("\x05", "\x03", "\x00")
	      "\xc3" "ef"
	      "\xc4" "E",
	      SAID_4 "5@3 t8 s1 [] 3@1 t8 s1 [abcdef] 4@2 t8 s1 [ABCDE] ");
 out:
	return err;
}


TEST(rtmp_chunk_empty_messages)
{
	int err;

	CHECK(FMT0("\x03", "\x01", "\x00")
	      "\x43\x00\x00\x01\x00\x00\x00\x09"
	      "\x83\x00\x00\x01"
	      "\xc3"
	      FMT0("\x04", "\x07", "\x01") "a",
	      "3@1 t8 s1 [] 3@2 t9 s1 [] 3@3 t9 s1 [] 3@4 t9 s1 [] "
	      "4@7 t8 s1 [a] ");
 out:
	return err;
}


/* librtmp's first message on chunk stream 2 is a fmt 1. */
TEST(rtmp_chunk_begins_with_fmt_1)
{
	int err;

	CHECK("\x42\x00\x00\x09\x00\x00\x01\x08" "a",
	      "2@9 t8 s0 [a] ");
	CHECK("\x82\x00\x00\x09", "malformed ");
	CHECK("\xc2", "malformed ");
	CHECK(FMT0("\x03", "\x01", "\x01") "a" "\xc4" "b",
	      "3@1 t8 s1 [a] malformed ");
 out:
	return err;
}


TEST(rtmp_chunk_extended_timestamp)
{
	int err;

	CHECK(FMT0_EXT("\x03", "\x01") "\x00\xff\xff\xff" "a"
	      FMT0_EXT("\x03", "\x01") "\x01\x00\x00\x00" "b"
	      "\x43\x00\x00\x01\x00\x00\x01\x08" "c"
	      "\x43\xff\xff\xff\x00\x00\x01\x08\x01\x00\x00\x00" "d"
	      "\x83\xff\xff\xff\x02\x00\x00\x00" "e"
	      "\xc3\x02\x00\x00\x00" "f"
	      "\x83\x00\x00\x01" "g"
	      "\xc3" "h",
	      "3@16777215 t8 s1 [a] 3@16777216 t8 s1 [b] "
	      "3@16777217 t8 s1 [c] 3@33554433 t8 s1 [d] "
	      "3@67108865 t8 s1 [e] 3@100663297 t8 s1 [f] "
	      "3@100663298 t8 s1 [g] 3@100663299 t8 s1 [h] ");
 out:
	return err;
}


TEST(rtmp_chunk_extended_timestamp_repeated)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0_EXT("\x03", "\x09") "\x01\x02\x03\x04" "abcd"
	      "\xc3\x01\x02\x03\x04" "efgh"
	      "\xc3\x01\x02\x03\x04" "i"
	      "\x43\xff\xff\xff\x00\x00\x05\x08\x01\x00\x00\x00" "jklm"
	      "\xc3\x01\x00\x00\x00" "n"
	      "\xc3\x02\x00\x00\x00" "opqr"
	      "\xc3\x02\x00\x00\x00" "s",
	      SAID_4 "3@16909060 t8 s1 [abcdefghi] "
	      "3@33686276 t8 s1 [jklmn] 3@67240708 t8 s1 [opqrs] ");
 out:
	return err;
}


/* Peers that do not repeat it; here even payload begins as it does. */
TEST(rtmp_chunk_extended_timestamp_omitted)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0_EXT("\x03", "\x09") "\x61\x62\x63\x64" "abcd"
	      "\xc3" "abcX"
	      "\xc3" "a"
	      FMT0_EXT("\x04", "\x05") "\x61\x62\x63\x64" "abcd"
	      "\xc4" "a",
	      SAID_4 "3@1633837924 t8 s1 [abcdabcXa] "
	      "4@1633837924 t8 s1 [abcda] ");
 out:
	return err;
}


TEST(rtmp_chunk_timestamp_wraps)
{
	int err;

	CHECK(FMT0_EXT("\x03", "\x01") "\xff\xff\xff\xff" "a"
	      "\x83\x00\x00\x02" "b"
	      "\x83\xff\xff\xff\xff\xff\xff\xff" "c",
	      "3@4294967295 t8 s1 [a] 3@1 t8 s1 [b] 3@0 t8 s1 [c] ");
 out:
	return err;
}


/* Defect f of crtmpserver: a header with a smaller length in the middle of a
 * message made the bytes left an enormous number. */
TEST(defect_f_shorter_header_in_message)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x09") "abcd" "\xc3" "efgh"
	      FMT0("\x03", "\x02", "\x02") "AB"
	      FMT0("\x03", "\x03", "\x09") "abcd"
	      "\x43\x00\x00\x01\x00\x00\x00\x08"
	      FMT0("\x03", "\x09", "\x02") "CD",
	      SAID_4 "3@2 t8 s1 [AB] 3@4 t8 s1 [] 3@9 t8 s1 [CD] ");
 out:
	return err;
}


TEST(rtmp_chunk_longer_header_in_message)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x05") "abcd"
	      FMT0("\x03", "\x02", "\x06") "ABCD" "\xc3" "EF",
	      SAID_4 "3@2 t8 s1 [ABCDEF] ");
 out:
	return err;
}


/* A header that says nothing new, where fmt 3 would do, goes on. */
TEST(rtmp_chunk_same_header_in_message)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x0d") "abcd"
	      FMT0("\x03", "\x01", "\x0d") "efgh"
	      "\x43\x00\x00\x01\x00\x00\x0d\x08" "ijkl"
	      "\x83\x00\x00\x01" "m",
	      SAID_4 "3@1 t8 s1 [abcdefghijklm] ");

	/* Another time: another message. */
	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x05") "abcd"
	      FMT0("\x03", "\x02", "\x05") "efgh" "\xc3" "i",
	      SAID_4 "3@2 t8 s1 [efghi] ");
 out:
	return err;
}


TEST(rtmp_chunk_size_changes_in_message)
{
	int err;

	/* From 4 to 6, then to 1; 3 and 4 are in the middle of one. */
	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x0b") "abcd"
	      FMT0("\x04", "\x01", "\x05") "ABCD"
	      "\xc2\x00\x00\x00\x06"
	      "\xc3" "efghij"
	      "\xc2\x00\x00\x00\x01"
	      "\xc3" "k"
	      "\xc4" "E",
	      SAID_4 "2@0 t1 s0 [] 2@0 t1 s0 [] 3@1 t8 s1 [abcdefghijk] "
	      "4@1 t8 s1 [ABCDE] ");

	CHECK("\x02\x00\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00"
	      "\x00\x00\x00\x00", "2@0 t1 s0 [] malformed ");
	CHECK("\x02\x00\x00\x00\x00\x00\x04\x01\x00\x00\x00\x00"
	      "\x80\x00\x00\x00", "2@0 t1 s0 [\x80] malformed ");
 out:
	return err;
}


TEST(rtmp_chunk_abort)
{
	int err;

	CHECK(CHUNK_SIZE_4
	      FMT0("\x03", "\x01", "\x06") "abcd"
	      FMT0("\x04", "\x01", "\x05") "ABCD"
	      "\x42\x00\x00\x00\x00\x00\x04\x02\x00\x00\x00\x03"
	      "\xc2\x00\x00\x00\x63"
	      "\xc3" "efgh" "\xc3" "ij"
	      "\xc4" "E",
	      SAID_4 "2@0 t2 s0 [] 2@0 t2 s0 [] 3@2 t8 s1 [efghij] "
	      "4@1 t8 s1 [ABCDE] ");
 out:
	return err;
}


/* The rest of that chunk is still to come, and belongs to nobody. */
TEST(rtmp_chunk_abort_in_chunk)
{
	static const char in[] = FMT0("\x03", "\x01", "\x04") "abcd" "\xc3" "efgh";
	struct rtmp_dechunker d;
	struct rtmp_message msg;
	struct log log = { "", 0 };
	int err = 0, n;

	rtmp_dechunker_init(&d, MAX);
	n = rtmp_dechunker_read(&d, slice(in, 14), &msg);
	TEST_EATEN(14, n);
	TEST_OK(!msg.body);

	rtmp_dechunker_abort(&d, 3);
	TEST_EQ(0, d.held);
	n = eat(&d, slice(in + 14, sizeof(in) - 1 - 14), &log);
	TEST_EATEN(sizeof(in) - 1 - 14, n);
	TEST_OK(!strcmp(log.text, "3@2 t8 s1 [efgh] "));
 out:
	rtmp_dechunker_fini(&d);
	return err;
}


TEST(rtmp_chunk_message_max)
{
	int err;

	CHECK("\x03\x00\x00\x01\x00\x03\xe9\x08\x01\x00\x00\x00" "a",
	      "above the limit ");
	CHECK(FMT0("\x03", "\x01", "\x01") "a"
	      "\x43\x00\x00\x01\xff\xff\xff\x08",
	      "3@1 t8 s1 [a] above the limit ");
 out:
	return err;
}


/* A fmt 0 header of `csid` that claims `len` bytes; the first of them. */
static struct slice claim(uint8_t *buf, uint8_t csid, uint32_t len)
{
	const uint8_t h[] = {
		0, (uint8_t)(csid - 64), 0, 0, 0, (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len, 9, 1, 0, 0, 0, 'a'
	};

	memcpy(buf, h, sizeof(h));

	return slice(buf, sizeof(h));
}


TEST(rtmp_chunk_streams_max)
{
	struct rtmp_dechunker d;
	struct rtmp_message msg;
	uint8_t buf[16];
	int err = 0, n;

	rtmp_dechunker_init(&d, RTMP_MESSAGE_MAX);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, 1));

	/* What is claimed is not allocated. */
	for (int i = 0; i < RTMP_CHUNK_STREAMS_MAX; i++) {
		n = rtmp_dechunker_read(&d, claim(buf, (uint8_t)(64 + i),
						  RTMP_MESSAGE_MAX), &msg);
		TEST_EATEN(14, n);
	}
	TEST_EQ((size_t)RTMP_CHUNK_STREAMS_MAX * RTMP_PARTIAL_FIRST, d.held);

	n = rtmp_dechunker_read(&d, claim(buf, 200, 1), &msg);
	TEST_EQ(-EMSGSIZE, n);
 out:
	rtmp_dechunker_fini(&d);
	return err;
}


/* Many messages that never end: each grows as its bytes come, all together
 * to the limit. */
TEST(rtmp_chunk_partial_max)
{
	static const uint8_t body[300 << 10];
	const struct slice zeros = slice(body, sizeof(body) - 1);
	struct rtmp_dechunker d;
	struct rtmp_message msg;
	uint8_t buf[16];
	int err = 0, n = 0, n_begun = 0;

	rtmp_dechunker_init(&d, RTMP_MESSAGE_MAX_DEFAULT);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, sizeof(body)));

	while (n >= 0 && n_begun < RTMP_CHUNK_STREAMS_MAX) {
		struct slice in = claim(buf, (uint8_t)(64 + n_begun), 1 << 20);

		n = rtmp_dechunker_read(&d, in, &msg);
		if (n >= 0)
			n = rtmp_dechunker_read(&d, zeros, &msg);
		++n_begun;
	}
	if (n == -ENOMEM)
		TEST_ERR(n);

	TEST_EQ(-EMSGSIZE, n);
	TEST_EQ(RTMP_PARTIAL_MAX / (512 << 10) + 1, n_begun);
	TEST_OK(d.held <= RTMP_PARTIAL_MAX);
 out:
	rtmp_dechunker_fini(&d);
	return err;
}


/* A big message arrives whole, whatever its memory did on the way. */
TEST(rtmp_chunk_big_message)
{
	enum { LEN = 200000, CHUNK = 60000 };
	struct rtmp_header h = { 6, 5, LEN, 1, 9 };
	struct writer w = writer(2 * LEN), body = writer(LEN);
	struct rtmp_dechunker d;
	struct rtmp_message msg = { .body = NULL };
	uint8_t *p;
	int err, n;

	rtmp_dechunker_init(&d, LEN);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, CHUNK));

	p = put_room(&body, LEN);
	TEST_ERR(body.err);
	for (uint32_t i = 0; i < LEN; i++)
		p[i] = (uint8_t)(i * 2654435761u >> 24);
	rtmp_chunk_put(&w, &h, writer_slice(&body), CHUNK);
	TEST_ERR(w.err);

	for (size_t at = 0; at < w.len && !msg.body; at += (size_t)n) {
		size_t left = w.len - at < 1400 ? w.len - at : 1400;

		n = rtmp_dechunker_read(&d, slice(w.data + at, left), &msg);
		if (n < 0)
			TEST_ERR(n);
		TEST_OK(n > 0);
	}
	TEST_PTR(msg.body);
	TEST_MEM(body.data, body.len, msg.body->data, msg.body->len);
	TEST_EQ(0, d.held);
 out:
	chunk_unref(msg.body);
	rtmp_dechunker_fini(&d);
	writer_fini(&w);
	writer_fini(&body);
	return err;
}


static int emit_to_writer(void *arg, struct slice run)
{
	struct writer *w = arg;

	if (!run.len)
		return -EINVAL;
	put_bytes(w, run);

	return w->err;
}


TEST(rtmp_chunk_write)
{
	static const uint8_t want[] = "\x03\x00\x00\x07\x00\x00\x06\x09"
		"\x01\x02\x00\x00" "abcd" "\xc3" "ef";
	const struct rtmp_header h = { 3, 7, 6, 0x201, 9 };
	const struct slice parts[] = {
		slice("a", 1), slice("", 0), slice("bcde", 4), slice("f", 1)
	};
	struct writer w = writer(100), small = writer(5);
	int err;

	TEST_ERR(rtmp_chunk_write(&h, parts, ARRAY_LEN(parts), 4,
				  emit_to_writer, &w));
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
	TEST_EQ(w.len, rtmp_chunk_written_len(&h, 4));

	TEST_EQ(-EMSGSIZE, rtmp_chunk_write(&h, parts, ARRAY_LEN(parts), 4,
					    emit_to_writer, &small));
 out:
	writer_fini(&small);
	writer_fini(&w);
	return err;
}


TEST(rtmp_chunk_write_extended)
{
	static const uint8_t want[] = "\x01\x01\x01\xff\xff\xff\x00\x00\x06"
		"\x09\x01\x00\x00\x00\x00\xff\xff\xff" "abcd"
		"\xc1\x01\x01\x00\xff\xff\xff" "ef";
	const struct rtmp_header h = { 321, 0xffffff, 6, 1, 9 };
	struct writer w = writer(100);
	int err;

	rtmp_chunk_put(&w, &h, slice("abcdef", 6), 4);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
	TEST_EQ(w.len, rtmp_chunk_written_len(&h, 4));
 out:
	writer_fini(&w);
	return err;
}


static int check_there_and_back(const struct rtmp_header *h,
				uint32_t chunk_size)
{
	static const uint8_t body[MAX] = { 1, 2, 3, [500] = 5, [999] = 9 };
	struct rtmp_message msg = { .body = NULL };
	struct writer w = writer(20 * MAX);
	struct rtmp_dechunker d;
	int err, n;

	rtmp_dechunker_init(&d, MAX);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, chunk_size));
	rtmp_chunk_put(&w, h, slice(body, h->len), chunk_size);
	TEST_ERR(w.err);
	TEST_EQ(rtmp_chunk_written_len(h, chunk_size), w.len);

	n = rtmp_dechunker_read(&d, writer_slice(&w), &msg);
	TEST_EATEN(w.len, n);
	TEST_PTR(msg.body);
	TEST_MEM(body, h->len, msg.body->data, msg.body->len);
	TEST_EQ(h->csid, msg.header.csid);
	TEST_EQ(h->timestamp, msg.header.timestamp);
	TEST_EQ(h->len, msg.header.len);
	TEST_EQ(h->type, msg.header.type);
	TEST_EQ(h->stream_id, msg.header.stream_id);
 out:
	chunk_unref(msg.body);
	rtmp_dechunker_fini(&d);
	writer_fini(&w);
	return err;
}


TEST(rtmp_chunk_there_and_back)
{
	static const uint32_t csids[] = { 2, 63, 64, 319, 320, 65599 };
	static const uint32_t times[] = { 0, 0xfffffe, 0xffffff, 0x1000000,
		0xffffffff };
	static const uint32_t lens[] = { 0, 1, 128, 129, 256, MAX };
	static const uint32_t sizes[] = { 1, 128, 0x7fffffff };
	int err = 0;

	for (size_t i = 0; i < 6 * 5 * 6 * 3; i++) {
		struct rtmp_header h = { csids[i % 6], times[i / 6 % 5],
			lens[i / 30 % 6], 0x04030201, 9 };

		TEST_ERR(check_there_and_back(&h, sizes[i / 180]));
	}
 out:
	return err;
}
