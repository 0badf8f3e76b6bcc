/* H.264: the configuration record (ISO/IEC 14496-15 s5.3.3.1), and what a
 * server wants to know from the sequence parameter set (H.264 s7.3.2.1). */
#ifndef AVC_H
#define AVC_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

enum {
	AVC_SPS_MAX = 32,        /* the record has 5 bits */
	AVC_PPS_MAX = 64,        /* more than any encoder sends */
	AVC_SIDE_MAX = 16384,    /* pixels */
	AVC_REORDER_UNKNOWN = -1,
};

/* AVCDecoderConfigurationRecord; its slices are borrowed from its input. */
struct avc_config {
	uint8_t profile_idc;
	uint8_t constraints;     /* profile_compatibility */
	uint8_t level_idc;       /* 31 is level 3.1 */
	unsigned nal_len_size;   /* bytes, 1 to 4: for nal_next() */
	size_t n_sps;
	size_t n_pps;
	struct slice sps[AVC_SPS_MAX];  /* whole NAL units */
	struct slice pps[AVC_PPS_MAX];
};

struct avc_sps {
	uint8_t profile_idc;
	uint8_t constraints;
	uint8_t level_idc;
	uint8_t chroma_format;   /* chroma_format_idc: 1 is 4:2:0 */
	uint8_t bit_depth_luma;
	uint8_t bit_depth_chroma;
	uint32_t width;          /* pixels, cropped */
	uint32_t height;
	uint32_t sar_width;      /* sample aspect ratio; 0 if unknown */
	uint32_t sar_height;
	uint32_t rate_num;       /* frames per second; 0 if not said */
	uint32_t rate_den;
	bool is_interlaced;      /* fields may be coded */
	int n_reorder;           /* frames; AVC_REORDER_UNKNOWN: B-frames
				  * are possible, 0: there are none */
};

/* Read a record; what follows the picture parameter sets is not needed.
 * Thread: any, pure.  record: borrowed.  c: filled on success only.
 * Returns 0, -EBADMSG (cut, version not 1, an empty set) or -EMSGSIZE (more
 * than AVC_PPS_MAX). */
int avc_config_parse(struct slice record, struct avc_config *c);

/* Make a record's fields of one SPS and one PPS, with lengths of 4 bytes.
 * Thread: any, pure.  sps, pps: whole NAL units without start code, borrowed
 * for as long as `c` is used.
 * Returns 0, or -EBADMSG (no SPS, or an empty PPS). */
int avc_config_set(struct avc_config *c, struct slice sps, struct slice pps);

/* Write a record, with the fields that High and above need (from the first
 * SPS; left out if it cannot be parsed).  Thread: any.
 * w: borrowed, its error sticks.  c: each set at most 65535 bytes. */
void avc_config_print(struct writer *w, const struct avc_config *c);

/* Read an SPS.  Thread: any, pure.  nal: with its header byte, borrowed, as
 * on the wire (emulation prevention included).  sps: filled on success only.
 * Returns 0, -EBADMSG (no SPS, cut, cropped to nothing), -EMSGSIZE (a side
 * above AVC_SIDE_MAX).  Broken VUI is taken as none: encoders send it. */
int avc_sps_parse(struct slice nal, struct avc_sps *sps);

#endif
