/* The window: what it keeps, counts and lists; and snapshots that outlive
 * it. */
#include "hls/hls_window.h"
#include "base/mem.h"
#include "hls_test.h"

enum { SECOND = 1000000, MS = 1000, LIFE = 0xabcd };

static const struct hls_mux_conf mux_conf = {
	.format = HLS_FMP4, .segment_us = 2 * SECOND, .part_us = 500 * MS,
	.bytes_max = 1 << 20,
};
static const struct hls_window_conf conf = {
	.format = HLS_FMP4, .window_us = 8 * SECOND,
	.part_target_us = 501 * MS, .bytes_max = 1 << 20,
};


/* `n` pictures of 10 a second, a key frame each 2 s. */
static int make(struct hls_test *t, unsigned n)
{
	int err = hls_test_init(t, &mux_conf);

	if (!err)
		err = hls_test_config(t, MEDIA_VIDEO, 0);
	if (!err)
		err = hls_test_clip(t, 0, 10, 20, n, false);

	return err;
}


static int add_all(struct hls_window *w, const struct hls_test *t)
{
	int err = 0;

	for (size_t i = 0; i < t->n && !err; i++)
		err = hls_window_add(w, &t->pieces[i].piece);

	return err;
}


static int find(const struct hls_snapshot *s, enum hls_kind kind, uint64_t n,
		struct chunk **chunk)
{
	const struct hls_name name = {
		.kind = kind, .format = HLS_FMP4, .life = LIFE,
		.rendition = hls_rendition(), .number = n,
	};

	return hls_snapshot_find(s, &name, chunk);
}


TEST(hls_window_lists)
{
	static struct hls_test t;
	struct hls_window w;
	struct hls_snapshot *s = NULL;
	struct chunk *chunk;
	size_t len = 0;
	int err;

	hls_window_init(&w, &conf, LIFE);
	TEST_ERR(make(&t, 20 * 6 + 8));
	TEST_EQ(25, t.n);
	TEST_ERR(add_all(&w, &t));
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_OK(hls_snapshot_is_ready(s) && s->is_independent);
	TEST_EQ(6, s->media.n_segments);
	TEST_EQ(2, s->first);
	TEST_EQ(0, s->media.first_msn);
	TEST_EQ(25, s->media.next_part);
	TEST_EQ(2, s->media.target_s);
	TEST_EQ(10000, s->frames_per_ks);
	TEST_EQ(1, s->media.open->n_parts);
	TEST_EQ(2 * SECOND, s->media.segments[5].duration_us);

	/* A segment is its parts. */
	for (uint64_t i = 8; i < 12; i++) {
		TEST_ERR(find(s, HLS_PART, i, &chunk));
		TEST_OK(chunk == t.pieces[i].piece.bytes);
		len += chunk->len;
	}
	TEST_ERR(find(s, HLS_SEGMENT, 2, &chunk));
	TEST_EQ(len, chunk->len);
	TEST_MEM(t.pieces[8].piece.bytes->data, t.pieces[8].piece.bytes->len,
		 chunk->data, t.pieces[8].piece.bytes->len);
	TEST_ERR(find(s, HLS_INIT, s->media.open->init, &chunk));
	TEST_OK(chunk == t.pieces[0].piece.tracks->init);
	TEST_EQ(-EAGAIN, find(s, HLS_PART, 25, &chunk));
	TEST_EQ(-ENOENT, find(s, HLS_SEGMENT, 6, &chunk));

	/* It outlives what it was made of. */
	hls_window_fini(&w);
	hls_test_fini(&t);
	TEST_ERR(find(s, HLS_SEGMENT, 5, &chunk));
	TEST_OK(chunk->len > 0);
 out:
	hls_snapshot_unref(s);
	hls_window_fini(&w);
	hls_test_fini(&t);
	return err;
}


/* Old segments go, numbers go on; memory has its bound. */
TEST(hls_window_keeps)
{
	struct hls_window_conf small = conf, large = conf;
	static struct hls_test t;
	struct hls_window w;
	struct hls_snapshot *s = NULL;
	struct chunk *chunk;
	int err;

	hls_window_init(&w, &conf, LIFE);
	TEST_ERR(make(&t, 20 * 30 + 1));
	TEST_ERR(add_all(&w, &t));
	TEST_EQ(30, w.first_msn + w.n_kept);
	TEST_OK(w.n_kept >= 7 && w.n_kept <= 9);
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_EQ(w.first_msn, s->media.first_msn);
	TEST_EQ(-ENOENT, find(s, HLS_SEGMENT, w.first_msn - 1, &chunk));
	TEST_ERR(find(s, HLS_SEGMENT, w.first_msn, &chunk));
	TEST_ERR(find(s, HLS_PART, 29 * 4, &chunk));
	s = hls_snapshot_unref(s);
	hls_window_fini(&w);
	TEST_EQ(0, w.n_kept);

	/* Parts go before their segments. */
	large.window_us = 30 * SECOND;
	hls_window_init(&w, &large, LIFE);
	TEST_ERR(add_all(&w, &t));
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_ERR(find(s, HLS_SEGMENT, 20, &chunk));
	TEST_EQ(-ENOENT, find(s, HLS_PART, 20 * 4, &chunk));
	TEST_ERR(find(s, HLS_PART, 24 * 4, &chunk));
	s = hls_snapshot_unref(s);
	hls_window_fini(&w);

	/* Nobody reads it. */
	hls_window_init(&w, &conf, LIFE);
	w.is_idle = true;
	TEST_ERR(add_all(&w, &t));
	TEST_EQ(3, w.n_kept);
	TEST_EQ(30, w.first_msn + w.n_kept);
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_ERR(find(s, HLS_SEGMENT, 27, &chunk));
	TEST_EQ(-ENOENT, find(s, HLS_PART, 28 * 4, &chunk));
	TEST_ERR(find(s, HLS_PART, 29 * 4, &chunk));
	s = hls_snapshot_unref(s);
	hls_window_fini(&w);

	small.bytes_max = 5000;
	hls_window_init(&w, &small, LIFE);
	TEST_ERR(add_all(&w, &t));
	TEST_OK(w.n_kept >= 3 && w.n_kept < 8);
	TEST_OK(w.bytes <= 5000 || w.n_kept == 3);
 out:
	hls_snapshot_unref(s);
	hls_window_fini(&w);
	hls_test_fini(&t);
	return err;
}


/* The next publisher goes on, after a discontinuity. */
TEST(hls_window_publishers)
{
	static struct hls_test t, u;
	struct hls_window w;
	struct hls_snapshot *s = NULL;
	int err;

	memset(&u, 0, sizeof(u));
	hls_window_init(&w, &conf, LIFE);
	TEST_ERR(make(&t, 45));
	TEST_ERR(hls_mux_finish(t.mux));
	TEST_ERR(make(&u, 45));
	TEST_ERR(add_all(&w, &t));
	TEST_EQ(3, w.n_kept);
	TEST_ERR(add_all(&w, &u));
	TEST_EQ(5, w.n_kept);
	hls_window_end(&w);
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_EQ(5, s->media.n_segments);
	for (size_t i = 0; i < 5; i++)
		TEST_EQ(i == 3, s->media.segments[i].has_discontinuity);
	TEST_EQ(s->media.segments[2].init + 1, s->media.segments[3].init);
	TEST_OK(s->media.is_ended && !s->media.open);
 out:
	hls_snapshot_unref(s);
	hls_window_fini(&w);
	hls_test_fini(&t);
	hls_test_fini(&u);
	return err;
}


/* What was lost leaves a discontinuity behind, and no half segment. */
TEST(hls_window_torn)
{
	static struct hls_test t;
	struct hls_snapshot *s = NULL;
	struct hls_window w;
	int err;

	hls_window_init(&w, &conf, LIFE);
	TEST_ERR(make(&t, 61));
	TEST_EQ(12, t.n);
	t.pieces[8].piece.has_discontinuity = true;
	for (size_t i = 0; i < t.n; i++) {
		if (i >= 3 && i < 8)     /* an end, and a whole one */
			continue;
		TEST_ERR(hls_window_add(&w, &t.pieces[i].piece));
	}
	TEST_EQ(2, w.n_kept);
	TEST_EQ(7, w.next_part);
	s = hls_window_snapshot(&w);
	TEST_PTR(s);
	TEST_EQ(1500 * MS, s->media.segments[0].duration_us);
	TEST_EQ(2 * SECOND, s->media.segments[1].duration_us);
	TEST_OK(s->media.segments[1].has_discontinuity);
 out:
	hls_snapshot_unref(s);
	hls_window_fini(&w);
	hls_test_fini(&t);
	return err;
}
