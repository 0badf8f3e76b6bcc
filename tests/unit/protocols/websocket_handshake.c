/* The opening handshake, and what closes. */
#include "test.h"
#include "websocket/websocket_close.h"
#include "websocket/websocket_handshake.h"

static const char rfc_key[] = "dGhlIHNhbXBsZSBub25jZQ==";


TEST(websocket_request)
{
	static const struct {
		int err;
		const char *method, *host, *upgrade, *connection, *version;
		const char *key;
	} cases[] = {
		{ 0, "GET", "a", "websocket", "Upgrade", "13", rfc_key },
		{ 0, "GET", "a", "WebSocket", "keep-alive, upgrade", " 13\t",
			" dGhlIHNhbXBsZSBub25jZQ== " },
		{ 0, "GET", "a", "h2c , ,websocket", ",UPGRADE,", "13",
			rfc_key },
		{ -ENOENT, "GET", "a", "", "", "", "" },
		{ -ENOENT, "GET", "a", "h2c", "Upgrade", "13", rfc_key },
		{ -ENOENT, "GET", "a", "websockets", "Upgrade", "13",
			rfc_key },
		{ -ENOENT, "GET", "a", "websocke", "Upgrade", "13", rfc_key },
		{ -EBADMSG, "POST", "a", "websocket", "Upgrade", "13",
			rfc_key },
		{ -EBADMSG, "get", "a", "websocket", "Upgrade", "13",
			rfc_key },
		{ -EBADMSG, "GET", "", "websocket", "Upgrade", "13", rfc_key },
		{ -EBADMSG, "GET", "a", "websocket", "close", "13", rfc_key },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "", rfc_key },
		{ -ENOTSUP, "GET", "a", "websocket", "Upgrade", "8", "" },
		{ -ENOTSUP, "GET", "a", "websocket", "Upgrade", "13, 13",
			rfc_key },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "13", "" },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "13",
			"dGhlIHNhbXBsZSBub25jZ===" },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "13",
			"dGhlIHNhbXBsZSBub25jZQ" },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "13",
			"dGhlIHNhbXBsZSBub25jZQ=, dGhl" },
		{ -EBADMSG, "GET", "a", "websocket", "Upgrade", "13",
			"dGhlIHNhbXBs-SBub25jZQ==" },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct websocket_request q = {
			.method = str(cases[i].method),
			.host = str(cases[i].host),
			.upgrade = str(cases[i].upgrade),
			.connection = str(cases[i].connection),
			.key = str(cases[i].key),
			.version = str(cases[i].version),
		};

		if (websocket_request_check(&q) != cases[i].err)
			TEST_FAIL("case %zu", i);
		q.is_http10 = true;
		TEST_EQ(-ENOENT, websocket_request_check(&q));
	}
 out:
	return err;
}


/* RFC 6455 s1.3 */
TEST(websocket_accept)
{
	char out[WEBSOCKET_ACCEPT_LEN + 1];
	int err = 0;

	TEST_ERR(websocket_accept_print(out, str(rfc_key)));
	TEST_OK(!strcmp("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", out));
 out:
	return err;
}


TEST(websocket_protocol)
{
	static const char *const ours[] = { "flv", "mp4" };
	static const struct {
		int err;
		const char *offered, *chosen;
	} cases[] = {
		{ 0, "mp4, flv", "mp4" },
		{ 0, "chat,,\tflv ,mp4", "flv" },
		{ -ENOENT, "FLV", "" },
		{ -ENOENT, "", "" },
		{ -ENOENT, " , ", "" },
		{ -EBADMSG, "mp4 flv", "" },
		{ -EBADMSG, "flv, a\"b", "" },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str chosen = { NULL, 0 };

		TEST_ERRNO(cases[i].err,
			   websocket_protocol_choose(str(cases[i].offered),
						     ours, ARRAY_LEN(ours),
						     &chosen));
		TEST_OK(str_is(chosen, cases[i].chosen));
	}
 out:
	return err;
}


/* As Autobahn's 7.7 and 7.9 have them. */
TEST(websocket_codes)
{
	static const unsigned good[] = {
		1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
		1013, 1014, 3000, 3999, 4000, 4999,
	};
	static const unsigned bad[] = {
		0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000,
		65535,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		TEST_OK(websocket_code_is_legal(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_OK(!websocket_code_is_legal(bad[i]));

	TEST_EQ(1002, websocket_code_of(-EBADMSG));
	TEST_EQ(1002, websocket_code_of(-EPROTO));
	TEST_EQ(1009, websocket_code_of(-EMSGSIZE));
	TEST_EQ(1011, websocket_code_of(-ENOMEM));
 out:
	return err;
}


TEST(websocket_close_payload)
{
	static const struct {
		int err;
		size_t len;
		const char *in;
		unsigned code, answer;
		const char *reason;
	} cases[] = {
		{ 0, 0, "", 1005, 1005, "" },
		{ 0, 2, "\x03\xe8", 1000, 1000, "" },
		{ 0, 5, "\x0f\xa0" "bye", 4000, 4000, "bye" },
		{ -EBADMSG, 1, "\x03", 1005, 1002, "" },
		{ -EBADMSG, 2, "\x03\xed", 1005, 1002, "" },
		{ -EBADMSG, 4, "\x03\xe8\xc3(", 1005, 1007, "" },
		{ -EBADMSG, 3, "\x03\xe8\xc3", 1005, 1007, "" },
	};
	struct websocket_close close;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		TEST_ERRNO(cases[i].err,
			   websocket_close_read(slice(cases[i].in,
						      cases[i].len), &close));
		TEST_EQ(cases[i].code, close.code);
		TEST_EQ(cases[i].answer, close.answer);
		TEST_OK(str_is(close.reason, cases[i].reason));
	}
 out:
	return err;
}


TEST(websocket_close_written)
{
	uint8_t out[WEBSOCKET_CLOSE_FRAME_MAX];
	struct websocket_close close;
	char reason[125];
	size_t n;
	int err = 0;

	n = websocket_close_write(out, WEBSOCKET_GOING_AWAY, str("later"));
	TEST_MEM("\x88\x07\x03\xe9later", 9, out, n);
	n = websocket_close_write(out, WEBSOCKET_NO_CODE, str("later"));
	TEST_MEM("\x88\x00", 2, out, n);

	/* A character that would not fit is left out. */
	memset(reason, 'a', sizeof(reason));
	memcpy(reason + 122, "\xc3\xa9", 2);
	n = websocket_close_write(out, WEBSOCKET_POLICY,
				  str_n(reason, sizeof(reason)));
	TEST_EQ(2 + 2 + 122, n);
	TEST_ERR(websocket_close_read(slice(out + 2, n - 2), &close));
	TEST_EQ(122, close.reason.len);

	memset(reason, 'a', sizeof(reason));
	n = websocket_close_write(out, WEBSOCKET_POLICY,
				  str_n(reason, sizeof(reason)));
	TEST_EQ(WEBSOCKET_CLOSE_FRAME_MAX, n);
 out:
	return err;
}
