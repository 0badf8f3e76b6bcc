/* FLV: the first byte says how the rest is cut; what is parsed must print
 * to the same header, and the cut must not matter. */
#include <stdlib.h>
#include "flv/flv_audio.h"
#include "flv/flv_reader.h"
#include "flv/flv_video.h"

enum { BODY_MAX = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void video(struct slice body)
{
	uint8_t head[FLV_VIDEO_HEADER_MAX];
	struct flv_video v;
	int n;

	if (flv_video_parse(body, &v))
		return;

	n = flv_video_header_print(head, &v);
	check(n >= 0);
	if (v.packet != FLV_VIDEO_SEQUENCE_END)
		check((size_t)n + v.payload.len == body.len);
	if (v.packet == FLV_VIDEO_CODED_FRAMES)
		check(!memcmp(head, body.p, (size_t)n));
}


static void audio(struct slice body)
{
	uint8_t head[FLV_AUDIO_HEADER_MAX];
	struct flv_audio a;
	int n;

	if (flv_audio_parse(body, &a))
		return;

	n = flv_audio_header_print(head, &a);
	check(n >= 0);
	check((size_t)n + a.payload.len == body.len);
	check(!memcmp(head, body.p, (size_t)n));
}


/* Returns how many tags there were. */
static int run(struct slice file, size_t step)
{
	struct flv_reader f;
	struct flv_tag t;
	struct slice body;
	int n_tags = 0;

	flv_reader_init(&f, BODY_MAX);
	for (size_t at = 0; at < file.len; at += step) {
		size_t left = file.len - at;
		struct reader r = reader(slice(file.p + at, left < step ?
					       left : step));

		while (flv_reader_next(&f, &r, &t, &body) > 0) {
			++n_tags;
			video(body);
			audio(body);
		}
	}
	flv_reader_fini(&f);

	return n_tags;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);

	video(in);
	audio(in);
	if (len > 1)
		check(run(slice_from(in, 1), data[0] + 1u) ==
		      run(slice_from(in, 1), len));

	return 0;
}
