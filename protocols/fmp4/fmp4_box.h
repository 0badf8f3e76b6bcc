/* Boxes of ISO base media files (ISO/IEC 14496-12 s4.2), read one after the
 * other.  Thread: any, pure. */
#ifndef FMP4_BOX_H
#define FMP4_BOX_H

#include "base/error.h"
#include "base/slice.h"

enum {
	FMP4_TYPE_LEN = 4,
	FMP4_BOX_HEADER_LEN = 8,
	FMP4_FULL_BOX_LEN = 4,   /* version and flags, first in the body */
};

struct fmp4_box {
	struct str type;         /* FMP4_TYPE_LEN letters, borrowed */
	struct slice body;       /* borrowed */
};

/* Take the next box off the front of *boxes.  One of size 0 reaches to the
 * end, as s4.2.2 has it.
 * boxes: borrowed; moved behind the box on success, else as it was.
 * box: filled on success only.
 * Returns 0, -ENOENT (at the end), -EAGAIN (the box is not whole yet) or
 * -EBADMSG (its size is below that of its header). */
int fmp4_box_next(struct slice *boxes, struct fmp4_box *box);

/* Find the first box on a path, such as "moov/mvex/trex"; all boxes on the
 * way but the last hold nothing but boxes.  boxes: borrowed, whole.
 * Returns 0, -ENOENT (there is none) or -EBADMSG (a box that is cut, or has
 * no size, stands before it). */
int fmp4_box_find(struct slice boxes, const char *path,
		  struct fmp4_box *box);

#endif
