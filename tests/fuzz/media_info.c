/* What is told of tracks: the first byte is the codec, the second says how
 * much of the rest is its configuration; what follows is a key frame. */
#include <stdlib.h>
#include "codec/media_info.h"
#include "codec/vp9.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sound sound = { 48000, 16, 2 };
	struct media_info info;
	struct slice rest;
	size_t n;

	if (len < 2)
		return 0;

	rest = slice(data + 2, len - 2);
	n = data[1] < rest.len ? data[1] : rest.len;
	media_info_read(&info, (enum codec)(data[0] % (CODEC_FLAC + 1)),
			&sound, slice(rest.p, n), slice_from(rest, n));
	if (!memchr(info.codecs, 0, sizeof(info.codecs)) ||
	    !memchr(info.level, 0, sizeof(info.level)) || !info.profile)
		abort();
	if (info.width)
		vp9_level(info.width, info.height);

	return 0;
}
