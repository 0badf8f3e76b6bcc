/* Delivery directives: what the query of a playlist request asks for
 * (draft-pantos-hls-rfc8216bis-22 s6.2.5).  Thread: any, pure. */
#ifndef HLS_REQUEST_H
#define HLS_REQUEST_H

#include "base/error.h"
#include "base/slice.h"

enum { HLS_QUERY_MAX = 2048 };

enum hls_skip {
	HLS_SKIP_NO,
	HLS_SKIP_YES,            /* older segments */
	HLS_SKIP_V2,             /* and older date ranges */
};

struct hls_request {
	bool has_msn, has_part;
	uint64_t msn;            /* _HLS_msn: Media Sequence Number */
	uint64_t part;           /* _HLS_part: Part Index */
	enum hls_skip skip;
};

/* Read the directives of a query `a=b&c=d`, percent-encoded, without "?".
 * All else in it is the application's; directives that the draft does not
 * know are ignored, and so is a _HLS_skip other than YES and v2.
 * Returns 0 and *q, or -EBADMSG: answer 400 (a number that is none or above
 * 2^64 - 1, _HLS_part without _HLS_msn, a directive said twice), or -EMSGSIZE:
 * longer than HLS_QUERY_MAX. */
int hls_request_parse(struct str query, struct hls_request *q);

/* Print what is left of a query without its directives: a playlist hands it
 * on to what it lists, so that a token reaches each request.
 * out: HLS_QUERY_MAX bytes, zero-terminated on success.
 * Returns its length; -EBADMSG: it holds what no URI has, quotes or control
 * bytes above all; -EMSGSIZE. */
int hls_query_print(char *out, struct str query);

#endif
