/* AV1 and VP9: records, OBUs, sequence headers. */
#include <stdlib.h>
#include "base/writer.h"
#include "codec/av1.h"
#include "codec/vp9.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);
	struct writer w = writer(1 << 20);
	struct av1_config c, again;
	struct av1_sequence s;
	struct vp9_config vp9;

	av1_sequence_parse(in, &s);
	av1_sequence_find(in, &s);
	if (!vp9_config_parse(in, &vp9)) {
		vp9_config_print(&w, &vp9);
		if (vp9_config_parse(writer_slice(&w), &vp9))
			abort();
		writer_fini(&w);
	}

	if (av1_config_parse(in, &c))
		return 0;
	av1_sequence_find(c.obus, &s);
	av1_config_print(&w, &c);
	if (w.err || av1_config_parse(writer_slice(&w), &again) ||
	    again.level != c.level || again.obus.len != c.obus.len)
		abort();
	writer_fini(&w);

	return 0;
}
