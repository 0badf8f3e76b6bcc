/* The values of an RTMP command or data message. */
#include "amf/amf_message.h"
#include "amf/amf3.h"
#include "amf/amf_int.h"


struct rewrite {
	struct amf3 amf3;
	struct writer *w;
	const uint8_t *p;        /* what comes before it is in w */
};


static void copy_to(struct rewrite *rw, const uint8_t *p)
{
	put_bytes(rw->w, slice(rw->p, (size_t)(p - rw->p)));
	rw->p = p;
}


static void on_avmplus(struct reader *r, int depth, void *arg)
{
	struct rewrite *rw = arg;
	size_t len;

	copy_to(rw, r->p - 1);
	len = rw->w->len;

	if (!amf3_to_amf0(&rw->amf3, r, rw->w, depth))
		rw->p = r->p;
	else
		rw->w->len = len;
}


/* NOTE: most messages that contain the byte 0x11 have no AMF3 at all. */
static int rewrite(struct rewrite *rw, struct reader *values)
{
	struct amf0_walk walk = { 0, on_avmplus, rw };
	struct reader r = *values;
	struct amf_value v;
	int err = 0;

	rw->p = r.p;
	amf3_init(&rw->amf3);

	while (!err && reader_left(&r))
		err = amf0_read_walk(&r, &v, &walk);
	if (rw->p == values->p)
		return rw->w->err;

	copy_to(rw, r.end);
	*values = reader(writer_slice(rw->w));

	return rw->w->err;
}


int amf_message_read(struct reader *values, struct writer *w,
		     struct slice payload, bool is_amf3)
{
	struct rewrite rw;

	if (is_amf3 && payload.len && !payload.p[0])
		payload = slice_from(payload, 1);

	*values = reader(payload);
	if (!payload.len || !memchr(payload.p, AMF_AVMPLUS, payload.len))
		return 0;

	rw.w = w;

	return rewrite(&rw, values);
}
