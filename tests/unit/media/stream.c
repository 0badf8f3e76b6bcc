/* Streams: times, tracks, what a packager that is opened late is given,
 * viewers that come, go and change their mind.  Two loops of a fake world,
 * and a packager that writes down what it gets. */
#include "media/registry.h"
#include "base/mem.h"
#include "io/fake.h"
#include "media/stream_log_int.h"
#include "test.h"

enum { LOOPS = 2, NOTES_MAX = 64 };

struct note {
	uint8_t kind;
	uint8_t flags;
	int64_t dts;
	int64_t pts;
};

struct studio {
	struct fake *fake;
	struct loop loops[LOOPS];
	struct stream *stream;
	struct registry registry;
	bool has_registry;
	unsigned n_evicted;
};

struct guest {
	struct stream_cursor cursor;
	unsigned n_attached;
	int err;
	bool is_leaving;         /* does not open what it asked for */
	unsigned n_news;
};

/* What the packager wrote down, of the case that runs. */
static struct note notes[NOTES_MAX];
static size_t n_notes;
static unsigned n_opened, n_closed;

static const struct stream_key key = {
	{ NULL, 0 }, { "live", 4 }, { "a", 1 },
};


static int pack_open(void *state, const struct stream *stream)
{
	(void)state;
	(void)stream;
	++n_opened;

	return 0;
}


static void pack(void *state, const struct stream *stream,
		 const struct frame *frame, struct stream_log *log)
{
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.flags = frame->flags & FRAME_CONFIG ? ENTRY_CONFIG
			 : frame->flags & FRAME_KEY ? ENTRY_START : 0,
	};
	uint8_t *p = stream_log_begin(log, 1);

	(void)state;
	(void)stream;
	if (n_notes < NOTES_MAX)
		notes[n_notes++] = (struct note){ (uint8_t)frame->kind,
						  frame->flags, frame->dts,
						  frame->pts };
	if (!p)
		return;
	*p = (uint8_t)frame->kind;
	stream_log_commit(log, 1, &entry);
}


static void pack_prologue(void *state, const struct stream *stream,
			  int64_t dts_ms, struct writer *w)
{
	(void)state;
	(void)stream;
	(void)dts_ms;
	put_str(w, str("prologue"));
}


static void pack_close(void *state)
{
	(void)state;
	++n_closed;
}


static const struct packager packager = {
	.name = "notes",
	.size = 1,
	.open = pack_open,
	.pack = pack,
	.prologue = pack_prologue,
	.close = pack_close,
};


/* -- the frame -- */

static void on_evicted(void *arg)
{
	++((struct studio *)arg)->n_evicted;
}


static struct stream *new_stream(struct studio *s, unsigned loop)
{
	const struct stream_limits limits = { { 1 << 20, 10000 }, 0 };

	return stream_new(&s->loops[loop], LOOPS, &key, &limits, on_evicted,
			  s);
}


static int studio_init(struct studio *s)
{
	struct backend *backend;
	int err;

	memset(s, 0, sizeof(*s));
	n_notes = n_opened = n_closed = 0;
	registry_init(&s->registry);
	s->has_registry = true;

	err = fake_new(&s->fake, &(struct fake_conf){ .seed = 1 });
	for (unsigned i = 0; i < LOOPS && !err; i++) {
		err = fake_backend_new(&backend, s->fake);
		if (!err)
			err = loop_init(&s->loops[i], backend);
		s->loops[i].index = i;
	}
	if (err)
		return err;

	s->stream = new_stream(s, 0);

	return s->stream ? 0 : -ENOMEM;
}


static void studio_fini(struct studio *s)
{
	if (s->stream)
		stream_close(s->stream);
	if (s->fake)
		fake_settle(s->fake);
	stream_unref(s->stream);
	for (unsigned i = 0; i < LOOPS; i++) {
		if (s->loops[i].backend)
			loop_fini(&s->loops[i]);
	}
	fake_free(s->fake);
	if (s->has_registry)
		registry_fini(&s->registry);
}


static int push(struct studio *s, enum media_kind kind, uint8_t flags,
		int64_t dts)
{
	struct frame frame = { .kind = kind, .flags = flags, .dts = dts,
			       .pts = dts + 80, .clock_hz = 1000 };
	int err;

	frame.chunk = chunk_copy(slice("frame", 5));
	if (!frame.chunk)
		return -ENOMEM;
	frame.payload = chunk_slice(frame.chunk);
	err = stream_push(s->stream, &frame);
	chunk_unref(frame.chunk);

	return err;
}


/* -- viewers -- */

static void on_news(void *arg)
{
	++((struct guest *)arg)->n_news;
}


static const struct stream_cursor_handler handler = {
	.news = on_news,
	.overdrawn = on_news,
};


static void on_attached(struct stream_attach *attach, int err, void *arg)
{
	struct guest *g = arg;

	++g->n_attached;
	g->err = err;
	g->cursor.handler = &handler;
	g->cursor.arg = g;
	if (!err && !g->is_leaving)
		stream_attach_open(attach, &g->cursor);
}


static struct stream_attach *attach(struct studio *s, struct guest *g,
				    unsigned loop)
{
	return stream_attach(s->stream, &packager, &s->loops[loop], false,
			     on_attached, g);
}


/* -- times -- */

static int check_times(const int64_t (*rows)[2], size_t n, unsigned n_jumps)
{
	struct studio s;
	struct guest g = { .n_news = 0 };
	int err;

	TEST_ERR(studio_init(&s));
	TEST_PTR(attach(&s, &g, 0));
	fake_settle(s.fake);
	TEST_ERR(g.err);

	for (size_t i = 0; i < n; i++)
		TEST_ERR(push(&s, MEDIA_VIDEO, 0, rows[i][0]));
	for (size_t i = 0; i < n; i++) {
		TEST_EQ(rows[i][1], notes[i].dts);
		TEST_EQ(rows[i][1] + 80, notes[i].pts);
	}
	TEST_EQ(n_jumps, s.stream->n_jumps);
 out:
	stream_cursor_close(&g.cursor);
	studio_fini(&s);
	return err;
}


TEST(stream_times)
{
	static const int64_t plain[][2] = {
		{ 500, 500 }, { 540, 540 }, { 540, 541 }, { 530, 542 },
		{ 580, 580 }, { -300, 581 }, { 9000, 9000 },
	};
	static const int64_t reset[][2] = {
		{ 500000, 500000 }, { 500040, 500040 }, { 0, 500060 },
		{ 40, 500100 }, { 900000, 500120 }, { 900040, 500160 },
	};
	int err;

	TEST_ERR(check_times(plain, ARRAY_LEN(plain), 0));
	TEST_ERR(check_times(reset, ARRAY_LEN(reset), 2));
 out:
	return err;
}


/* Sound well ahead of the picture is no jump of the clock; one of both is
 * taken out once. */
TEST(stream_times_skew)
{
	struct studio s;
	struct guest g = { .n_news = 0 };
	int64_t base = 0;
	int err;

	TEST_ERR(studio_init(&s));
	TEST_PTR(attach(&s, &g, 0));
	fake_settle(s.fake);
	TEST_ERR(g.err);

	for (int64_t ms = 0; ms < 400; ms += 40) {
		TEST_ERR(push(&s, MEDIA_VIDEO, 0, ms));
		TEST_ERR(push(&s, MEDIA_AUDIO, 0, ms + 3000));
	}
	TEST_EQ(0, s.stream->n_jumps);
	TEST_EQ(360, notes[n_notes - 2].dts);
	TEST_EQ(3360, notes[n_notes - 1].dts);

	base = 700000;
	for (int64_t ms = 400; ms < 800; ms += 40) {
		TEST_ERR(push(&s, MEDIA_VIDEO, 0, base + ms));
		TEST_ERR(push(&s, MEDIA_AUDIO, 0, base + ms + 3000));
	}
	TEST_EQ(1, s.stream->n_jumps);
	TEST_EQ(3000, notes[n_notes - 1].dts - notes[n_notes - 2].dts);
	TEST_EQ(3740, notes[n_notes - 1].dts);
 out:
	stream_cursor_close(&g.cursor);
	studio_fini(&s);
	return err;
}


/* Configuration with time 0 in mid-stream is now, and moves nothing. */
TEST(stream_times_config)
{
	struct studio s;
	struct guest g = { .n_news = 0 };
	int err;

	TEST_ERR(studio_init(&s));
	TEST_PTR(attach(&s, &g, 0));
	fake_settle(s.fake);
	TEST_ERR(g.err);

	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 5000));
	TEST_ERR(push(&s, MEDIA_AUDIO, FRAME_CONFIG, 0));
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 5040));
	TEST_EQ(5000, notes[1].dts);
	TEST_EQ(5040, notes[2].dts);
	TEST_EQ(0, s.stream->n_jumps);

	/* The same one again is not worth a message. */
	TEST_ERR(push(&s, MEDIA_AUDIO, FRAME_CONFIG, 0));
	TEST_EQ(3, n_notes);
	TEST_EQ(2, s.stream->n_tracks);
	TEST_OK(stream_track(s.stream, MEDIA_AUDIO, 0)->config);
	TEST_OK(!stream_track(s.stream, MEDIA_AUDIO, 1));
 out:
	stream_cursor_close(&g.cursor);
	studio_fini(&s);
	return err;
}


/* -- packagers -- */

/* One that is opened late gets all since the last key frame; it is closed
 * when nobody has read for a while. */
TEST(stream_late_packager)
{
	struct studio s;
	struct guest g = { .n_news = 0 };
	int err;

	TEST_ERR(studio_init(&s));
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_CONFIG, 0));
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 0));
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 40));
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 80));
	TEST_ERR(push(&s, MEDIA_AUDIO, FRAME_KEY, 90));
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 120));
	TEST_EQ(0, n_notes);

	TEST_PTR(attach(&s, &g, 1));
	fake_settle(s.fake);
	TEST_ERR(g.err);
	TEST_EQ(1, g.n_attached);
	TEST_EQ(3, n_notes);
	TEST_EQ(80, notes[0].dts);
	TEST_OK(notes[0].flags & FRAME_KEY);
	TEST_OK(!(notes[1].flags & FRAME_KEY));

	/* Its news come to the other loop. */
	g.n_news = 0;
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 160));
	fake_settle(s.fake);
	TEST_EQ(1, g.n_news);

	fake_run(s.fake, 30000000);
	TEST_EQ(0, n_closed);
	stream_cursor_close(&g.cursor);
	fake_run(s.fake, 9000000);
	TEST_EQ(0, n_closed);
	fake_run(s.fake, 4000000);
	TEST_EQ(1, n_closed);
	TEST_EQ(0, s.stream->n_formats);
 out:
	stream_cursor_close(&g.cursor);
	studio_fini(&s);
	return err;
}


/* Without a picture any sound is a place to start. */
TEST(stream_sound_only)
{
	struct studio s;
	struct guest g = { .n_news = 0 };
	int err;

	TEST_ERR(studio_init(&s));
	for (int64_t ms = 0; ms < 200; ms += 20)
		TEST_ERR(push(&s, MEDIA_AUDIO, 0, ms));
	TEST_PTR(attach(&s, &g, 1));
	fake_settle(s.fake);
	TEST_ERR(g.err);
	TEST_EQ(1, n_notes);
	TEST_OK(notes[0].flags & FRAME_KEY);
 out:
	stream_cursor_close(&g.cursor);
	studio_fini(&s);
	return err;
}


/* -- comings and goings -- */

TEST(stream_attach_races)
{
	struct stream_attach *a;
	struct guest g[LOOPS];
	struct studio s;
	int err;

	/* steps: how far the question has travelled when something happens;
	 * what: the viewer cancels, does not open, or the stream is closed. */
	for (int i = 0; i < LOOPS * 4 * 3; i++) {
		unsigned loop = (unsigned)i % LOOPS;
		int steps = i / LOOPS % 4, what = i / LOOPS / 4;

		memset(g, 0, sizeof(g));
		TEST_ERR(studio_init(&s));
		TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 0));
		g[0].is_leaving = what == 1;
		a = attach(&s, &g[0], loop);
		TEST_PTR(a);

		for (int k = 0; k < steps; k++)
			loop_pulse(&s.loops[k & 1 ? loop : 0], 0);
		if (what == 0 && !g[0].n_attached)
			stream_attach_cancel(a);
		if (what == 2)
			stream_close(s.stream);
		fake_settle(s.fake);

		TEST_OK(g[0].n_attached <= 1);
		if (what == 2)
			TEST_OK(g[0].err == -ENOENT || g[0].n_news ||
				test_alloc_failed());
		stream_cursor_close(&g[0].cursor);
		fake_settle(s.fake);
		if (what != 2 && s.stream->n_formats)
			TEST_EQ(0, stream_log_n_cursors(
					   s.stream->formats[0].log));
		studio_fini(&s);
		s = (struct studio){ .fake = NULL };
	}
 out:
	stream_cursor_close(&g[0].cursor);
	studio_fini(&s);
	return err;
}


/* -- the registry -- */

static void on_name_news(struct mail *mail)
{
	(void)mail;
}


TEST(registry_names)
{
	struct subscriber sub = { .news.fn = on_name_news }, other = sub;
	struct stream *second = NULL, *seen = NULL;
	struct studio s;
	bool is_final = false;
	int err;

	TEST_ERR(studio_init(&s));
	TEST_ERR(registry_subscribe(&s.registry, &sub, &s.loops[1], &key, 1));
	TEST_EQ(-EMSGSIZE, registry_subscribe(&s.registry, &other,
					      &s.loops[1], &key, 1));
	TEST_OK(!registry_look(&s.registry, &sub, &is_final));

	TEST_ERR(registry_publish(&s.registry, s.stream, false));
	TEST_OK(registry_slot(&s.registry, s.stream->loop, 0) == s.stream);
	seen = registry_find(&s.registry, &key);
	TEST_OK(seen == s.stream);
	stream_unref(seen);
	seen = NULL;
	TEST_OK(atomic_load(&sub.news.is_queued));
	fake_settle(s.fake);
	seen = registry_look(&s.registry, &sub, &is_final);
	TEST_OK(seen == s.stream);
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 7000));

	/* Refused; then it takes over, and its times go on. */
	second = new_stream(&s, 1);
	TEST_PTR(second);
	TEST_ERRNO(-EEXIST, registry_publish(&s.registry, second, false));
	TEST_ERR(registry_publish(&s.registry, second, true));
	fake_settle(s.fake);
	TEST_EQ(1, s.n_evicted);
	TEST_EQ(7000, second->follow_ms);

	/* The old one has no say any more. */
	TEST_EQ(2, s.registry.n_streams);
	registry_unpublish(&s.registry, s.stream, true);
	TEST_EQ(1, s.registry.n_streams);
	stream_unref(seen);
	seen = registry_look(&s.registry, &sub, &is_final);
	TEST_OK(seen == second);
	registry_unpublish(&s.registry, second, true);
	stream_unref(seen);
	seen = registry_look(&s.registry, &sub, &is_final);
	TEST_OK(!seen && is_final);
	TEST_EQ(0, s.registry.n_streams);
	TEST_OK(!registry_find(&s.registry, &key));

	/* The last one to leave frees the name. */
	TEST_EQ(1, s.registry.names.n);
	registry_unsubscribe(&s.registry, &sub);
	registry_unsubscribe(&s.registry, &sub);
	TEST_EQ(0, s.registry.names.n);
 out:
	stream_unref(seen);
	if (s.stream)
		registry_unpublish(&s.registry, s.stream, true);
	if (second) {
		registry_unpublish(&s.registry, second, true);
		stream_close(second);
	}
	registry_unsubscribe(&s.registry, &sub);
	if (s.fake)
		fake_settle(s.fake);
	stream_unref(second);
	studio_fini(&s);
	return err;
}


/* -- what a stream says of itself -- */

TEST(stream_describes_pace)
{
	struct writer w = writer(10000);
	const struct track *video;
	struct studio s;
	struct report r;
	int err;

	TEST_ERR(studio_init(&s));
	for (int i = 0; i < 200; i++) {
		TEST_ERR(push(&s, MEDIA_VIDEO, i % 50 ? 0 : FRAME_KEY,
			      i * 40));
		fake_run(s.fake, 40000);
	}

	video = stream_track(s.stream, MEDIA_VIDEO, 0);
	TEST_EQ(25000, video->pace.frames_per_1000s);
	TEST_EQ(50, video->pace.gop_frames);
	TEST_EQ(2000, video->pace.gop_ms);
	TEST_EQ((int64_t)(video->n_bytes * 8 * 25 / 200),
		video->pace.bits_per_s);

	report_init(&r, REPORT_JSON, &w);
	stream_describe(&r, s.stream, NULL);
	TEST_ERR(report_fini(&r));
	put_u8(&w, 0);
	TEST_ERR(w.err);
	TEST_OK(strstr((char *)w.data, "\"frame_rate\":25,"));
	TEST_OK(strstr((char *)w.data, "\"gop_seconds\":2"));

	/* Nothing comes any more. */
	writer_fini(&w);
	fake_run(s.fake, 10000000);
	report_init(&r, REPORT_JSON, &w);
	stream_describe(&r, s.stream, NULL);
	TEST_ERR(report_fini(&r));
	put_u8(&w, 0);
	TEST_OK(strstr((char *)w.data, "\"frame_rate\":0,"));
 out:
	writer_fini(&w);
	studio_fini(&s);
	return err;
}


/* -- taps -- */

struct bucket {
	struct stream_tap tap;
	unsigned n_configs, n_frames, n_ended;
};


static void on_tapped(struct stream_tap *tap, const struct frame *frame)
{
	struct bucket *bucket = CONTAINER_OF(tap, struct bucket, tap);

	if (frame->flags & FRAME_CONFIG)
		++bucket->n_configs;
	else
		++bucket->n_frames;
}


static void on_tap_end(struct stream_tap *tap)
{
	++CONTAINER_OF(tap, struct bucket, tap)->n_ended;
}


/* A tap gets what is kept, and all that follows, until it is taken off. */
TEST(stream_taps)
{
	const struct stream_tap tap = { .frame = on_tapped,
					.end = on_tap_end };
	struct bucket early = { .tap = tap }, late = { .tap = tap };
	struct studio s;
	int err;

	TEST_ERR(studio_init(&s));
	stream_tap(s.stream, &early.tap);
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_CONFIG, 0));
	for (int i = 0; i < 10; i++)
		TEST_ERR(push(&s, MEDIA_VIDEO, i % 4 ? 0 : FRAME_KEY,
			      i * 40));
	stream_tap(s.stream, &late.tap);
	TEST_OK(late.n_configs == 1 && late.n_frames == 2);
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 400));
	TEST_EQ(3, late.n_frames);
	stream_untap(&late.tap);
	TEST_ERR(push(&s, MEDIA_VIDEO, 0, 440));
	TEST_EQ(3, late.n_frames);
	TEST_EQ(1, early.n_configs);
	TEST_EQ(12, early.n_frames);
	stream_close(s.stream);
	TEST_OK(early.n_ended == 1 && !late.n_ended);
 out:
	studio_fini(&s);
	return err;
}


/* Once a pass, however many viewers there are, from the publisher's turn on;
 * what was counted stays when the format is closed. */
TEST(stream_measures_latency)
{
	const struct metric_conf conf = {
		.type = METRIC_HISTOGRAM, .unit = REPORT_US,
		.name = "stream_send_latency",
		.labels = { { "format", "notes" } },
	};
	struct guest g[LOOPS + 1] = { 0 };
	struct metric *metric = NULL;
	struct metrics metrics;
	struct studio s;
	int err;

	metrics_init(&metrics);
	TEST_ERR(studio_init(&s));
	s.stream->metrics = &metrics;
	TEST_ERR(push(&s, MEDIA_VIDEO, FRAME_KEY, 0));
	for (unsigned i = 0; i < ARRAY_LEN(g); i++)
		TEST_PTR(attach(&s, &g[i], i % LOOPS));
	fake_settle(s.fake);
	TEST_ERR(metric_new(&metric, &metrics, &conf));
	for (int i = 0; i < 5; i++) {
		TEST_ERR(push(&s, MEDIA_VIDEO, 0, 40 * (i + 1)));
		fake_run(s.fake, 40000);
	}
	TEST_EXPECT(g[0].n_attached && s.stream->formats[0].log->latency);
	TEST_EXPECT(metric_value(metric) == 5 * LOOPS);
 out:
	for (unsigned i = 0; i < ARRAY_LEN(g); i++)
		stream_cursor_close(&g[i].cursor);
	studio_fini(&s);
	metric_unref(metric);
	metrics_fini(&metrics);
	return err;
}
