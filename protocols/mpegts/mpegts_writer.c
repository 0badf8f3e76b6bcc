/* Writing a transport stream of one program (ISO/IEC 13818-1). */
#include "mpegts/mpegts_writer.h"
#include <assert.h>
#include <stdlib.h>
#include "mpegts/mpegts_packet.h"
#include "mpegts/mpegts_pes.h"
#include "mpegts/mpegts_psi.h"


enum {
	PROGRAM = 1,
	TRANSPORT_STREAM = 1,
	PCR_EXT = 300,
	PID_NONE = MPEGTS_PID_NULL,  /* as PCR_PID: no clock */
	DESCRIPTORS_MAX = MPEGTS_DESCRIPTORS_MAX + 6, /* and a language */
	AUDIO_UNIT_MAX = MPEGTS_PES_LEN_MAX, /* it must say its length */
	STUFFING = 0xff,
	AUDIO_OVERHEAD = 64,         /* of a frame, its size apart */
	OPUS_LACING = 255,           /* bytes that one byte of size says */
};

static const uint64_t time_mask = (1ull << 33) - 1;


static bool is_video(const struct mpegts_track *t)
{
	return mpegts_es_stream_id(&t->es) == MPEGTS_VIDEO_0;
}


/* -- packets -- */

/* Returns how much of p->payload went out. */
static size_t put_packet(struct writer *w, const struct mpegts_packet *p)
{
	uint8_t *room = put_room(w, MPEGTS_PACKET_LEN);

	return room ? mpegts_packet_print(room, p) : p->payload.len;
}


/* Write the section in m->section, with its pointer field and filled up. */
static void put_section(struct mpegts_writer *m, uint16_t pid,
			uint8_t *counter, struct writer *w)
{
	uint8_t payload[MPEGTS_SECTION_MAX + MPEGTS_PAYLOAD_MAX];
	size_t len = 1 + m->section.len;
	size_t n = (len + MPEGTS_PAYLOAD_MAX - 1) / MPEGTS_PAYLOAD_MAX;
	struct mpegts_packet p = {
		.pid = pid,
		.is_start = true,
		.has_payload = true,
		.payload = slice(payload, n * MPEGTS_PAYLOAD_MAX),
	};

	payload[0] = 0;
	memcpy(payload + 1, m->section.data, m->section.len);
	memset(payload + len, STUFFING, p.payload.len - len);

	while (p.payload.len) {
		p.counter = (*counter)++;
		p.payload = slice_from(p.payload, put_packet(w, &p));
		p.is_start = false;
	}
}


/* Whether the clock moves on with a frame of that time. */
static bool is_pcr_due(const struct mpegts_writer *m, int64_t dts,
		       int64_t period)
{
	return !m->has_pcr || m->is_discontinuity || dts - m->pcr >= period;
}


static void set_pcr(struct mpegts_writer *m, int64_t dts,
		    struct mpegts_packet *p)
{
	p->has_pcr = true;
	p->pcr = ((uint64_t)dts & time_mask) * PCR_EXT;
	p->is_discontinuity = m->is_discontinuity;
	m->has_pcr = true;
	m->is_discontinuity = false;
	m->pcr = dts;
}


/* A packet with nothing but the clock; it does not count (s2.4.3.3). */
static void put_pcr(struct mpegts_writer *m, int64_t dts, struct writer *w)
{
	const struct mpegts_track *t = &m->tracks[m->pcr_track];
	struct mpegts_packet p = {
		.pid = t->pid,
		.counter = (t->counter + 0x0fu) & 0x0f,
	};

	set_pcr(m, dts, &p);
	put_packet(w, &p);
}


/* -- tables -- */

/* Returns how many bytes of `buf` there are. */
static size_t descriptors_print(uint8_t *buf, const struct mpegts_track *t)
{
	size_t n = mpegts_es_descriptors(&t->es, buf);

	if (t->conf.language[0]) {
		buf[n++] = MPEGTS_LANGUAGE;
		buf[n++] = 4;
		memcpy(buf + n, t->conf.language, 3);
		buf[n + 3] = 0;  /* audio_type: undefined */
		n += 4;
	}

	return n;
}


static void print_pmt(struct mpegts_writer *m)
{
	uint8_t descriptors[MPEGTS_TRACKS_MAX][DESCRIPTORS_MAX];
	struct mpegts_pmt pmt = {
		.program = PROGRAM,
		.version = m->version,
		.is_current = true,
		.pcr_pid = m->n_tracks ? m->tracks[m->pcr_track].pid
				       : PID_NONE,
		.n_streams = m->n_tracks,
	};

	for (size_t i = 0; i < m->n_tracks; i++) {
		const struct mpegts_track *t = &m->tracks[i];

		pmt.streams[i] = (struct mpegts_stream) {
			.type = mpegts_es_type(&t->es, &t->conf.sound),
			.pid = t->pid,
			.descriptors = slice(descriptors[i],
					descriptors_print(descriptors[i], t)),
		};
	}
	mpegts_pmt_print(&m->section, &pmt);
}


int mpegts_writer_tables(struct mpegts_writer *m, struct writer *w)
{
	static const struct mpegts_pat pat = {
		.transport_stream_id = TRANSPORT_STREAM,
		.is_current = true,
		.n_programs = 1,
		.programs = { { PROGRAM, MPEGTS_PID_PMT } },
	};

	writer_drop(&m->section, m->section.len);
	mpegts_pat_print(&m->section, &pat);
	if (m->section.err)
		goto out;
	put_section(m, MPEGTS_PID_PAT, &m->pat_counter, w);

	writer_drop(&m->section, m->section.len);
	print_pmt(m);
	if (m->section.err)
		goto out;
	put_section(m, MPEGTS_PID_PMT, &m->pmt_counter, w);

	m->is_told = m->is_fresh = !w->err;
 out:
	if (m->section.err)
		w->err = w->err ? w->err : m->section.err;
	m->section.err = 0;

	return w->err;
}


/* What the tables say is not so any more. */
static void change_tables(struct mpegts_writer *m)
{
	if (m->is_told)
		m->version = (m->version + 1) & 0x1f;
	m->is_told = false;
}


static bool are_tables_due(const struct mpegts_writer *m,
			   const struct mpegts_track *t)
{
	if (!m->is_told)
		return true;
	if (m->is_fresh)
		return false;

	return t->dts - m->tables_dts >= MPEGTS_TABLES_PERIOD ||
		t->dts < m->tables_dts - MPEGTS_TABLES_PERIOD ||
		(t->is_key && t == &m->tracks[m->pcr_track] &&
		 is_video(t));
}


/* -- PES packets -- */

static int64_t in_90k(const struct frame *frame, int64_t ticks)
{
	int64_t hz = frame->clock_hz;

	return ticks / hz * MPEGTS_CLOCK_HZ +
		ticks % hz * MPEGTS_CLOCK_HZ / hz;
}


/* Start to gather a unit: the header gets its room. */
static void begin_unit(struct mpegts_track *t, const struct frame *frame)
{
	t->dts = in_90k(frame, frame->dts);
	t->pts = in_90k(frame, frame->pts);
	t->is_key = frame->flags & FRAME_KEY;
	put_room(&t->pes, MPEGTS_PES_HEADER_MAX);
}


static void drop_unit(struct mpegts_track *t)
{
	writer_drop(&t->pes, t->pes.len);
	t->pes.err = 0;
}


/* Put the header before the unit: its room may be larger. */
static struct slice finish_unit(const struct mpegts_writer *m,
				struct mpegts_track *t)
{
	struct mpegts_pes h = {
		.stream_id = mpegts_es_stream_id(&t->es),
		.is_aligned = true,
		.has_pts = true,
		.has_dts = t->dts != t->pts,
		.pts = (uint64_t)(t->pts + m->lead) & time_mask,
		.dts = (uint64_t)(t->dts + m->lead) & time_mask,
		.payload_len = t->pes.len - MPEGTS_PES_HEADER_MAX,
	};
	uint8_t header[MPEGTS_PES_HEADER_MAX];
	size_t len = mpegts_pes_header_print(header, &h);
	size_t at = MPEGTS_PES_HEADER_MAX - len;

	memcpy(t->pes.data + at, header, len);

	return slice(t->pes.data + at, t->pes.len - at);
}


/* Write what track `t` has gathered, as packets. */
static void put_unit(struct mpegts_writer *m, struct mpegts_track *t,
		     struct writer *w)
{
	bool has_clock = t == &m->tracks[m->pcr_track];
	struct mpegts_packet p = {
		.pid = t->pid,
		.is_start = true,
		.has_payload = true,
		.is_random_access = has_clock &&
			(t->is_key || !is_video(t)),
	};

	if (are_tables_due(m, t))
		mpegts_writer_tables(m, w);
	if (m->is_fresh)
		m->tables_dts = t->dts;
	m->is_fresh = false;

	if (!has_clock && is_pcr_due(m, t->dts, MPEGTS_PCR_PERIOD))
		put_pcr(m, t->dts, w);
	if (has_clock && is_pcr_due(m, t->dts, 1))
		set_pcr(m, t->dts, &p);
	p.is_discontinuity |= t->is_discontinuity;
	t->is_discontinuity = false;

	p.payload = finish_unit(m, t);
	while (p.payload.len) {
		p.counter = t->counter++ & 0x0f;
		p.payload = slice_from(p.payload, put_packet(w, &p));
		p.is_start = p.is_random_access = false;
		p.has_pcr = p.is_discontinuity = false;
	}
	drop_unit(t);
}


/* Write what has been gathered for long enough, or before a step back. */
static void put_due(struct mpegts_writer *m, int64_t dts, struct writer *w)
{
	for (size_t i = 0; i < m->n_tracks; i++) {
		struct mpegts_track *t = &m->tracks[i];

		if (t->pes.len && llabs(dts - t->dts) >= t->conf.pack)
			put_unit(m, t, w);
	}
}


/* Sound that is gathered, or pictures that are rare, must not stop it. */
static void tick(struct mpegts_writer *m, const struct mpegts_track *t,
		 int64_t dts, struct writer *w)
{
	if (m->is_told && t != &m->tracks[m->pcr_track] &&
	    is_pcr_due(m, dts, MPEGTS_PCR_PERIOD))
		put_pcr(m, dts, w);
}


/* Take a frame into t->pes. */
static int gather(struct mpegts_writer *m, struct mpegts_track *t,
		  const struct frame *frame, struct writer *w)
{
	size_t max = is_video(t) ? MPEGTS_UNIT_MAX : AUDIO_UNIT_MAX, before;
	size_t len = frame->payload.len + frame->payload.len / OPUS_LACING +
		AUDIO_OVERHEAD;
	int err;

	if (!is_video(t) && t->pes.len && t->pes.len + len > max)
		put_unit(m, t, w);

	before = t->pes.len;
	if (!before)
		begin_unit(t, frame);
	err = t->pes.err;
	if (!err)
		err = mpegts_es_put(&t->es, frame, &t->pes);
	if (!err && t->pes.len > max)
		err = -EMSGSIZE;
	if (!err)
		return 0;

	t->pes.len = before;
	t->pes.err = 0;

	return err;
}


static int configure(struct mpegts_writer *m, struct mpegts_track *t,
		     struct slice config)
{
	uint8_t before = t->es.n_channels;
	int err = mpegts_es_configure(&t->es, config);

	if (t->es.n_channels != before)
		change_tables(m);

	return err;
}


/* -- interface -- */

void mpegts_writer_init(struct mpegts_writer *m, uint32_t lead)
{
	*m = (struct mpegts_writer) {
		.lead = lead,
		.section = writer(MPEGTS_SECTION_MAX),
	};
}


void mpegts_writer_fini(struct mpegts_writer *m)
{
	for (size_t i = 0; i < m->n_tracks; i++) {
		mpegts_es_fini(&m->tracks[i].es);
		writer_fini(&m->tracks[i].pes);
	}
	m->n_tracks = 0;
	writer_fini(&m->section);
}


int mpegts_writer_add(struct mpegts_writer *m,
		      const struct mpegts_track_conf *conf)
{
	struct mpegts_track *t = &m->tracks[m->n_tracks];
	int err;

	if (m->n_tracks == MPEGTS_TRACKS_MAX)
		return -EMSGSIZE;

	*t = (struct mpegts_track) {
		.conf = *conf,
		.pid = (uint16_t)(MPEGTS_PID_TRACK + m->n_tracks),
		.pes = writer(MPEGTS_UNIT_MAX),
	};
	err = mpegts_es_init(&t->es, conf->codec, &conf->sound);
	if (err)
		return err;

	/* the clock is the first picture's, else the first sound's */
	if (is_video(t) && !is_video(&m->tracks[m->pcr_track]))
		m->pcr_track = m->n_tracks;
	change_tables(m);

	return (int)m->n_tracks++;
}


int mpegts_writer_change(struct mpegts_writer *m, size_t i,
			 const struct mpegts_track_conf *conf,
			 struct writer *w)
{
	struct mpegts_track *t = &m->tracks[i];
	struct mpegts_es es;
	int err;

	assert(i < m->n_tracks);

	err = mpegts_es_init(&es, conf->codec, &conf->sound);
	if (err)
		return err;

	if (t->pes.len)
		put_unit(m, t, w);
	mpegts_es_fini(&t->es);
	t->es = es;
	t->conf = *conf;
	change_tables(m);

	return w->err;
}


int mpegts_writer_frame(struct mpegts_writer *m, size_t i,
			const struct frame *frame, struct writer *w)
{
	struct mpegts_track *t = &m->tracks[i];
	int64_t dts;
	int err;

	assert(i < m->n_tracks);

	if (frame->flags & FRAME_OPAQUE)
		return -ENOTSUP;
	if (frame->flags & FRAME_CONFIG) {
		if (t->pes.len)
			put_unit(m, t, w);
		err = configure(m, t, frame->payload);
		return err ? err : w->err;
	}
	if (frame->flags & FRAME_END) {
		if (t->pes.len)
			put_unit(m, t, w);
		return w->err;
	}
	if (!frame->payload.len)
		return w->err;

	dts = in_90k(frame, frame->dts);
	put_due(m, dts, w);
	tick(m, t, dts, w);
	err = gather(m, t, frame, w);
	if (!err && (is_video(t) || !t->conf.pack))
		put_unit(m, t, w);

	return err ? err : w->err;
}


int mpegts_writer_flush(struct mpegts_writer *m, struct writer *w)
{
	for (size_t i = 0; i < m->n_tracks; i++) {
		if (m->tracks[i].pes.len)
			put_unit(m, &m->tracks[i], w);
	}

	return w->err;
}


int mpegts_writer_jump(struct mpegts_writer *m, struct writer *w)
{
	int err = mpegts_writer_flush(m, w);

	m->is_discontinuity = true;
	for (size_t i = 0; i < m->n_tracks; i++)
		m->tracks[i].is_discontinuity = true;

	return err;
}
