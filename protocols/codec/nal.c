/* NAL units in their length-prefixed form (ISO/IEC 14496-15). */
#include "codec/nal.h"
#include <assert.h>
#include "base/reader.h"


static uint32_t get_len(struct reader *r, unsigned len_size)
{
	switch (len_size) {

	case 1:
		return get_u8(r);

	case 2:
		return get_be16(r);

	case 3:
		return get_be24(r);

	default:
		return get_be32(r);
	}
}


int nal_next(struct slice *frame, unsigned len_size, struct slice *nal)
{
	struct reader r = reader(*frame);
	struct slice s = { NULL, 0 };

	assert(len_size >= 1 && len_size <= 4);

	while (!s.len) {
		if (!reader_left(&r))
			return -ENOENT;

		s = get_bytes(&r, get_len(&r, len_size));
		if (r.err)
			return -EBADMSG;
	}

	*nal = s;
	*frame = get_rest(&r);

	return 0;
}


enum nal_avc_type nal_avc_type(struct slice nal)
{
	assert(nal.len);

	return nal.p[0] & 0x1f;
}


enum nal_hevc_type nal_hevc_type(struct slice nal)
{
	assert(nal.len);

	return (nal.p[0] >> 1) & 0x3f;
}


bool nal_avc_is_key(struct slice nal)
{
	return nal_avc_type(nal) == NAL_AVC_IDR;
}


bool nal_hevc_is_key(struct slice nal)
{
	enum nal_hevc_type type = nal_hevc_type(nal);

	return type >= NAL_HEVC_BLA_W_LP && type <= NAL_HEVC_IRAP_LAST;
}
