/* FLAC: the STREAMINFO block (RFC 9639 s8.2). */
#include "codec/flac.h"
#include "base/reader.h"


enum {
	SIGNATURE = 0x664c6143,  /* "fLaC" */
	BLOCK_TYPE_MASK = 0x7f,
	STREAMINFO = 0,
	STREAMINFO_LEN = 34,
};


int flac_config_parse(struct slice info, struct flac_config *c)
{
	struct reader r = reader(info);
	struct flac_config out;
	uint64_t v;

	if (get_be32(&r) != SIGNATURE) {
		r = reader(info);
	}
	else if ((get_u8(&r) & BLOCK_TYPE_MASK) != STREAMINFO ||
		 get_be24(&r) < STREAMINFO_LEN) {
		return -EBADMSG;
	}

	if (reader_left(&r) < STREAMINFO_LEN)
		return -EBADMSG;

	out.block_min = get_be16(&r);
	out.block_max = get_be16(&r);
	get_bytes(&r, 6);        /* frame sizes */
	v = get_be64(&r);        /* rate 20, channels 3, bits 5, samples 36 */
	out.rate_hz = (uint32_t)(v >> 44);
	out.n_channels = (uint8_t)(((v >> 41) & 0x07) + 1);
	out.n_bits = (uint8_t)(((v >> 36) & 0x1f) + 1);
	if (!out.rate_hz)
		return -EBADMSG;

	*c = out;

	return 0;
}
