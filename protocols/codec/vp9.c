/* VP8 and VP9: VPCodecConfigurationRecord, headers of key frames. */
#include "codec/vp9.h"
#include "base/reader.h"
#include "base/writer.h"
#include "codec/bits.h"


enum {
	FULL_BOX = 0x01000000,   /* version 1, no flags */
	PROFILE_MAX = 3,
	FRAME_MARKER = 2,
	SYNC_CODE = 0x498342,
	COLOR_RGB = 7,
	CHROMA_420 = 1,
	CHROMA_422 = 2,
	CHROMA_444 = 3,

	VP8_START_CODE = 0x9d012a,
	VP8_TAG_INTER = 1,       /* the first bit of a frame's first byte */
	VP8_SIDE = 0x3fff,       /* above it, how it is scaled */
};

/* Annex A: what a picture may have. */
static const struct {
	uint8_t level;
	uint32_t samples;
	uint32_t side;
} levels[] = {
	{ 10, 36864, 512 }, { 11, 73728, 768 }, { 20, 122880, 960 },
	{ 21, 245760, 1344 }, { 30, 552960, 2048 }, { 31, 983040, 2752 },
	{ 40, 2228224, 4160 }, { 50, 8912896, 8384 },
	{ 60, 35651584, 16832 },
};


int vp9_config_parse(struct slice record, struct vp9_config *c)
{
	struct reader r = reader(record);
	struct vp9_config out;
	uint8_t b;

	/* No record starts like the box: its bit depth would be 0. */
	if (get_be32(&r) != FULL_BOX)
		r = reader(record);

	out.profile = get_u8(&r);
	out.level = get_u8(&r);
	b = get_u8(&r);
	out.bit_depth = b >> 4;
	out.chroma_format = (b >> 1) & 0x07;
	out.is_full_range = b & 1;
	out.primaries = get_u8(&r);
	out.transfer = get_u8(&r);
	out.matrix = get_u8(&r);
	get_be16(&r);            /* codecInitializationDataSize: 0 */
	if (r.err || out.profile > PROFILE_MAX)
		return -EBADMSG;
	if (out.bit_depth != 8 && out.bit_depth != 10 && out.bit_depth != 12)
		return -EBADMSG;

	*c = out;

	return 0;
}


void vp9_config_print(struct writer *w, const struct vp9_config *c)
{
	put_be32(w, FULL_BOX);
	put_u8(w, c->profile);
	put_u8(w, c->level);
	put_u8(w, (unsigned)c->bit_depth << 4 |
	       (unsigned)c->chroma_format << 1 | c->is_full_range);
	put_u8(w, c->primaries);
	put_u8(w, c->transfer);
	put_u8(w, c->matrix);
	put_be16(w, 0);
}


/* color_config(), s6.2.2. */
static void color(struct bits *b, struct vp9_key *k)
{
	bool has_choice = k->profile & 1, is_x = true, is_y = true;

	k->bit_depth = 8;
	if (k->profile >= 2)
		k->bit_depth = bits_flag(b) ? 12 : 10;
	if (bits_get(b, 3) == COLOR_RGB) {
		k->is_full_range = true;
		k->chroma_format = CHROMA_444;
		if (has_choice)
			bits_flag(b);
		else
			b->err = -EBADMSG;
		return;
	}

	k->is_full_range = bits_flag(b);
	if (has_choice) {
		is_x = bits_flag(b);
		is_y = bits_flag(b);
		bits_flag(b);
	}
	k->chroma_format = is_x && is_y ? CHROMA_420 :
			   is_x ? CHROMA_422 : CHROMA_444;
}


int vp9_key_parse(struct slice frame, struct vp9_key *k)
{
	struct vp9_key out = { .profile = 0 };
	struct bits b = bits(frame);
	unsigned marker = bits_get(&b, 2);

	out.profile = (uint8_t)bits_flag(&b);
	out.profile |= (uint8_t)(bits_flag(&b) << 1);
	if (out.profile == PROFILE_MAX && bits_flag(&b))
		return -EBADMSG;
	if (marker != FRAME_MARKER)
		return -EBADMSG;

	/* one that was decoded before is shown; or no key frame */
	if (bits_flag(&b) || bits_flag(&b))
		return b.err ? -EBADMSG : -ENOENT;

	bits_skip(&b, 2);        /* show_frame, error_resilient_mode */
	if (bits_get(&b, 24) != SYNC_CODE)
		return -EBADMSG;

	color(&b, &out);
	out.width = bits_get(&b, 16) + 1;
	out.height = bits_get(&b, 16) + 1;
	if (b.err)
		return -EBADMSG;

	*k = out;

	return 0;
}


int vp8_key_parse(struct slice frame, struct vp9_key *k)
{
	struct vp9_key out = { .bit_depth = 8, .chroma_format = CHROMA_420 };
	struct reader r = reader(frame);
	uint8_t tag = get_u8(&r);
	uint32_t start;

	if (!r.err && tag & VP8_TAG_INTER)
		return -ENOENT;

	out.profile = tag >> 1 & 7;
	get_be16(&r);            /* the rest of the tag */
	start = get_be24(&r);
	out.width = get_u8(&r);
	out.width |= (uint32_t)get_u8(&r) << 8 & VP8_SIDE;
	out.height = get_u8(&r);
	out.height |= (uint32_t)get_u8(&r) << 8 & VP8_SIDE;
	if (r.err || start != VP8_START_CODE || out.profile > PROFILE_MAX ||
	    !out.width || !out.height)
		return -EBADMSG;

	*k = out;

	return 0;
}


uint8_t vp9_level(uint32_t width, uint32_t height)
{
	uint64_t samples = (uint64_t)width * height;
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(levels) &&
	       (samples > levels[i].samples || width > levels[i].side ||
		height > levels[i].side))
		++i;

	return levels[i].level;
}
