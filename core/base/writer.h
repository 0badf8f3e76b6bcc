/* Writing binary output into a buffer that grows, up to a limit.  The error
 * sticks: write all fields, test w->err once.  Thread: any. */
#ifndef WRITER_H
#define WRITER_H

#include "base/error.h"
#include "base/slice.h"

struct writer {
	uint8_t *data;   /* owned */
	size_t len;      /* bytes written */
	size_t size;     /* bytes allocated */
	size_t max;      /* never grows beyond this */
	int err;         /* 0, -ENOMEM, or -EMSGSIZE: above max */
};

/* An empty writer that holds at most `max` bytes; allocates nothing yet. */
static inline struct writer writer(size_t max)
{
	struct writer w = { NULL, 0, 0, max, 0 };

	return w;
}


static inline struct slice writer_slice(const struct writer *w)
{
	return slice(w->data, w->len);
}

/* Free the buffer; the writer is empty and usable again. */
API void writer_fini(struct writer *w);

/* One number, big or little endian; higher bits of `v` are cut. */
API void put_u8(struct writer *w, unsigned v);
API void put_be16(struct writer *w, unsigned v);
API void put_be24(struct writer *w, uint32_t v);
API void put_be32(struct writer *w, uint32_t v);
API void put_be64(struct writer *w, uint64_t v);
API void put_le32(struct writer *w, uint32_t v);

API void put_bytes(struct writer *w, struct slice s);
API void put_str(struct writer *w, struct str s);

/* Formatted text, without the terminating zero. */
API void put_fmt(struct writer *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* `len` bytes of room at the end, counted as written, for the caller to
 * fill; NULL on error. */
API uint8_t *put_room(struct writer *w, size_t len);

/* Drop the first `n` bytes (at most w->len). */
API void writer_drop(struct writer *w, size_t n);

#endif
