/* The FLV file (flv-f4v-10.1 Annex E): file header and tag headers. */
#include "flv/flv_tag.h"
#include <assert.h>


enum {
	HAS_VIDEO = 0x01,
	HAS_AUDIO = 0x04,
	IS_FILTERED = 0x20,
	TYPE_MASK = 0x1f,
};


static void set_be(uint8_t *p, size_t n, uint32_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}


int flv_file_header_parse(struct reader *r, struct flv_file_header *h)
{
	struct reader at = *r;
	struct slice signature = get_bytes(&at, 3);
	uint8_t flags;
	uint32_t data_offset;

	(void)get_u8(&at);               /* version: nobody has seen but 1 */
	flags = get_u8(&at);
	data_offset = get_be32(&at);
	if (at.err)
		return -EAGAIN;

	if (!str_is(str_of(signature), "FLV"))
		return -EBADMSG;
	if (data_offset < FLV_FILE_HEADER_LEN)
		return -EBADMSG;
	if (data_offset > FLV_DATA_OFFSET_MAX)
		return -EMSGSIZE;

	h->has_audio = flags & HAS_AUDIO;
	h->has_video = flags & HAS_VIDEO;
	h->data_offset = data_offset;
	*r = at;

	return 0;
}


void flv_file_header_print(struct writer *w, const struct flv_file_header *h)
{
	put_str(w, str("FLV"));
	put_u8(w, 1);
	put_u8(w, (h->has_audio ? HAS_AUDIO : 0u) |
	       (h->has_video ? HAS_VIDEO : 0u));
	put_be32(w, FLV_FILE_HEADER_LEN);
	put_be32(w, 0);
}


int flv_tag_header_parse(struct reader *r, struct flv_tag *t)
{
	struct reader at = *r;
	uint8_t type = get_u8(&at);
	uint32_t body_len = get_be24(&at);
	uint32_t low = get_be24(&at);
	uint32_t high = get_u8(&at);
	uint32_t stream_id = get_be24(&at);

	if (at.err)
		return -EAGAIN;

	t->type = type & TYPE_MASK;
	t->is_filtered = type & IS_FILTERED;
	t->timestamp_ms = high << 24 | low;
	t->stream_id = stream_id;
	t->body_len = body_len;
	*r = at;

	return 0;
}


void flv_tag_header_print(uint8_t *buf, const struct flv_tag *t)
{
	assert(t->body_len <= FLV_BODY_MAX);

	buf[0] = (uint8_t)(t->type | (t->is_filtered ? IS_FILTERED : 0u));
	set_be(buf + 1, 3, t->body_len);
	set_be(buf + 4, 3, t->timestamp_ms);
	buf[7] = (uint8_t)(t->timestamp_ms >> 24);
	set_be(buf + 8, 3, t->stream_id);
}


void flv_tag_trailer_print(uint8_t *buf, const struct flv_tag *t)
{
	set_be(buf, FLV_TAG_TRAILER_LEN, FLV_TAG_HEADER_LEN + t->body_len);
}
