/* Program association and program map tables (ISO/IEC 13818-1 s2.4.4). */
#include "mpegts/mpegts_psi.h"
#include "base/reader.h"
#include "base/writer.h"


enum {
	TABLE_PAT = 0x00,
	TABLE_PMT = 0x02,
	HEAD_LEN = 3,            /* table_id, section_length */
	CRC_LEN = 4,
	LEN_MASK = 0x0fff,
	PID_MASK = 0x1fff,
	PID_RESERVED = 0xe000,
	LEN_RESERVED = 0xf000,
	SYNTAX = 0xb000,         /* section_syntax_indicator, reserved bits */
};

/* Two fours of bits at a time: x^32 + x^26 + ... + 1, the first bit first. */
static const uint32_t crc_of_nibble[16] = {
	0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9,
	0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
	0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61,
	0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
};

/* What both tables begin with. */
struct head {
	uint16_t id;             /* transport_stream_id, program_number */
	uint8_t version;
	bool is_current;
};


uint32_t mpegts_crc32(struct slice s)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < s.len; i++) {
		crc = crc << 4 ^ crc_of_nibble[crc >> 28 ^ s.p[i] >> 4];
		crc = crc << 4 ^ crc_of_nibble[crc >> 28 ^ (s.p[i] & 0x0f)];
	}

	return crc;
}


/* Read up to the table's own fields; r is left with these, without CRC. */
static int head_parse(struct reader *r, struct slice section,
		      unsigned table, struct head *h)
{
	struct reader all = reader(section);
	unsigned table_id = get_u8(&all), number, last;
	size_t len = get_be16(&all) & LEN_MASK;

	if (all.err || table_id != table || len != reader_left(&all) ||
	    len < CRC_LEN || mpegts_crc32(section))
		return -EBADMSG;

	*r = reader(get_bytes(&all, len - CRC_LEN));
	h->id = get_be16(r);
	h->version = get_u8(r);
	h->is_current = h->version & 1;
	h->version = h->version >> 1 & 0x1f;
	number = get_u8(r);
	last = get_u8(r);
	if (r->err)
		return -EBADMSG;

	return number || last ? -ENOTSUP : 0;
}


int mpegts_pat_parse(struct slice section, struct mpegts_pat *pat)
{
	struct reader r;
	struct head h;
	int err = head_parse(&r, section, TABLE_PAT, &h);

	if (err)
		return err;
	if (reader_left(&r) % 4)
		return -EBADMSG;
	if (reader_left(&r) / 4 > MPEGTS_PROGRAMS_MAX)
		return -EMSGSIZE;

	*pat = (struct mpegts_pat) {
		.transport_stream_id = h.id,
		.version = h.version,
		.is_current = h.is_current,
	};
	while (reader_left(&r)) {
		struct mpegts_program *p = &pat->programs[pat->n_programs++];

		p->number = get_be16(&r);
		p->pid = get_be16(&r) & PID_MASK;
	}

	return 0;
}


static int streams_parse(struct reader *r, struct mpegts_pmt *pmt)
{
	while (reader_left(r)) {
		struct mpegts_stream s;

		s.type = get_u8(r);
		s.pid = get_be16(r) & PID_MASK;
		s.descriptors = get_bytes(r, get_be16(r) & LEN_MASK);
		if (r->err)
			return -EBADMSG;
		if (pmt->n_streams == MPEGTS_STREAMS_MAX)
			return -EMSGSIZE;

		pmt->streams[pmt->n_streams++] = s;
	}

	return 0;
}


int mpegts_pmt_parse(struct slice section, struct mpegts_pmt *pmt)
{
	struct mpegts_pmt out = { .n_streams = 0 };
	struct reader r;
	struct head h;
	int err = head_parse(&r, section, TABLE_PMT, &h);

	if (err)
		return err;

	out.program = h.id;
	out.version = h.version;
	out.is_current = h.is_current;
	out.pcr_pid = get_be16(&r) & PID_MASK;
	get_bytes(&r, get_be16(&r) & LEN_MASK);
	if (r.err)
		return -EBADMSG;

	err = streams_parse(&r, &out);
	if (err)
		return err;

	*pmt = out;

	return 0;
}


/* Returns where the section begins. */
static size_t begin(struct writer *w, unsigned table, unsigned id,
		    unsigned version, bool is_current)
{
	size_t at = w->len;

	put_u8(w, table);
	put_be16(w, SYNTAX);
	put_be16(w, id);
	put_u8(w, 0xc0 | (version & 0x1f) << 1 | is_current);
	put_be16(w, 0);          /* section_number, last_section_number */

	return at;
}


static void end(struct writer *w, size_t at)
{
	size_t len = w->len - at - HEAD_LEN + CRC_LEN;

	if (w->err)
		return;
	if (len > MPEGTS_SECTION_MAX - HEAD_LEN) {
		w->err = -EMSGSIZE;
		return;
	}

	w->data[at + 1] |= (uint8_t)(len >> 8);
	w->data[at + 2] = (uint8_t)len;
	put_be32(w, mpegts_crc32(slice(w->data + at, w->len - at)));
}


void mpegts_pat_print(struct writer *w, const struct mpegts_pat *pat)
{
	size_t at = begin(w, TABLE_PAT, pat->transport_stream_id,
			  pat->version, pat->is_current);

	for (size_t i = 0; i < pat->n_programs; i++) {
		put_be16(w, pat->programs[i].number);
		put_be16(w, PID_RESERVED | pat->programs[i].pid);
	}
	end(w, at);
}


void mpegts_pmt_print(struct writer *w, const struct mpegts_pmt *pmt)
{
	size_t at = begin(w, TABLE_PMT, pmt->program, pmt->version,
			  pmt->is_current);

	put_be16(w, PID_RESERVED | pmt->pcr_pid);
	put_be16(w, LEN_RESERVED);  /* no descriptors of the program */
	for (size_t i = 0; i < pmt->n_streams; i++) {
		const struct mpegts_stream *s = &pmt->streams[i];

		put_u8(w, s->type);
		put_be16(w, PID_RESERVED | s->pid);
		put_be16(w, LEN_RESERVED | (unsigned)s->descriptors.len);
		put_bytes(w, s->descriptors);
	}
	end(w, at);
}


struct slice mpegts_descriptor_find(struct slice descriptors, unsigned tag)
{
	struct reader r = reader(descriptors);

	while (reader_left(&r)) {
		unsigned found = get_u8(&r);
		struct slice content = get_bytes(&r, get_u8(&r));

		if (found == tag || r.err)
			return r.err ? slice(NULL, 0) : content;
	}

	return slice(NULL, 0);
}
