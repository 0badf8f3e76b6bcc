/* ADTS headers (ISO/IEC 14496-3 s1.A.2.2). */
#include "codec/aac.h"
#include "codec/aac_int.h"


enum {
	SYNC = 0xfff,
	CRC_LEN = 2,
	FULLNESS_VARIABLE = 0x7ff,
	CHANNEL_CONFIG_MAX = 7,
};


int adts_header_parse(struct reader *r, struct adts_header *h)
{
	struct reader at = *r;
	uint64_t v = (uint64_t)get_be24(&at) << 32;
	struct adts_header out;

	v |= get_be32(&at);
	if (at.err)
		return -EAGAIN;

	/* 56 bits: sync 12, id 1, layer 2, no CRC 1, profile 2, rate 4,
	 * private 1, channels 3, 4 flags, length 13, fullness 11, blocks 2 */
	out.object_type = (uint8_t)(((v >> 38) & 0x03) + 1);
	out.rate_hz = aac_rate_hz((v >> 34) & 0x0f);
	out.channel_config = (v >> 30) & 0x07;
	out.frame_len = (unsigned)(v >> 13) & 0x1fff;
	out.n_blocks = (unsigned)(v & 0x03) + 1;
	out.header_len = ADTS_HEADER_LEN;
	if (!((v >> 40) & 1))
		out.header_len += CRC_LEN;

	if (v >> 44 != SYNC || (v >> 41) & 0x03 || !out.rate_hz ||
	    out.frame_len < out.header_len)
		return -EBADMSG;

	get_bytes(&at, out.header_len - ADTS_HEADER_LEN);
	if (at.err)
		return -EAGAIN;

	*h = out;
	*r = at;

	return 0;
}


int adts_header_print(uint8_t *buf, const struct aac_config *c,
		      size_t raw_len)
{
	int index = aac_rate_index(c->core_hz);
	uint64_t v;

	if (index < 0 || c->object_type < AAC_MAIN ||
	    c->object_type > AAC_LTP || !c->channel_config ||
	    c->channel_config > CHANNEL_CONFIG_MAX)
		return -ENOTSUP;
	if (raw_len > ADTS_FRAME_MAX - ADTS_HEADER_LEN)
		return -EMSGSIZE;

	v = (uint64_t)SYNC << 44 | 1ull << 40;
	v |= (uint64_t)(c->object_type - 1u) << 38;
	v |= (uint64_t)index << 34;
	v |= (uint64_t)c->channel_config << 30;
	v |= (uint64_t)(raw_len + ADTS_HEADER_LEN) << 13;
	v |= FULLNESS_VARIABLE << 2;

	for (size_t i = ADTS_HEADER_LEN; i-- > 0; v >>= 8)
		buf[i] = (uint8_t)v;

	return 0;
}


void adts_config(const struct adts_header *h, struct aac_config *c)
{
	*c = (struct aac_config) {
		.object_type = h->object_type,
		.core_hz = h->rate_hz,
		.rate_hz = h->rate_hz,
		.channel_config = h->channel_config,
		.n_channels = (uint8_t)aac_n_channels(h->channel_config),
		.frame_len = 1024,
	};
}
