/* VP8 and VP9: VPCodecConfigurationRecord ("VP Codec ISO Media File Format
 * Binding" v1.0 s2.2).  Thread: any, pure. */
#ifndef VP9_H
#define VP9_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

struct vp9_config {
	uint8_t profile;         /* 0 to 3 */
	uint8_t level;           /* 31 is 3.1; 0: not said */
	uint8_t bit_depth;       /* 8, 10 or 12 */
	uint8_t chroma_format;   /* 0 and 1: 4:2:0, 2: 4:2:2, 3: 4:4:4 */
	bool is_full_range;
	uint8_t primaries;       /* ISO/IEC 23091-2 */
	uint8_t transfer;
	uint8_t matrix;
};

/* Read a record.  Senders disagree whether the vpcC box's version and flags
 * stand before it (ffmpeg writes them): both are taken.
 * record: borrowed.  c: filled on success only.
 * Returns 0, or -EBADMSG (cut, a profile or bit depth that is none). */
int vp9_config_parse(struct slice record, struct vp9_config *c);

/* Write a record, with version and flags before it.  w: borrowed. */
void vp9_config_print(struct writer *w, const struct vp9_config *c);

#endif
