/* http/http_chunked. */
#include "http/http_chunked.h"
#include <stdio.h>
#include "base/writer.h"
#include "http_test.h"
#include "random.h"

#define BIG_BLANK "                                "


/* Decode `text`, in pieces of `step` bytes (0: of random length), and
 * collect its data.  *used: bytes up to the end of the body. */
static int decode(struct writer *w, struct slice text, size_t step,
		  int64_t max, size_t *used, struct test_random *random)
{
	struct http_chunked c;
	size_t at = 0;

	http_chunked_init(&c, max);
	w->len = 0;

	while (at < text.len && c.state != HTTP_CHUNKED_DONE) {
		size_t n = step ? step : test_below(random, 9) + 1;
		struct slice in = slice_from(text, at), data;
		int err;

		in.len = in.len < n ? in.len : n;
		n = in.len;
		err = http_chunked_read(&c, &in, &data);
		if (err)
			return err;
		put_bytes(w, data);
		at += n - in.len;
	}
	*used = at;

	return w->err ? w->err : c.state == HTTP_CHUNKED_DONE ? 0 : -EAGAIN;
}


static const char body[] =
	"5\r\nhello\r\n"
	"00A \t; name=\"a;b\" ;x\r\n0123456789\r\n"
	"1;\r\n\n\r\n"
	"0;last\r\n"
	"Checksum: abc\r\nX:\r\n\r\n";

static const char text_of_body[] = "hello0123456789\n";


TEST(http_chunked_read)
{
	struct slice in = slice(body, sizeof(body));
	struct test_random random = { 7 };
	struct writer w = writer(1000);
	size_t used = 0;
	int err = 0;

	for (size_t step = 0; step < sizeof(body) + 2; step++) {
		TEST_ERR(decode(&w, in, step, 16, &used, &random));
		TEST_EQ(strlen(body), used);
		TEST_MEM(text_of_body, strlen(text_of_body), w.data, w.len);
	}
	for (int i = 0; i < 100; i++) {
		TEST_ERR(decode(&w, in, 0, 16, &used, &random));
		TEST_MEM(text_of_body, strlen(text_of_body), w.data, w.len);
	}
 out:
	writer_fini(&w);
	return err;
}


static const struct {
	int err;
	const char *text;
	size_t len;
} refused[] = {
#define CASE_OF(err, text) { err, text, sizeof(text) - 1 }
	CASE_OF(-EBADMSG, "\r\n"),
	CASE_OF(-EBADMSG, ";a\r\n"),
	CASE_OF(-EBADMSG, " 5\r\n"),
	CASE_OF(-EBADMSG, "-5\r\n"),
	CASE_OF(-EBADMSG, "+5\r\n"),
	CASE_OF(-EBADMSG, "0x5\r\n"),
	CASE_OF(-EBADMSG, "5g\r\n"),
	CASE_OF(-EBADMSG, "5 \r\n"),
	CASE_OF(-EBADMSG, "5 5\r\n"),
	CASE_OF(-EBADMSG, "5\n"),
	CASE_OF(-EBADMSG, "5\rhello"),
	CASE_OF(-EBADMSG, "5\r\r\n"),
	CASE_OF(-EBADMSG, "5;a\n"),
	CASE_OF(-EBADMSG, "5;a\0\r\n"),
	CASE_OF(-EBADMSG, "5;a\rb\r\n"),
	CASE_OF(-EBADMSG, "1\r\nab\r\n"),
	CASE_OF(-EBADMSG, "1\r\na\n"),
	CASE_OF(-EBADMSG, "1\r\na\rb"),
	CASE_OF(-EBADMSG, "1\r\na1\r\n"),
	CASE_OF(-EBADMSG, "0\r\n\n"),
	CASE_OF(-EBADMSG, "0\r\n\rx"),
	CASE_OF(-EBADMSG, "0\r\nx\r\n"),
	CASE_OF(-EBADMSG, "0\r\n x: y\r\n"),
	CASE_OF(-EBADMSG, "0\r\nx : y\r\n"),
	CASE_OF(-EBADMSG, "0\r\n: y\r\n"),
	CASE_OF(-EBADMSG, "0\r\nx: y\n"),
	CASE_OF(-EBADMSG, "0\r\nx: y\rz\r\n"),
	CASE_OF(-EBADMSG, "0\r\nx: \0\r\n"),
	CASE_OF(-EMSGSIZE, "11\r\n"),
	CASE_OF(-EMSGSIZE, "7fffffffffffffff\r\n"),
	CASE_OF(-EMSGSIZE, "ffffffffffffffff\r\n"),
	CASE_OF(-EMSGSIZE, "10000000000000005\r\n"),
	CASE_OF(-EMSGSIZE, "0000000000000005\r\n"),
	CASE_OF(-EMSGSIZE, "a\r\n0123456789\r\n7\r\n"),
#undef CASE_OF
};


TEST(http_chunked_refuse)
{
	struct test_random random = { 9 };
	struct writer w = writer(1000);
	size_t used;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct slice in = slice(refused[i].text, refused[i].len);

		for (size_t step = 1; step < 100; step += 98) {
			int got = decode(&w, in, step, 16, &used, &random);

			if (got == -ENOMEM && test_alloc_failed()) {
				err = got;
				goto out;
			}
			if (got != refused[i].err)
				TEST_FAIL("case %zu: %d", i, got);
		}
	}
 out:
	writer_fini(&w);
	return err;
}


/* Feed `text` again and again, at most `n` times. */
static int repeat(struct http_chunked *c, const char *text, size_t n)
{
	while (n--) {
		struct slice in = slice(text, strlen(text)), data;

		while (in.len) {
			int err = http_chunked_read(c, &in, &data);

			if (err)
				return err;
		}
	}

	return 0;
}


TEST(http_chunked_limits)
{
	struct http_chunked c;
	int err = 0;

	/* One byte of body costs few bytes beside it, in the long run. */
	http_chunked_init(&c, 100000);
	TEST_ERR(repeat(&c, "1;" BIG_BLANK "\r\na\r\n",
			HTTP_CHUNK_EXTENSIONS_MAX / 32));
	TEST_EQ(-EMSGSIZE, repeat(&c, "1;" BIG_BLANK "\r\na\r\n", 1));

	http_chunked_init(&c, 100000);
	TEST_ERR(repeat(&c, "0\r\n", 1));
	TEST_ERR(repeat(&c, "xx:" BIG_BLANK "\r\n", HTTP_TRAILERS_MAX / 36));
	TEST_EQ(-EMSGSIZE, repeat(&c, "xx:" BIG_BLANK "\r\n", 2));
 out:
	return err;
}


TEST(http_chunk_print)
{
	static const size_t lens[] = { 1, 15, 16, 4096, 65535, SIZE_MAX };
	char out[HTTP_CHUNK_HEAD_SIZE + 1], want[HTTP_CHUNK_HEAD_SIZE + 1];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		size_t n = http_chunk_print(out, lens[i]);

		snprintf(want, sizeof(want), "%zx\r\n", lens[i]);
		TEST_MEM(want, strlen(want), out, n);
	}
 out:
	return err;
}
