/* MPEG-TS, written: a configuration and frames of any bytes become whole
 * packets, in which a reader misses nothing. */
#include <stdlib.h>
#include "mpegts/mpegts_reader.h"
#include "mpegts/mpegts_writer.h"

enum { UNIT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void read_again(struct slice all)
{
	struct reader r = reader(all);
	struct mpegts_reader m;
	struct mpegts_unit unit;

	mpegts_reader_init(&m, UNIT_MAX);
	while (mpegts_reader_next(&m, &r, &unit) > 0)
		continue;
	if (all.len % MPEGTS_PACKET_LEN || m.counts.n_lost ||
	    m.counts.n_skipped || m.counts.n_malformed)
		abort();
	mpegts_reader_fini(&m);
}


/* Each frame: its track, its flags, its time, its length, its bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum codec codecs[] = {
		CODEC_AVC, CODEC_HEVC, CODEC_AAC, CODEC_OPUS, CODEC_MP3,
	};
	struct reader r = reader(slice(data, len));
	struct writer w = writer(UNIT_MAX);
	struct mpegts_writer m;

	mpegts_writer_init(&m, MPEGTS_LEAD);
	for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
		struct mpegts_track_conf conf = {
			.codec = codecs[i],
			.pack = (uint32_t)i * 1800,
		};

		mpegts_writer_add(&m, &conf);
	}
	while (reader_left(&r) && !r.err && !w.err) {
		struct frame frame = { .clock_hz = 1000 };
		size_t i = get_u8(&r) % ARRAY_LEN(codecs);

		frame.flags = get_u8(&r);
		frame.dts = get_be24(&r);
		frame.pts = frame.dts + get_u8(&r);
		frame.payload = get_bytes(&r, get_be16(&r));
		mpegts_writer_frame(&m, i, &frame, &w);
	}
	mpegts_writer_flush(&m, &w);
	if (!w.err)
		read_again(writer_slice(&w));
	mpegts_writer_fini(&m);
	writer_fini(&w);

	return 0;
}
