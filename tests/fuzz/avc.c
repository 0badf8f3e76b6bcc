/* H.264: records, parameter sets, frames; a record that was read must be
 * read again from its print. */
#include <stdlib.h>
#include "base/writer.h"
#include "codec/avc.h"
#include "codec/nal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len), frame = in, nal;
	struct writer w = writer(1 << 20);
	struct avc_config c, again;
	struct avc_sps sps;

	avc_sps_parse(in, &sps);
	while (!nal_next(&frame, 4, &nal))
		nal_avc_is_key(nal);

	if (avc_config_parse(in, &c))
		return 0;
	for (size_t i = 0; i < c.n_sps; i++)
		avc_sps_parse(c.sps[i], &sps);

	avc_config_print(&w, &c);
	if (w.err || avc_config_parse(writer_slice(&w), &again) ||
	    again.n_sps != c.n_sps || again.n_pps != c.n_pps)
		abort();
	writer_fini(&w);

	return 0;
}
