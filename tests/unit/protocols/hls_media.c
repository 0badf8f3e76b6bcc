/* Which segments and parts are listed, skipped, kept and waited for. */
#include "hls/hls_media.h"
#include "test.h"

enum { SECOND = 1000000, N = 40, N_PARTS = 4, MSN = 100 };


/* Segments of 4 s and parts of 1 s, N_PARTS in each; two in the open one. */
struct rig {
	struct hls_part parts[N_PARTS];
	struct hls_segment segments[N], open;
	struct hls_media m;
};


static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	for (size_t i = 0; i < N_PARTS; i++)
		rig->parts[i].duration_us = SECOND;
	for (size_t i = 0; i < N; i++) {
		rig->segments[i].duration_us = 4 * SECOND;
		rig->segments[i].n_bytes = 500000;
		rig->segments[i].parts = rig->parts;
		rig->segments[i].n_parts = N_PARTS;
	}
	rig->open.parts = rig->parts;
	rig->open.n_parts = 2;
	rig->m.rendition = str("v");
	rig->m.segments = rig->segments;
	rig->m.n_segments = N;
	rig->m.open = &rig->open;
	rig->m.first_msn = MSN;
	rig->m.target_s = 4;
	rig->m.part_target_us = SECOND;
}


TEST(hls_target)
{
	int err = 0;

	TEST_EQ(1, hls_target_s(0));
	TEST_EQ(1, hls_target_s(1499999));
	TEST_EQ(2, hls_target_s(1500000));
	TEST_EQ(10, hls_target_s(10499999));
 out:
	return err;
}


/* Never less than three target durations, never back. */
TEST(hls_window)
{
	struct rig rig;
	size_t last = 0;
	int err = 0;

	rig_init(&rig);
	TEST_EQ(N - 3, hls_media_first(&rig.m, 0));
	TEST_EQ(N - 3, hls_media_first(&rig.m, 12 * SECOND));
	TEST_EQ(N - 4, hls_media_first(&rig.m, 12 * SECOND + 1));
	TEST_EQ(N - 10, hls_media_first(&rig.m, 40 * SECOND));
	TEST_EQ(0, hls_media_first(&rig.m, 1000LL * SECOND));

	for (size_t n = 0; n <= N; n++) {
		size_t first;

		rig.m.n_segments = n;
		if (n)
			rig.segments[n - 1].duration_us =
				(int64_t)(n * 7 % 5) * SECOND;
		first = hls_media_first(&rig.m, 20 * SECOND);
		TEST_OK(first >= last && first <= n);
		last = first;
	}
	TEST_OK(last > 0);
 out:
	return err;
}


/* The open one lasts 2 s: what ended 12 s before its end counts. */
TEST(hls_window_parts)
{
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	TEST_EQ(N - 3, hls_media_first_part(&rig.m, 0));
	TEST_EQ(N - 2, hls_media_first_part(&rig.m, N - 2));
	rig.open.n_parts = 0;
	TEST_EQ(N - 4, hls_media_first_part(&rig.m, 0));
	rig.m.open = NULL;
	TEST_EQ(N - 4, hls_media_first_part(&rig.m, 0));
	rig.m.n_segments = 0;
	TEST_EQ(0, hls_media_first_part(&rig.m, 0));
 out:
	return err;
}


TEST(hls_window_skip)
{
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	TEST_EQ(N - 7, hls_media_skip(&rig.m, 0, 24 * SECOND));
	TEST_EQ(N - 6, hls_media_skip(&rig.m, 0, 24 * SECOND - 1));
	TEST_EQ(3, hls_media_skip(&rig.m, N - 10, 24 * SECOND));
	TEST_EQ(0, hls_media_skip(&rig.m, N - 7, 24 * SECOND));
	TEST_EQ(0, hls_media_skip(&rig.m, N - 3, 24 * SECOND));
 out:
	return err;
}


/* A window of 12 s was at most 16 s long: a segment that left it is read for
 * its own 4 s more.  Parts that left after 12 s stay for 12 s more. */
TEST(hls_window_keep)
{
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	TEST_EQ(N - 7, hls_media_keep(&rig.m, 12 * SECOND));
	TEST_EQ(N - 13, hls_media_keep(&rig.m, 40 * SECOND));
	rig.m.part_target_us = 0;
	TEST_EQ(N - 6, hls_media_keep(&rig.m, 12 * SECOND));
	rig.m.n_segments = 0;
	TEST_EQ(0, hls_media_keep(&rig.m, 12 * SECOND));
 out:
	return err;
}


/* A segment's number stays the same while the window moves (s6.2.2). */
TEST(hls_window_discontinuity)
{
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	rig.m.n_discontinuities = 5;
	rig.segments[0].has_discontinuity = true;
	rig.segments[3].has_discontinuity = true;
	TEST_EQ(5, hls_media_discontinuity(&rig.m, 0));
	TEST_EQ(6, hls_media_discontinuity(&rig.m, 1));
	TEST_EQ(6, hls_media_discontinuity(&rig.m, 3));
	TEST_EQ(7, hls_media_discontinuity(&rig.m, 4));
 out:
	return err;
}


/* Whole ones up to END - 1, parts 0 and 1 of END (s6.2.5.2). */
TEST(hls_wait)
{
	enum { END = MSN + N };
	static const struct {
		int err;
		uint64_t msn;
		int64_t part;    /* -1: none */
	} cases[] = {
		{ 0, 0, -1 }, { 0, MSN, -1 }, { 0, END - 1, -1 },
		{ -EAGAIN, END, -1 }, { -EAGAIN, END + 1, -1 },
		{ -EBADMSG, END + 2, -1 }, { -EBADMSG, UINT64_MAX, -1 },
		{ 0, 0, 9 }, { 0, MSN, 0 }, { 0, MSN, 1000 },
		{ 0, END - 1, 3 }, { 0, END - 1, 4 }, { 0, END, 1 },
		{ -EAGAIN, END, 2 }, { -EAGAIN, END, 4 },
		{ -EBADMSG, END, 5 }, { -EBADMSG, END, INT64_MAX },
		{ -EAGAIN, END + 1, 0 }, { -EAGAIN, END + 1, 2 },
		{ -EBADMSG, END + 1, 3 }, { -EBADMSG, END + 2, 0 },
	};
	struct hls_request q;
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&q, 0, sizeof(q));
		q.has_msn = true;
		q.msn = cases[i].msn;
		q.has_part = cases[i].part >= 0;
		q.part = (uint64_t)cases[i].part;
		rig.m.is_ended = false;
		if (hls_media_wait(&rig.m, &q) != cases[i].err)
			TEST_FAIL("case %zu", i);
		rig.m.is_ended = true;
		TEST_EQ(0, hls_media_wait(&rig.m, &q));
	}

	memset(&q, 0, sizeof(q));
	rig.m.is_ended = false;
	TEST_EQ(0, hls_media_wait(&rig.m, &q));
 out:
	return err;
}


/* With a segment just ended, its successor's first part is what comes; parts
 * of 200 ms may be asked for 15 ahead; without parts, segments count. */
TEST(hls_wait_edges)
{
	enum { END = MSN + N };
	struct hls_request q = { true, true, END - 1, 4, HLS_SKIP_NO };
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	rig.m.open = NULL;
	TEST_EQ(-EAGAIN, hls_media_wait(&rig.m, &q));

	rig.m.part_target_us = SECOND / 5;
	q.msn = END;
	q.part = 14;
	TEST_EQ(-EAGAIN, hls_media_wait(&rig.m, &q));
	q.part = 15;
	TEST_EQ(-EBADMSG, hls_media_wait(&rig.m, &q));

	rig.m.part_target_us = 0;
	TEST_EQ(-EAGAIN, hls_media_wait(&rig.m, &q));
	q.msn = END - 1;
	TEST_EQ(0, hls_media_wait(&rig.m, &q));

	rig.m.n_segments = 0;
	rig.m.first_msn = 0;
	q.has_part = false;
	q.msn = 1;
	TEST_EQ(-EAGAIN, hls_media_wait(&rig.m, &q));
	q.msn = 2;
	TEST_EQ(-EBADMSG, hls_media_wait(&rig.m, &q));
 out:
	return err;
}


/* What is listed is found, the hinted part is waited for, and nothing else:
 * parts 2 to 4 are in the last whole one, 5 and 6 in the open one. */
TEST(hls_find)
{
	static const struct {
		int err;
		const char *name;
		size_t segment, part;
	} cases[] = {
		{ 0, "v-0000000a-100.m4s", 0, 0 },
		{ 0, "v-0000000a-139.m4s", N - 1, 0 },
		{ -ENOENT, "v-0000000a-99.m4s", 0, 0 },
		{ -ENOENT, "v-0000000a-140.m4s", 0, 0 },
		{ -ENOENT, "v-0000000a-101.m4s", 0, 0 },
		{ -ENOENT, "v-0000000a-100.ts", 0, 0 },
		{ -ENOENT, "v-0000000b-100.m4s", 0, 0 },
		{ -ENOENT, "w-0000000a-100.m4s", 0, 0 },
		{ -ENOENT, "v.m3u8", 0, 0 },
		{ 0, "v-0000000a-0.mp4", N - 1, 0 },
		{ 0, "v-0000000a-1.mp4", N, 0 },
		{ -ENOENT, "v-0000000a-2.mp4", 0, 0 },
		{ -ENOENT, "v-0000000a-p0.m4s", 0, 0 },
		{ -ENOENT, "v-0000000a-p1.m4s", 0, 0 },
		{ 0, "v-0000000a-p2.m4s", N - 1, 0 },
		{ -ENOENT, "v-0000000a-p3.m4s", 0, 0 },
		{ 0, "v-0000000a-p4.m4s", N - 1, 2 },
		{ 0, "v-0000000a-p5.m4s", N, 0 },
		{ 0, "v-0000000a-p6.m4s", N, 1 },
		{ -EAGAIN, "v-0000000a-p7.m4s", 0, 0 },
		{ -ENOENT, "v-0000000a-p8.m4s", 0, 0 },
	};
	static const struct hls_part lost[] = {
		{ SECOND, true, false }, { SECOND, false, true },
		{ SECOND, false, false },
	};
	struct hls_name name;
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	for (size_t i = 0; i < N - 1; i++)
		rig.segments[i].n_parts = 0;
	rig.m.life = 0xa;
	rig.m.format = HLS_FMP4;
	rig.m.next_part = 7;
	rig.open.first_part = 5;
	rig.open.init = 1;
	rig.segments[1].is_gap = true;
	rig.segments[N - 1].first_part = 2;
	rig.segments[N - 1].parts = lost;
	rig.segments[N - 1].n_parts = ARRAY_LEN(lost);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t segment = 0, part = 0;

		TEST_ERR(hls_name_parse(str(cases[i].name), &name));
		if (hls_media_find(&rig.m, &name, &segment, &part) !=
		    cases[i].err)
			TEST_FAIL("%s", cases[i].name);
		TEST_EQ(cases[i].segment, segment);
		TEST_EQ(cases[i].part, part);
	}
 out:
	return err;
}


/* 1 Mb/s; a run of two is too long, one short one does not count alone. */
TEST(hls_bandwidth)
{
	struct rig rig;
	int err = 0;

	rig_init(&rig);
	TEST_EQ(1000000, hls_media_average_bps(&rig.m, 0));
	TEST_EQ(1000000, hls_media_peak_bps(&rig.m, 0));

	rig.segments[5].n_bytes = 1000001;
	TEST_EQ(2000002, hls_media_peak_bps(&rig.m, 0));
	TEST_EQ(1000000, hls_media_peak_bps(&rig.m, 6));

	rig.segments[9].duration_us = SECOND;
	TEST_EQ(2000002, hls_media_peak_bps(&rig.m, 0));
	rig.segments[9].n_bytes = 1000000;
	TEST_EQ(2400000, hls_media_peak_bps(&rig.m, 0));

	rig.m.n_segments = 1;
	rig.segments[0].duration_us = 3 * SECOND;
	TEST_EQ(1333334, hls_media_average_bps(&rig.m, 0));
	rig.segments[0].duration_us = SECOND;
	TEST_EQ(4000000, hls_media_peak_bps(&rig.m, 0));
	rig.m.n_segments = 0;
	TEST_EQ(0, hls_media_peak_bps(&rig.m, 0));
 out:
	return err;
}


TEST(hls_cache)
{
	int err = 0;

	TEST_EQ(24 * SECOND, hls_cache_us(true, true, true, 4));
	TEST_EQ(16 * SECOND, hls_cache_us(true, true, false, 4));
	TEST_EQ(2 * SECOND, hls_cache_us(true, false, true, 4));
	TEST_EQ(4 * SECOND, hls_cache_us(true, false, false, 4));
	TEST_EQ(24 * SECOND, hls_cache_us(false, true, true, 4));
	TEST_EQ(4 * SECOND, hls_cache_us(false, true, false, 4));
 out:
	return err;
}
