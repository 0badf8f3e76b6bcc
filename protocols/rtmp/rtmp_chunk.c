/* RTMP messages <-> the chunks they are cut into (RTMP 1.0 s5.3). */
#include "rtmp/rtmp_chunk.h"
#include <assert.h>
#include <limits.h>
#include "base/mem.h"
#include "base/reader.h"


enum {
	TIMESTAMP_EXTENDED = 0xffffff,   /* the real one follows, s5.3.1.3 */
	EXT_LEN = 4,
	CSID_2_BYTES = 0,                /* in the basic header, s5.3.1.1 */
	CSID_3_BYTES = 1,
	CSID_BASE = 64,                  /* of both */
	CSID_2_BYTES_MAX = CSID_BASE + 255,
	STREAMS_FIRST = 4,
};

/* Chunk types, s5.3.1.2: how much of a message header there is. */
enum fmt {
	FMT_ALL = 0,             /* absolute timestamp, length, type, stream */
	FMT_SAME_STREAM = 1,     /* delta, length, type */
	FMT_SAME_LENGTH = 2,     /* delta */
	FMT_SAME_DELTA = 3,      /* nothing */
};

/* What the next header of this chunk stream may leave out. */
struct rtmp_chunk_stream {
	struct rtmp_header header;
	uint32_t delta;          /* what the last timestamp field said */
	bool has_ext;            /* and that it was an extended one */
	struct chunk *body;      /* unfinished message, owned; or NULL */
};

/* One header as the peer means it: what it leaves out is filled in. */
struct chunk_header {
	enum fmt fmt;
	struct rtmp_header header;       /* all but the timestamp */
	uint32_t time;                   /* timestamp of fmt 0, else delta */
	bool has_ext;
};

/* Where the writing of a body has come to. */
struct parts {
	const struct slice *next;
	size_t n_left;
	struct slice part;               /* what is left of the one begun */
};


static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}


static struct rtmp_chunk_stream *find_stream(const struct rtmp_dechunker *d,
					     uint32_t csid)
{
	if (d->now && d->now->header.csid == csid)
		return d->now;

	for (size_t i = 0; i < d->n_streams; i++) {
		if (d->streams[i].header.csid == csid)
			return &d->streams[i];
	}

	return NULL;
}


static int add_stream(struct rtmp_dechunker *d, uint32_t csid)
{
	struct rtmp_chunk_stream *streams;
	size_t size;

	if (d->n_streams == RTMP_CHUNK_STREAMS_MAX)
		return -EMSGSIZE;

	if (d->n_streams == d->size) {
		size = d->size ? d->size * 2 : STREAMS_FIRST;
		streams = mem_resize(d->streams, size * sizeof(*streams));
		if (!streams)
			return -ENOMEM;

		d->streams = streams;
		d->size = size;
	}

	d->now = &d->streams[d->n_streams++];
	memset(d->now, 0, sizeof(*d->now));
	d->now->header.csid = csid;

	return 0;
}


static void drop_body(struct rtmp_dechunker *d, struct rtmp_chunk_stream *s)
{
	if (!s->body)
		return;

	d->held -= s->body->size;
	s->body = chunk_unref(s->body);
}


static int resize_body(struct rtmp_dechunker *d, struct rtmp_chunk_stream *s,
		       size_t size)
{
	size_t old_size = s->body ? s->body->size : 0;
	size_t max = d->message_max;
	struct chunk *body;

	if (max < RTMP_PARTIAL_MAX)
		max = RTMP_PARTIAL_MAX;
	if (d->held - old_size + size > max)
		return -EMSGSIZE;

	body = chunk_new(size);
	if (!body)
		return -ENOMEM;

	if (s->body) {
		memcpy(body->data, s->body->data, s->body->len);
		body->len = s->body->len;
		drop_body(d, s);
	}

	s->body = body;
	d->held += size;

	return 0;
}


/* Memory follows what has come, not what the header claims. */
static int append_body(struct rtmp_dechunker *d, struct rtmp_chunk_stream *s,
		       struct slice in)
{
	size_t need = s->body->len + in.len;
	size_t size = s->body->size;
	int err;

	if (need > size) {
		while (size < need)
			size *= 2;
		err = resize_body(d, s, min_size(size, s->header.len));
		if (err)
			return err;
	}

	if (in.len)
		memcpy(s->body->data + s->body->len, in.p, in.len);
	s->body->len = need;

	return 0;
}


static uint32_t get_csid(struct reader *r, enum fmt *fmt)
{
	uint8_t b = get_u8(r);
	uint32_t csid = b & 0x3f;

	*fmt = (enum fmt)(b >> 6);

	if (csid == CSID_2_BYTES) {
		csid = CSID_BASE + (uint32_t)get_u8(r);
	}
	else if (csid == CSID_3_BYTES) {
		csid = CSID_BASE + (uint32_t)get_u8(r);
		csid += (uint32_t)get_u8(r) << 8;
	}

	return csid;
}


static void get_message_header(struct reader *r, struct chunk_header *h)
{
	h->time = get_be24(r);

	if (h->fmt <= FMT_SAME_STREAM) {
		h->header.len = get_be24(r);
		h->header.type = get_u8(r);
	}

	if (h->fmt == FMT_ALL)
		h->header.stream_id = get_le32(r);

	h->has_ext = h->time == TIMESTAMP_EXTENDED;
	if (h->has_ext)
		h->time = get_be32(r);
}


/* The extended timestamp of a fmt 3 header.  The spec wants it repeated, and
 * old librtmp and its kin do not: in the middle of a message, where it must
 * be the same as before, other bytes are payload.  That settles it for this
 * peer.  As soon as one byte differs there is no need to wait for four. */
static void get_repeated_ext(struct rtmp_dechunker *d, struct reader *r,
			     const struct rtmp_chunk_stream *s,
			     struct chunk_header *h)
{
	size_t n = min_size(reader_left(r), EXT_LEN);

	if (d->omits_ext)
		return;

	for (size_t i = 0; s->body && i < n; i++) {
		if (r->p[i] != (uint8_t)(s->delta >> (24 - 8 * i))) {
			d->omits_ext = true;
			return;
		}
	}

	h->time = get_be32(r);
}


/* True if `h` goes on with the unfinished message of `s`.  Only fmt 3 should
 * (s5.3.1.2.4); a longer header that changes nothing is taken as well, as
 * nginx-rtmp, SRS and ffmpeg do. */
static bool is_continuation(const struct rtmp_chunk_stream *s,
			    const struct chunk_header *h)
{
	if (!s->body)
		return false;

	if (h->fmt == FMT_ALL && (h->time != s->header.timestamp ||
				  h->header.stream_id != s->header.stream_id))
		return false;

	return h->header.len == s->header.len &&
		h->header.type == s->header.type;
}


static int begin_message(struct rtmp_dechunker *d, struct rtmp_chunk_stream *s,
			 const struct chunk_header *h)
{
	uint32_t base = h->fmt == FMT_ALL ? 0 : s->header.timestamp;

	drop_body(d, s);

	if (h->header.len > d->message_max)
		return -EMSGSIZE;

	s->header = h->header;
	s->header.timestamp = base + h->time;

	return resize_body(d, s, min_size(h->header.len, RTMP_PARTIAL_FIRST));
}


static int begin_chunk(struct rtmp_dechunker *d, const struct chunk_header *h)
{
	struct rtmp_chunk_stream *s = d->now;
	int err;

	if (!is_continuation(s, h)) {
		err = begin_message(d, s, h);
		if (err)
			return err;
	}

	s->delta = h->time;
	s->has_ext = h->has_ext;
	d->chunk_left = (uint32_t)min_size(s->header.len - s->body->len,
					   d->chunk_size);
	return 0;
}


/* Returns the bytes eaten, -EAGAIN (nothing has changed), or an error. */
static int read_header(struct rtmp_dechunker *d, struct slice in)
{
	static const struct rtmp_chunk_stream fresh;
	struct reader r = reader(in);
	struct rtmp_chunk_stream *s;
	struct chunk_header h;
	uint32_t csid;
	int err;

	csid = get_csid(&r, &h.fmt);
	if (r.err)
		return r.err;

	/* librtmp begins chunk stream 2 with fmt 1: message stream 0. */
	s = find_stream(d, csid);
	if (!s && h.fmt >= FMT_SAME_LENGTH)
		return -EBADMSG;

	h.header = s ? s->header : fresh.header;
	h.header.csid = csid;
	h.time = s ? s->delta : 0;
	h.has_ext = s && s->has_ext;

	if (h.fmt != FMT_SAME_DELTA)
		get_message_header(&r, &h);
	else if (h.has_ext)
		get_repeated_ext(d, &r, s, &h);
	if (r.err)
		return r.err;

	d->now = s;
	err = s ? 0 : add_stream(d, csid);
	if (!err)
		err = begin_chunk(d, &h);

	return err ? err : (int)(in.len - reader_left(&r));
}


/* Returns the bytes eaten, or an error. */
static int read_payload(struct rtmp_dechunker *d, struct slice in,
			struct rtmp_message *msg)
{
	struct rtmp_chunk_stream *s = d->now;
	size_t n = min_size(in.len, d->chunk_left);
	int err;

	d->chunk_left -= (uint32_t)n;

	if (!s->body) /* aborted in the middle of a chunk */
		return (int)n;

	err = append_body(d, s, slice(in.p, n));
	if (err)
		return err;

	if (s->body->len == s->header.len) {
		d->held -= s->body->size;
		msg->header = s->header;
		msg->body = s->body;
		s->body = NULL;
	}

	return (int)n;
}


static uint8_t *store_be(uint8_t *p, uint32_t v, size_t n)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;

	return p + n;
}


static uint8_t *store_csid(uint8_t *p, uint32_t csid, enum fmt fmt)
{
	uint8_t top = (uint8_t)(fmt << 6);
	uint32_t rest = csid - CSID_BASE;

	if (csid < CSID_BASE) {
		*p++ = top | (uint8_t)csid;
	}
	else if (csid <= CSID_2_BYTES_MAX) {
		*p++ = top | CSID_2_BYTES;
		*p++ = (uint8_t)rest;
	}
	else {
		*p++ = top | CSID_3_BYTES;
		*p++ = (uint8_t)rest;
		*p++ = (uint8_t)(rest >> 8);
	}

	return p;
}


/* Returns the length: at most RTMP_CHUNK_HEADER_MAX. */
static size_t store_header(uint8_t *buf, const struct rtmp_header *h,
			   enum fmt fmt)
{
	bool has_ext = h->timestamp >= TIMESTAMP_EXTENDED;
	uint8_t *p = store_csid(buf, h->csid, fmt);

	if (fmt == FMT_ALL) {
		p = store_be(p, has_ext ? TIMESTAMP_EXTENDED : h->timestamp, 3);
		p = store_be(p, h->len, 3);
		*p++ = h->type;
		p = store_be(p, __builtin_bswap32(h->stream_id), 4);
	}

	if (has_ext)
		p = store_be(p, h->timestamp, EXT_LEN);

	return (size_t)(p - buf);
}


static int emit_parts(struct parts *parts, size_t len, rtmp_emit_fn *emit,
		      void *arg)
{
	int err = 0;

	while (len && !err) {
		size_t n = min_size(len, parts->part.len);

		if (!n) {
			assert(parts->n_left);
			parts->part = *parts->next++;
			--parts->n_left;
			continue;
		}

		err = emit(arg, slice(parts->part.p, n));
		parts->part = slice_from(parts->part, n);
		len -= n;
	}

	return err;
}


static int emit_to_writer(void *arg, struct slice run)
{
	struct writer *w = arg;

	put_bytes(w, run);

	return w->err;
}


void rtmp_dechunker_init(struct rtmp_dechunker *d, uint32_t message_max)
{
	assert(message_max && message_max <= RTMP_MESSAGE_MAX);

	memset(d, 0, sizeof(*d));
	d->chunk_size = RTMP_CHUNK_SIZE_DEFAULT;
	d->message_max = message_max;
}


void rtmp_dechunker_fini(struct rtmp_dechunker *d)
{
	for (size_t i = 0; i < d->n_streams; i++)
		drop_body(d, &d->streams[i]);

	mem_free(d->streams);
	memset(d, 0, sizeof(*d));
}


int rtmp_dechunker_read(struct rtmp_dechunker *d, struct slice in,
			struct rtmp_message *msg)
{
	size_t eaten = 0;
	int n;

	msg->body = NULL;
	in.len = min_size(in.len, INT_MAX);

	while (eaten < in.len && !msg->body) {
		if (!d->chunk_left) {
			n = read_header(d, slice_from(in, eaten));
			if (n == -EAGAIN)
				break;
			if (n < 0)
				return n;
			eaten += (size_t)n;
		}

		n = read_payload(d, slice_from(in, eaten), msg);
		if (n < 0)
			return n;
		eaten += (size_t)n;
	}

	return (int)eaten;
}


int rtmp_dechunker_set_chunk_size(struct rtmp_dechunker *d,
				  uint32_t chunk_size)
{
	if (!chunk_size || chunk_size > RTMP_CHUNK_SIZE_MAX)
		return -EBADMSG;

	d->chunk_size = chunk_size;

	return 0;
}


void rtmp_dechunker_abort(struct rtmp_dechunker *d, uint32_t csid)
{
	struct rtmp_chunk_stream *s = find_stream(d, csid);

	if (s)
		drop_body(d, s);
}


int rtmp_chunk_write(const struct rtmp_header *h, const struct slice *parts,
		     size_t n_parts, uint32_t chunk_size, rtmp_emit_fn *emit,
		     void *arg)
{
	struct parts body = { parts, n_parts, { NULL, 0 } };
	uint8_t buf[RTMP_CHUNK_HEADER_MAX];
	enum fmt fmt = FMT_ALL;
	size_t left = h->len;
	int err;

	assert(h->len <= RTMP_MESSAGE_MAX);
	assert(h->csid >= RTMP_CSID_CONTROL && h->csid <= RTMP_CSID_MAX);
	assert(chunk_size && chunk_size <= RTMP_CHUNK_SIZE_MAX);

	do {
		size_t n = min_size(left, chunk_size);

		err = emit(arg, slice(buf, store_header(buf, h, fmt)));
		if (!err)
			err = emit_parts(&body, n, emit, arg);

		left -= n;
		fmt = FMT_SAME_DELTA;
	} while (left && !err);

	return err;
}


size_t rtmp_chunk_written_len(const struct rtmp_header *h,
			      uint32_t chunk_size)
{
	uint8_t buf[RTMP_CHUNK_HEADER_MAX];
	size_t n_more = h->len ? (h->len - 1) / chunk_size : 0;

	return store_header(buf, h, FMT_ALL) + h->len +
		n_more * store_header(buf, h, FMT_SAME_DELTA);
}


void rtmp_chunk_put(struct writer *w, const struct rtmp_header *h,
		    struct slice body, uint32_t chunk_size)
{
	struct rtmp_header header = *h;

	if (body.len > RTMP_MESSAGE_MAX) {
		w->err = w->err ? w->err : -EMSGSIZE;
		return;
	}

	header.len = (uint32_t)body.len;
	rtmp_chunk_write(&header, &body, 1, chunk_size, emit_to_writer, w);
}
