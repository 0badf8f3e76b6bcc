/* RTMP as the load tools speak it (Adobe RTMP 1.0 s5.3, s5.4; AMF0 s2). */
#include "wire.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
	CHUNK_SIZE_DEFAULT = 128,
	CHUNK_SIZE_MAX = 0x7fffffff,
	TIMESTAMP_EXTENDED = 0xffffff,
	CSID_CONTROL = 2,
	AMF_NUMBER = 0,
	AMF_BOOLEAN = 1,
	AMF_STRING = 2,
	AMF_OBJECT = 3,
	AMF_NULL = 5,
	AMF_UNDEFINED = 6,
	AMF_ECMA_ARRAY = 8,
	AMF_END = 9,
};

/* Bytes of the message header, by chunk type. */
static const uint8_t header_lens[] = { 11, 7, 3, 0 };


void wire_in_init(struct wire_in *in)
{
	in->chunk_size = CHUNK_SIZE_DEFAULT;
	in->chunk_left = 0;
	in->n_header = 0;
	in->n_slots = 0;
	in->current = NULL;
}


static uint32_t get_be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}


uint32_t wire_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | get_be24(p + 1);
}


void wire_put_be32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}


/* A chunk header as it stands in in->header. */
struct header {
	unsigned fmt;
	uint32_t csid;
	size_t basic_len;
};


static void get_basic(struct header *h, const uint8_t *p)
{
	h->fmt = p[0] >> 6;
	h->csid = p[0] & 0x3f;
	h->basic_len = 1;

	if (h->csid == 0) {
		h->csid = 64u + p[1];
		h->basic_len = 2;
	} else if (h->csid == 1) {
		h->csid = 64u + p[1] + 256u * p[2];
		h->basic_len = 3;
	}
}


static struct wire_message *find_slot(struct wire_in *in, uint32_t csid)
{
	for (unsigned i = 0; i < in->n_slots; i++) {
		if (in->slots[i].csid == csid)
			return &in->slots[i];
	}

	return NULL;
}


static struct wire_message *add_slot(struct wire_in *in, uint32_t csid)
{
	struct wire_message *m;

	if (in->n_slots == WIRE_CHUNK_STREAMS)
		return NULL;

	m = &in->slots[in->n_slots];
	memset(m, 0, sizeof(*m));
	m->csid = csid;
	m->slot = (uint8_t)in->n_slots++;

	return m;
}


/* Bytes that the header needs, as far as those already there tell. */
static size_t header_need(struct wire_in *in)
{
	const struct wire_message *m;
	struct header h;
	size_t need;

	if (!in->n_header)
		return 1;

	need = (in->header[0] & 0x3f) == 0 ? 2 :
	       (in->header[0] & 0x3f) == 1 ? 3 : 1;
	if (in->n_header < need)
		return need;

	get_basic(&h, in->header);
	need += header_lens[h.fmt];
	if (in->n_header < need)
		return need;

	m = find_slot(in, h.csid);
	if (h.fmt == 3)
		return need + (m && m->is_extended ? 4 : 0);

	return need + (get_be24(in->header + h.basic_len) ==
		       TIMESTAMP_EXTENDED ? 4 : 0);
}


/* Begin a message: the header's fields and what it leaves unsaid. */
static int begin_message(struct wire_message *m, const struct header *h,
			 const uint8_t *p)
{
	uint32_t time = m->delta;

	if (h->fmt < 3) {
		time = get_be24(p);
		m->is_extended = time == TIMESTAMP_EXTENDED;
	}
	if (m->is_extended)
		time = wire_be32(p + header_lens[h->fmt]);
	if (h->fmt < 2) {
		m->len = get_be24(p + 3);
		m->type = p[6];
	}
	if (h->fmt == 0) {
		m->stream_id = (uint32_t)p[7] | (uint32_t)p[8] << 8 |
			(uint32_t)p[9] << 16 | (uint32_t)p[10] << 24;
		m->timestamp = 0;
	}

	m->delta = time;
	m->timestamp += time;
	m->got = 0;
	m->head_len = 0;

	return m->len > WIRE_MESSAGE_MAX ? -EMSGSIZE : 0;
}


/* The header is complete: find its message. */
static int end_header(struct wire_in *in)
{
	struct wire_message *m;
	struct header h;
	int err;

	get_basic(&h, in->header);
	m = find_slot(in, h.csid);
	if (!m) {
		if (h.fmt != 0)
			return -EBADMSG;
		m = add_slot(in, h.csid);
		if (!m)
			return -EMSGSIZE;
	}

	if (m->got && h.fmt != 3)
		return -EBADMSG;

	if (!m->got) {
		err = begin_message(m, &h, in->header + h.basic_len);
		if (err)
			return err;
	}

	in->current = m;
	in->n_header = 0;
	in->chunk_left = m->len - m->got;
	if (in->chunk_left > in->chunk_size)
		in->chunk_left = in->chunk_size;

	return 0;
}


static void keep_head(struct wire_message *m, const uint8_t *p, size_t len)
{
	size_t max = m->type == WIRE_AUDIO || m->type == WIRE_VIDEO ?
		WIRE_MEDIA_HEAD_MAX : WIRE_HEAD_MAX;
	size_t room = m->head_len < max ? max - m->head_len : 0;

	if (len > room)
		len = room;
	if (len) {
		memcpy(m->head + m->head_len, p, len);
		m->head_len += (uint32_t)len;
	}
}


/* What a complete message changes for the chunks that follow. */
static int end_message(struct wire_in *in, struct wire_message *m)
{
	struct wire_message *aborted;
	uint32_t v;

	m->got = 0;
	if (m->type != WIRE_SET_CHUNK_SIZE && m->type != WIRE_ABORT)
		return 0;
	if (m->len != 4)
		return -EBADMSG;

	v = wire_be32(m->head);
	if (m->type == WIRE_ABORT) {
		aborted = find_slot(in, v);
		if (aborted)
			aborted->got = 0;
		return 0;
	}
	if (!v || v > CHUNK_SIZE_MAX)
		return -EBADMSG;
	in->chunk_size = v;

	return 0;
}


/* Payload of the current chunk; returns bytes taken or an error. */
static int take_payload(struct wire_in *in, const uint8_t *p, size_t len,
			wire_piece_fn *fn, void *arg)
{
	struct wire_message *m = in->current;
	int err;

	if (len > in->chunk_left)
		len = in->chunk_left;

	keep_head(m, p, len);
	err = fn(arg, m, p, len);
	if (err)
		return err;

	m->got += (uint32_t)len;
	in->chunk_left -= (uint32_t)len;
	if (!in->chunk_left)
		in->current = NULL;
	if (m->got == m->len)
		err = end_message(in, m);

	return err ? err : (int)len;
}


int wire_read(struct wire_in *in, const uint8_t *p, size_t len,
	      wire_piece_fn *fn, void *arg)
{
	int n;

	while (len) {
		if (!in->current) {
			in->header[in->n_header++] = *p++;
			--len;
			if (in->n_header < header_need(in))
				continue;
			n = end_header(in);
			if (n < 0)
				return n;
			if (in->chunk_left)
				continue;
		}

		n = take_payload(in, p, len, fn, arg);
		if (n < 0)
			return n;
		p += n;
		len -= (size_t)n;
	}

	return 0;
}


void wire_put(struct wire_out *out, const void *p, size_t len)
{
	assert(len <= out->size - out->len);
	memcpy(out->p + out->len, p, len);
	out->len += len;
}


void wire_put_u8(struct wire_out *out, unsigned v)
{
	assert(out->len < out->size);
	out->p[out->len++] = (uint8_t)v;
}


void wire_put_be(struct wire_out *out, uint32_t v, unsigned n_bytes)
{
	while (n_bytes--)
		wire_put_u8(out, v >> (8 * n_bytes) & 0xff);
}


void wire_put_header(struct wire_out *out, unsigned csid, uint32_t timestamp,
		     size_t len, enum wire_type type, uint32_t stream_id)
{
	bool is_extended = timestamp >= TIMESTAMP_EXTENDED;

	wire_put_u8(out, csid);
	wire_put_be(out, is_extended ? TIMESTAMP_EXTENDED : timestamp, 3);
	wire_put_be(out, (uint32_t)len, 3);
	wire_put_u8(out, type);
	wire_put_be(out, __builtin_bswap32(stream_id), 4);
	if (is_extended)
		wire_put_be(out, timestamp, 4);
}


void wire_put_message(struct wire_out *out, unsigned csid, uint32_t timestamp,
		      enum wire_type type, uint32_t stream_id,
		      const uint8_t *p, size_t len, uint32_t chunk_size)
{
	size_t n;

	wire_put_header(out, csid, timestamp, len, type, stream_id);
	for (;;) {
		n = len < chunk_size ? len : chunk_size;
		wire_put(out, p, n);
		p += n;
		len -= n;
		if (!len)
			return;

		wire_put_u8(out, 0xc0 | csid);
		if (timestamp >= TIMESTAMP_EXTENDED)
			wire_put_be(out, timestamp, 4);
	}
}


void wire_put_control(struct wire_out *out, enum wire_type type, uint32_t v)
{
	wire_put_header(out, CSID_CONTROL, 0, 4, type, 0);
	wire_put_be(out, v, 4);
}


void wire_put_user_control(struct wire_out *out, enum wire_control event,
			   unsigned n, uint32_t a, uint32_t b)
{
	wire_put_header(out, CSID_CONTROL, 0, 2 + 4 * n, WIRE_USER_CONTROL, 0);
	wire_put_be(out, event, 2);
	wire_put_be(out, a, 4);
	if (n > 1)
		wire_put_be(out, b, 4);
}


void amf_put_number(struct wire_out *out, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	wire_put_u8(out, AMF_NUMBER);
	wire_put_be(out, (uint32_t)(bits >> 32), 4);
	wire_put_be(out, (uint32_t)bits, 4);
}


void amf_put_string(struct wire_out *out, const char *z)
{
	wire_put_u8(out, AMF_STRING);
	amf_put_key(out, z);
}


void amf_put_null(struct wire_out *out)
{
	wire_put_u8(out, AMF_NULL);
}


void amf_put_object(struct wire_out *out)
{
	wire_put_u8(out, AMF_OBJECT);
}


void amf_put_key(struct wire_out *out, const char *z)
{
	size_t len = strlen(z);

	wire_put_be(out, (uint32_t)len, 2);
	wire_put(out, z, len);
}


void amf_put_end(struct wire_out *out)
{
	wire_put_be(out, AMF_END, 3);
}


/* A name or a string without its type byte. */
static size_t get_text(const uint8_t *p, size_t len, const char **text,
		       size_t *text_len)
{
	size_t n;

	if (len < 2)
		return 0;

	n = (size_t)p[0] << 8 | p[1];
	if (len < 2 + n)
		return 0;

	*text = (const char *)p + 2;
	*text_len = n;

	return 2 + n;
}


size_t amf_get_string(const uint8_t *p, size_t len, const char **text,
		      size_t *text_len)
{
	size_t n;

	if (!len || p[0] != AMF_STRING)
		return 0;

	n = get_text(p + 1, len - 1, text, text_len);

	return n ? 1 + n : 0;
}


size_t amf_get_number(const uint8_t *p, size_t len, double *v)
{
	uint64_t bits;

	if (len < 9 || p[0] != AMF_NUMBER)
		return 0;

	bits = (uint64_t)wire_be32(p + 1) << 32 | wire_be32(p + 5);
	memcpy(v, &bits, sizeof(*v));

	return 9;
}


size_t amf_skip(const uint8_t *p, size_t len)
{
	const char *text;
	size_t n, at, text_len;

	if (!len)
		return 0;

	switch (p[0]) {
	case AMF_NUMBER:
		return len < 9 ? 0 : 9;
	case AMF_BOOLEAN:
		return len < 2 ? 0 : 2;
	case AMF_STRING:
		return amf_get_string(p, len, &text, &text_len);
	case AMF_NULL:
	case AMF_UNDEFINED:
		return 1;
	case AMF_OBJECT:
	case AMF_ECMA_ARRAY:
		at = p[0] == AMF_OBJECT ? 1 : 5;
		break;
	default:
		return 0;
	}

	/* Flat objects only: what a command of the tools' peers holds. */
	while (at + 3 <= len) {
		if (!p[at] && !p[at + 1] && p[at + 2] == AMF_END)
			return at + 3;
		n = get_text(p + at, len - at, &text, &text_len);
		if (!n || at + n >= len || p[at + n] == AMF_OBJECT ||
		    p[at + n] == AMF_ECMA_ARRAY)
			return 0;
		at += n;
		n = amf_skip(p + at, len - at);
		if (!n)
			return 0;
		at += n;
	}

	return 0;
}
