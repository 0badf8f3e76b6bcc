/* FLV over HTTP as the load reads it. */
#include "flv.h"
#include <errno.h>
#include <string.h>

enum {
	FILE_HEADER_LEN = 13,    /* with PreviousTagSize0 */
	TAG_HEADER_LEN = 11,
	SIZE_LEN = 4,
};

static const char status[] = "HTTP/1.1 200";
static const char head_end[] = "\r\n\r\n";


/* Gather a part of fixed length; true once it is all there. */
static bool gather(struct flv_in *in, unsigned len, const uint8_t **p,
		   size_t *left)
{
	while (*left && in->n_fixed < len) {
		in->fixed[in->n_fixed++] = *(*p)++;
		--*left;
	}
	if (in->n_fixed < len)
		return false;

	in->n_fixed = 0;

	return true;
}


static int read_head(struct flv_in *in, const uint8_t **p, size_t *left)
{
	size_t n_status = sizeof(status) - 1;

	while (*left && in->state == FLV_HEAD) {
		uint8_t c = *(*p)++;

		--*left;
		if (in->n_fixed < n_status &&
		    c != (uint8_t)status[in->n_fixed++])
			return -EACCES;
		if (c != (uint8_t)head_end[in->n_end])
			in->n_end = c == '\r';
		else if (++in->n_end == sizeof(head_end) - 1)
			in->state = FLV_FILE;
	}
	if (in->state == FLV_FILE)
		in->n_fixed = 0;

	return 0;
}


static int on_file(struct flv_in *in)
{
	static const uint8_t want[] = { 'F', 'L', 'V', 1 };

	if (memcmp(in->fixed, want, sizeof(want)) ||
	    wire_be32(in->fixed + 5) != 9 || wire_be32(in->fixed + 9))
		return -EBADMSG;
	in->state = FLV_TAG;

	return 0;
}


static int on_tag(struct flv_in *in)
{
	const uint8_t *p = in->fixed;
	bool is_video = p[0] == WIRE_VIDEO;
	struct wire_message *m = &in->tags[is_video];

	m->type = p[0];
	m->slot = is_video;
	m->len = wire_be32(p) & 0xffffff;
	m->timestamp = (uint32_t)p[7] << 24 | wire_be32(p + 4) >> 8;
	m->got = 0;
	m->head_len = 0;
	if (m->len > WIRE_MESSAGE_MAX)
		return -EMSGSIZE;
	if (p[8] || p[9] || p[10] || !m->len)
		return -EBADMSG;

	in->tag = m;
	in->state = FLV_BODY;

	return 0;
}


static int read_body(struct flv_in *in, const uint8_t **p, size_t *left,
		     wire_piece_fn *fn, void *arg)
{
	struct wire_message *m = in->tag;
	size_t n = m->len - m->got < *left ? m->len - m->got : *left;
	size_t room = WIRE_MEDIA_HEAD_MAX - m->head_len;
	int err;

	room = room < n ? room : n;
	memcpy(m->head + m->head_len, *p, room);
	m->head_len += (uint32_t)room;
	err = n ? fn(arg, m, *p, n) : 0;
	m->got += (uint32_t)n;
	*p += n;
	*left -= n;
	if (m->got == m->len)
		in->state = FLV_SIZE;

	return err;
}


static int on_size(struct flv_in *in)
{
	in->state = FLV_TAG;

	return wire_be32(in->fixed) == in->tag->len + TAG_HEADER_LEN
		       ? 0 : -EBADMSG;
}


int flv_read(struct flv_in *in, const uint8_t *p, size_t len,
	     wire_piece_fn *fn, void *arg)
{
	int err = 0;

	while (len && !err) {
		switch (in->state) {
		case FLV_HEAD:
			err = read_head(in, &p, &len);
			break;
		case FLV_FILE:
			if (gather(in, FILE_HEADER_LEN, &p, &len))
				err = on_file(in);
			break;
		case FLV_TAG:
			if (gather(in, TAG_HEADER_LEN, &p, &len))
				err = on_tag(in);
			break;
		case FLV_BODY:
			err = read_body(in, &p, &len, fn, arg);
			break;
		case FLV_SIZE:
			if (gather(in, SIZE_LEN, &p, &len))
				err = on_size(in);
			break;
		}
	}

	return err;
}
