/* Units out of a transport stream (ISO/IEC 13818-1 s2.4.3, s2.4.4). */
#include "mpegts/mpegts_reader.h"


enum {
	START_LEN = 6,           /* of a PES packet: prefix, id, length */
	COUNTER_MASK = 0x0f,
	CRC_LEN = 4,
};


/* -- tables -- */

static struct mpegts_input *find_input(struct mpegts_reader *m, uint16_t pid)
{
	for (size_t i = 0; i < m->n_inputs; i++) {
		if (m->inputs[i].pid == pid)
			return &m->inputs[i];
	}

	return NULL;
}


static bool has_stream(const struct mpegts_pmt *pmt,
		       const struct mpegts_input *in)
{
	for (size_t i = 0; i < pmt->n_streams; i++) {
		if (pmt->streams[i].pid == in->pid &&
		    pmt->streams[i].type == in->type)
			return true;
	}

	return false;
}


/* Drop inputs that are not in `pmt` (NULL: all). */
static void drop_inputs(struct mpegts_reader *m, const struct mpegts_pmt *pmt)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_inputs; i++) {
		if (pmt && has_stream(pmt, &m->inputs[i]))
			m->inputs[n++] = m->inputs[i];
		else
			writer_fini(&m->inputs[i].pes);
	}
	m->n_inputs = n;
}


/* What goes on keeps what has come of it so far. */
static void take_pmt(struct mpegts_reader *m, const struct mpegts_pmt *pmt)
{
	drop_inputs(m, pmt);
	m->pcr_pid = pmt->pcr_pid;

	for (size_t i = 0; i < pmt->n_streams; i++) {
		const struct mpegts_stream *s = &pmt->streams[i];

		if (find_input(m, s->pid))
			continue;

		m->inputs[m->n_inputs++] = (struct mpegts_input) {
			.pid = s->pid,
			.type = s->type,
			.pes = writer(m->unit_max),
		};
	}
}


static void on_pat(struct mpegts_reader *m, struct slice section)
{
	struct mpegts_pat pat;

	if (mpegts_pat_parse(section, &pat)) {
		++m->counts.n_malformed;
		return;
	}
	if (!pat.is_current)
		return;

	for (size_t i = 0; i < pat.n_programs; i++) {
		const struct mpegts_program *p = &pat.programs[i];

		if (!p->number)
			continue;
		if (!m->has_program || m->program != p->number ||
		    m->pmt_pid != p->pid) {
			m->pmt = (struct mpegts_section) { .len = 0 };
			m->pmt_crc = 0;
		}
		m->program = p->number;
		m->pmt_pid = p->pid;
		m->has_program = true;
		return;
	}
}


static void on_pmt(struct mpegts_reader *m, struct slice section)
{
	struct slice tail = slice_from(section, section.len < CRC_LEN ? 0 :
				       section.len - CRC_LEN);
	struct reader r = reader(tail);
	uint32_t crc = get_be32(&r);
	struct mpegts_pmt pmt;

	if (crc && crc == m->pmt_crc && !mpegts_crc32(section))
		return;
	if (mpegts_pmt_parse(section, &pmt)) {
		++m->counts.n_malformed;
		return;
	}
	if (!pmt.is_current || pmt.program != m->program)
		return;

	m->pmt_crc = crc;
	take_pmt(m, &pmt);
}


static void on_sections(struct mpegts_reader *m,
			const struct mpegts_packet *p)
{
	bool is_pat = p->pid == MPEGTS_PID_PAT, is_start = p->is_start;
	struct mpegts_section *s = is_pat ? &m->pat : &m->pmt;
	struct slice payload = p->payload, section;
	int err;

	do {
		err = mpegts_section_next(s, &payload, &is_start, &section);
		if (err == -EBADMSG)
			++m->counts.n_malformed;
		else if (!err && is_pat)
			on_pat(m, section);
		else if (!err)
			on_pmt(m, section);
	} while (!err);
}


/* -- units -- */

/* What lies in in->pes, as a unit: lent until the next call.  Returns 1, or
 * 0 (it is none). */
static int give(struct mpegts_reader *m, struct mpegts_input *in,
		struct mpegts_unit *unit)
{
	struct reader r = reader(writer_slice(&in->pes));
	struct writer empty = m->given;
	bool was_open = in->is_open;

	if (!was_open)
		return 0;

	in->is_open = false;
	if (mpegts_pes_header_parse(&r, &unit->header)) {
		++m->counts.n_malformed;
		writer_drop(&in->pes, in->pes.len);
		return 0;
	}

	*unit = (struct mpegts_unit) {
		.pid = in->pid,
		.type = in->type,
		.is_random_access = in->is_random_access,
		.is_broken = in->is_broken,
		.header = unit->header,
		.payload = get_rest(&r),
	};
	if (unit->header.payload_len) {
		if (unit->payload.len < unit->header.payload_len)
			unit->is_broken = true;
		else
			unit->payload.len = unit->header.payload_len;
	}

	/* the two change places: nothing is copied */
	writer_drop(&empty, empty.len);
	m->given = in->pes;
	in->pes = empty;
	in->pes.max = m->unit_max;

	return 1;
}


/* Whether it said its length, and has come up to there. */
static bool is_whole(const struct mpegts_input *in)
{
	const uint8_t *p = in->pes.data;
	size_t len;

	if (in->pes.len < START_LEN)
		return false;

	len = (size_t)p[4] << 8 | p[5];

	return len && in->pes.len >= START_LEN + len;
}


/* Returns 0, or -ENOMEM. */
static int append(struct mpegts_reader *m, struct mpegts_input *in,
		  struct slice payload)
{
	int err;

	put_bytes(&in->pes, payload);
	err = in->pes.err;
	if (!err)
		return 0;

	in->is_open = false;
	in->pes.err = 0;
	writer_drop(&in->pes, in->pes.len);
	if (err == -EMSGSIZE) {
		++m->counts.n_too_long;
		err = 0;
	}

	return err;
}


/* Look at the counter.  False: the packet came before. */
static bool is_next(struct mpegts_reader *m, struct mpegts_input *in,
		    const struct mpegts_packet *p)
{
	unsigned expected = (in->counter + 1u) & COUNTER_MASK;

	if (in->has_counter && !p->is_discontinuity) {
		if (p->counter == in->counter) {
			++m->counts.n_repeated;
			return false;
		}
		if (p->counter != expected) {
			++m->counts.n_lost;
			in->is_broken = true;
		}
	}
	in->counter = p->counter;
	in->has_counter = true;

	return true;
}


/* A packet of an elementary stream.  Returns 1 (a unit), 0 or -ENOMEM. */
static int on_media(struct mpegts_reader *m, struct mpegts_input *in,
		    const struct mpegts_packet *p, struct mpegts_unit *unit)
{
	int err;

	if (!is_next(m, in, p))
		return 0;

	if (p->is_start) {
		writer_drop(&in->pes, in->pes.len);
		in->is_open = true;
		in->is_broken = false;
		in->is_random_access = p->is_random_access;
	}
	if (!in->is_open)
		return 0;

	err = append(m, in, p->payload);
	if (err)
		return err;

	return in->is_open && is_whole(in) ? give(m, in, unit) : 0;
}


/* -- packets -- */

/* Whether the packet starts a unit while another of its stream is open,
 * which ends here: then the packet waits for the next call. */
static bool ends_unit(const struct mpegts_input *in,
		      const struct mpegts_packet *p)
{
	return in && in->is_open && p->is_start &&
		!(in->has_counter && p->counter == in->counter &&
		  !p->is_discontinuity);
}


/* Returns 1 (a unit; *is_eaten says whether the packet was), 0, -ENOMEM. */
static int on_packet(struct mpegts_reader *m, struct slice packet,
		     struct mpegts_unit *unit, bool *is_eaten)
{
	struct mpegts_packet p;
	struct mpegts_input *in;

	*is_eaten = true;
	if (mpegts_packet_parse(packet, &p) || p.is_broken) {
		++m->counts.n_packets;
		++m->counts.n_malformed;
		return 0;
	}

	in = find_input(m, p.pid);
	if (ends_unit(in, &p) && !p.is_scrambled && p.has_payload) {
		if (give(m, in, unit)) {
			*is_eaten = false;
			return 1;
		}
	}

	++m->counts.n_packets;
	if (p.has_pcr && p.pid == m->pcr_pid) {
		m->has_pcr = true;
		m->pcr = p.pcr;
	}
	if (p.is_scrambled) {
		++m->counts.n_scrambled;
		return 0;
	}
	if (!p.has_payload)
		return 0;
	if (p.pid == MPEGTS_PID_PAT || (m->has_program &&
					p.pid == m->pmt_pid))
		on_sections(m, &p);
	else if (in)
		return on_media(m, in, &p, unit);

	return 0;
}


/* The next packet: of `r` itself if it lies there whole, else put together.
 * Returns 1, or 0 (all is eaten). */
static int next_packet(struct mpegts_reader *m, struct reader *r,
		       struct slice *packet)
{
	size_t n;

	while (!m->n_held && reader_left(r) && *r->p != MPEGTS_SYNC) {
		get_u8(r);
		++m->counts.n_skipped;
	}

	if (!m->n_held && reader_left(r) >= MPEGTS_PACKET_LEN) {
		*packet = slice(r->p, MPEGTS_PACKET_LEN);
		return 1;
	}

	n = MPEGTS_PACKET_LEN - m->n_held;
	if (n > reader_left(r))
		n = reader_left(r);
	if (n)
		memcpy(m->held + m->n_held, get_bytes(r, n).p, n);
	m->n_held += n;
	*packet = slice(m->held, MPEGTS_PACKET_LEN);

	return m->n_held == MPEGTS_PACKET_LEN;
}


void mpegts_reader_init(struct mpegts_reader *m, size_t unit_max)
{
	*m = (struct mpegts_reader) {
		.unit_max = unit_max,
		.pcr_pid = MPEGTS_PID_NULL,
		.given = writer(unit_max),
	};
}


void mpegts_reader_fini(struct mpegts_reader *m)
{
	drop_inputs(m, NULL);
	writer_fini(&m->given);
}


int mpegts_reader_next(struct mpegts_reader *m, struct reader *r,
		       struct mpegts_unit *unit)
{
	struct slice packet;
	bool is_eaten;
	int n = m->err;

	while (!n && next_packet(m, r, &packet)) {
		n = on_packet(m, packet, unit, &is_eaten);
		if (!is_eaten)
			continue;

		if (m->n_held)
			m->n_held = 0;
		else
			get_bytes(r, MPEGTS_PACKET_LEN);
	}
	if (n < 0)
		m->err = n;

	return n;
}


int mpegts_reader_flush(struct mpegts_reader *m, struct mpegts_unit *unit)
{
	for (size_t i = 0; i < m->n_inputs; i++) {
		if (give(m, &m->inputs[i], unit))
			return 1;
	}

	return 0;
}
