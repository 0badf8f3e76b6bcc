/* How the VUI of a sequence parameter set begins, alike in H.264 (Annex
 * E.1.1) and HEVC (Annex E.2.1). */
#ifndef VUI_H
#define VUI_H

#include "codec/bits.h"

/* Read from aspect_ratio_info_present_flag up to the chroma sample locations.
 * Thread: any, pure.
 * b: borrowed; left behind these, its error sticks.  sar_width, sar_height:
 * the sample aspect ratio, or unchanged if none is said. */
void vui_read(struct bits *b, uint32_t *sar_width, uint32_t *sar_height);

#endif
