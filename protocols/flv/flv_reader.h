/* Tags out of a stream of FLV bytes that come in pieces of any size: an HTTP
 * body, a pipe, a file. */
#ifndef FLV_READER_H
#define FLV_READER_H

#include "flv/flv_tag.h"

enum flv_reader_state {
	FLV_READER_FILE_HEADER,
	FLV_READER_SKIP,         /* rest of the file header, PreviousTagSize */
	FLV_READER_TAG_HEADER,
	FLV_READER_BODY,
};

struct flv_reader {
	enum flv_reader_state state;
	size_t body_max;         /* longest body taken */
	size_t n_skip;           /* bytes still to skip */
	struct flv_file_header file;  /* valid behind its state */
	struct flv_tag tag;      /* valid in state body */
	struct writer held;      /* owned: a header or body not yet whole */
	bool is_given;           /* `held` was lent to the caller */
	int err;                 /* the error that ended it, or 0 */
};

/* Start at byte 0 of a file.  Thread: that of the owner, as all here.
 * body_max: bytes, 1 to FLV_BODY_MAX. */
void flv_reader_init(struct flv_reader *f, size_t body_max);

/* Free what is held; `f` may be initialised again. */
void flv_reader_fini(struct flv_reader *f);

/* Eat bytes up to the end of one tag.  Memory grows with the bytes that came,
 * never with a length that was claimed; a body that lies whole in `r` is not
 * copied.  PreviousTagSize is not looked at: writers in the wild put 0 there.
 * r: borrowed; moved behind what was eaten: all of it, if no tag is whole.
 * t, body: filled if a tag is whole; body is borrowed from `r` or from `f`,
 * until the next call.
 * Returns 1 (a tag), 0 (no whole tag yet), -EBADMSG (not FLV), -EMSGSIZE
 * (body above body_max), -ENOMEM; an error ends the stream, and is returned
 * from then on. */
int flv_reader_next(struct flv_reader *f, struct reader *r,
		    struct flv_tag *t, struct slice *body);

#endif
