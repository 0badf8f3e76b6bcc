/* The chunked transfer coding (RFC 9112 s7.1).  Thread: any, pure. */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/error.h"
#include "base/slice.h"

enum {
	HTTP_CHUNK_EXTENSIONS_MAX = 4096,        /* bytes, of a whole body */
	HTTP_TRAILERS_MAX = 4096,        /* bytes */
	HTTP_CHUNK_DIGITS_MAX = 15,
	HTTP_CHUNK_HEAD_SIZE = 20,       /* room for a chunk's first line */
};

/* What stands behind the data of a chunk, and behind the last chunk. */
#define HTTP_CHUNK_END "\r\n"
#define HTTP_CHUNK_LAST "0\r\n\r\n"

enum http_chunked_state {
	HTTP_CHUNKED_SIZE,
	HTTP_CHUNKED_BLANK,      /* between the size and ";" */
	HTTP_CHUNKED_EXTENSION,
	HTTP_CHUNKED_SIZE_LF,
	HTTP_CHUNKED_DATA,
	HTTP_CHUNKED_DATA_CR,
	HTTP_CHUNKED_DATA_LF,
	HTTP_CHUNKED_TRAILER,    /* at the start of its line */
	HTTP_CHUNKED_NAME,
	HTTP_CHUNKED_VALUE,
	HTTP_CHUNKED_VALUE_LF,
	HTTP_CHUNKED_END_LF,
	HTTP_CHUNKED_DONE,       /* the body is complete */
};

struct http_chunked {
	enum http_chunked_state state;
	int64_t left;            /* of this chunk */
	int64_t room;            /* for the chunks after it */
	unsigned n_digits;
	size_t n_extension;      /* bytes of all extensions */
	size_t n_trailer;
};

/* Start a body of at most `max` bytes. */
void http_chunked_init(struct http_chunked *c, int64_t max);

/* Read on: at most to the end of one run of data.  Extensions and trailers
 * are checked, and dropped.
 *
 * in: the next bytes; moved behind what was read: all of it, unless data was
 * found or the body is complete.  data: a run of the body, borrowed from
 * `in`; empty if there is none.
 *
 * Returns 0, -EBADMSG (answer 400), or -EMSGSIZE: the body is longer than
 * its maximum, as soon as a chunk claims to be, or so are its extensions or
 * trailers (413).  After an error the connection is to be closed. */
int http_chunked_read(struct http_chunked *c, struct slice *in,
		      struct slice *data);

/* Print what stands before `len` bytes of data, not 0.  Returns the length;
 * there is no terminating zero. */
size_t http_chunk_print(char out[HTTP_CHUNK_HEAD_SIZE], size_t len);

#endif
