/* Ranges of bytes (RFC 9110 s14).  Thread: any, pure. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/slice.h"
#include "base/writer.h"

enum {
	HTTP_RANGES_MAX = 16,    /* in one request */
};

struct http_range {
	int64_t from;
	int64_t len;             /* at least 1 */
};

/* Read the field Range for a representation of `size` bytes.
 * ranges: HTTP_RANGES_MAX of them; those that can be satisfied, cut at
 * `size`, in the order that was asked for.
 *
 * Returns how many, at least 1; -ENOENT: none can be satisfied, answer 416;
 * else the field is to be ignored (s14.2): -ENOTSUP, another unit;
 * -EBADMSG; -EMSGSIZE, too many, or more bytes in all than there are. */
int http_range_parse(struct http_range *ranges, struct str value,
		     int64_t size);

/* Append the value of Content-Range: "bytes 0-499/1234", or, if `range` is
 * NULL, the same with "*" for the range, which goes with 416 (s14.4). */
void http_range_write(struct writer *w, const struct http_range *range,
		      int64_t size);

/* Append what stands before one part of a multipart/byteranges body (s14.6);
 * http_range_end_write() follows the last one.  boundary, type: our own, no
 * text of a peer. */
void http_range_part_write(struct writer *w, const struct http_range *range,
			   int64_t size, struct str boundary,
			   struct str type);
void http_range_end_write(struct writer *w, struct str boundary);

#endif
