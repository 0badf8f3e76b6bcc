/* Between the files of this folder only. */
#ifndef AMF_INT_H
#define AMF_INT_H

#include "amf/amf0.h"

/* Called at an AMF3 value inside AMF0.  r: behind the avmplus marker; to be
 * left behind the value, or with its error set.  depth: of the value. */
typedef void (amf0_on_avmplus_fn)(struct reader *r, int depth, void *arg);

struct amf0_walk {
	int depth;                       /* containers entered so far */
	amf0_on_avmplus_fn *on_avmplus;  /* NULL: such a value is malformed */
	void *arg;
};

/* As amf0_read(), with the depth and the AMF3 values in the caller's hands. */
int amf0_read_walk(struct reader *r, struct amf_value *v,
		   struct amf0_walk *walk);

/* Set the reader's error, unless it has one. */
static inline void amf_fail(struct reader *r, int err)
{
	if (!r->err)
		r->err = err;
}

/* A double in network byte order: AMF0's Number, AMF3's double. */
static inline double amf_get_double(struct reader *r)
{
	uint64_t bits = get_be64(r);
	double v;

	memcpy(&v, &bits, sizeof(v));

	return v;
}

#endif
