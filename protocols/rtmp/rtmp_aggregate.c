/* The messages inside an aggregate message (RTMP 1.0 s7.1.6). */
#include "rtmp/rtmp_aggregate.h"
#include "rtmp/rtmp_control.h"


enum { BACK_POINTER_LEN = 4 };


/* NOTE: s6.1.1 draws the timestamp as 4 bytes big-endian; what FMS sends, and
 * what nginx-rtmp and SRS read, is that of an FLV tag: the low 24 bits, then
 * the high 8. */
static uint32_t get_timestamp(struct reader *r)
{
	uint32_t low = get_be24(r);

	return low | (uint32_t)get_u8(r) << 24;
}


void rtmp_aggregate_init(struct rtmp_aggregate *a,
			 const struct rtmp_message *msg)
{
	a->r = reader(chunk_slice(msg->body));
	a->outer = msg->header;
	a->offset = 0;
	a->is_begun = false;
}


int rtmp_aggregate_next(struct rtmp_aggregate *a, struct rtmp_header *h,
			struct slice *body)
{
	struct reader *r = &a->r;
	struct rtmp_header got = a->outer;
	struct slice data;
	size_t n;

	if (!reader_left(r))
		return 0;

	got.type = get_u8(r);
	got.len = get_be24(r);
	got.timestamp = get_timestamp(r);
	get_be24(r); /* the aggregate's own stream id overrides it */
	data = get_bytes(r, got.len);
	if (r->err || got.type == RTMP_AGGREGATE)
		return -EBADMSG;

	/* Nobody needs the back pointer: the last one may be missing. */
	n = reader_left(r);
	get_bytes(r, n < BACK_POINTER_LEN ? n : BACK_POINTER_LEN);

	if (!a->is_begun) {
		a->offset = a->outer.timestamp - got.timestamp;
		a->is_begun = true;
	}

	got.timestamp += a->offset;
	*h = got;
	*body = data;

	return 1;
}
