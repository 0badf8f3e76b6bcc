/* The head of a request: lines, and how far they have been read (RFC 9112
 * s2.2, s3, s5).  What the fields mean together: http_request_frame.c. */
#include "http/http_request.h"
#include "http/http_request_int.h"
#include "http/http_text.h"


static const char *const methods[] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
};


int http_request_refuse(struct http_request *req, int err, int status,
			const char *why)
{
	req->status = status;
	req->why = why;

	return err;
}


static int bad(struct http_request *req, const char *why)
{
	return http_request_refuse(req, -EBADMSG, 400, why);
}


static enum http_method method_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (str_is(name, methods[i]))
			return (enum http_method)i;
	}

	return HTTP_OTHER;
}


static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}


/* "HTTP/" DIGIT "." DIGIT, case-sensitive (s2.3); a minor version above 1
 * is answered as 1 (RFC 9110 s6.2). */
static int parse_version(struct http_request *req, struct str s)
{
	if (s.len != 8 || memcmp(s.p, "HTTP/", 5) || s.p[6] != '.' ||
	    !is_digit(s.p[5]) || !is_digit(s.p[7]))
		return bad(req, "no HTTP version");
	if (s.p[5] != '1')
		return http_request_refuse(req, -ENOTSUP, 505,
					   "not HTTP/1.x");

	req->minor = s.p[7] != '0';

	return 0;
}


/* Each form belongs to some methods (s3.2). */
static int check_form(struct http_request *req)
{
	bool is_connect = str_is(req->method_name, "CONNECT");

	if (is_connect != (req->target.form == HTTP_FORM_AUTHORITY) ||
	    (req->target.form == HTTP_FORM_ASTERISK &&
	     req->method != HTTP_OPTIONS))
		return bad(req, "not a target of this method");

	/* What follows would belong to the tunnel. */
	if (is_connect)
		return http_request_refuse(req, -ENOTSUP, 501,
					   "no tunnels here");

	return 0;
}


static int parse_request_line(struct http_request *req, struct str line)
{
	struct str target;
	int err;

	req->method_name = http_text_cut(&line, ' ');
	if (!http_text_is_token(req->method_name))
		return bad(req, "method is no token");
	req->method = method_of(req->method_name);

	target = http_text_cut(&line, ' ');
	err = parse_version(req, line);
	if (err)
		return err;
	if (http_target_parse(&req->target, target))
		return bad(req, "malformed target");

	return check_form(req);
}


static int parse_field_line(struct http_request *req,
			    struct http_field *field, struct str line)
{
	size_t n = 0;

	/* Also what stands between request line and first field (s2.2). */
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return bad(req, "folded field line");

	while (n < line.len && http_text_is_tchar(line.p[n]))
		++n;
	if (!n || n == line.len || line.p[n] != ':')
		return bad(req, "field name is no token before a colon");

	field->name = str_n(line.p, n);
	field->value = http_text_trim(http_text_from(line, n + 1));
	if (!http_text_is_value(field->value))
		return bad(req, "byte not allowed in field value");

	return 0;
}


/* Behind the LF of the current line, or 0: it is not complete. */
static size_t line_end(const struct http_scan *scan, struct slice in)
{
	size_t from = scan->seen > scan->line ? scan->seen : scan->line;
	const uint8_t *lf = from < in.len ?
		memchr(in.p + from, '\n', in.len - from) : NULL;

	return lf ? (size_t)(lf - in.p) + 1 : 0;
}


/* May there be so much, up to `end`?  Asked before anything is said about
 * what stands in a line, so that all cuts of the input are judged alike. */
static int check_length(struct http_request *req,
			const struct http_scan *scan, size_t end,
			const struct http_limits *limits)
{
	if (!scan->headers && end - scan->line > limits->line)
		return http_request_refuse(req, -EMSGSIZE, 414,
					   "request line too long");
	if (scan->headers && end - scan->headers > limits->headers)
		return http_request_refuse(req, -EMSGSIZE, 431,
					   "field lines too long");

	return 0;
}


/* The bytes from..end without their CR LF. */
static int cut_line(struct http_request *req, struct str *line,
		    struct slice in, size_t from, size_t end)
{
	*line = str_n((const char *)in.p + from, end - from - 1);

	if (!line->len || line->p[line->len - 1] != '\r')
		return bad(req, "line ends without CR");
	--line->len;
	if (memchr(line->p, '\r', line->len))
		return bad(req, "CR within a line");

	return 0;
}


/* Judge one complete line, and keep what it says.  Returns 0, 1: it was the
 * last one, or an error. */
static int read_line(struct http_request *req, struct http_scan *scan,
		     struct str line, size_t end,
		     const struct http_limits *limits)
{
	if (!scan->headers) {
		/* One empty line is what bad clients send after a body
		 * (s2.2). */
		if (!line.len)
			return scan->line ? bad(req, "no request line") : 0;
		scan->headers = end;
		return parse_request_line(req, line);
	}

	if (!line.len)
		return 1;
	if (scan->n_fields == limits->fields)
		return http_request_refuse(req, -EMSGSIZE, 431,
					   "too many fields");

	return parse_field_line(req, &req->fields[scan->n_fields++], line);
}


/* Returns the length of the head, -EAGAIN, or an error. */
static int read_lines(struct http_request *req, struct http_scan *scan,
		      struct slice in, const struct http_limits *limits)
{
	struct str line;
	int done = 0;

	while (!done) {
		size_t end = line_end(scan, in);
		int err = check_length(req, scan, end ? end : in.len, limits);

		if (err)
			return err;
		if (!end) {
			scan->seen = in.len;
			return -EAGAIN;
		}

		err = cut_line(req, &line, in, scan->line, end);
		if (err)
			return err;
		done = read_line(req, scan, line, end, limits);
		scan->line = end;
	}

	return done < 0 ? done : (int)scan->line;
}


struct http_limits http_limits(int64_t body)
{
	struct http_limits limits = {
		.line = HTTP_LINE_MAX,
		.headers = HTTP_HEADERS_MAX,
		.fields = HTTP_FIELDS_MAX,
		.body = body,
	};

	return limits;
}


int http_request_read(struct http_request *req, struct http_scan *scan,
		      struct slice in, const struct http_limits *limits)
{
	static const struct http_scan nothing = { 0 };
	bool is_first = !scan->seen;
	int n, err;

	n = read_lines(req, scan, in, limits);
	if (n < 0)
		return n;

	/* Lines kept by earlier calls may have moved since. */
	if (!is_first) {
		*scan = nothing;
		n = read_lines(req, scan, in, limits);
	}
	req->n_fields = scan->n_fields;
	*scan = nothing;

	err = http_request_frame(req, limits->body);

	return err ? err : n;
}


struct str http_request_find(const struct http_request *req,
			     const char *name)
{
	for (size_t i = 0; i < req->n_fields; i++) {
		if (http_text_eq(req->fields[i].name, str(name)))
			return req->fields[i].value;
	}

	return str_n(NULL, 0);
}


size_t http_request_count(const struct http_request *req, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < req->n_fields; i++)
		n += http_text_eq(req->fields[i].name, str(name));

	return n;
}


struct http_items http_items(const struct http_request *req,
			     const char *name)
{
	struct http_items items = { req, name, 0, { NULL, 0 } };

	return items;
}


bool http_items_next(struct http_items *items, struct str *item)
{
	const struct http_request *req = items->req;

	while (!http_text_list_next(&items->rest, item)) {
		struct str name = str(items->name);

		while (items->next < req->n_fields &&
		       !http_text_eq(req->fields[items->next].name, name))
			++items->next;
		if (items->next == req->n_fields)
			return false;
		items->rest = req->fields[items->next++].value;
	}

	return true;
}


bool http_request_lists(const struct http_request *req, const char *name,
			const char *token)
{
	struct http_items items = http_items(req, name);
	struct str item;

	while (http_items_next(&items, &item)) {
		if (http_text_eq(item, str(token)))
			return true;
	}

	return false;
}
