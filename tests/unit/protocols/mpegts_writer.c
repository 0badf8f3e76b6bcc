/* When tables and clock are written, and what is refused. */
#include "mpegts/mpegts_writer.h"
#include "mpegts/mpegts_packet.h"
#include "mpegts/mpegts_psi.h"
#include "test.h"

static const struct mpegts_track_conf mp3 = { .codec = CODEC_MP3 };
static const struct mpegts_track_conf ac3 = { .codec = CODEC_AC3 };
static const struct mpegts_track_conf avc = { .codec = CODEC_AVC };

/* Packets of one kind in `w`. */
struct tally {
	size_t n_pats;
	size_t n_pmts;
	size_t n_clocks;
	size_t n_bare;           /* a clock alone */
	size_t n_jumps;
	struct mpegts_pmt pmt;   /* the last one, if in one packet */
};


static void count(const struct writer *w, struct tally *t)
{
	struct mpegts_packet p;

	*t = (struct tally) { .n_pats = 0 };
	for (size_t at = 0; at < w->len; at += MPEGTS_PACKET_LEN) {
		if (mpegts_packet_parse(slice(w->data + at,
					      MPEGTS_PACKET_LEN), &p))
			continue;

		t->n_pats += p.pid == MPEGTS_PID_PAT;
		t->n_clocks += p.has_pcr;
		t->n_bare += p.has_pcr && !p.has_payload;
		t->n_jumps += p.is_discontinuity;
		if (p.pid == MPEGTS_PID_PMT) {
			size_t len = 4u + p.payload.p[3];

			t->n_pmts++;
			mpegts_pmt_parse(slice(p.payload.p + 1, len - 1),
					 &t->pmt);
		}
	}
}


static int put(struct mpegts_writer *m, size_t i, unsigned flags, int64_t ms,
	       struct writer *w)
{
	static const uint8_t data[] = { 0, 0, 0, 1, 0x65 };
	struct frame frame = {
		.flags = (uint8_t)flags,
		.clock_hz = 1000,
		.dts = ms,
		.pts = ms,
		.payload = slice(data, sizeof(data)),
	};

	return mpegts_writer_frame(m, i, &frame, w);
}


TEST(mpegts_writer_tables)
{
	static struct mpegts_writer m;
	struct writer w = writer(1 << 16);
	struct tally t;
	int err;

	mpegts_writer_init(&m, 0);
	TEST_EQ(0, mpegts_writer_add(&m, &mp3));
	for (int i = 0; i < 10; i++)
		TEST_ERR(put(&m, 0, FRAME_KEY, i * 100, &w));
	count(&w, &t);
	TEST_EQ(2, t.n_pats);    /* at 0 and 500 ms */
	TEST_EQ(2, t.n_pmts);
	TEST_EQ(10, t.n_clocks);
	TEST_EQ(1, t.pmt.n_streams);
	TEST_EQ(0, t.pmt.version);

	/* asked for: the next frame does not repeat them */
	writer_drop(&w, w.len);
	TEST_ERR(mpegts_writer_tables(&m, &w));
	TEST_ERR(put(&m, 0, 0, 2000, &w));
	count(&w, &t);
	TEST_EQ(1, t.n_pats);

	/* another track */
	writer_drop(&w, w.len);
	TEST_EQ(1, mpegts_writer_add(&m, &ac3));
	TEST_ERR(put(&m, 0, 0, 2100, &w));
	TEST_ERR(put(&m, 1, 0, 2100, &w));
	count(&w, &t);
	TEST_EQ(1, t.n_pmts);
	TEST_EQ(2, t.pmt.n_streams);
	TEST_EQ(1, t.pmt.version);
	TEST_EQ(MPEGTS_PID_TRACK, t.pmt.pcr_pid);
	TEST_EQ(MPEGTS_AC3, t.pmt.streams[1].type);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}


/* Pictures that are rare leave the clock to packets of its own. */
TEST(mpegts_writer_clock)
{
	static const uint8_t avcc[] = {
		1, 66, 0xc0, 30, 0xff, 0xe1, 0, 4, 0x67, 66, 0xc0, 30,
		1, 0, 2, 0x68, 0xce,
	};
	static struct mpegts_writer m;
	struct frame config = {
		.flags = FRAME_CONFIG,
		.clock_hz = 1000,
		.payload = slice(avcc, sizeof(avcc)),
	};
	struct writer w = writer(1 << 16);
	struct tally t;
	int err;

	mpegts_writer_init(&m, 0);
	TEST_EQ(0, mpegts_writer_add(&m, &mp3));
	TEST_EQ(1, mpegts_writer_add(&m, &avc));
	TEST_ERRNO(-EPROTO, put(&m, 1, FRAME_KEY, 0, &w));
	TEST_ERR(mpegts_writer_frame(&m, 1, &config, &w));
	TEST_EQ(0, w.len);

	TEST_ERR(put(&m, 1, FRAME_KEY, 0, &w));
	for (int ms = 20; ms < 1000; ms += 20)
		TEST_ERR(put(&m, 0, 0, ms, &w));
	TEST_ERR(put(&m, 1, 0, 970, &w)); /* behind the sound */
	TEST_ERR(put(&m, 1, 0, 1000, &w));
	count(&w, &t);
	TEST_EQ(MPEGTS_PID_TRACK + 1, t.pmt.pcr_pid);
	TEST_EQ(12, t.n_bare);
	TEST_EQ(15, t.n_clocks);
	TEST_EQ(0, t.n_jumps);

	/* back to 0: the clock says so, and the first packet of each track */
	TEST_ERR(mpegts_writer_jump(&m, &w));
	TEST_ERR(put(&m, 0, 0, 0, &w));
	TEST_ERR(put(&m, 1, 0, 0, &w));
	count(&w, &t);
	TEST_EQ(3, t.n_jumps);
	TEST_EQ(13, t.n_bare);

	/* tables come with key frames, not with others */
	writer_drop(&w, w.len);
	TEST_ERR(put(&m, 1, 0, 40, &w));
	TEST_EQ(MPEGTS_PACKET_LEN, w.len);
	TEST_ERR(put(&m, 1, FRAME_KEY, 80, &w));
	TEST_ERR(put(&m, 0, FRAME_KEY, 80, &w));
	TEST_EQ((1 + 3 + 1) * MPEGTS_PACKET_LEN, w.len);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}


/* A large `pack` does not stop it either: each 80 ms by sound of 20 ms. */
TEST(mpegts_writer_clock_packed)
{
	static struct mpegts_writer m;
	struct mpegts_track_conf packed = {
		.codec = CODEC_AC3, .pack = 500 * 90,
	};
	struct writer w = writer(1 << 16);
	struct tally t;
	int err;

	mpegts_writer_init(&m, MPEGTS_LEAD);
	TEST_EQ(0, mpegts_writer_add(&m, &mp3));
	TEST_EQ(1, mpegts_writer_add(&m, &packed));
	TEST_ERR(put(&m, 0, 0, 0, &w));
	for (int ms = 0; ms <= 400; ms += 20)
		TEST_ERR(put(&m, 1, 0, ms, &w));
	count(&w, &t);
	TEST_EQ(5, t.n_bare);
	TEST_EQ((2 + 1 + 5) * MPEGTS_PACKET_LEN, w.len);

	TEST_ERR(mpegts_writer_flush(&m, &w));
	TEST_EQ((2 + 1 + 5 + 1) * MPEGTS_PACKET_LEN, w.len);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}


TEST(mpegts_writer_refused)
{
	static struct mpegts_writer m;
	static const struct mpegts_track_conf vp9 = { .codec = CODEC_VP9 };
	static uint8_t large[1 << 16];
	struct frame frame = {
		.clock_hz = 48000,
		.payload = slice(large, sizeof(large)),
	};
	struct writer w = writer(1 << 16);
	int err;

	mpegts_writer_init(&m, 0);
	TEST_ERRNO(-ENOTSUP, mpegts_writer_add(&m, &vp9));
	for (int i = 0; i < MPEGTS_TRACKS_MAX; i++)
		TEST_EQ(i, mpegts_writer_add(&m, &ac3));
	TEST_ERRNO(-EMSGSIZE, mpegts_writer_add(&m, &ac3));
	TEST_ERRNO(-EMSGSIZE, mpegts_writer_frame(&m, 0, &frame, &w));
	TEST_ERRNO(-ENOTSUP, put(&m, 0, FRAME_OPAQUE, 0, &w));
	frame.payload.len = 0;
	TEST_ERR(mpegts_writer_frame(&m, 0, &frame, &w));
	TEST_EQ(0, w.len);

	/* no room: the error sticks to the output alone */
	w.max = 400;
	TEST_ERRNO(-EMSGSIZE, put(&m, 0, 0, 0, &w));
	writer_fini(&w);
	w.max = 1 << 16;
	TEST_ERR(put(&m, 0, 0, 40, &w));
	TEST_EQ(4 * MPEGTS_PACKET_LEN, w.len); /* the tables again */
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}
