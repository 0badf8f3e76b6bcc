/* AV1: the configuration record (AV1-ISOBMFF s2.3) and OBUs (AV1 s5.3). */
#include "codec/av1.h"
#include "base/reader.h"
#include "base/writer.h"


enum {
	MARKER_VERSION = 0x81,
	LEB128_MAX = 8,          /* bytes, s4.10.5 */
};

/* Byte 2 of the record. */
enum {
	HIGH_TIER = 0x80,
	HIGH_BITDEPTH = 0x40,
	TWELVE_BIT = 0x20,
	MONOCHROME = 0x10,
	SUBSAMPLED_X = 0x08,
	SUBSAMPLED_Y = 0x04,
	POSITION_MASK = 0x03,
};

/* Byte 3 of the record. */
enum {
	HAS_DELAY = 0x10,
	DELAY_MASK = 0x0f,
};

/* obu_header(), s5.3.2. */
enum {
	FORBIDDEN = 0x80,
	HAS_EXTENSION = 0x04,
	HAS_SIZE = 0x02,
};


int av1_config_parse(struct slice record, struct av1_config *c)
{
	struct reader r = reader(record);
	uint8_t head, profile, flags, delay;

	head = get_u8(&r);
	profile = get_u8(&r);
	flags = get_u8(&r);
	delay = get_u8(&r);
	if (r.err || head != MARKER_VERSION)
		return -EBADMSG;

	c->profile = profile >> 5;
	c->level = profile & 0x1f;
	c->is_high_tier = flags & HIGH_TIER;
	c->bit_depth = !(flags & HIGH_BITDEPTH) ? 8 :
		flags & TWELVE_BIT ? 12 : 10;
	c->is_monochrome = flags & MONOCHROME;
	c->is_subsampled_x = flags & SUBSAMPLED_X;
	c->is_subsampled_y = flags & SUBSAMPLED_Y;
	c->chroma_sample_position = flags & POSITION_MASK;
	c->presentation_delay = delay & HAS_DELAY ?
		(uint8_t)((delay & DELAY_MASK) + 1) : 0;
	c->obus = get_rest(&r);

	return 0;
}


void av1_config_print(struct writer *w, const struct av1_config *c)
{
	put_u8(w, MARKER_VERSION);
	put_u8(w, (unsigned)c->profile << 5 | c->level);
	put_u8(w, (c->is_high_tier ? HIGH_TIER : 0u) |
	       (c->bit_depth > 8 ? HIGH_BITDEPTH : 0u) |
	       (c->bit_depth > 10 ? TWELVE_BIT : 0u) |
	       (c->is_monochrome ? MONOCHROME : 0u) |
	       (c->is_subsampled_x ? SUBSAMPLED_X : 0u) |
	       (c->is_subsampled_y ? SUBSAMPLED_Y : 0u) |
	       c->chroma_sample_position);
	put_u8(w, c->presentation_delay ?
	       HAS_DELAY | (c->presentation_delay - 1u) : 0u);
	put_bytes(w, c->obus);
}


/* leb128(), s4.10.5; at most 32 bits. */
static uint64_t get_leb128(struct reader *r)
{
	uint64_t v = 0;
	uint8_t b;

	for (unsigned i = 0; i < LEB128_MAX; i++) {
		b = get_u8(r);
		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (!(b & 0x80))
			return v;
	}
	r->err = -EBADMSG;

	return 0;
}


int av1_obu_next(struct slice *units, struct av1_obu *obu)
{
	struct reader r = reader(*units);
	uint8_t head, extension;
	struct slice payload;

	if (!units->len)
		return -ENOENT;

	head = get_u8(&r);
	extension = head & HAS_EXTENSION ? get_u8(&r) : 0;
	payload = head & HAS_SIZE ? get_bytes(&r, get_leb128(&r)) :
		get_rest(&r);
	if (r.err || head & FORBIDDEN)
		return -EBADMSG;

	obu->type = (head >> 3) & 0x0f;
	obu->temporal_id = extension >> 5;
	obu->spatial_id = (extension >> 3) & 0x03;
	obu->payload = payload;
	*units = get_rest(&r);

	return 0;
}
