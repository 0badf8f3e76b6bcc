/* FLV over HTTP as the load reads it, strictly: the answer's head, the file's
 * header, tags with their sizes (flv-f4v-10.1 E.2 to E.4).  Written apart
 * from the server, as wire.h is. */
#ifndef FLV_H
#define FLV_H

#include "wire.h"

enum { FLV_FIXED_MAX = 13 };     /* the longest header: file, first size */

enum flv_state {
	FLV_HEAD,                /* of HTTP */
	FLV_FILE,
	FLV_TAG,
	FLV_BODY,
	FLV_SIZE,
};

struct flv_in {
	enum flv_state state;
	unsigned n_end;          /* of the "\r\n\r\n" so far */
	unsigned n_fixed;
	uint8_t fixed[FLV_FIXED_MAX];
	struct wire_message tags[2];     /* audio and others, video */
	struct wire_message *tag;        /* the one that is read */
};

/* As wire_read.  Also -EACCES: the answer is not 200. */
int flv_read(struct flv_in *in, const uint8_t *p, size_t len,
	     wire_piece_fn *fn, void *arg);

#endif
