/* AAC: configurations and ADTS; what can be printed must be read back. */
#include <stdlib.h>
#include "codec/aac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader(slice(data, len));
	uint8_t config[AAC_CONFIG_MAX], head[ADTS_HEADER_LEN];
	struct aac_config c, again;
	struct adts_header h;
	int n;

	if (!adts_header_parse(&r, &h)) {
		adts_config(&h, &c);
		adts_header_print(head, &c, h.frame_len - h.header_len);
	}

	if (aac_config_parse(slice(data, len), &c))
		return 0;
	n = aac_config_print(config, &c);
	if (n < 0)
		return 0;
	if (aac_config_parse(slice(config, (size_t)n), &again) ||
	    again.object_type != c.object_type ||
	    again.core_hz != c.core_hz || again.rate_hz != c.rate_hz ||
	    again.n_channels != c.n_channels || again.has_ps != c.has_ps)
		abort();

	return 0;
}
