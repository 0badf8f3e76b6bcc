/* HEVC: the second half of the sequence parameter set, which nobody wants to
 * know but for the VUI at its end (HEVC s7.3.2.2.1, s7.3.4, s7.3.7, Annex
 * E.2.1). */
#include "codec/hevc_int.h"
#include "codec/bits.h"
#include "codec/hevc.h"
#include "codec/vui.h"


enum {
	SIZES = 4,               /* of scaling lists */
	MATRICES = 6,
	SHORT_SETS_MAX = 64,
	SHORT_PICTURES_MAX = 16, /* of each sign */
	LONG_PICTURES_MAX = 32,
};


/* A count from the wire: no more than `max`. */
static uint32_t count(struct bits *b, uint32_t max)
{
	uint32_t n = bits_ue(b);

	if (n > max)
		b->err = -EBADMSG;

	return b->err ? 0 : n;
}


/* scaling_list_data(), s7.3.4. */
static void skip_scaling_lists(struct bits *b)
{
	for (unsigned size = 0; size < SIZES; size++) {
		unsigned n = size ? 64 : 16, step = size == SIZES - 1 ? 3 : 1;

		for (unsigned i = 0; i < MATRICES && !b->err; i += step) {
			if (!bits_flag(b)) {
				bits_ue(b);
				continue;
			}
			if (size > 1)
				bits_se(b);
			for (unsigned k = 0; k < n; k++)
				bits_se(b);
		}
	}
}


/* One that is said by its difference from the set before, which had
 * n_before pictures (s7.3.7).  Returns how many it has. */
static unsigned skip_predicted_set(struct bits *b, unsigned n_before)
{
	unsigned n = 0;

	bits_flag(b);            /* delta_rps_sign */
	bits_ue(b);
	for (unsigned i = 0; i <= n_before; i++)
		n += bits_flag(b) || bits_flag(b);

	return n;
}


static unsigned skip_set(struct bits *b)
{
	uint32_t n = count(b, SHORT_PICTURES_MAX);

	n += count(b, SHORT_PICTURES_MAX);
	for (uint32_t i = 0; i < n && !b->err; i++) {
		bits_ue(b);
		bits_flag(b);
	}

	return n;
}


static void skip_short_sets(struct bits *b)
{
	uint32_t n_sets = count(b, SHORT_SETS_MAX);
	unsigned n = 0;

	for (uint32_t i = 0; i < n_sets && !b->err; i++) {
		n = i && bits_flag(b) ? skip_predicted_set(b, n)
				      : skip_set(b);
		if (n > 2 * SHORT_PICTURES_MAX)
			b->err = -EBADMSG;
	}
}


/* A tick is a picture, which is a field where fields are coded. */
static void timing(struct bits *b, struct hevc_sps *s, bool is_fields)
{
	uint32_t tick = bits_get(b, 32), scale = bits_get(b, 32);

	if (b->err || !tick || !scale || tick > UINT32_MAX / 2)
		return;
	s->rate_num = scale;
	s->rate_den = is_fields ? tick * 2 : tick;
}


static void vui(struct bits *b, struct hevc_sps *s)
{
	bool is_fields;

	vui_read(b, &s->sar_width, &s->sar_height);
	bits_flag(b);            /* neutral_chroma_indication */
	is_fields = bits_flag(b);
	bits_flag(b);            /* frame_field_info_present */
	if (bits_flag(b)) {      /* default display window */
		for (int i = 0; i < 4; i++)
			bits_ue(b);
	}
	if (bits_flag(b))
		timing(b, s, is_fields);
}


void hevc_sps_tail(struct bits *b, unsigned n_poc_bits, struct hevc_sps *s)
{
	uint32_t n;

	for (int i = 0; i < 6; i++)
		bits_ue(b);      /* sizes and depths of blocks */
	if (bits_flag(b) && bits_flag(b))
		skip_scaling_lists(b);
	bits_skip(b, 2);         /* amp, sample_adaptive_offset */
	if (bits_flag(b)) {      /* pcm */
		bits_skip(b, 8);
		bits_ue(b);
		bits_ue(b);
		bits_flag(b);
	}
	skip_short_sets(b);
	if (bits_flag(b)) {
		n = count(b, LONG_PICTURES_MAX);
		bits_skip(b, (size_t)n * (n_poc_bits + 1));
	}
	bits_skip(b, 2);         /* temporal_mvp, intra_smoothing */
	if (bits_flag(b))
		vui(b, s);
}
