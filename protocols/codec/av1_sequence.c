/* AV1: the sequence header OBU up to its size (AV1 s5.5). */
#include "codec/av1.h"
#include "codec/bits.h"


enum {
	PROFILE_MAX = 2,
	LEVEL_WITH_TIER = 7,     /* levels above have a tier bit */
	UVLC_ZEROS_MAX = 32,
};

/* What later fields depend on. */
struct shape {
	bool has_decoder_model;
	bool has_display_delay;
	unsigned delay_bits;     /* of the buffer delays */
};


/* uvlc(), s4.10.3; the value itself is not needed here. */
static uint32_t get_uvlc(struct bits *b)
{
	unsigned n_zeros = 0;

	while (!b->err && !bits_flag(b))
		++n_zeros;
	if (b->err || n_zeros >= UVLC_ZEROS_MAX)
		return UINT32_MAX;

	return bits_get(b, n_zeros) + (uint32_t)((1ull << n_zeros) - 1);
}


static void timing(struct bits *b, struct av1_sequence *s, struct shape *shape)
{
	uint32_t tick = bits_get(b, 32), scale = bits_get(b, 32), ticks = 0;
	bool is_constant = bits_flag(b);

	if (is_constant)
		ticks = get_uvlc(b);
	if (is_constant && tick && scale && ticks < UINT32_MAX &&
	    (uint64_t)tick * (ticks + 1) <= UINT32_MAX) {
		s->rate_num = scale;
		s->rate_den = tick * (ticks + 1);
	}

	shape->has_decoder_model = bits_flag(b);
	if (shape->has_decoder_model) {
		shape->delay_bits = bits_get(b, 5) + 1;
		bits_skip(b, 32 + 5 + 5);
	}
}


static void operating_point(struct bits *b, const struct shape *shape,
			    uint8_t *level, bool *is_high_tier)
{
	bits_skip(b, 12);        /* operating_point_idc */
	*level = (uint8_t)bits_get(b, 5);
	*is_high_tier = *level > LEVEL_WITH_TIER && bits_flag(b);

	if (shape->has_decoder_model && bits_flag(b))
		bits_skip(b, 2 * (size_t)shape->delay_bits + 1);
	if (shape->has_display_delay && bits_flag(b))
		bits_skip(b, 4);
}


static void operating_points(struct bits *b, struct av1_sequence *s)
{
	struct shape shape = { false, false, 0 };
	uint8_t level;
	bool is_high_tier;
	unsigned n;

	if (bits_flag(b))
		timing(b, s, &shape);
	shape.has_display_delay = bits_flag(b);
	n = bits_get(b, 5) + 1;

	operating_point(b, &shape, &s->level, &s->is_high_tier);
	for (unsigned i = 1; i < n; i++)
		operating_point(b, &shape, &level, &is_high_tier);
}


int av1_sequence_parse(struct slice payload, struct av1_sequence *s)
{
	struct bits b = bits(payload);
	struct av1_sequence out = { .profile = 0 };
	unsigned width_bits, height_bits;
	bool is_reduced;

	out.profile = (uint8_t)bits_get(&b, 3);
	out.is_still = bits_flag(&b);
	is_reduced = bits_flag(&b);
	if (is_reduced)
		out.level = (uint8_t)bits_get(&b, 5);
	else
		operating_points(&b, &out);

	width_bits = bits_get(&b, 4) + 1;
	height_bits = bits_get(&b, 4) + 1;
	out.width = bits_get(&b, width_bits) + 1;
	out.height = bits_get(&b, height_bits) + 1;
	if (b.err || out.profile > PROFILE_MAX)
		return -EBADMSG;

	*s = out;

	return 0;
}


int av1_sequence_find(struct slice units, struct av1_sequence *s)
{
	struct av1_obu obu;
	int err;

	do {
		err = av1_obu_next(&units, &obu);
		if (err)
			return err;
	} while (obu.type != AV1_OBU_SEQUENCE_HEADER);

	return av1_sequence_parse(obu.payload, s);
}
