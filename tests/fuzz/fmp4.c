/* fMP4: the first byte says the codec; a track that was made must print to
 * boxes that can be read; the rest is read as boxes, too. */
#include <stdlib.h>
#include "base/writer.h"
#include "fmp4/fmp4_box.h"
#include "fmp4/fmp4_init.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void walk(struct slice boxes)
{
	struct fmp4_box box;
	struct slice at;

	while (at = boxes, !fmp4_box_next(&boxes, &box)) {
		check(boxes.len < at.len && box.body.len < at.len);
		check(box.body.p + box.body.len == boxes.p);
	}
	check(boxes.p == at.p && boxes.len == at.len);

	if (!fmp4_box_find(at, "moov/trak/mdia", &box))
		check(box.body.p > at.p);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct writer w = writer(1 << 20);
	struct fmp4_track t;
	struct fmp4_box box;
	struct slice in = slice(data, len);

	walk(in);
	if (!len || fmp4_track_set(&t, data[0] % FMP4_N_CODECS,
				   slice_from(in, 1)))
		return 0;

	t.has_inband_sets = data[0] & 0x80;
	fmp4_track_print_codec(&w, &t);
	check(!w.err && w.len);
	w.len = 0;
	fmp4_init_print(&w, &t, 1);
	check(!w.err && !fmp4_box_find(writer_slice(&w),
				       "moov/trak/mdia/minf/stbl/stsd", &box));
	writer_fini(&w);

	return 0;
}
