/* H.264: the sequence parameter set (H.264 s7.3.2.1.1, Annex E). */
#include "codec/avc.h"
#include "codec/bits.h"
#include "codec/nal.h"
#include "codec/vui.h"


enum {
	BASELINE = 66,
	SET3 = 0x10,             /* constraint_set3_flag: intra only */

	MB = 16,
	MBS_MAX = AVC_SIDE_MAX / MB,
	CHROMA_444 = 3,
	BIT_DEPTH_MAX = 14,
	REF_FRAMES_IN_CYCLE_MAX = 255,
	REORDER_MAX = 16,
	CPB_MAX = 32,
};


/* Profiles whose SPS has the chroma fields, s7.3.2.1.1. */
static bool has_chroma_fields(unsigned profile_idc)
{
	switch (profile_idc) {

	case 44: case 83: case 86: case 100: case 110: case 118: case 122:
	case 128: case 134: case 135: case 138: case 139: case 244:
		return true;

	default:
		return false;
	}
}


/* Profiles that with constraint_set3 have only intra pictures, A.2. */
static bool is_intra(unsigned profile_idc, unsigned constraints)
{
	switch (profile_idc) {

	case 44: case 86: case 100: case 110: case 122: case 244:
		return constraints & SET3;

	default:
		return false;
	}
}


/* scaling_list(), s7.3.2.1.1.1: a scale of 0 ends it. */
static void skip_scaling_list(struct bits *b, unsigned size)
{
	uint32_t next = 8;

	for (unsigned i = 0; i < size && next && !b->err; i++)
		next = (next + (uint32_t)bits_se(b)) & 0xff;
}


static void chroma(struct bits *b, struct avc_sps *s, bool *is_separate)
{
	uint32_t format = bits_ue(b), luma_8, chroma_8;
	unsigned n_lists = format == CHROMA_444 ? 12 : 8;

	*is_separate = format == CHROMA_444 && bits_flag(b);
	luma_8 = bits_ue(b);
	chroma_8 = bits_ue(b);
	if (format > CHROMA_444 || luma_8 > BIT_DEPTH_MAX - 8 ||
	    chroma_8 > BIT_DEPTH_MAX - 8) {
		b->err = -EBADMSG;
		return;
	}

	s->chroma_format = (uint8_t)format;
	s->bit_depth_luma = (uint8_t)(8 + luma_8);
	s->bit_depth_chroma = (uint8_t)(8 + chroma_8);

	bits_flag(b);            /* qpprime_y_zero_transform_bypass */
	if (!bits_flag(b))
		return;
	for (unsigned i = 0; i < n_lists; i++) {
		if (bits_flag(b))
			skip_scaling_list(b, i < 6 ? 16 : 64);
	}
}


/* Returns pic_order_cnt_type; 2 says that output order is decoding order. */
static uint32_t picture_order(struct bits *b)
{
	uint32_t type = bits_ue(b), n;

	if (type == 0) {
		bits_ue(b);
	}
	else if (type == 1) {
		bits_flag(b);
		bits_se(b);
		bits_se(b);
		n = bits_ue(b);
		if (n > REF_FRAMES_IN_CYCLE_MAX)
			b->err = -EBADMSG;
		for (uint32_t i = 0; i < n && !b->err; i++)
			bits_se(b);
	}
	else if (type > 2) {
		b->err = -EBADMSG;
	}

	return type;
}


static int picture_size(struct bits *b, struct avc_sps *s, bool is_separate)
{
	uint32_t mbs_wide = bits_ue(b), map_units = bits_ue(b);
	bool is_frames = bits_flag(b);
	uint32_t crop_x = 1, crop_y = is_frames ? 1 : 2;
	uint32_t left = 0, right = 0, top = 0, bottom = 0;
	uint64_t cut_x, cut_y;

	if (mbs_wide >= MBS_MAX || map_units >= MBS_MAX)
		return b->err ? b->err : -EMSGSIZE;

	s->is_interlaced = !is_frames;
	s->width = (mbs_wide + 1) * MB;
	s->height = (map_units + 1) * MB * (is_frames ? 1 : 2);
	if (!is_frames)
		bits_flag(b);    /* mb_adaptive_frame_field */
	bits_flag(b);            /* direct_8x8_inference */
	if (bits_flag(b)) {
		left = bits_ue(b);
		right = bits_ue(b);
		top = bits_ue(b);
		bottom = bits_ue(b);
	}

	if (!is_separate && (s->chroma_format == 1 || s->chroma_format == 2))
		crop_x *= 2;
	if (!is_separate && s->chroma_format == 1)
		crop_y *= 2;
	cut_x = ((uint64_t)left + right) * crop_x;
	cut_y = ((uint64_t)top + bottom) * crop_y;
	if (b->err || cut_x >= s->width || cut_y >= s->height)
		return -EBADMSG;

	s->width -= (uint32_t)cut_x;
	s->height -= (uint32_t)cut_y;

	return s->height > AVC_SIDE_MAX ? -EMSGSIZE : 0;
}


static void skip_hrd(struct bits *b)
{
	uint32_t n = bits_ue(b);

	if (n >= CPB_MAX)
		b->err = -EBADMSG;
	bits_skip(b, 8);
	for (uint32_t i = 0; i <= n && !b->err; i++) {
		bits_ue(b);
		bits_ue(b);
		bits_flag(b);
	}
	bits_skip(b, 20);
}


static void timing(struct bits *b, struct avc_sps *s)
{
	uint32_t tick = bits_get(b, 32), scale = bits_get(b, 32);

	bits_flag(b);            /* fixed_frame_rate */

	/* A tick is a field. */
	if (b->err || !tick || !scale || tick > UINT32_MAX / 2)
		return;
	s->rate_num = scale;
	s->rate_den = tick * 2;
}


static void restriction(struct bits *b, struct avc_sps *s)
{
	uint32_t n;

	bits_flag(b);
	for (int i = 0; i < 4; i++)
		bits_ue(b);
	n = bits_ue(b);
	if (!b->err && n <= REORDER_MAX)
		s->n_reorder = (int)n;
}


static void vui(struct bits *b, struct avc_sps *s)
{
	bool has_nal_hrd, has_vcl_hrd;

	vui_read(b, &s->sar_width, &s->sar_height);
	if (bits_flag(b))
		timing(b, s);

	has_nal_hrd = bits_flag(b);
	if (has_nal_hrd)
		skip_hrd(b);
	has_vcl_hrd = bits_flag(b);
	if (has_vcl_hrd)
		skip_hrd(b);
	if (has_nal_hrd || has_vcl_hrd)
		bits_flag(b);    /* low_delay_hrd */
	bits_flag(b);            /* pic_struct_present */
	if (bits_flag(b))
		restriction(b, s);
}


int avc_sps_parse(struct slice nal, struct avc_sps *sps)
{
	struct bits b = bits_of_nal(nal);
	struct avc_sps s = { .chroma_format = 1, .bit_depth_luma = 8,
			     .bit_depth_chroma = 8,
			     .n_reorder = AVC_REORDER_UNKNOWN };
	struct avc_sps plain;
	bool is_separate = false;
	uint32_t order;
	int err;

	if (!nal.len || nal_avc_type(nal) != NAL_AVC_SPS)
		return -EBADMSG;

	bits_skip(&b, 8);
	s.profile_idc = (uint8_t)bits_get(&b, 8);
	s.constraints = (uint8_t)bits_get(&b, 8);
	s.level_idc = (uint8_t)bits_get(&b, 8);
	bits_ue(&b);             /* seq_parameter_set_id */
	if (has_chroma_fields(s.profile_idc))
		chroma(&b, &s, &is_separate);
	bits_ue(&b);             /* log2_max_frame_num_minus4 */
	order = picture_order(&b);
	bits_ue(&b);             /* max_num_ref_frames */
	bits_flag(&b);           /* gaps_in_frame_num_allowed */

	err = picture_size(&b, &s, is_separate);
	if (err)
		return err;

	if (s.profile_idc == BASELINE || order == 2 ||
	    is_intra(s.profile_idc, s.constraints))
		s.n_reorder = 0;
	plain = s;
	if (bits_flag(&b))
		vui(&b, &s);

	*sps = b.err ? plain : s;

	return 0;
}
