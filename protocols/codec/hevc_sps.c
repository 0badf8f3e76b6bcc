/* HEVC: the sequence parameter set (HEVC s7.3.2.2.1, s7.3.3). */
#include "codec/bits.h"
#include "codec/hevc.h"
#include "codec/hevc_int.h"
#include "codec/nal.h"


enum {
	NAL_HEADER_BITS = 16,
	SUB_LAYERS_MAX = 7,
	SUB_LAYER_PROFILE_BITS = 88,
	SUB_LAYER_LEVEL_BITS = 8,
	CHROMA_444 = 3,
	BIT_DEPTH_MAX = 15,      /* three bits in the record */
	REORDER_MAX = 16,
	POC_BITS_MAX = 16,
};


static void profile_tier_level(struct bits *b, unsigned n_sub_layers,
			       struct hevc_profile *p)
{
	bool has_profile[SUB_LAYERS_MAX] = { false };
	bool has_level[SUB_LAYERS_MAX] = { false };
	unsigned n = n_sub_layers - 1;

	p->space = (uint8_t)bits_get(b, 2);
	p->is_high_tier = bits_flag(b);
	p->idc = (uint8_t)bits_get(b, 5);
	p->compatibility = bits_get(b, 32);
	p->constraints = (uint64_t)bits_get(b, 16) << 32;
	p->constraints |= bits_get(b, 32);
	p->level_idc = (uint8_t)bits_get(b, 8);

	for (unsigned i = 0; i < n; i++) {
		has_profile[i] = bits_flag(b);
		has_level[i] = bits_flag(b);
	}
	if (n)
		bits_skip(b, 2 * (8 - n));
	for (unsigned i = 0; i < n; i++) {
		if (has_profile[i])
			bits_skip(b, SUB_LAYER_PROFILE_BITS);
		if (has_level[i])
			bits_skip(b, SUB_LAYER_LEVEL_BITS);
	}
}


static int picture_size(struct bits *b, struct hevc_sps *s)
{
	uint32_t format = bits_ue(b), width, height;
	uint32_t left = 0, right = 0, top = 0, bottom = 0;
	bool is_separate = format == CHROMA_444 && bits_flag(b);
	uint64_t cut_x, cut_y;

	width = bits_ue(b);
	height = bits_ue(b);
	if (bits_flag(b)) {      /* conformance window */
		left = bits_ue(b);
		right = bits_ue(b);
		top = bits_ue(b);
		bottom = bits_ue(b);
	}

	if (b->err || format > CHROMA_444 || !width || !height)
		return -EBADMSG;
	if (width > HEVC_SIDE_MAX || height > HEVC_SIDE_MAX)
		return -EMSGSIZE;

	cut_x = (uint64_t)left + right;
	cut_y = (uint64_t)top + bottom;
	if (!is_separate && (format == 1 || format == 2))
		cut_x *= 2;
	if (!is_separate && format == 1)
		cut_y *= 2;
	if (cut_x >= width || cut_y >= height)
		return -EBADMSG;

	s->chroma_format = (uint8_t)format;
	s->width = width - (uint32_t)cut_x;
	s->height = height - (uint32_t)cut_y;

	return 0;
}


/* sps_max_num_reorder_pics of the highest layer. */
static void reorder(struct bits *b, struct hevc_sps *s)
{
	bool has_each = bits_flag(b);
	unsigned n = has_each ? s->n_temporal_layers : 1u;

	for (unsigned i = 0; i < n; i++) {
		bits_ue(b);      /* max_dec_pic_buffering */
		s->n_reorder = bits_ue(b);
		bits_ue(b);      /* max_latency_increase */
	}
	if (s->n_reorder > REORDER_MAX)
		b->err = -EBADMSG;
}


int hevc_sps_parse(struct slice nal, struct hevc_sps *sps)
{
	struct bits b = bits_of_nal(nal);
	struct hevc_sps s = { .n_temporal_layers = 0 };
	uint32_t luma_8, chroma_8, poc_bits_4;
	struct hevc_sps plain;
	int err;

	if (!nal.len || nal_hevc_type(nal) != NAL_HEVC_SPS)
		return -EBADMSG;

	bits_skip(&b, NAL_HEADER_BITS);
	bits_skip(&b, 4);        /* sps_video_parameter_set_id */
	s.n_temporal_layers = (uint8_t)(bits_get(&b, 3) + 1);
	s.is_temporal_nested = bits_flag(&b);
	if (s.n_temporal_layers > SUB_LAYERS_MAX)
		return -EBADMSG;

	profile_tier_level(&b, s.n_temporal_layers, &s.profile);
	bits_ue(&b);             /* sps_seq_parameter_set_id */
	err = picture_size(&b, &s);
	if (err)
		return err;

	luma_8 = bits_ue(&b);
	chroma_8 = bits_ue(&b);
	poc_bits_4 = bits_ue(&b);
	reorder(&b, &s);
	if (b.err || luma_8 > BIT_DEPTH_MAX - 8 ||
	    chroma_8 > BIT_DEPTH_MAX - 8 || poc_bits_4 > POC_BITS_MAX - 4)
		return -EBADMSG;

	s.bit_depth_luma = (uint8_t)(8 + luma_8);
	s.bit_depth_chroma = (uint8_t)(8 + chroma_8);
	plain = s;
	hevc_sps_tail(&b, poc_bits_4 + 4, &s);
	*sps = b.err ? plain : s;

	return 0;
}
