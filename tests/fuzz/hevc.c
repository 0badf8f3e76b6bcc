/* HEVC: records, parameter sets, frames; a record that was read must be
 * read again from its print. */
#include <stdlib.h>
#include "base/writer.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "codec/rfc6381.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len), frame = in, nal;
	struct writer w = writer(1 << 20);
	struct hevc_config c, again;
	struct hevc_sps sps;

	hevc_sps_parse(in, &sps);
	while (!nal_next(&frame, 2, &nal))
		nal_hevc_is_key(nal);

	if (hevc_config_parse(in, &c))
		return 0;
	for (size_t i = 0; i < c.n_nals; i++)
		hevc_sps_parse(c.nals[i].data, &sps);

	hevc_config_print(&w, &c);
	if (w.err || hevc_config_parse(writer_slice(&w), &again) ||
	    again.n_nals != c.n_nals)
		abort();
	rfc6381_print_hevc(&w, &c.profile);
	writer_fini(&w);

	return 0;
}
