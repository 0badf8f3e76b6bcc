/* Opus, FLAC, AC-3: their headers. */
#include <stdlib.h>
#include "base/writer.h"
#include "codec/ac3.h"
#include "codec/flac.h"
#include "codec/opus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);
	struct writer w = writer(1 << 10);
	struct opus_config c, again;
	struct flac_config flac;
	struct ac3_header ac3;

	flac_config_parse(in, &flac);
	ac3_header_parse(in, &ac3);

	if (opus_config_parse(in, &c))
		return 0;
	opus_config_print(&w, &c);
	if (w.err || opus_config_parse(writer_slice(&w), &again) ||
	    again.n_channels != c.n_channels ||
	    again.mapping.len != c.mapping.len)
		abort();
	writer_fini(&w);

	return 0;
}
