/* AC-3 and E-AC-3 frame headers (ETSI TS 102 366 s4.3, Annex E s1.2). */
#include "codec/ac3.h"
#include "codec/bits.h"


enum {
	SYNC = 0x0b77,
	BSID_BYTE = 5,           /* where both keep bsid: five bits */
	BSID_AC3_MAX = 10,
	BSID_EAC3_MAX = 16,
	RESERVED = 3,
	BLOCK = 256,
	BLOCKS = 6,

	ACMOD_MONO = 1,
	ACMOD_STEREO = 2,
};

static const uint32_t rates_hz[] = { 48000, 44100, 32000 };
static const uint8_t channels[8] = { 2, 1, 2, 3, 3, 4, 4, 5 };
static const uint8_t blocks[] = { 1, 2, 3 };


/* From fscod on. */
static void ac3(struct bits *b, struct ac3_header *h)
{
	unsigned rate = bits_get(b, 2), acmod;

	bits_skip(b, 6 + 5 + 3); /* frmsizecod, bsid, bsmod */
	acmod = bits_get(b, 3);
	if ((acmod & 1) && acmod != ACMOD_MONO)
		bits_skip(b, 2); /* cmixlev */
	if (acmod & 4)
		bits_skip(b, 2); /* surmixlev */
	if (acmod == ACMOD_STEREO)
		bits_skip(b, 2); /* dsurmod */

	h->rate_hz = rate == RESERVED ? 0 : rates_hz[rate];
	h->n_channels = (uint8_t)(channels[acmod] + bits_get(b, 1));
	h->n_samples = BLOCKS * BLOCK;
}


/* From strmtyp on. */
static void eac3(struct bits *b, struct ac3_header *h)
{
	unsigned rate, acmod, n_blocks = BLOCKS;

	bits_skip(b, 2 + 3 + 11);
	rate = bits_get(b, 2);
	if (rate == RESERVED) {
		rate = bits_get(b, 2);
		h->rate_hz = rate == RESERVED ? 0 : rates_hz[rate] / 2;
	}
	else {
		unsigned code = bits_get(b, 2);

		h->rate_hz = rates_hz[rate];
		if (code < ARRAY_LEN(blocks))
			n_blocks = blocks[code];
	}

	acmod = bits_get(b, 3);
	h->n_channels = (uint8_t)(channels[acmod] + bits_get(b, 1));
	h->n_samples = n_blocks * BLOCK;
}


int ac3_header_parse(struct slice frame, struct ac3_header *h)
{
	struct bits b = bits(frame);
	struct ac3_header out = { .is_eac3 = false };
	unsigned bsid;

	if (bits_get(&b, 16) != SYNC || frame.len <= BSID_BYTE)
		return -EBADMSG;

	bsid = frame.p[BSID_BYTE] >> 3;
	if (bsid > BSID_EAC3_MAX)
		return -EBADMSG;

	out.is_eac3 = bsid > BSID_AC3_MAX;
	if (out.is_eac3) {
		eac3(&b, &out);
	}
	else {
		bits_skip(&b, 16);       /* crc1 */
		ac3(&b, &out);
	}
	if (b.err || !out.rate_hz)
		return -EBADMSG;

	*h = out;

	return 0;
}
