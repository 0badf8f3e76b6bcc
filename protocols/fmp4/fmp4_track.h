/* A track of an fMP4 stream: its codec, and what stands in the codec's
 * configuration. */
#ifndef FMP4_TRACK_H
#define FMP4_TRACK_H

#include "base/error.h"
#include "base/slice.h"
#include "media/frame.h"

struct writer;

enum {
	FMP4_CONFIG_MAX = 65536, /* bytes */
	FMP4_VIDEO_HZ = 90000,   /* ticks: a usual choice */
};

enum fmp4_codec {
	FMP4_AVC,
	FMP4_HEVC,
	FMP4_AV1,
	FMP4_VP9,
	FMP4_AAC,
	FMP4_MP3,
	FMP4_OPUS,
	FMP4_AC3,
	FMP4_EAC3,
	FMP4_FLAC,
	FMP4_N_CODECS,
};

struct fmp4_track {
	enum fmp4_codec codec;
	uint32_t id;             /* track_ID, 1 and up, its own */
	uint32_t clock_hz;       /* timescale of all times */
	struct slice config;     /* borrowed; see fmp4_track_set */
	bool has_inband_sets;    /* avc3, hev1: parameter sets in samples too,
				  * and the configuration may change there */

	/* Video. */
	uint16_t width;          /* pixels; 0: unknown */
	uint16_t height;
	uint32_t sar_width;      /* sample aspect ratio; 0: unknown */
	uint32_t sar_height;

	/* Audio. */
	uint32_t rate_hz;
	uint8_t n_channels;
};

/* The form of a codec here; FMP4_N_CODECS: it has none.  Thread: any, pure. */
enum fmp4_codec fmp4_codec_of(enum codec codec);

/* Make a track: what its configuration says of size, rate and channels is
 * filled in, clock_hz is FMP4_VIDEO_HZ or the rate, id is 1; all may be
 * changed before use.  Thread: any, pure.
 * config: borrowed for as long as `t` is used: the record of avcC, hvcC,
 * av1C or vpcC (which knows no size); AudioSpecificConfig; OpusHead, or
 * nothing (stereo); STREAMINFO, bare or as in a file; of MP3, AC-3 and
 * E-AC-3, which have none, the first frame.
 * t: filled on success only.
 * Returns 0, -EBADMSG (it cannot be read), -EMSGSIZE (above FMP4_CONFIG_MAX,
 * or a side above 65535) or -ENOTSUP (FMP4_N_CODECS and above). */
int fmp4_track_set(struct fmp4_track *t, enum fmp4_codec codec,
		   struct slice config);

bool fmp4_track_is_video(const struct fmp4_track *t);

/* Type of the sample entry: "avc1", ...; static. */
const char *fmp4_track_entry(const struct fmp4_track *t);

/* Write what the codecs parameter says of the track (RFC 6381 s3.3), such
 * that it fits the sample entry: "avc1.64001f".  Thread: any.
 * w: borrowed; its error sticks: -EBADMSG if the configuration cannot be
 * read. */
void fmp4_track_print_codec(struct writer *w, const struct fmp4_track *t);

#endif
