/* Frame headers and masks, legal and not, however they are cut. */
#include "random.h"
#include "test.h"
#include "websocket/websocket_frame.h"

enum { MAX = 70000 };


/* Headers of clients. */
#define KEY 1, 2, 3, 4

static const struct {
	const char *what;
	int err;
	size_t len;
	uint8_t in[WEBSOCKET_HEADER_MAX];
} cases[] = {
	{ "text", 0, 6, { 0x81, 0x85, KEY } },
	{ "binary fragment", 0, 6, { 0x02, 0x80, KEY } },
	{ "continuation", 0, 6, { 0x80, 0x81, KEY } },
	{ "ping of 125", 0, 6, { 0x89, 0xfd, KEY } },
	{ "pong", 0, 6, { 0x8a, 0x80, KEY } },
	{ "close", 0, 6, { 0x88, 0x82, KEY } },
	{ "16 bits", 0, 8, { 0x82, 0xfe, 0x00, 0x7e, KEY } },
	{ "16 bits, all", 0, 8, { 0x82, 0xfe, 0xff, 0xff, KEY } },
	{ "64 bits", 0, 14, { 0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, KEY } },
	{ "RSV1", -EBADMSG, 1, { 0xc1 } },
	{ "RSV2", -EBADMSG, 1, { 0xa1 } },
	{ "RSV3", -EBADMSG, 1, { 0x91 } },
	{ "opcode 3", -EBADMSG, 1, { 0x83 } },
	{ "opcode 7", -EBADMSG, 1, { 0x87 } },
	{ "opcode 11", -EBADMSG, 1, { 0x8b } },
	{ "opcode 15", -EBADMSG, 1, { 0x8f } },
	{ "fragment of a ping", -EBADMSG, 1, { 0x09 } },
	{ "fragment of a close", -EBADMSG, 1, { 0x08 } },
	{ "ping of 126", -EBADMSG, 2, { 0x89, 0xfe } },
	{ "close of 64 bits", -EBADMSG, 2, { 0x88, 0xff } },
	{ "no mask", -EBADMSG, 2, { 0x81, 0x05 } },
	{ "125 in 16 bits", -EBADMSG, 4, { 0x82, 0xfe, 0x00, 0x7d } },
	{ "65535 in 64 bits", -EBADMSG, 10,
		{ 0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff } },
	{ "64th bit", -EBADMSG, 10,
		{ 0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0 } },
	{ "above the limit", -EMSGSIZE, 10,
		{ 0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x71 } },
	{ "63 bits", -EMSGSIZE, 10,
		{ 0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255 } },
};


/* Each is decided by its last byte, and by none before that. */
TEST(websocket_frame_cases)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct websocket_frame f = { .len = 77 };

		for (size_t n = 0; n < cases[i].len; n++) {
			int got = websocket_frame_read(slice(cases[i].in, n),
						       WEBSOCKET_CLIENT, MAX,
						       &f);

			if (got != -EAGAIN || f.len != 77)
				TEST_FAIL("%s: cut", cases[i].what);
		}
		if (websocket_frame_read(slice(cases[i].in,
					       sizeof(cases[i].in)),
					 WEBSOCKET_CLIENT, MAX, &f) !=
		    cases[i].err)
			TEST_FAIL("%s", cases[i].what);
		TEST_EQ(cases[i].err ? 0 : cases[i].len,
			cases[i].err ? 0 : f.header_len);
		TEST_EQ(cases[i].err, cases[i].err ?
			websocket_frame_read(slice(cases[i].in, cases[i].len),
					     WEBSOCKET_CLIENT, MAX, &f) : 0);
	}
 out:
	return err;
}


/* RFC 6455 s5.7 */
TEST(websocket_frame_examples)
{
	static const uint8_t plain[] = { 0x81, 5, 'H', 'e', 'l', 'l', 'o' };
	static const uint8_t masked[] = {
		0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51,
		0x58,
	};
	struct websocket_frame f;
	uint8_t out[5];
	int err = 0;

	TEST_ERR(websocket_frame_read(slice(masked, sizeof(masked)),
				      WEBSOCKET_CLIENT, MAX, &f));
	TEST_EQ(WEBSOCKET_TEXT, f.opcode);
	TEST_OK(f.is_final);
	TEST_EQ(6, f.header_len);
	TEST_EQ(5, f.len);
	websocket_frame_mask(out, slice(masked + 6, 5), f.mask, 0);
	TEST_MEM("Hello", 5, out, 5);

	TEST_ERR(websocket_frame_read(slice(plain, sizeof(plain)),
				      WEBSOCKET_SERVER, MAX, &f));
	TEST_EQ(2, f.header_len);
	TEST_ERRNO(-EBADMSG, websocket_frame_read(slice(masked, 2),
						  WEBSOCKET_SERVER, MAX, &f));
 out:
	return err;
}


/* What is written reads back, at each edge between the forms. */
TEST(websocket_frame_written)
{
	static const struct { uint64_t len; size_t header_len; } lens[] = {
		{ 0, 2 }, { 125, 2 }, { 126, 4 }, { 65535, 4 }, { 65536, 10 },
		{ 0x123456789abcdef, 10 }, { INT64_MAX, 10 },
	};
	uint8_t out[WEBSOCKET_HEADER_MAX];
	struct websocket_frame f;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		bool is_final = i % 2;
		size_t n = websocket_frame_write(out, WEBSOCKET_BINARY,
						 is_final, lens[i].len);

		TEST_EQ(lens[i].header_len, n);
		TEST_ERR(websocket_frame_read(slice(out, n), WEBSOCKET_SERVER,
					      INT64_MAX, &f));
		TEST_EQ(lens[i].len, f.len);
		TEST_EQ(is_final, f.is_final);
		TEST_EQ(WEBSOCKET_BINARY, f.opcode);
		TEST_EQ(n, f.header_len);
	}
 out:
	return err;
}


/* Any piece at any place, in place or not, is as byte by byte. */
TEST(websocket_frame_mask_anywhere)
{
	static const uint8_t key[] = { 0x37, 0xfa, 0x21, 0x3d };
	uint8_t in[64], want[64], out[64];
	struct test_random random = { 7 };
	int err = 0;

	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = (uint8_t)test_random(&random);
		want[i] = in[i] ^ key[i % 4];
	}

	for (size_t from = 0; from < 12; from++) {
		for (size_t n = 0; n <= sizeof(in) - from; n++) {
			websocket_frame_mask(out, slice(in + from, n), key,
					     from);
			TEST_MEM(want + from, n, out, n);

			memcpy(out, in + from, n);
			websocket_frame_mask(out, slice(out, n), key, from);
			TEST_MEM(want + from, n, out, n);
		}
	}
 out:
	return err;
}
