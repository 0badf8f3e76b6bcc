/* RTMP messages that mix AMF0 and AMF3. */
#include "amf/amf_message.h"
#include "amf/amf0_writer.h"
#include "amf_test.h"


/* Print all values of a message, one after the other.  Returns the error of
 * the first that cannot be read. */
static int print(char *text, size_t size, struct slice payload, bool is_amf3)
{
	struct writer w = writer(AMF_MESSAGE_MAX);
	struct amf_value v;
	struct reader r;
	int err = amf_message_read(&r, &w, payload, is_amf3);

	text[0] = '\0';
	while (!err && reader_left(&r)) {
		err = amf0_read(&r, &v);
		if (err)
			break;
		amf_value_print(text, size, &v);
		size -= strlen(text);
		text += strlen(text);
	}
	writer_fini(&w);

	return err;
}


TEST(amf_message_rewrites_amf3)
{
	const struct {
		struct slice in;
		bool is_amf3;
		const char *want;
	} vectors[] = {
		/* Type 17, all AMF0, with and without the format's byte. */
		{ BYTES("\x00\x02\x00\x01" "c\x05"), true, "\"c\"null" },
		{ BYTES("\x02\x00\x01" "c\x05"), true, "\"c\"null" },
		/* An argument in AMF3. */
		{ BYTES("\x00\x02\x00\x01" "c\x11\x0a\x0b\x01\x03" "a\x04\x05"
			"\x01\x05"), true, "\"c\"{a:5}null" },
		/* Type 20 may switch as well. */
		{ BYTES("\x02\x00\x01" "c\x11\x03\x11\x02"), false,
		  "\"c\"truefalse" },
		/* A member in AMF3: then AMF0 again. */
		{ BYTES("\x03\x00\x01" "a\x11\x04\x01\x00\x01" "b\x05"
			"\x00\x00\x09\x06"), false, "{a:1,b:null}undefined" },
		{ BYTES("\x0a\0\0\0\x02\x11\x04\x01\x05"), false, "[1,null]" },
		/* The tables are the message's: s4.1. */
		{ BYTES("\x00\x11\x06\x03" "a\x05\x11\x06\x00"), true,
		  "\"a\"null\"a\"" },
		/* 0x11 that is no marker. */
		{ BYTES("\x02\x00\x01\x11\x05"), false, "\"\\x11\"null" },
		{ BYTES(""), true, "" },
		{ BYTES("\x00"), true, "" },
	};
	char text[100];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		TEST_ERR(print(text, sizeof(text), vectors[i].in,
			       vectors[i].is_amf3));
		if (strcmp(vectors[i].want, text))
			TEST_FAIL("want %s, got %s", vectors[i].want, text);
	}
 out:
	return err;
}


/* What comes before the malformed value can be read all the same. */
TEST(amf_message_malformed_rest)
{
	const struct {
		struct slice in;
		const char *want;
	} vectors[] = {
		{ BYTES("\x05\x12\x11\x01"), "null" },
		{ BYTES("\x05\x11\x04\x01\x12"), "null1" },
		{ BYTES("\x05\x11\x12"), "null" },
		{ BYTES("\x05\x11"), "null" },
		{ BYTES("\x05\x11\x06\x00"), "null" },
		{ BYTES("\x11\x04\x01\x03\x00\x01" "a\x11\x04\x02"), "1" },
		{ BYTES("\x11\x01\x11\x09\x05\x01\x04\x01"), "null" },
	};
	char text[100];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		TEST_WANT(-EBADMSG, print(text, sizeof(text), vectors[i].in,
					  false));
		if (strcmp(vectors[i].want, text))
			TEST_FAIL("want %s, got %s", vectors[i].want, text);
	}
 out:
	return err;
}


/* AMF3 stands as deep as the AMF0 around it. */
TEST(amf_message_depth_is_common)
{
	uint8_t buf[300], *p = buf;
	char text[300];
	int err = 0;

	for (int n = 0; n < AMF_DEPTH_MAX; n++, p += 5)
		memcpy(p, "\x0a\0\0\0\x01", 5);
	memcpy(p, "\x11\x04\x01", 3);
	TEST_ERR(print(text, sizeof(text),
		       slice(buf, (size_t)(p - buf) + 3), true));

	memcpy(p, "\x11\x09\x01\x01", 4);
	TEST_WANT(-EBADMSG, print(text, sizeof(text),
				  slice(buf, (size_t)(p - buf) + 4), true));
 out:
	return err;
}


/* A plain message costs no memory, whatever its size; what AMF3 references
 * can make of a small one is bounded. */
TEST(amf_message_size)
{
	static const char text[65000];
	struct writer plain = writer(AMF_MESSAGE_MAX), w = writer(0);
	struct writer in = writer(1 << 20);
	struct reader r;
	int err = 0;

	put_amf0_string(&plain, str("\x11"));
	put_amf0_string(&plain, str_n(text, sizeof(text)));
	TEST_ERR(plain.err);
	TEST_ERR(amf_message_read(&r, &w, writer_slice(&plain), false));
	TEST_OK(r.p == plain.data && !w.size);

	put_u8(&in, AMF_AVMPLUS);
	put_bytes(&in, BYTES("\x09\x65\x01\x06"));
	put_bytes(&in, BYTES("\x87\xf7\x51"));  /* 65000 << 1 | 1 */
	put_bytes(&in, slice(text, sizeof(text)));
	for (int i = 1; i < 50; i++)
		put_bytes(&in, BYTES("\x06\x00"));
	TEST_ERR(in.err);
	w = writer(AMF_MESSAGE_MAX);
	TEST_WANT(-EMSGSIZE,
		  amf_message_read(&r, &w, writer_slice(&in), false));
	TEST_OK(w.size <= AMF_MESSAGE_MAX);
 out:
	writer_fini(&plain);
	writer_fini(&in);
	writer_fini(&w);
	return err;
}
