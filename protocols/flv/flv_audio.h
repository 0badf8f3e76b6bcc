/* The body of an audio tag, which is that of an RTMP audio message: legacy
 * (flv-f4v-10.1 E.4.2) and Enhanced RTMP v2 (enhanced-rtmp-v2, "Enhanced
 * Audio"). */
#ifndef FLV_AUDIO_H
#define FLV_AUDIO_H

#include "base/error.h"
#include "base/slice.h"

enum {
	FLV_AUDIO_HEADER_MAX = 5,   /* packet type and FourCC */
	FLV_AUDIO_MODEX_MAX = 16,   /* ModEx packets in one body */
};

enum flv_audio_codec {
	FLV_AUDIO_UNKNOWN,
	FLV_AUDIO_PCM_NATIVE,    /* endianness of the sender's machine */
	FLV_AUDIO_ADPCM,
	FLV_AUDIO_MP3,           /* also "MP3 8 kHz", SoundFormat 14 */
	FLV_AUDIO_PCM_LE,
	FLV_AUDIO_NELLYMOSER,    /* also the 16 kHz and 8 kHz forms */
	FLV_AUDIO_ALAW,
	FLV_AUDIO_ULAW,
	FLV_AUDIO_AAC,
	FLV_AUDIO_SPEEX,
	FLV_AUDIO_DEVICE,
	FLV_AUDIO_OPUS,
	FLV_AUDIO_AC3,
	FLV_AUDIO_EAC3,
	FLV_AUDIO_FLAC,
};

/* SoundFormat, the numbers of the wire. */
enum flv_sound_format {
	FLV_SOUND_PCM_NATIVE = 0,
	FLV_SOUND_ADPCM = 1,
	FLV_SOUND_MP3 = 2,
	FLV_SOUND_PCM_LE = 3,
	FLV_SOUND_NELLYMOSER_16K = 4,
	FLV_SOUND_NELLYMOSER_8K = 5,
	FLV_SOUND_NELLYMOSER = 6,
	FLV_SOUND_ALAW = 7,
	FLV_SOUND_ULAW = 8,
	FLV_SOUND_EX_HEADER = 9,
	FLV_SOUND_AAC = 10,
	FLV_SOUND_SPEEX = 11,
	FLV_SOUND_MP3_8K = 14,
	FLV_SOUND_DEVICE = 15,
};

/* AudioPacketType, the numbers of the wire; 0 and 1 are AACPacketType's too,
 * and a format that has none has only coded frames. */
enum flv_audio_packet {
	FLV_AUDIO_SEQUENCE_START = 0,
	FLV_AUDIO_CODED_FRAMES = 1,
	FLV_AUDIO_SEQUENCE_END = 2,
	FLV_AUDIO_MULTICHANNEL_CONFIG = 4,
	FLV_AUDIO_MULTITRACK = 5,
	FLV_AUDIO_MODEX = 7,
	FLV_AUDIO_PACKET_UNKNOWN = 16,  /* legacy AAC, above 1 */
};

struct flv_audio {
	enum flv_audio_codec codec;
	enum flv_sound_format format;  /* EX_HEADER: Enhanced RTMP */
	enum flv_audio_packet packet;  /* inside of ModEx and Multitrack */
	uint8_t sound_rate;      /* 0 to 3; these three are the legacy bits, */
	uint8_t sound_size;      /* 0: 8 bits, 1: 16 bits */
	uint8_t sound_type;      /* 0: mono, 1: stereo */
	uint32_t fourcc;         /* 0 if legacy, or if each track has its own */
	uint8_t track_id;        /* of the first track, if multitrack */
	bool is_multitrack;
	uint32_t nano_offset;    /* ModEx TimestampOffsetNano, or 0 */
	bool is_config;          /* the decoder's configuration */
	bool is_opaque;          /* to be carried as it is */
	struct slice payload;    /* borrowed; the whole body if opaque */
};

/* Take a body apart.  What the neutral form cannot express (multitrack,
 * ModEx, a multichannel configuration, a codec or packet type that we do not
 * know) is opaque: its payload is the whole body, while is_config is right.
 * NOTE: a multichannel configuration stands beside the sequence start, it
 * does not replace it.  Thread: any, pure.
 * body: borrowed.  a: filled on success only.
 * Returns 0; -ENOENT: there is no frame in it (an empty body, which Flash
 * called silence, or a header with nothing behind it: common, and to be
 * ignored); -EBADMSG: cut within its header; -EMSGSIZE: more than
 * FLV_AUDIO_MODEX_MAX. */
int flv_audio_parse(struct slice body, struct flv_audio *a);

/* Write the header that makes a body when a->payload follows it; looks at
 * codec, format, packet, the three legacy fields, is_opaque (then there is
 * nothing to write).  Thread: any, pure.
 * buf: FLV_AUDIO_HEADER_MAX bytes.
 * Returns the header's length; -ENOTSUP: the codec or packet has no such
 * form. */
int flv_audio_header_print(uint8_t *buf, const struct flv_audio *a);

/* What the legacy header says of the rate in Hz (5512 for 5.5 kHz), or 0 if
 * enhanced.  NOTE: not true for AAC, whose configuration has it. */
uint32_t flv_audio_rate_hz(const struct flv_audio *a);

/* What the legacy header says: 1 or 2, or 0 if enhanced; the same NOTE. */
unsigned flv_audio_n_channels(const struct flv_audio *a);

/* Choose the legacy form for `codec` and fill format, codec and the legacy
 * bits: what E.4.2.1 demands for AAC, Speex and Nellymoser, else what comes
 * nearest.  Thread: any, pure.
 * Returns 0, or -ENOTSUP (only Enhanced RTMP has it). */
int flv_audio_set_legacy(struct flv_audio *a, enum flv_audio_codec codec,
			 uint32_t rate_hz, unsigned n_channels);

/* The FourCC of Enhanced RTMP, or 0.  Thread: any, pure. */
uint32_t flv_audio_fourcc(enum flv_audio_codec codec);

/* "aac", "opus", ... for logs and lists; static.  Thread: any, pure. */
const char *flv_audio_codec_name(enum flv_audio_codec codec);

#endif
