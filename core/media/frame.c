/* Names of what media is made of. */
#include "media/frame.h"


const char *codec_name(enum codec codec)
{
	static const char *const names[] = {
		[CODEC_UNKNOWN] = "unknown",
		[CODEC_H263] = "h263",
		[CODEC_SCREEN] = "screen",
		[CODEC_VP6] = "vp6",
		[CODEC_VP6A] = "vp6a",
		[CODEC_SCREEN2] = "screen2",
		[CODEC_AVC] = "h264",
		[CODEC_HEVC] = "h265",
		[CODEC_VVC] = "h266",
		[CODEC_VP8] = "vp8",
		[CODEC_VP9] = "vp9",
		[CODEC_AV1] = "av1",
		[CODEC_PCM] = "pcm",
		[CODEC_ADPCM] = "adpcm",
		[CODEC_MP3] = "mp3",
		[CODEC_PCM_LE] = "pcm_le",
		[CODEC_NELLYMOSER] = "nellymoser",
		[CODEC_G711A] = "g711a",
		[CODEC_G711U] = "g711u",
		[CODEC_AAC] = "aac",
		[CODEC_SPEEX] = "speex",
		[CODEC_OPUS] = "opus",
		[CODEC_AC3] = "ac3",
		[CODEC_EAC3] = "eac3",
		[CODEC_FLAC] = "flac",
	};

	return codec < ARRAY_LEN(names) && names[codec] ? names[codec]
							: "unknown";
}


const char *media_kind_name(enum media_kind kind)
{
	static const char *const names[] = { "audio", "video", "data" };

	return names[kind];
}
