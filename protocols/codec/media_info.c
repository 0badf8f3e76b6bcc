/* What is told of a track, whatever its codec. */
#include "codec/media_info.h"
#include <stdio.h>
#include "base/writer.h"
#include "codec/aac.h"
#include "codec/ac3.h"
#include "codec/av1.h"
#include "codec/avc.h"
#include "codec/flac.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "codec/opus.h"
#include "codec/rfc6381.h"
#include "codec/vp9.h"


struct name {
	unsigned value;
	const char *name;
};

enum {
	AVC_CONSTRAINED = 0x40,  /* constraint_set1_flag */
	AVC_BASELINE = 66,
	HEVC_LEVEL = 30,         /* level_idc of level 1 */
};

static const struct name avc_profiles[] = {
	{ 66, "Baseline" }, { 77, "Main" }, { 88, "Extended" },
	{ 100, "High" }, { 110, "High 10" }, { 122, "High 4:2:2" },
	{ 244, "High 4:4:4" }, { 44, "CAVLC 4:4:4" },
};

static const struct name hevc_profiles[] = {
	{ 1, "Main" }, { 2, "Main 10" }, { 3, "Main Still Picture" },
	{ 4, "Range Extensions" }, { 5, "High Throughput" },
	{ 9, "Screen Content" },
};

static const struct name av1_profiles[] = {
	{ 0, "Main" }, { 1, "High" }, { 2, "Professional" },
};

static const struct name vp9_profiles[] = {
	{ 0, "Profile 0" }, { 1, "Profile 1" }, { 2, "Profile 2" },
	{ 3, "Profile 3" },
};

static const struct name aac_profiles[] = {
	{ AAC_MAIN, "Main" }, { AAC_LC, "LC" }, { AAC_SSR, "SSR" },
	{ AAC_LTP, "LTP" }, { 23, "LD" }, { 39, "ELD" },
	{ AAC_USAC, "xHE-AAC" },
};


static const char *find(const struct name *names, size_t n, unsigned value)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].value == value)
			return names[i].name;
	}

	return "";
}

#define FIND(names, value) find(names, ARRAY_LEN(names), value)


static void set_level(struct media_info *info, unsigned major,
		      unsigned minor)
{
	snprintf(info->level, sizeof(info->level), "%u.%u", major & 0xff,
		 minor & 0xff);
}


/* Take the text that was written. */
static void take_codecs(struct media_info *info, struct writer *w)
{
	if (!w->err && w->len < sizeof(info->codecs))
		memcpy(info->codecs, w->data, w->len);
	writer_fini(w);
}


static void set_codecs(struct media_info *info, const char *text)
{
	snprintf(info->codecs, sizeof(info->codecs), "%s", text);
}


/* -- video -- */

static void read_avc(struct media_info *info, struct slice config)
{
	struct writer w = writer(sizeof(info->codecs));
	struct avc_config c;
	struct avc_sps s;

	if (avc_config_parse(config, &c))
		return;

	info->profile = FIND(avc_profiles, c.profile_idc);
	if (c.profile_idc == AVC_BASELINE && c.constraints & AVC_CONSTRAINED)
		info->profile = "Constrained Baseline";
	set_level(info, c.level_idc / 10u, c.level_idc % 10u);
	rfc6381_print_avc(&w, &c);
	take_codecs(info, &w);

	if (!c.n_sps || avc_sps_parse(c.sps[0], &s))
		return;
	info->width = s.width;
	info->height = s.height;
	info->rate_num = s.rate_num;
	info->rate_den = s.rate_den;
	info->bit_depth = s.bit_depth_luma;
}


/* The SPS knows the rate better than the record, if it says it. */
static void read_hevc(struct media_info *info, struct slice config)
{
	struct writer w = writer(sizeof(info->codecs));
	struct hevc_config c;
	struct hevc_sps s;

	if (hevc_config_parse(config, &c))
		return;

	info->profile = FIND(hevc_profiles, c.profile.idc);
	set_level(info, c.profile.level_idc / HEVC_LEVEL,
		  c.profile.level_idc % HEVC_LEVEL / (HEVC_LEVEL / 10));
	info->bit_depth = c.bit_depth_luma;
	rfc6381_print_hevc(&w, &c.profile);
	take_codecs(info, &w);
	if (c.avg_frame_rate) {
		info->rate_num = c.avg_frame_rate;
		info->rate_den = 256;
	}

	if (hevc_sps_parse(hevc_config_find(&c, NAL_HEVC_SPS), &s))
		return;
	info->width = s.width;
	info->height = s.height;
	if (s.rate_num) {
		info->rate_num = s.rate_num;
		info->rate_den = s.rate_den;
	}
}


static void read_av1(struct media_info *info, struct slice config)
{
	struct writer w = writer(sizeof(info->codecs));
	struct av1_config c;
	struct av1_sequence s;

	if (av1_config_parse(config, &c))
		return;

	info->profile = FIND(av1_profiles, c.profile);
	set_level(info, 2u + c.level / 4u, c.level % 4u);
	info->bit_depth = c.bit_depth;
	rfc6381_print_av1(&w, &c);
	take_codecs(info, &w);

	if (av1_sequence_find(c.obus, &s))
		return;
	info->width = s.width;
	info->height = s.height;
	info->rate_num = s.rate_num;
	info->rate_den = s.rate_den;
}


/* The record knows no size, and often no level; a key frame has the one,
 * and the other follows. */
static void read_vp9(struct media_info *info, struct slice config,
		     struct slice key)
{
	struct writer w = writer(sizeof(info->codecs));
	struct vp9_key k = { .profile = 0 };
	struct vp9_config c = { .profile = 0 };
	bool has_key = !vp9_key_parse(key, &k);

	if (vp9_config_parse(config, &c)) {
		if (!has_key)
			return;
		c.profile = k.profile;
		c.bit_depth = k.bit_depth;
	}
	if (!c.level && has_key)
		c.level = vp9_level(k.width, k.height);

	info->profile = FIND(vp9_profiles, c.profile);
	if (c.level)
		set_level(info, c.level / 10u, c.level % 10u);
	info->bit_depth = c.bit_depth;
	info->width = k.width;
	info->height = k.height;
	rfc6381_print_vp9(&w, &c);
	take_codecs(info, &w);
}


static void read_vp8(struct media_info *info, struct slice key)
{
	struct vp9_key k;

	set_codecs(info, "vp8");
	if (vp8_key_parse(key, &k))
		return;
	info->profile = FIND(vp9_profiles, k.profile);
	info->bit_depth = k.bit_depth;
	info->width = k.width;
	info->height = k.height;
}


/* -- audio -- */

static void read_aac(struct media_info *info, struct slice config)
{
	struct writer w = writer(sizeof(info->codecs));
	struct aac_config c;

	if (aac_config_parse(config, &c))
		return;

	info->profile = c.has_ps ? "HE-AAC v2" : c.has_sbr ? "HE-AAC" :
			FIND(aac_profiles, c.object_type);
	info->rate_hz = c.rate_hz;
	info->n_channels = c.n_channels;
	rfc6381_print_aac(&w, &c);
	take_codecs(info, &w);
}


static void read_opus(struct media_info *info, struct slice config)
{
	struct opus_config c;

	set_codecs(info, "opus");
	info->rate_hz = OPUS_CLOCK_HZ;
	info->n_channels = info->n_channels ? info->n_channels : 2;
	if (!opus_config_parse(config, &c))
		info->n_channels = c.n_channels;
}


static void read_ac3(struct media_info *info, enum codec codec,
		     struct slice frame)
{
	struct ac3_header h;

	set_codecs(info, codec == CODEC_AC3 ? "ac-3" : "ec-3");
	if (ac3_header_parse(frame, &h))
		return;
	info->rate_hz = h.rate_hz;
	info->n_channels = h.n_channels;
}


static void read_flac(struct media_info *info, struct slice config)
{
	struct flac_config c;

	set_codecs(info, "fLaC");
	if (flac_config_parse(config, &c))
		return;
	info->rate_hz = c.rate_hz;
	info->n_channels = c.n_channels;
	info->bit_depth = c.n_bits;
}


void media_info_read(struct media_info *info, enum codec codec,
		     const struct sound *sound, struct slice config,
		     struct slice key)
{
	*info = (struct media_info){ .profile = "" };
	if (sound) {
		info->rate_hz = sound->rate_hz;
		info->n_channels = sound->n_channels;
	}

	switch (codec) {

	case CODEC_AVC:  read_avc(info, config); break;
	case CODEC_HEVC: read_hevc(info, config); break;
	case CODEC_AV1:  read_av1(info, config); break;
	case CODEC_VP8:  read_vp8(info, key); break;
	case CODEC_VP9:  read_vp9(info, config, key); break;
	case CODEC_AAC:  read_aac(info, config); break;
	case CODEC_OPUS: read_opus(info, config); break;
	case CODEC_AC3:
	case CODEC_EAC3: read_ac3(info, codec, key); break;
	case CODEC_FLAC: read_flac(info, config); break;
	case CODEC_MP3:  set_codecs(info, "mp4a.40.34"); break;
	default:         break;
	}
}
