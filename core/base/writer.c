/* Writing binary output into a buffer that grows, up to a limit. */
#include "base/writer.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"


enum { WRITER_FIRST = 256 };


static int grow(struct writer *w, size_t need)
{
	size_t size = w->size ? w->size : WRITER_FIRST;
	uint8_t *data;

	while (size < need)
		size *= 2;
	if (size > w->max)
		size = w->max;

	data = mem_resize(w->data, size);
	if (!data)
		return -ENOMEM;

	w->data = data;
	w->size = size;

	return 0;
}


static void put_be(struct writer *w, uint64_t v, size_t n)
{
	uint8_t *p = put_room(w, n);

	if (!p)
		return;

	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}


void writer_fini(struct writer *w)
{
	w->data = mem_free(w->data);
	w->len = w->size = 0;
	w->err = 0;
}


void put_u8(struct writer *w, unsigned v)
{
	put_be(w, v, 1);
}


void put_be16(struct writer *w, unsigned v)
{
	put_be(w, v, 2);
}


void put_be24(struct writer *w, uint32_t v)
{
	put_be(w, v, 3);
}


void put_be32(struct writer *w, uint32_t v)
{
	put_be(w, v, 4);
}


void put_be64(struct writer *w, uint64_t v)
{
	put_be(w, v, 8);
}


void put_le32(struct writer *w, uint32_t v)
{
	put_be(w, __builtin_bswap32(v), 4);
}


void put_bytes(struct writer *w, struct slice s)
{
	uint8_t *p = put_room(w, s.len);

	if (p && s.len)
		memcpy(p, s.p, s.len);
}


void put_str(struct writer *w, struct str s)
{
	put_bytes(w, slice(s.p, s.len));
}


void put_fmt(struct writer *w, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);

	if (n < 0 || (size_t)n >= sizeof(buf)) {
		w->err = w->err ? w->err : -EMSGSIZE;
		return;
	}

	put_bytes(w, slice(buf, (size_t)n));
}


uint8_t *put_room(struct writer *w, size_t len)
{
	if (w->err)
		return NULL;

	if (len > w->max - w->len) {
		w->err = -EMSGSIZE;
		return NULL;
	}

	if (!w->data || len > w->size - w->len) {
		w->err = grow(w, w->len + len);
		if (w->err)
			return NULL;
	}

	w->len += len;

	return w->data + w->len - len;
}


void writer_drop(struct writer *w, size_t n)
{
	assert(n <= w->len);

	if (n && n < w->len)
		memmove(w->data, w->data + n, w->len - n);
	w->len -= n;
}
