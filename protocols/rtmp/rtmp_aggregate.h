/* The messages inside an aggregate message (type 22, RTMP 1.0 s7.1.6).
 * Thread: any, pure. */
#ifndef RTMP_AGGREGATE_H
#define RTMP_AGGREGATE_H

#include "base/reader.h"
#include "rtmp/rtmp_chunk.h"

struct rtmp_aggregate {
	struct reader r;
	struct rtmp_header outer;
	uint32_t offset;         /* added to each timestamp */
	bool is_begun;
};

/* Begin to walk `msg`, which must outlive the walk; borrowed. */
void rtmp_aggregate_init(struct rtmp_aggregate *a,
			 const struct rtmp_message *msg);

/* The next message in it.
 *
 * h: filled; the chunk and message stream are those of the aggregate, the
 * timestamp is moved by the distance between the aggregate and the first
 * message in it (mod 2^32).
 * body: borrowed from the aggregate's body; may be empty.
 *
 * Returns 1; 0 at the end; or -EBADMSG: cut short, or an aggregate in an
 * aggregate.  What came before is good. */
int rtmp_aggregate_next(struct rtmp_aggregate *a, struct rtmp_header *h,
			struct slice *body);

#endif
