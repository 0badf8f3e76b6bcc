/* AAC: AudioSpecificConfig (ISO/IEC 14496-3 s1.6.2.1). */
#include "codec/aac.h"
#include "codec/aac_int.h"
#include "codec/bits.h"


enum {
	TYPE_ESCAPE = 31,
	RATE_EXPLICIT = 15,
	RATE_MAX_HZ = 192000,
	CORE_DELAY_BITS = 14,

	SYNC_SBR = 0x2b7,
	SYNC_PS = 0x548,
	SYNC_BITS = 11,
	SBR_BITS_MIN = 16,
	PS_BITS_MIN = 12,
};

static const uint32_t rates_hz[] = {
	96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000,
	11025, 8000, 7350,
};

/* Table 1.19; 0: said elsewhere, or reserved. */
static const uint8_t channels[16] = {
	0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0,
};

/* Bits put one after the other, for headers of a few bytes. */
struct packer {
	uint8_t *p;
	unsigned n;              /* bits written */
};


uint32_t aac_rate_hz(unsigned index)
{
	return index < ARRAY_LEN(rates_hz) ? rates_hz[index] : 0;
}


int aac_rate_index(uint32_t rate_hz)
{
	for (size_t i = 0; i < ARRAY_LEN(rates_hz); i++) {
		if (rates_hz[i] == rate_hz)
			return (int)i;
	}

	return -ENOENT;
}


unsigned aac_n_channels(unsigned channel_config)
{
	return channel_config < ARRAY_LEN(channels) ?
		channels[channel_config] : 0;
}


static uint8_t object_type(struct bits *b)
{
	uint32_t type = bits_get(b, 5);

	if (type == TYPE_ESCAPE)
		type = 32 + bits_get(b, 6);

	return (uint8_t)type;
}


static uint32_t rate(struct bits *b)
{
	uint32_t index = bits_get(b, 4);
	uint32_t hz = index == RATE_EXPLICIT ? bits_get(b, 24) :
		aac_rate_hz(index);

	if (!hz || hz > RATE_MAX_HZ)
		b->err = -EBADMSG;

	return hz;
}


/* Elements of one group of the program config element: single channels or
 * pairs.  Returns their channels. */
static unsigned pce_elements(struct bits *b, unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++) {
		sum += bits_flag(b) ? 2 : 1;
		bits_skip(b, 4);
	}

	return sum;
}


/* program_config_element(), s4.4.1.1.  Returns its channels. */
static unsigned pce(struct bits *b)
{
	unsigned n_front, n_side, n_back, n_lfe, n_data, n_cc, sum;

	bits_skip(b, 4 + 2 + 4);
	n_front = bits_get(b, 4);
	n_side = bits_get(b, 4);
	n_back = bits_get(b, 4);
	n_lfe = bits_get(b, 2);
	n_data = bits_get(b, 3);
	n_cc = bits_get(b, 4);
	if (bits_flag(b))
		bits_skip(b, 4); /* mono mixdown */
	if (bits_flag(b))
		bits_skip(b, 4); /* stereo mixdown */
	if (bits_flag(b))
		bits_skip(b, 3); /* matrix mixdown */

	sum = pce_elements(b, n_front) + pce_elements(b, n_side) +
		pce_elements(b, n_back) + n_lfe;
	bits_skip(b, 4 * (n_lfe + n_data) + 5 * n_cc);
	bits_skip(b, bits_left(b) % 8);
	bits_skip(b, (size_t)8 * bits_get(b, 8));

	return sum;
}


/* Whether GASpecificConfig() follows, s1.6.2.1. */
static bool is_general_audio(unsigned type)
{
	switch (type) {

	case 1: case 2: case 3: case 4: case 6: case 7: case 17: case 19:
	case 20: case 21: case 22: case 23:
		return true;

	default:
		return false;
	}
}


static void general_audio(struct bits *b, struct aac_config *c)
{
	c->frame_len = bits_flag(b) ? 960 : 1024;
	if (bits_flag(b))
		bits_skip(b, CORE_DELAY_BITS);
	bits_flag(b);            /* extensionFlag */
	if (!c->channel_config)
		c->n_channels = (uint8_t)pce(b);
}


/* SBR and PS behind everything, where old decoders do not look.  What is not
 * there, or broken, is not there. */
static void extension(struct bits *b, struct aac_config *c)
{
	uint32_t rate_hz;

	if (bits_left(b) < SBR_BITS_MIN || bits_get(b, SYNC_BITS) != SYNC_SBR ||
	    object_type(b) != AAC_SBR || !bits_flag(b))
		return;

	rate_hz = rate(b);
	if (b->err)
		return;
	c->has_sbr = true;
	c->rate_hz = rate_hz;

	if (bits_left(b) >= PS_BITS_MIN && bits_get(b, SYNC_BITS) == SYNC_PS)
		c->has_ps = bits_flag(b);
}


int aac_config_parse(struct slice config, struct aac_config *c)
{
	struct bits b = bits(config);
	struct aac_config out = { .frame_len = 1024 };

	out.object_type = object_type(&b);
	out.core_hz = out.rate_hz = rate(&b);
	out.channel_config = (uint8_t)bits_get(&b, 4);
	out.n_channels = (uint8_t)aac_n_channels(out.channel_config);

	if (out.object_type == AAC_SBR || out.object_type == AAC_PS) {
		out.has_sbr = true;
		out.has_ps = out.object_type == AAC_PS;
		out.rate_hz = rate(&b);
		out.object_type = object_type(&b);
		if (out.object_type == AAC_ER_BSAC)
			bits_skip(&b, 4);
	}
	if (b.err)
		return -EBADMSG;

	/* Encoders have been seen to stop after two bytes or less. */
	if (is_general_audio(out.object_type))
		general_audio(&b, &out);
	if (b.err && !out.channel_config)
		return -EBADMSG;
	if (!b.err && !out.has_sbr)
		extension(&b, &out);

	if (out.has_ps && out.n_channels == 1)
		out.n_channels = 2;
	*c = out;

	return 0;
}


static void put(struct packer *k, unsigned n_bits, uint32_t v)
{
	for (unsigned i = n_bits; i-- > 0; k->n++) {
		if ((v >> i) & 1)
			k->p[k->n / 8] |= (uint8_t)(0x80 >> (k->n % 8));
	}
}


static void put_rate(struct packer *k, uint32_t rate_hz)
{
	int index = aac_rate_index(rate_hz);

	if (index < 0) {
		put(k, 4, RATE_EXPLICIT);
		put(k, 24, rate_hz);
	}
	else {
		put(k, 4, (uint32_t)index);
	}
}


int aac_config_print(uint8_t *buf, const struct aac_config *c)
{
	struct packer k = { buf, 0 };

	if (c->object_type < AAC_MAIN || c->object_type > AAC_LTP ||
	    !c->channel_config)
		return -ENOTSUP;

	memset(buf, 0, AAC_CONFIG_MAX);
	put(&k, 5, c->object_type);
	put_rate(&k, c->core_hz);
	put(&k, 4, c->channel_config);
	put(&k, 1, c->frame_len == 960);
	put(&k, 2, 0);           /* no core coder, no extension */

	if (c->has_sbr) {
		put(&k, SYNC_BITS, SYNC_SBR);
		put(&k, 5, AAC_SBR);
		put(&k, 1, 1);
		put_rate(&k, c->rate_hz);
	}
	if (c->has_sbr && c->has_ps) {
		put(&k, SYNC_BITS, SYNC_PS);
		put(&k, 1, 1);
	}

	return (int)(k.n + 7) / 8;
}
