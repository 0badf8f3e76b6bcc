/* VP8 and VP9: VPCodecConfigurationRecord. */
#include "codec/vp9.h"
#include "base/reader.h"
#include "base/writer.h"


enum {
	FULL_BOX = 0x01000000,   /* version 1, no flags */
	PROFILE_MAX = 3,
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
