/* HEVC: the configuration record (ISO/IEC 14496-15 s8.3.3.1), and what a
 * server wants to know from the sequence parameter set (HEVC s7.3.2.2). */
#ifndef HEVC_H
#define HEVC_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

enum {
	HEVC_NALS_MAX = 64,      /* parameter sets and SEI in a record */
	HEVC_SIDE_MAX = 16384,   /* pixels */
};

/* The general part of profile_tier_level(), s7.3.3. */
struct hevc_profile {
	uint8_t space;           /* 0 to 3 */
	bool is_high_tier;
	uint8_t idc;             /* 1 Main, 2 Main 10, ... */
	uint32_t compatibility;  /* flag j is bit 31 - j */
	uint64_t constraints;    /* 48 bits, the first flag is bit 47 */
	uint8_t level_idc;       /* 30 times the level: 93 is 3.1 */
};

struct hevc_nal {
	uint8_t type;            /* enum nal_hevc_type */
	bool is_complete;        /* array_completeness of its array */
	struct slice data;       /* a whole NAL unit */
};

/* HEVCDecoderConfigurationRecord; its slices are borrowed from its input. */
struct hevc_config {
	struct hevc_profile profile;
	uint16_t min_spatial_segmentation;  /* 12 bits */
	uint8_t parallelism;     /* 2 bits */
	uint8_t chroma_format;   /* 2 bits: 1 is 4:2:0 */
	uint8_t bit_depth_luma;
	uint8_t bit_depth_chroma;
	uint16_t avg_frame_rate; /* in 256 s, 0: not said */
	uint8_t constant_frame_rate;  /* 2 bits */
	uint8_t n_temporal_layers;    /* 3 bits, 0: unknown */
	bool is_temporal_nested;
	unsigned nal_len_size;   /* bytes, 1 to 4: for nal_next() */
	size_t n_nals;
	struct hevc_nal nals[HEVC_NALS_MAX];  /* in the record's order */
};

struct hevc_sps {
	struct hevc_profile profile;
	uint8_t n_temporal_layers;
	bool is_temporal_nested;
	uint8_t chroma_format;
	uint8_t bit_depth_luma;
	uint8_t bit_depth_chroma;
	uint32_t width;          /* pixels, cropped */
	uint32_t height;
	unsigned n_reorder;      /* pictures; 0: there are no B-frames */
	uint32_t sar_width;      /* sample aspect ratio; 0: not said */
	uint32_t sar_height;
	uint32_t rate_num;       /* pictures a second; 0: not said */
	uint32_t rate_den;
};

/* Read a record.  Thread: any, pure.  record: borrowed.  c: filled on
 * success only.
 * Returns 0, -EBADMSG (cut, version above 1, an empty unit) or -EMSGSIZE
 * (more than HEVC_NALS_MAX). */
int hevc_config_parse(struct slice record, struct hevc_config *c);

/* Make a record's fields of one VPS, SPS and PPS, with lengths of 4 bytes.
 * Thread: any, pure.  The sets: whole NAL units without start code, borrowed
 * for as long as `c` is used.
 * Returns 0, or what hevc_sps_parse() says. */
int hevc_config_set(struct hevc_config *c, struct slice vps,
		    struct slice sps, struct slice pps);

/* Write a record; neighbours of one type share an array.  Thread: any.
 * w: borrowed, its error sticks.  c: each unit at most 65535 bytes. */
void hevc_config_print(struct writer *w, const struct hevc_config *c);

/* The first unit of a type, borrowed; empty if there is none. */
struct slice hevc_config_find(const struct hevc_config *c, unsigned type);

/* Read an SPS up to its timing.  Thread: any, pure.  nal: with its two header
 * bytes, borrowed, as on the wire (emulation prevention included).  sps:
 * filled on success only.  What is cut or broken behind the picture order is
 * taken as not said.
 * Returns 0, -EBADMSG (no SPS, cut, cropped to nothing) or -EMSGSIZE (a side
 * above HEVC_SIDE_MAX). */
int hevc_sps_parse(struct slice nal, struct hevc_sps *sps);

#endif
