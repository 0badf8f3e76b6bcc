/* The codecs parameter of MIME types (RFC 6381). */
#include "codec/rfc6381.h"
#include "base/writer.h"
#include "codec/aac.h"
#include "codec/av1.h"
#include "codec/avc.h"
#include "codec/hevc.h"
#include "codec/vp9.h"


enum { CONSTRAINT_BITS = 48 };


void rfc6381_print_avc(struct writer *w, const struct avc_config *c)
{
	put_fmt(w, "avc1.%02x%02x%02x", c->profile_idc, c->constraints,
		c->level_idc);
}


/* Bit i of the one is bit 31 - i of the other. */
static uint32_t reversed(uint32_t v)
{
	uint32_t out = 0;

	for (unsigned i = 0; i < 32; i++)
		out |= ((v >> i) & 1) << (31 - i);

	return out;
}


void rfc6381_print_hevc(struct writer *w, const struct hevc_profile *p)
{
	uint64_t left = p->constraints << (64 - CONSTRAINT_BITS);

	put_str(w, str("hvc1."));
	if (p->space)
		put_u8(w, 'A' + p->space - 1u);
	put_fmt(w, "%u.%X.%c%u", p->idc, reversed(p->compatibility),
		p->is_high_tier ? 'H' : 'L', p->level_idc);

	/* Bytes of constraints, without the zeros at the end. */
	for (; left; left <<= 8)
		put_fmt(w, ".%X", (unsigned)(left >> 56));
}


void rfc6381_print_av1(struct writer *w, const struct av1_config *c)
{
	put_fmt(w, "av01.%u.%02u%c.%02u", c->profile, c->level,
		c->is_high_tier ? 'H' : 'M', c->bit_depth);
}


void rfc6381_print_vp9(struct writer *w, const struct vp9_config *c)
{
	put_fmt(w, "vp09.%02u.%02u.%02u", c->profile, c->level,
		c->bit_depth);
}


void rfc6381_print_aac(struct writer *w, const struct aac_config *c)
{
	unsigned type = c->has_ps ? AAC_PS : c->has_sbr ? AAC_SBR :
		c->object_type;

	put_fmt(w, "mp4a.40.%u", type);
}
