/* The ModEx prelude (enhanced-rtmp-v2, "Enhanced Audio" and "Video"). */
#include "flv/flv_modex.h"


enum {
	SIZE_ESCAPE = 256,
	TIMESTAMP_OFFSET_NANO = 0,
	NANO_LEN = 3,
};


static void parse_one(struct reader *r, struct flv_modex *m)
{
	size_t size = (size_t)get_u8(r) + 1;
	struct slice data;
	unsigned type;

	if (size == SIZE_ESCAPE)
		size = (size_t)get_be16(r) + 1;
	data = get_bytes(r, size);

	type = get_u8(r);
	m->packet = type & 0x0f;
	if (type >> 4 == TIMESTAMP_OFFSET_NANO && data.len >= NANO_LEN) {
		struct reader nano = reader(data);

		m->nano_offset = get_be24(&nano);
	}
}


int flv_modex_parse(struct reader *r, unsigned packet, unsigned max,
		    struct flv_modex *m)
{
	*m = (struct flv_modex) { .packet = packet };

	while (m->packet == FLV_PACKET_MODEX) {
		if (m->n++ == max)
			return -EMSGSIZE;
		parse_one(r, m);
		if (r->err)
			return -EBADMSG;
	}

	return 0;
}
