/* Tags out of a stream of FLV bytes (flv-f4v-10.1 E.3). */
#include "flv/flv_reader.h"
#include <assert.h>


/* The next `len` bytes as one run: from `r` itself if they lie there whole,
 * else put together in f->held.  Returns 1, 0 (need more) or -ENOMEM. */
static int gather(struct flv_reader *f, struct reader *r, size_t len,
		  struct slice *s)
{
	size_t missing = len - f->held.len;
	size_t n = reader_left(r) < missing ? reader_left(r) : missing;

	if (!f->held.len && n == len) {
		*s = get_bytes(r, len);
		return 1;
	}

	put_bytes(&f->held, get_bytes(r, n));
	if (f->held.err)
		return f->held.err;
	if (n < missing)
		return 0;

	*s = writer_slice(&f->held);

	return 1;
}


static int file_header(struct flv_reader *f, struct slice s)
{
	struct reader r = reader(s);
	int err;

	err = flv_file_header_parse(&r, &f->file);
	if (err)
		return err;

	f->n_skip = f->file.data_offset - FLV_FILE_HEADER_LEN +
		FLV_TAG_TRAILER_LEN;
	f->state = FLV_READER_SKIP;

	return 0;
}


static int tag_header(struct flv_reader *f, struct slice s)
{
	struct reader r = reader(s);
	int err;

	err = flv_tag_header_parse(&r, &f->tag);
	if (err)
		return err;

	if (f->tag.body_len > f->body_max)
		return -EMSGSIZE;

	f->state = FLV_READER_BODY;

	return 0;
}


static bool skip(struct flv_reader *f, struct reader *r)
{
	size_t n = reader_left(r) < f->n_skip ? reader_left(r) : f->n_skip;

	get_bytes(r, n);
	f->n_skip -= n;
	if (f->n_skip)
		return false;

	f->state = FLV_READER_TAG_HEADER;

	return true;
}


/* How many bytes the present state wants as one run. */
static size_t wanted(const struct flv_reader *f)
{
	switch (f->state) {

	case FLV_READER_FILE_HEADER:
		return FLV_FILE_HEADER_LEN;

	case FLV_READER_TAG_HEADER:
		return FLV_TAG_HEADER_LEN;

	case FLV_READER_BODY:
		return f->tag.body_len;

	case FLV_READER_SKIP:
		break;
	}

	return 0;
}


/* One state forward.  Returns 1 (a tag is whole), 0 (go on), -EAGAIN (all is
 * eaten) or the error. */
static int step(struct flv_reader *f, struct reader *r, struct slice *body)
{
	struct slice s;
	int n;

	if (f->state == FLV_READER_SKIP)
		return skip(f, r) ? 0 : -EAGAIN;

	n = gather(f, r, wanted(f), &s);
	if (n <= 0)
		return n ? n : -EAGAIN;

	if (f->state == FLV_READER_BODY) {
		*body = s;
		f->is_given = f->held.len > 0;
		f->n_skip = FLV_TAG_TRAILER_LEN;
		f->state = FLV_READER_SKIP;
		return 1;
	}

	n = f->state == FLV_READER_FILE_HEADER ? file_header(f, s) :
		tag_header(f, s);
	writer_drop(&f->held, f->held.len);

	return n;
}


void flv_reader_init(struct flv_reader *f, size_t body_max)
{
	assert(body_max > 0 && body_max <= FLV_BODY_MAX);

	*f = (struct flv_reader) {
		.state = FLV_READER_FILE_HEADER,
		.body_max = body_max,
		.held = writer(body_max > FLV_TAG_HEADER_LEN ? body_max :
			       FLV_TAG_HEADER_LEN),
	};
}


void flv_reader_fini(struct flv_reader *f)
{
	writer_fini(&f->held);
}


int flv_reader_next(struct flv_reader *f, struct reader *r,
		    struct flv_tag *t, struct slice *body)
{
	int n;

	if (f->err)
		return f->err;

	if (f->is_given) {
		writer_drop(&f->held, f->held.len);
		f->is_given = false;
	}

	do {
		n = step(f, r, body);
	} while (!n);

	if (n == -EAGAIN)
		return 0;
	if (n < 0) {
		f->err = n;
		return n;
	}

	*t = f->tag;

	return 1;
}
