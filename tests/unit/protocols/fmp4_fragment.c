/* fmp4_fragment: bytes of a known one, and samples read back from others. */
#include "base/reader.h"
#include "base/writer.h"
#include "fmp4/fmp4_box.h"
#include "fmp4/fmp4_fragment.h"
#include "random.h"
#include "test.h"


#define KEY_FLAGS 0x02, 0, 0, 0
#define INTER_FLAGS 0x01, 0x01, 0, 0

/* Video with a B-frame and a longer last frame, and audio behind it. */
static const uint8_t golden[] = {
	0, 0, 0, 216, 'm', 'o', 'o', 'f',
	0, 0, 0, 16, 'm', 'f', 'h', 'd', 0, 0, 0, 0, 0x01, 0x02, 0x03, 0x04,

	0, 0, 0, 112, 't', 'r', 'a', 'f',
	0, 0, 0, 24, 't', 'f', 'h', 'd', 0, 0x02, 0, 0x28,
	0, 0, 0, 1, 0, 0, 0x0e, 0x10, INTER_FLAGS,
	0, 0, 0, 20, 't', 'f', 'd', 't', 1, 0, 0, 0,
	0x00, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde,
	0, 0, 0, 60, 't', 'r', 'u', 'n', 1, 0, 0x0b, 0x05,
	0, 0, 0, 3, 0, 0, 0, 224, KEY_FLAGS,
	0, 0, 0x0e, 0x10, 0, 1, 0, 0, 0, 0, 0x0e, 0x10,
	0, 0, 0x0e, 0x10, 0, 0, 0, 200, 0xff, 0xff, 0xff, 0xff,
	0, 0, 0x0e, 0x11, 0, 0, 0, 0, 0, 0, 0, 0,

	0, 0, 0, 80, 't', 'r', 'a', 'f',
	0, 0, 0, 24, 't', 'f', 'h', 'd', 0, 0x02, 0, 0x28,
	0, 0, 0, 2, 0, 0, 4, 0, KEY_FLAGS,
	0, 0, 0, 20, 't', 'f', 'd', 't', 1, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 5,
	0, 0, 0, 28, 't', 'r', 'u', 'n', 1, 0, 2, 1,
	0, 0, 0, 2, 0, 1, 1, 0xa8,
	0, 0, 0, 7, 0, 0, 0, 8,

	0, 1, 0, 0xdf, 'm', 'd', 'a', 't',
};

static const int64_t start = 0x123456789abcde;


TEST(fmp4_fragment)
{
	const struct fmp4_sample video[] = {
		{ start, start + 3600, 65536, true },
		{ start + 3600, start + 3599, 200, false },
		{ start + 7200, start + 7200, 0, false },
	};
	const struct fmp4_sample audio[] = {
		{ 5, 5, 7, true },
		{ 1029, 1029, 8, true },
	};
	const struct fmp4_run runs[] = {
		{ 1, video, 3, start + 10801 },
		{ 2, audio, 2, 2053 },
	};
	struct writer w = writer(4096);
	int err = 0;

	put_u8(&w, 9);           /* offsets do not count what was before */
	TEST_ERR(fmp4_fragment_print(&w, 0x01020304, runs, 2));
	TEST_MEM(golden, sizeof(golden), w.data + 1, w.len - 1);
 out:
	writer_fini(&w);
	return err;
}


enum {
	RUN_MAX = 9,
	N_RUNS_MAX = 3,
	ROUNDS = 2000,
	HEADERS_MAX = 4096,
};

/* What a reader knows of the sample it reads, and its track's defaults. */
struct from {
	struct reader trun;
	uint32_t set;            /* flags of trun */
	uint32_t duration;
	uint32_t flags;
	uint32_t first_flags;
	int64_t dts;
};


/* Read tfhd, tfdt and the head of trun as a player does. */
static int read_head(struct from *f, struct slice traf,
		     const struct fmp4_run *run, size_t offset)
{
	struct fmp4_box box;
	struct reader r;
	int err = 0;

	TEST_ERR(fmp4_box_find(traf, "tfhd", &box));
	r = reader(box.body);
	TEST_EQ(0x020028, get_be32(&r));
	TEST_EQ(run->track_id, get_be32(&r));
	f->duration = get_be32(&r);
	f->flags = f->first_flags = get_be32(&r);
	TEST_EQ(0, reader_left(&r) | (size_t)r.err);

	TEST_ERR(fmp4_box_find(traf, "tfdt", &box));
	r = reader(box.body);
	TEST_EQ(0x01000000, get_be32(&r));
	f->dts = (int64_t)get_be64(&r);

	TEST_ERR(fmp4_box_find(traf, "trun", &box));
	f->trun = reader(box.body);
	f->set = get_be32(&f->trun);
	TEST_EQ(1, f->set >> 24);
	TEST_EQ(run->n, get_be32(&f->trun));
	TEST_EQ(offset, get_be32(&f->trun));
	if (f->set & 4)
		f->first_flags = get_be32(&f->trun);
 out:
	return err;
}


static int read_sample(struct from *f, const struct fmp4_sample *want,
		       bool is_first)
{
	struct reader *r = &f->trun;
	uint32_t duration = f->set & 0x100 ? get_be32(r) : f->duration;
	uint32_t size = get_be32(r);
	uint32_t flags = f->set & 0x400 ? get_be32(r) :
		is_first ? f->first_flags : f->flags;
	int32_t offset = f->set & 0x800 ? (int32_t)get_be32(r) : 0;
	int err = 0;

	TEST_EQ(want->dts, f->dts);
	TEST_EQ(want->pts, f->dts + offset);
	TEST_EQ(want->size, size);
	TEST_EQ(want->is_key, !(flags & 0x00010000));
	TEST_EQ(want->is_key ? 2 : 1, flags >> 24);
	f->dts += duration;
 out:
	return err;
}


static void random_run(struct test_random *rnd, struct fmp4_run *run,
		       struct fmp4_sample *s)
{
	int64_t dts = (int64_t)test_below(rnd, 1ull << 40);
	bool is_even = test_once_in(rnd, 2), has_keys = test_once_in(rnd, 2);
	bool has_offsets = test_once_in(rnd, 2);

	run->n = 1 + test_below(rnd, RUN_MAX);
	for (size_t i = 0; i < run->n; i++) {
		s[i].dts = s[i].pts = dts;
		if (has_offsets)
			s[i].pts += (int64_t)test_below(rnd, 9) - 4;
		s[i].size = (uint32_t)test_below(rnd, 1 << 20);
		s[i].is_key = has_keys ? test_once_in(rnd, 3) : !i;
		dts += is_even ? 1024 : (int64_t)test_below(rnd, 4);
	}
	run->samples = s;
	run->end_dts = dts;
}


/* All that a reader finds is what was given; one run ends where its track
 * goes on. */
TEST(fmp4_fragment_read_back)
{
	struct test_random rnd = { 44 };
	struct fmp4_sample samples[N_RUNS_MAX][RUN_MAX];
	struct fmp4_run runs[N_RUNS_MAX] = { { .track_id = 0 } };
	struct writer w = writer(HEADERS_MAX);
	int err = 0, n = test_is_starved() ? 2 : ROUNDS;

	while (n-- > 0) {
		size_t n_runs = 1 + test_below(&rnd, N_RUNS_MAX);
		size_t offset = 0;
		struct fmp4_box box;
		struct slice at, moof;
		struct from from;

		for (size_t i = 0; i < n_runs; i++) {
			runs[i].track_id = (uint32_t)i + 7;
			random_run(&rnd, &runs[i], samples[i]);
		}
		w.len = 0;
		TEST_ERR(fmp4_fragment_print(&w, 1, runs, n_runs));

		at = writer_slice(&w);
		TEST_ERR(fmp4_box_next(&at, &box));
		TEST_EQ(FMP4_BOX_HEADER_LEN, at.len);
		moof = box.body;
		TEST_ERR(fmp4_box_next(&moof, &box));
		offset = w.len;
		for (size_t i = 0; i < n_runs; i++) {
			TEST_ERR(fmp4_box_next(&moof, &box));
			TEST_ERR(read_head(&from, box.body, &runs[i],
					   offset));
			for (size_t k = 0; k < runs[i].n; k++) {
				TEST_ERR(read_sample(&from, &samples[i][k],
						     !k));
				offset += samples[i][k].size;
			}
			TEST_EQ(0, reader_left(&from.trun));
			TEST_EQ(0, from.trun.err);
			TEST_EQ(runs[i].end_dts, from.dts);
		}
		TEST_EQ(0, moof.len);
	}
 out:
	writer_fini(&w);
	return err;
}


/* A frame alone, as low-latency players get it, has a short header. */
TEST(fmp4_fragment_of_one)
{
	static const struct fmp4_sample s = { 90000, 90000, 1000, true };
	const struct fmp4_run run = { 1, &s, 1, 93600 };
	struct writer w = writer(4096);
	int err = 0;

	TEST_ERR(fmp4_fragment_print(&w, 1, &run, 1));
	TEST_EQ(108, w.len);
 out:
	writer_fini(&w);
	return err;
}


TEST(fmp4_fragment_bad)
{
	static const int64_t far = (int64_t)UINT32_MAX + 1;
	static const int64_t ahead = (int64_t)INT32_MAX;
	static const struct {
		int err;
		struct fmp4_sample s[2];
		int64_t end_dts;
	} cases[] = {
		{ 0, { { 0, 0, 1, true }, { 0, 0, 1, true } }, 0 },
		{ -EBADMSG, { { 5, 5, 1, 1 }, { 4, 4, 1, 1 } }, 9 },
		{ -EBADMSG, { { -1, 0, 1, 1 }, { 4, 4, 1, 1 } }, 9 },
		{ -EBADMSG, { { 5, 5, 1, 1 }, { 6, 6, 1, 1 } }, 5 },
		{ 0, { { 5, 5, 1, 1 }, { 4 + far, 4 + far, 1, 1 } },
		  3 + 2 * far },
		{ -EMSGSIZE, { { 5, 5, 1, 1 }, { 5 + far, 5 + far, 1, 1 } },
		  5 + far },
		{ -EMSGSIZE, { { 5, 5, 1, 1 }, { 6, 6, 1, 1 } }, 6 + far },
		{ 0, { { 0, ahead, 1, 1 }, { 1, -ahead, 1, 1 } }, 9 },
		{ -EMSGSIZE, { { 0, ahead + 1, 1, 1 }, { 1, 1, 1, 1 } }, 9 },
		{ -EMSGSIZE, { { 0, 0, 1, 1 }, { 1, -ahead - 1, 1, 1 } }, 9 },
		{ -EMSGSIZE, { { 9, INT64_MIN, 1, 1 }, { 9, 9, 1, 1 } }, 9 },
		{ -EMSGSIZE, { { INT64_MAX, -9, 1, 1 },
			       { INT64_MAX, INT64_MAX, 1, 1 } }, INT64_MAX },
		{ 0, { { 0, 0, FMP4_PAYLOAD_MAX - 1, 1 }, { 0, 0, 1, 1 } },
		  0 },
		{ -EMSGSIZE, { { 0, 0, FMP4_PAYLOAD_MAX, 1 },
			       { 0, 0, 1, 1 } }, 0 },
		{ -EMSGSIZE, { { 0, 0, UINT32_MAX, 1 },
			       { 0, 0, UINT32_MAX, 1 } }, 0 },
	};
	struct writer w = writer(4096), small = writer(0);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fmp4_run run = { 1, cases[i].s, 2,
					      cases[i].end_dts };

		w.len = 0;
		TEST_ERRNO(cases[i].err, fmp4_fragment_print(&w, 1, &run, 1));
		TEST_EQ(!cases[i].err, w.len > 0);
	}

	for (size_t i = 0; i < 100; i++) {
		const struct fmp4_run run = { 1, cases[0].s, 2, 0 };

		writer_fini(&small);
		small = writer(i);
		TEST_ERRNO(-EMSGSIZE, fmp4_fragment_print(&small, 1, &run,
							  1));
		TEST_EQ(0, small.len);
		TEST_EQ(-EMSGSIZE, fmp4_fragment_print(&small, 1, &run, 1));
	}
 out:
	writer_fini(&w);
	writer_fini(&small);
	return err;
}


TEST(fmp4_fragment_too_many)
{
	static const struct fmp4_sample samples[FMP4_SAMPLES_MAX];
	const struct fmp4_run runs[] = {
		{ 1, samples, FMP4_SAMPLES_MAX, 0 },
		{ 2, samples, 1, 0 },
	};
	struct writer w = writer(FMP4_SAMPLES_MAX * 8);
	int err = 0;

	TEST_EQ(-EMSGSIZE, fmp4_fragment_print(&w, 1, runs, 2));
	TEST_ERR(fmp4_fragment_print(&w, 1, runs, 1));
 out:
	writer_fini(&w);
	return err;
}


TEST(fmp4_before_a_fragment)
{
	static const uint8_t want[] = {
		0, 0, 0, 28, 's', 't', 'y', 'p', 'm', 's', 'd', 'h', 0, 0, 0,
		0, 'm', 's', 'd', 'h', 'i', 's', 'o', '6', 'c', 'm', 'f', 'l',

		/* 2023-11-14 22:13:20.75 */
		0, 0, 0, 32, 'p', 'r', 'f', 't', 1, 0, 0, 8, 0, 0, 0, 3,
		0xe8, 0xfe, 0x6f, 0x80, 0xc0, 0, 0, 0,
		0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde,

		0, 0, 0, 43, 'e', 'm', 's', 'g', 1, 0, 0, 0, 0, 1, 0x5f, 0x90,
		0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde,
		0, 0, 0, 9, 0, 0, 0, 7, 'u', ':', 'x', 0, '1', 0,
		'I', 'D', '3', 4, 0,
	};
	struct fmp4_event event = {
		.scheme = str("u:x"),
		.value = str("1"),
		.clock_hz = 90000,
		.pts = start,
		.duration = 9,
		.id = 7,
		.data = slice("ID3\4", 5),
	};
	struct writer w = writer(200);
	int err = 0;

	fmp4_styp_print(&w, FMP4_CHUNK);
	fmp4_prft_print(&w, 3, 1700000000750000, start);
	fmp4_emsg_print(&w, &event);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want), w.data, w.len);

	w.len = 0;
	fmp4_styp_print(&w, FMP4_SEGMENT);
	TEST_EQ(36, w.len);
	w.len = 0;
	fmp4_styp_print(&w, FMP4_FRAGMENT);
	TEST_EQ(32, w.len);
	TEST_MEM("cmffcmfl", 8, w.data + 24, 8);
 out:
	writer_fini(&w);
	return err;
}
