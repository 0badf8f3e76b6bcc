/* Reading packets made by hand: tables that change, units that are long,
 * cut or scrambled. */
#include "mpegts/mpegts_reader.h"
#include "test.h"

enum {
	PID_PMT = 0x20,
	PID_VIDEO = 0x30,
	PID_AUDIO = 0x31,
	UNIT_MAX = 2000,
};


/* Put a packet: `payload` is filled up with `fill`. */
static void put(struct writer *w, uint16_t pid, unsigned counter,
		bool is_start, struct slice payload, int fill)
{
	uint8_t data[MPEGTS_PAYLOAD_MAX], *room;
	struct mpegts_packet p = {
		.pid = pid,
		.counter = (uint8_t)counter,
		.is_start = is_start,
		.has_payload = true,
		.payload = slice(data, sizeof(data)),
	};

	memset(data, fill, sizeof(data));
	if (payload.len)
		memcpy(data, payload.p, payload.len);
	room = put_room(w, MPEGTS_PACKET_LEN);
	if (room)
		mpegts_packet_print(room, &p);
}


static void put_pat(struct writer *w, unsigned counter)
{
	static const struct mpegts_pat pat = {
		.is_current = true,
		.n_programs = 2,
		.programs = { { 0, 0x10 }, { 3, PID_PMT } },
	};
	struct writer s = writer(MPEGTS_PAYLOAD_MAX);

	put_u8(&s, 0);
	mpegts_pat_print(&s, &pat);
	if (s.err)
		w->err = s.err;
	else
		put(w, MPEGTS_PID_PAT, counter, true, writer_slice(&s), 0xff);
	writer_fini(&s);
}


static void put_pmt(struct writer *w, unsigned counter, unsigned program,
		    size_t n_streams)
{
	struct mpegts_pmt pmt = {
		.program = (uint16_t)program,
		.version = counter & 31,
		.is_current = true,
		.pcr_pid = PID_VIDEO,
		.n_streams = n_streams,
		.streams = {
			{ MPEGTS_AVC, PID_VIDEO, { NULL, 0 } },
			{ MPEGTS_AC3, PID_AUDIO, { NULL, 0 } },
		},
	};
	struct writer s = writer(MPEGTS_PAYLOAD_MAX);

	put_u8(&s, 0);
	mpegts_pmt_print(&s, &pmt);
	if (s.err)
		w->err = s.err;
	else
		put(w, PID_PMT, counter, true, writer_slice(&s), 0xff);
	writer_fini(&s);
}


/* The start of a unit without a length: 9 bytes of header. */
static void put_start(struct writer *w, uint16_t pid, unsigned counter)
{
	static const uint8_t header[] = { 0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0 };

	put(w, pid, counter, true, slice(header, sizeof(header)), 0x11);
}


static void put_more(struct writer *w, uint16_t pid, unsigned counter)
{
	put(w, pid, counter, false, slice(NULL, 0), 0x22);
}


TEST(mpegts_reader_tables)
{
	static struct mpegts_reader m;
	struct writer w = writer(1 << 16);
	struct mpegts_unit unit;
	struct reader r;
	int err;

	mpegts_reader_init(&m, UNIT_MAX);
	put_pmt(&w, 0, 3, 2);    /* before the PAT: not known */
	put_pat(&w, 0);
	put_pmt(&w, 1, 4, 2);    /* another program */
	TEST_ERR(w.err);
	r = reader(writer_slice(&w));
	TEST_EQ(0, mpegts_reader_next(&m, &r, &unit));
	TEST_EQ(0, m.n_inputs);

	/* video goes on over a change, sound comes and goes */
	writer_drop(&w, w.len);
	put_pmt(&w, 2, 3, 1);
	put_start(&w, PID_VIDEO, 0);
	put_start(&w, PID_AUDIO, 0);
	put_pmt(&w, 3, 3, 2);
	put_more(&w, PID_VIDEO, 1);
	put_start(&w, PID_AUDIO, 1);
	put_pmt(&w, 4, 3, 1);
	put_start(&w, PID_VIDEO, 2);
	TEST_ERR(w.err);
	r = reader(writer_slice(&w));
	TEST_EXPECT(mpegts_reader_next(&m, &r, &unit) == 1);
	TEST_EQ(PID_VIDEO, unit.pid);
	TEST_EQ(2 * MPEGTS_PAYLOAD_MAX - 9, unit.payload.len);
	TEST_OK(!unit.is_broken);
	TEST_EQ(1, m.n_inputs);
	TEST_EXPECT(mpegts_reader_next(&m, &r, &unit) == 0);
	TEST_EQ(1, mpegts_reader_flush(&m, &unit));
	TEST_EQ(0, mpegts_reader_flush(&m, &unit));
	TEST_EQ(0, m.counts.n_malformed + m.counts.n_lost);
	err = 0;
 out:
	mpegts_reader_fini(&m);
	writer_fini(&w);
	return err;
}


TEST(mpegts_reader_units)
{
	static struct mpegts_reader m;
	struct writer w = writer(1 << 16);
	struct mpegts_unit unit;
	struct reader r;
	int err;

	mpegts_reader_init(&m, UNIT_MAX);
	put_pat(&w, 0);
	put_pmt(&w, 0, 3, 1);
	put_more(&w, PID_VIDEO, 13);   /* the end of one we did not see */
	put_start(&w, PID_VIDEO, 14);
	put_more(&w, PID_VIDEO, 0);    /* 15 was lost */
	put_start(&w, PID_VIDEO, 1);
	for (unsigned i = 2; i < 14; i++)
		put_more(&w, PID_VIDEO, i);
	put_start(&w, PID_VIDEO, 14);
	put(&w, PID_VIDEO, 15, true, slice(NULL, 0), 0x33); /* no header */
	put_start(&w, PID_VIDEO, 0);
	put_more(&w, PID_VIDEO, 1);
	TEST_ERR(w.err);
	w.data[w.len - MPEGTS_PACKET_LEN + 3] |= 0x80; /* scrambled */
	r = reader(writer_slice(&w));

	TEST_EXPECT(mpegts_reader_next(&m, &r, &unit) == 1);
	TEST_OK(unit.is_broken);
	TEST_EQ(1, m.counts.n_lost);
	TEST_EXPECT(mpegts_reader_next(&m, &r, &unit) == 1);
	TEST_OK(!unit.is_broken);
	TEST_EQ(MPEGTS_PAYLOAD_MAX - 9, unit.payload.len);
	TEST_EQ(1, m.counts.n_too_long);
	TEST_EXPECT(mpegts_reader_next(&m, &r, &unit) == 0);
	TEST_EQ(1, m.counts.n_malformed);
	TEST_EQ(1, m.counts.n_scrambled);
	TEST_EQ(1, mpegts_reader_flush(&m, &unit));
	TEST_EQ(MPEGTS_PAYLOAD_MAX - 9, unit.payload.len);
	err = 0;
 out:
	mpegts_reader_fini(&m);
	writer_fini(&w);
	return err;
}
