/* dac3 and dec3: what a decoder wants to know of AC-3 and E-AC-3 is taken
 * from a frame (ETSI TS 102 366 s4.3, Annex E s1.2, Annex F.4, F.6). */
#include "base/writer.h"
#include "codec/ac3.h"
#include "codec/bits.h"
#include "fmp4/fmp4_int.h"


enum {
	SYNC_BITS = 16,
	CRC_BITS = 16,
	ACMOD_MONO = 1,
	ACMOD_STEREO = 2,
};


/* Is it what the track says, and readable? */
static bool is_good(struct writer *w, struct slice frame, bool is_eac3,
		    struct ac3_header *h)
{
	int err = ac3_header_parse(frame, h);

	if (!err && h->is_eac3 != is_eac3)
		err = -EBADMSG;
	if (err && !w->err)
		w->err = err;

	return !w->err;
}


void fmp4_ac3_print(struct writer *w, struct slice frame)
{
	struct bits b = bits(frame);
	struct ac3_header h;
	uint32_t fscod, frmsizecod, bsid, bsmod, acmod;
	size_t box;

	if (!is_good(w, frame, false, &h))
		return;

	bits_skip(&b, SYNC_BITS + CRC_BITS);
	fscod = bits_get(&b, 2);
	frmsizecod = bits_get(&b, 6);
	bsid = bits_get(&b, 5);
	bsmod = bits_get(&b, 3);
	acmod = bits_get(&b, 3);
	if ((acmod & 1) && acmod != ACMOD_MONO)
		bits_skip(&b, 2); /* cmixlev */
	if (acmod & 4)
		bits_skip(&b, 2); /* surmixlev */
	if (acmod == ACMOD_STEREO)
		bits_skip(&b, 2); /* dsurmod */

	box = fmp4_box_open(w, "dac3");
	put_be24(w, fscod << 22 | bsid << 17 | bsmod << 14 | acmod << 11 |
		 bits_get(&b, 1) << 10 | (frmsizecod >> 1) << 5);
	fmp4_box_close(w, box);
}


void fmp4_eac3_print(struct writer *w, struct slice frame)
{
	struct bits b = bits(frame);
	struct ac3_header h;
	uint32_t n_bytes, fscod, acmod, lfeon, bsid, kbit_s;
	size_t box;

	if (!is_good(w, frame, true, &h))
		return;

	bits_skip(&b, SYNC_BITS + 2 + 3); /* strmtyp, substreamid */
	n_bytes = 2 * (bits_get(&b, 11) + 1);
	fscod = bits_get(&b, 2);
	bits_skip(&b, 2);                 /* fscod2, or numblkscod */
	acmod = bits_get(&b, 3);
	lfeon = bits_get(&b, 1);
	bsid = bits_get(&b, 5);

	/* At most 6144: 4096 bytes of 256 samples at 48 kHz. */
	kbit_s = n_bytes * 8 * h.rate_hz / h.n_samples / 1000;

	box = fmp4_box_open(w, "dec3");
	put_be16(w, kbit_s << 3); /* one independent substream */
	put_be24(w, fscod << 22 | bsid << 17 | acmod << 9 | lfeon << 8);
	fmp4_box_close(w, box);
}
