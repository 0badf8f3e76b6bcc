/* Boxes of ISO base media files (ISO/IEC 14496-12 s4.2). */
#include "fmp4/fmp4_box.h"
#include "base/reader.h"
#include "base/writer.h"
#include "fmp4/fmp4_int.h"


enum {
	SIZE_TO_END = 0,
	SIZE_IS_LONG = 1,        /* 64 bits follow the type */
	LONG_HEADER_LEN = 16,
};


int fmp4_box_next(struct slice *boxes, struct fmp4_box *box)
{
	struct reader r = reader(*boxes);
	size_t header_len = FMP4_BOX_HEADER_LEN;
	struct slice type;
	uint64_t size;

	if (!boxes->len)
		return -ENOENT;

	size = get_be32(&r);
	type = get_bytes(&r, FMP4_TYPE_LEN);
	if (size == SIZE_IS_LONG) {
		size = get_be64(&r);
		header_len = LONG_HEADER_LEN;
	}
	else if (size == SIZE_TO_END) {
		size = boxes->len;
	}
	if (r.err)
		return -EAGAIN;
	if (size < header_len)
		return -EBADMSG;
	if (size > boxes->len)
		return -EAGAIN;

	box->type = str_of(type);
	box->body = get_bytes(&r, (size_t)size - header_len);
	*boxes = slice_from(*boxes, (size_t)size);

	return 0;
}


/* The first box of a type among its neighbours. */
static int find(struct slice boxes, struct str type, struct fmp4_box *box)
{
	struct fmp4_box it;
	int err;

	do {
		err = fmp4_box_next(&boxes, &it);
		if (err)
			return err == -EAGAIN ? -EBADMSG : err;
	} while (!str_eq(it.type, type));

	*box = it;

	return 0;
}


int fmp4_box_find(struct slice boxes, const char *path, struct fmp4_box *box)
{
	struct fmp4_box it = { .body = boxes };
	int err;

	do {
		size_t len = strcspn(path, "/");

		err = find(it.body, str_n(path, len), &it);
		if (err)
			return err;
		path += len;
	} while (*path++);

	*box = it;

	return 0;
}


size_t fmp4_box_open(struct writer *w, const char *type)
{
	size_t at = w->len;

	put_be32(w, 0);
	put_str(w, str(type));

	return at;
}


size_t fmp4_full_box_open(struct writer *w, const char *type,
			  unsigned version, uint32_t flags)
{
	size_t at = fmp4_box_open(w, type);

	put_u8(w, version);
	put_be24(w, flags);

	return at;
}


void fmp4_box_close(struct writer *w, size_t at)
{
	fmp4_set_be32(w, at, (uint32_t)(w->len - at));
}


void fmp4_set_be32(struct writer *w, size_t at, uint32_t v)
{
	if (w->err)
		return;

	for (size_t i = 4; i-- > 0; v >>= 8)
		w->data[at + i] = (uint8_t)v;
}


void fmp4_put_zeros(struct writer *w, size_t n)
{
	uint8_t *p = put_room(w, n);

	if (p)
		memset(p, 0, n);
}
