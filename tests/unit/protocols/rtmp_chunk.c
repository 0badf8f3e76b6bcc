/* rtmp/rtmp_chunk: every sequence is read whole, byte by byte and cut at
 * random, and must give the same messages. */
#include "rtmp/rtmp_chunk.h"
#include <stdio.h>
#include "rtmp/rtmp_control.h"
#include "rtmp_test.h"


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
