/* AV1: the configuration record (AV1-ISOBMFF s2.3), OBUs, and what a server
 * wants to know from the sequence header (AV1 s5.5).  Thread: any, pure. */
#ifndef AV1_H
#define AV1_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

enum {
	AV1_CONFIG_HEAD_LEN = 4, /* before configOBUs */
};

/* obu_type, s6.2.2. */
enum av1_obu_type {
	AV1_OBU_SEQUENCE_HEADER = 1,
	AV1_OBU_TEMPORAL_DELIMITER = 2,
	AV1_OBU_FRAME_HEADER = 3,
	AV1_OBU_TILE_GROUP = 4,
	AV1_OBU_METADATA = 5,
	AV1_OBU_FRAME = 6,
	AV1_OBU_PADDING = 15,
};

struct av1_config {
	uint8_t profile;         /* 0 Main, 1 High, 2 Professional */
	uint8_t level;           /* seq_level_idx_0: 8 is 4.0 */
	bool is_high_tier;
	uint8_t bit_depth;       /* 8, 10 or 12 */
	bool is_monochrome;
	bool is_subsampled_x;    /* both: 4:2:0 */
	bool is_subsampled_y;
	uint8_t chroma_sample_position;
	uint8_t presentation_delay;  /* frames, 1 to 16; 0: not said */
	struct slice obus;       /* configOBUs, borrowed; may be empty */
};

struct av1_obu {
	enum av1_obu_type type;
	uint8_t temporal_id;
	uint8_t spatial_id;
	struct slice payload;    /* borrowed */
};

struct av1_sequence {
	uint8_t profile;
	uint8_t level;           /* of the first operating point */
	bool is_high_tier;
	bool is_still;           /* still_picture */
	uint32_t width;          /* pixels, at most 65536 */
	uint32_t height;
	uint32_t rate_num;       /* frames per second; 0 if not said */
	uint32_t rate_den;
};

/* Read an AV1CodecConfigurationRecord.  record: borrowed.  c: filled on
 * success only.  Returns 0, or -EBADMSG (cut, marker or version wrong). */
int av1_config_parse(struct slice record, struct av1_config *c);

/* Write one.  w: borrowed, its error sticks.  c: in range. */
void av1_config_print(struct writer *w, const struct av1_config *c);

/* Take the next OBU off the front of a temporal unit or of configOBUs; one
 * without a size field reaches to the end.  units: borrowed; moved behind
 * the OBU on success, else as it was.  obu: filled on success only.
 * Returns 0, -ENOENT (at the end) or -EBADMSG (cut, forbidden bit set). */
int av1_obu_next(struct slice *units, struct av1_obu *obu);

/* Read the payload of a sequence header up to its size.  s: filled on
 * success only.  Returns 0, or -EBADMSG (cut, reserved profile). */
int av1_sequence_parse(struct slice payload, struct av1_sequence *s);

/* Find and read the first sequence header among OBUs.  Returns 0, -ENOENT
 * (there is none) or -EBADMSG. */
int av1_sequence_find(struct slice units, struct av1_sequence *s);

#endif
