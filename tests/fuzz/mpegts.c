/* MPEG-TS, read: the first byte says how the rest is cut, which must not
 * matter; tables that parse must print to the same bytes or none. */
#include <stdlib.h>
#include "base/writer.h"
#include "mpegts/mpegts_reader.h"

enum { UNIT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


/* Returns a sum over all units. */
static uint64_t run(struct slice in, size_t step)
{
	struct mpegts_reader m;
	struct mpegts_unit unit;
	uint64_t sum = 0;

	mpegts_reader_init(&m, UNIT_MAX);
	for (size_t at = 0; at < in.len; at += step) {
		size_t left = in.len - at;
		struct reader r = reader(slice(in.p + at, left < step ?
					       left : step));

		while (mpegts_reader_next(&m, &r, &unit) > 0)
			sum = sum * 31 + mpegts_crc32(unit.payload) +
				unit.header.pts + unit.is_broken;
	}
	while (mpegts_reader_flush(&m, &unit))
		sum = sum * 31 + mpegts_crc32(unit.payload);
	sum += m.counts.n_packets + m.counts.n_skipped + m.counts.n_lost;
	mpegts_reader_fini(&m);

	return sum;
}


static void tables(struct slice in)
{
	struct writer w = writer(MPEGTS_SECTION_MAX);
	struct mpegts_pat pat;
	struct mpegts_pmt pmt;

	if (!mpegts_pat_parse(in, &pat))
		mpegts_pat_print(&w, &pat);
	else if (!mpegts_pmt_parse(in, &pmt))
		mpegts_pmt_print(&w, &pmt);
	if (!w.err && w.len && (w.len > in.len || mpegts_crc32(
						writer_slice(&w))))
		abort();
	writer_fini(&w);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);

	tables(in);
	if (len > 1 && run(slice_from(in, 1), data[0] + 1u) !=
	    run(slice_from(in, 1), len))
		abort();

	return 0;
}
