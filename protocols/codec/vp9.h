/* VP8 and VP9: VPCodecConfigurationRecord ("VP Codec ISO Media File Format
 * Binding" v1.0 s2.2), and the headers of their key frames, which alone know
 * the size (VP9 s6.2; RFC 6386 s9.1).  Thread: any, pure. */
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

/* What the header of a key frame says. */
struct vp9_key {
	uint8_t profile;
	uint8_t bit_depth;
	uint8_t chroma_format;   /* as in the record; 4:4:0 is taken as 3 */
	bool is_full_range;
	uint32_t width;          /* pixels, at most 65536 */
	uint32_t height;
};

/* Read a record.  Senders disagree whether the vpcC box's version and flags
 * stand before it (ffmpeg writes them): both are taken.
 * record: borrowed.  c: filled on success only.
 * Returns 0, or -EBADMSG (cut, a profile or bit depth that is none). */
int vp9_config_parse(struct slice record, struct vp9_config *c);

/* Write a record, with version and flags before it.  w: borrowed. */
void vp9_config_print(struct writer *w, const struct vp9_config *c);

/* Read the uncompressed header of a VP9 frame up to its size.  frame:
 * borrowed.  k: filled on success only.
 * Returns 0, -ENOENT (no key frame) or -EBADMSG (cut, no frame at all). */
int vp9_key_parse(struct slice frame, struct vp9_key *k);

/* The same of VP8, whose size is at most 16383. */
int vp8_key_parse(struct slice frame, struct vp9_key *k);

/* The lowest level, as in the record, that allows pictures of that size:
 * a guess, since it says nothing of rates (VP9 Annex A). */
uint8_t vp9_level(uint32_t width, uint32_t height);

#endif
