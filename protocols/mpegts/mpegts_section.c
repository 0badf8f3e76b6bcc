/* Sections out of packets (ISO/IEC 13818-1 s2.4.4.1, s2.4.4.10). */
#include "mpegts/mpegts_psi.h"


enum {
	HEAD_LEN = 3,            /* table_id, section_length */
	STUFFING = 0xff,         /* where a table_id would stand */
};


static struct slice take(struct slice *s, size_t len)
{
	struct slice taken = slice(s->p, len);

	*s = slice_from(*s, len);

	return taken;
}


/* Make s->len `want` if the payload has as much.  True if it had. */
static bool gather(struct mpegts_section *s, struct slice *payload,
		   size_t want)
{
	size_t n = want > s->len ? want - s->len : 0;

	if (n > payload->len)
		n = payload->len;
	if (n)
		memcpy(s->data + s->len, take(payload, n).p, n);
	s->len += n;

	return s->len >= want;
}


/* Returns 0 (one is whole), -EAGAIN or -EBADMSG. */
static int fill(struct mpegts_section *s, struct slice *payload)
{
	size_t len;

	if (!gather(s, payload, HEAD_LEN))
		return -EAGAIN;

	len = HEAD_LEN + ((s->data[1] & 0x0fu) << 8 | s->data[2]);
	if (len > MPEGTS_SECTION_MAX)
		return -EBADMSG;

	return gather(s, payload, len) ? 0 : -EAGAIN;
}


/* A payload with a pointer field: the section before it ends where the first
 * new one starts.  Returns as fill(). */
static int start(struct mpegts_section *s, struct slice *payload)
{
	struct slice before;
	size_t pointer;
	int err = -EAGAIN;

	if (!payload->len)
		return -EBADMSG;

	pointer = take(payload, 1).p[0];
	if (pointer > payload->len)
		return -EBADMSG;

	before = take(payload, pointer);
	if (s->is_open && s->len)
		err = fill(s, &before);
	s->is_open = true;
	s->is_given = !err;
	if (err)
		s->len = 0;

	return err;
}


int mpegts_section_next(struct mpegts_section *s, struct slice *payload,
			bool *is_start, struct slice *section)
{
	int err = -EAGAIN;

	if (s->is_given)
		s->len = 0;
	s->is_given = false;

	if (*is_start) {
		*is_start = false;
		err = start(s, payload);
	}
	if (err == -EAGAIN && s->is_open && payload->len) {
		if (!s->len && payload->p[0] == STUFFING)
			s->is_open = false;
		else
			err = fill(s, payload);
	}

	s->is_given = !err;
	if (!err)
		*section = slice(s->data, s->len);
	else
		*payload = slice_from(*payload, payload->len);
	if (err == -EBADMSG) {
		s->is_open = false;
		s->len = 0;
	}

	return err;
}
