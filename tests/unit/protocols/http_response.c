/* http/http_response, http/http_status. */
#include "http/http_response.h"
#include "http/http_status.h"
#include "http_test.h"

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define OK_200 "HTTP/1.1 200 OK\r\n" DATE

static const struct {
	struct http_response r;
	const char *head;
	bool is_last;
} cases[] = {
	{ { 200, 1, true, 784111777, 5 }, OK_200 "Content-Length: 5\r\n",
	  false },
	{ { 200, 1, true, 784111777, 0 }, OK_200 "Content-Length: 0\r\n",
	  false },
	{ { 200, 1, false, 784111777, 5 }, OK_200 "Content-Length: 5\r\n"
	  "Connection: close\r\n", true },
	{ { 200, 0, true, 784111777, 5 }, OK_200 "Content-Length: 5\r\n"
	  "Connection: keep-alive\r\n", false },
	{ { 200, 1, true, 784111777, HTTP_LENGTH_CHUNKED },
	  OK_200 "Transfer-Encoding: chunked\r\n", false },
	{ { 200, 0, true, 784111777, HTTP_LENGTH_CHUNKED },
	  OK_200 "Connection: close\r\n", true },
	{ { 200, 1, true, 784111777, HTTP_LENGTH_CLOSE },
	  OK_200 "Connection: close\r\n", true },
	{ { 204, 1, true, 784111777, 5 }, "HTTP/1.1 204 No Content\r\n" DATE,
	  false },
	{ { 304, 1, true, 784111777, HTTP_LENGTH_CHUNKED },
	  "HTTP/1.1 304 Not Modified\r\n" DATE, false },
	{ { 100, 1, true, 784111777, 0 }, "HTTP/1.1 100 Continue\r\n",
	  false },
	{ { 101, 1, false, 784111777, 0 },
	  "HTTP/1.1 101 Switching Protocols\r\n", false },
	{ { 599, 1, true, 784111777, 0 }, "HTTP/1.1 599 Unknown\r\n" DATE
	  "Content-Length: 0\r\n", false },
};


TEST(http_response_begin)
{
	struct writer w = writer(1000);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		w.len = 0;
		http_response_begin(&w, &cases[i].r);
		TEST_ERR(w.err);
		TEST_STR(cases[i].head, str_of(writer_slice(&w)));
		TEST_EQ(cases[i].is_last, http_response_is_last(&cases[i].r));
	}
 out:
	writer_fini(&w);
	return err;
}


TEST(http_response_field)
{
	static const char want[] = "X-Y: a\tb \xc3\xa4\r\nZ: \r\n\r\n";
	static const char *const values[] = {
		"a\r\nSet-Cookie: b", "a\n", "a\r", "a\x01", "a\x7f"
	};
	static const char *const names[] = { "", "X:", "X Y", "X\r\nY" };
	struct writer w = writer(1000);
	int err = 0;

	http_response_field(&w, "X-Y", str("a\tb \xc3\xa4"));
	http_response_field(&w, "Z", str(""));
	http_response_end(&w);
	TEST_ERR(w.err);
	TEST_STR(want, str_of(writer_slice(&w)));

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		w.err = 0;
		http_response_field(&w, "X", str(values[i]));
		TEST_EQ(-EBADMSG, w.err);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		w.err = 0;
		http_response_field(&w, names[i], str("a"));
		TEST_EQ(-EBADMSG, w.err);
	}
	w.err = 0;
	http_response_field(&w, "X", str_n("a\0b", 3));
	TEST_EQ(-EBADMSG, w.err);
	TEST_EQ(strlen(want), w.len);
 out:
	writer_fini(&w);
	return err;
}


TEST(http_response_problem)
{
	struct writer w = writer(1000);
	int err;

	TEST_ERR(http_response_problem(&w, 404, str("no \"x\"")));
	TEST_STR("{\"title\":\"Not Found\",\"status\":404,"
		 "\"detail\":\"no \\\"x\\\"\"}", str_of(writer_slice(&w)));

	w.len = 0;
	TEST_ERR(http_response_problem(&w, 500, str("")));
	TEST_STR("{\"title\":\"Internal Server Error\",\"status\":500}",
		 str_of(writer_slice(&w)));
 out:
	writer_fini(&w);
	return err;
}
