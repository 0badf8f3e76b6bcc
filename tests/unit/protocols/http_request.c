/* http/http_request: heads that are taken, and how they are cut. */
#include "http/http_request.h"
#include "base/mem.h"
#include "base/writer.h"
#include "http_test.h"
#include "random.h"


static const char whole[] =
	"\r\n"
	"POST /live/x.flv?token=a%20b HTTP/1.1\r\n"
	"Host: Example.org:8080\r\n"
	"Accept: text/html, application/json;q=0.5\r\n"
	"X-Empty:\r\n"
	"accept:\t*/*;q=\"1,2\" \t\r\n"
	"Content-Length: 17\r\n"
	"Expect: 100-Continue\r\n"
	"Connection: x, Upgrade\r\n"
	"Upgrade: websocket\r\n"
	"X-Text: l\xc3\xa4m \xff\r\n"
	"\r\n";


static int check_whole(const struct http_request *req)
{
	int err = 0;

	TEST_EQ(HTTP_POST, req->method);
	TEST_STR("POST", req->method_name);
	TEST_EQ(HTTP_FORM_ORIGIN, req->target.form);
	TEST_STR("/live/x.flv", req->target.path);
	TEST_STR("token=a%20b", req->target.query);
	TEST_STR("Example.org", req->host.host);
	TEST_EQ(8080, req->host.port);
	TEST_EQ(1, req->minor);
	TEST_EQ(17, req->content_length);
	TEST_OK(req->keeps_alive);
	TEST_OK(req->expects_continue);
	TEST_OK(req->asks_upgrade);
	TEST_EQ(9, req->n_fields);
	TEST_STR("X-Empty", req->fields[2].name);
	TEST_STR("", req->fields[2].value);
	TEST_STR("*/*;q=\"1,2\"", req->fields[3].value);
	TEST_STR("l\xc3\xa4m \xff", http_request_find(req, "x-text"));
 out:
	return err;
}


TEST(http_request_read)
{
	struct http_request req;
	struct str text = str(whole);
	int err = 0;

	TEST_EQ(text.len, http_test_read(&req, whole));
	TEST_ERR(check_whole(&req));

	/* What follows is another one's. */
	TEST_EQ(sizeof(whole), http_test_read_n(&req, whole, sizeof(whole)) +
		1);
	TEST_OK(!http_request_find(&req, "X-None").p);
	TEST_EQ(2, http_request_count(&req, "ACCEPT"));
 out:
	return err;
}


TEST(http_request_items)
{
	static const char *const want[] = {
		"text/html", "application/json;q=0.5", "*/*;q=\"1,2\""
	};
	struct http_request req;
	struct http_items items;
	struct str item;
	size_t n = 0;
	int err = 0;

	TEST_OK(http_test_read(&req, whole) > 0);
	items = http_items(&req, "Accept");
	while (http_items_next(&items, &item)) {
		TEST_OK(n < ARRAY_LEN(want));
		TEST_STR(want[n++], item);
	}
	TEST_EQ(ARRAY_LEN(want), n);
	TEST_OK(http_request_lists(&req, "connection", "UPGRADE"));
	TEST_OK(!http_request_lists(&req, "Connection", "grade"));
 out:
	return err;
}


/* Hand over the head in growing pieces, each from another address, as a
 * carrier may do. */
static int read_cut(struct http_request *req, struct str text, char *copy,
		    struct test_random *random)
{
	const struct http_limits limits = http_limits(1000);
	struct http_scan scan = { 0 };
	int n = -EAGAIN;
	size_t len = 0;

	while (n == -EAGAIN && len < text.len) {
		size_t step = random ? test_below(random, 20) + 1 : 1;

		len = text.len - len < step ? text.len : len + step;
		memcpy(copy + len % 2, text.p, len);
		n = http_request_read(req, &scan, slice(copy + len % 2, len),
				      &limits);
		if (n == -EAGAIN)
			memset(copy, 'x', len);
	}

	return n;
}


TEST(http_request_cut)
{
	struct http_request req;
	struct test_random random = { 5 };
	char copy[sizeof(whole) + 1];
	int err = 0;

	TEST_EQ(strlen(whole), read_cut(&req, str(whole), copy, NULL));
	TEST_ERR(check_whole(&req));

	for (int i = 0; i < 200; i++) {
		TEST_EQ(strlen(whole),
			read_cut(&req, str(whole), copy, &random));
		TEST_ERR(check_whole(&req));
	}
 out:
	return err;
}


/* A head with `n` fields of `len` bytes each, CR LF included. */
static int read_big(struct http_request *req, size_t line, size_t n,
		    size_t len, bool is_cut)
{
	const struct http_limits limits = http_limits(1000);
	size_t size = line + n * len + 64, at;
	struct http_scan scan = { 0 };
	char *text = mem_zalloc(size);
	int done;

	if (!text)
		return -ENOMEM;

	memset(text, 'a', size);
	memcpy(text, "GET /", 5);
	memcpy(text + line - 11, " HTTP/1.1\r\n", 11);
	at = line;
	for (size_t i = 0; i < n; i++, at += len) {
		memcpy(text + at, i ? "X:" : "Host:", i ? 2 : 5);
		memcpy(text + at + len - 2, "\r\n", 2);
	}
	memcpy(text + at, "\r\n", 2);
	at += 2;

	done = -EAGAIN;
	for (size_t i = is_cut ? 1 : at; done == -EAGAIN && i <= at; i++)
		done = http_request_read(req, &scan, slice(text, i), &limits);
	mem_free(text);

	return done;
}


TEST(http_request_limits)
{
	struct http_request req;
	int err = 0;

	for (int is_cut = 0; is_cut < 2; is_cut++) {
		TEST_EXPECT(read_big(&req, HTTP_LINE_MAX, 1, 20, is_cut) > 0);
		TEST_ERRNO(-EMSGSIZE, read_big(&req, HTTP_LINE_MAX + 1, 1, 20,
					       is_cut));
		TEST_EQ(414, req.status);

		TEST_EXPECT(read_big(&req, 20, HTTP_FIELDS_MAX, 20,
				     is_cut) > 0);
		TEST_EQ(HTTP_FIELDS_MAX, req.n_fields);
		TEST_ERRNO(-EMSGSIZE, read_big(&req, 20, HTTP_FIELDS_MAX + 1,
					       20, is_cut));
		TEST_EQ(431, req.status);

		TEST_EXPECT(read_big(&req, 20, 2, HTTP_HEADERS_MAX / 2 - 1,
				     is_cut) < 0);
		TEST_ERRNO(-EMSGSIZE, read_big(&req, 20, 2,
					       HTTP_HEADERS_MAX / 2, is_cut));
		TEST_EQ(431, req.status);
	}

	/* Nobody waits for the end of what is too long already. */
	TEST_ERRNO(-EMSGSIZE, read_big(&req, 20, 1000000 / 20, 20, false));
	TEST_EQ(431, req.status);
 out:
	return err;
}


static const struct {
	const char *version, *connection;
	bool keeps_alive;
} connections[] = {
	{ "1.1", "", true },
	{ "1.1", "Connection: keep-alive\r\n", true },
	{ "1.1", "Connection: close\r\n", false },
	{ "1.1", "Connection: x,CLOSE , keep-alive\r\n", false },
	{ "1.1", "Connection: keep-alive\r\nConnection: close\r\n", false },
	{ "1.2", "", true },
	{ "1.9", "Connection: closed\r\n", true },
	{ "1.0", "", false },
	{ "1.0", "Connection: Keep-Alive\r\n", true },
	{ "1.0", "Connection: keep-alive, close\r\n", false },
};


TEST(http_request_keeps_alive)
{
	struct http_request req;
	struct writer w = writer(1000);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(connections); i++) {
		w.len = 0;
		put_fmt(&w, "GET / HTTP/%s\r\nHost: h\r\n%s\r\n",
			connections[i].version, connections[i].connection);
		TEST_ERR(w.err);
		TEST_OK(http_test_read_n(&req, (char *)w.data, w.len) > 0);
		TEST_EQ(connections[i].keeps_alive, req.keeps_alive);
		TEST_EQ(connections[i].version[2] != '0', req.minor);
	}
 out:
	writer_fini(&w);
	return err;
}


TEST(http_request_1_0)
{
	struct http_request req;
	int err = 0;

	/* 1.0 knows no Host, no Expect and no Upgrade. */
	TEST_OK(http_test_read(&req, "PUT /x HTTP/1.0\r\nContent-Length: 5\r\n"
			       "Expect: anything\r\nConnection: upgrade\r\n"
			       "Upgrade: websocket\r\n\r\n") > 0);
	TEST_EQ(5, req.content_length);
	TEST_EQ(0, req.host.host.len);
	TEST_OK(!req.expects_continue && !req.asks_upgrade);
	TEST_OK(!req.keeps_alive);
 out:
	return err;
}


TEST(http_request_forms)
{
	struct http_request req;
	int err = 0;

	TEST_OK(http_test_read(&req, "GET HTTP://[2001:db8::1]:81?a=b HTTP/1.1"
			       "\r\nHost: other\r\n\r\n") > 0);
	TEST_EQ(HTTP_FORM_ABSOLUTE, req.target.form);
	TEST_STR("2001:db8::1", req.host.host);
	TEST_EQ(81, req.host.port);
	TEST_STR("/", req.target.path);
	TEST_STR("a=b", req.target.query);

	TEST_OK(http_test_read(&req,
			       "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n") > 0);
	TEST_EQ(HTTP_FORM_ASTERISK, req.target.form);

	TEST_OK(http_test_read(&req, "BREW / HTTP/1.1\r\nHost: h:\r\n"
			       "Transfer-Encoding: Chunked\r\n"
			       "Expect: 100-continue\r\n\r\n") > 0);
	TEST_EQ(HTTP_OTHER, req.method);
	TEST_EQ(-1, req.content_length);
	TEST_OK(req.expects_continue);

	/* Nobody waits where there is no body. */
	TEST_OK(http_test_read(&req, "GET / HTTP/1.1\r\nHost: h\r\n"
			       "Expect: 100-continue\r\n\r\n") > 0);
	TEST_OK(!req.expects_continue);
 out:
	return err;
}
