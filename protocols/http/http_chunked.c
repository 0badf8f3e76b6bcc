/* The chunked transfer coding (RFC 9112 s7.1). */
#include "http/http_chunked.h"
#include "base/text.h"
#include "http/http_text.h"


void http_chunked_init(struct http_chunked *c, int64_t max)
{
	memset(c, 0, sizeof(*c));
	c->room = max;
}


/* Move on if `c` is what must come; else it is malformed. */
static int expect(struct http_chunked *chunked, char c, char want,
		  enum http_chunked_state next)
{
	if (c != want)
		return -EBADMSG;
	chunked->state = next;

	return 0;
}


/* The line with the size is complete. */
static int begin_chunk(struct http_chunked *c)
{
	if (c->left > c->room)
		return -EMSGSIZE;

	c->room -= c->left;
	c->n_digits = 0;
	c->state = c->left ? HTTP_CHUNKED_DATA : HTTP_CHUNKED_TRAILER;

	return 0;
}


/* A byte behind the size that is no digit. */
static int end_size(struct http_chunked *chunked, char c)
{
	if (c == ';')
		chunked->state = HTTP_CHUNKED_EXTENSION;
	else if ((c == ' ' || c == '\t') &&
		 ++chunked->n_extension <= HTTP_CHUNK_EXTENSIONS_MAX)
		chunked->state = HTTP_CHUNKED_BLANK;
	else if (c == '\r' && chunked->state == HTTP_CHUNKED_SIZE)
		chunked->state = HTTP_CHUNKED_SIZE_LF;
	else
		return -EBADMSG;

	return 0;
}


static int step_size(struct http_chunked *chunked, char c)
{
	int digit = text_hex(c);

	if (digit < 0)
		return chunked->n_digits ? end_size(chunked, c) : -EBADMSG;
	if (chunked->n_digits == HTTP_CHUNK_DIGITS_MAX)
		return -EMSGSIZE;

	if (!chunked->n_digits++)
		chunked->left = 0;
	chunked->left = chunked->left * 16 + digit;

	return 0;
}


static int step_extension(struct http_chunked *chunked, char c)
{
	if (c == '\r') {
		chunked->state = HTTP_CHUNKED_SIZE_LF;
		return 0;
	}
	if (!http_text_is_vchar(c))
		return -EBADMSG;

	return ++chunked->n_extension > HTTP_CHUNK_EXTENSIONS_MAX ?
		-EMSGSIZE : 0;
}


/* Within a line behind the last chunk: `name: value`. */
static int step_trailer(struct http_chunked *chunked, char c)
{
	if (++chunked->n_trailer > HTTP_TRAILERS_MAX)
		return -EMSGSIZE;

	if (chunked->state == HTTP_CHUNKED_VALUE) {
		if (c == '\r')
			chunked->state = HTTP_CHUNKED_VALUE_LF;
		else if (!http_text_is_vchar(c))
			return -EBADMSG;
		return 0;
	}

	if (c == ':' && chunked->state == HTTP_CHUNKED_NAME)
		chunked->state = HTTP_CHUNKED_VALUE;
	else if (c == '\r' && chunked->state == HTTP_CHUNKED_TRAILER)
		chunked->state = HTTP_CHUNKED_END_LF;
	else if (http_text_is_tchar(c))
		chunked->state = HTTP_CHUNKED_NAME;
	else
		return -EBADMSG;

	return 0;
}


static int step(struct http_chunked *chunked, char c)
{
	switch (chunked->state) {

	case HTTP_CHUNKED_SIZE:
		return step_size(chunked, c);

	case HTTP_CHUNKED_BLANK:
		return end_size(chunked, c);

	case HTTP_CHUNKED_EXTENSION:
		return step_extension(chunked, c);

	case HTTP_CHUNKED_SIZE_LF:
		return c == '\n' ? begin_chunk(chunked) : -EBADMSG;

	case HTTP_CHUNKED_DATA_CR:
		return expect(chunked, c, '\r', HTTP_CHUNKED_DATA_LF);

	case HTTP_CHUNKED_DATA_LF:
		return expect(chunked, c, '\n', HTTP_CHUNKED_SIZE);

	case HTTP_CHUNKED_VALUE_LF:
		return expect(chunked, c, '\n', HTTP_CHUNKED_TRAILER);

	case HTTP_CHUNKED_END_LF:
		return expect(chunked, c, '\n', HTTP_CHUNKED_DONE);

	case HTTP_CHUNKED_TRAILER:
	case HTTP_CHUNKED_NAME:
	case HTTP_CHUNKED_VALUE:
		return step_trailer(chunked, c);

	case HTTP_CHUNKED_DATA:
	case HTTP_CHUNKED_DONE:
		break;
	}

	return 0;
}


static struct slice take_data(struct http_chunked *c, struct slice *in)
{
	size_t n = (uint64_t)c->left < in->len ? (size_t)c->left : in->len;
	struct slice data = slice(in->p, n);

	*in = slice_from(*in, n);
	c->left -= (int64_t)n;
	if (!c->left)
		c->state = HTTP_CHUNKED_DATA_CR;

	return data;
}


int http_chunked_read(struct http_chunked *c, struct slice *in,
		      struct slice *data)
{
	*data = slice(NULL, 0);

	while (in->len && c->state != HTTP_CHUNKED_DONE) {
		int err;

		if (c->state == HTTP_CHUNKED_DATA) {
			*data = take_data(c, in);
			return 0;
		}

		err = step(c, (char)in->p[0]);
		if (err)
			return err;
		*in = slice_from(*in, 1);
	}

	return 0;
}


size_t http_chunk_print(char out[HTTP_CHUNK_HEAD_SIZE], size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 1;

	while (n < sizeof(len) * 2 && len >> (4 * n))
		++n;
	for (size_t i = 0; i < n; i++)
		out[i] = digits[len >> (4 * (n - 1 - i)) & 15];
	memcpy(out + n, HTTP_CHUNK_END, strlen(HTTP_CHUNK_END));

	return n + strlen(HTTP_CHUNK_END);
}
