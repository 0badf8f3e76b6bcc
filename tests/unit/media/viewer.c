/* Viewers: what they lend while streams of a name come and go, with a packager
 * that needs all tracks first, has framing, and a head at the beginning. */
#include "media/viewer.h"
#include "base/mem.h"
#include "io/fake.h"
#include "test.h"

enum { LOOPS = 2, SEEN_MAX = 200, GRACE_MS = 1000, WAIT_MS = 2000 };

struct hall {
	struct fake *fake;
	struct loop loops[LOOPS];        /* of the streams, of the viewer */
	struct registry registry;
	struct stream *stream;
	struct viewer viewer;
	bool is_deaf;                    /* takes nothing */
	bool has_more;
	char seen[SEEN_MAX];             /* what it took */
	size_t n_seen;
	unsigned n_found;
	bool has_ended;
	int err;
};

static const struct stream_key key = {
	{ NULL, 0 }, { "live", 4 }, { "a", 1 },
};


/* -- a packager: the text of frames, as "02:text" -- */

static int pack_open(void *state, const struct stream *stream)
{
	(void)state;
	(void)stream;

	return 0;
}


static size_t pack_framing(uint8_t *out, size_t len)
{
	out[0] = '0' + (uint8_t)(len / 10 % 10);
	out[1] = '0' + (uint8_t)(len % 10);
	out[2] = ':';

	return 3;
}


static void pack(void *state, const struct stream *stream,
		 const struct frame *frame, struct stream_log *log)
{
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.flags = frame->flags & FRAME_KEY ? ENTRY_START : 0,
	};
	uint8_t *p = stream_log_begin(log, frame->payload.len);

	(void)state;
	(void)stream;
	if (!p)
		return;
	memcpy(p, frame->payload.p, frame->payload.len);
	stream_log_commit(log, frame->payload.len, &entry);
}


static void pack_prologue(void *state, const struct stream *stream,
			  int64_t dts_ms, struct writer *w)
{
	(void)state;
	(void)stream;
	put_str(w, str("HEAD"));
	put_str(w, str(dts_ms ? "later" : "first"));
}


static const struct packager packager = {
	.name = "letters",
	.size = 1,
	.framing = pack_framing,
	.is_ready = stream_is_settled,
	.open = pack_open,
	.pack = pack,
	.prologue = pack_prologue,
	.head_len = 4,
};


/* -- the viewer's user -- */

static struct hall *of_viewer(struct viewer *viewer)
{
	return CONTAINER_OF(viewer, struct hall, viewer);
}


/* As a chain does: until nothing is left, or nothing more to be asked for. */
static void take(struct hall *h)
{
	struct iovec iov[4];
	int n;

	while (!h->is_deaf && viewer_move_on(&h->viewer)) {
		size_t len = 0;

		h->has_more = false;
		n = viewer_peek(&h->viewer, iov, 4, 1000, false,
				&h->has_more);
		for (int i = 0; i < n; i++) {
			if (h->n_seen + iov[i].iov_len < SEEN_MAX)
				memcpy(h->seen + h->n_seen, iov[i].iov_base,
				       iov[i].iov_len);
			h->n_seen += iov[i].iov_len;
			len += iov[i].iov_len;
		}
		viewer_consume(&h->viewer, len);
		if (!n || !h->has_more)
			break;
	}
}


static void on_news(void *arg)
{
	take(of_viewer(arg));
}


static void on_want_output(struct viewer *viewer)
{
	take(of_viewer(viewer));
}


static void on_found(struct viewer *viewer)
{
	++of_viewer(viewer)->n_found;
}


static void on_ended(struct viewer *viewer, int err)
{
	struct hall *h = of_viewer(viewer);

	h->has_ended = true;
	h->err = err;
	viewer_close(viewer);
}


static const struct viewer_user user = {
	.cursor = { .news = on_news, .overdrawn = viewer_overdrawn },
	.want_output = on_want_output,
	.found = on_found,
	.ended = on_ended,
};


/* -- the frame -- */

static void on_evicted(void *arg)
{
	(void)arg;
}


static void run(struct hall *h, int64_t ms)
{
	fake_run(h->fake, ms * 1000);
}


static int hall_init(struct hall *h)
{
	struct backend *backend;
	int err;

	memset(h, 0, sizeof(*h));
	registry_init(&h->registry);
	err = fake_new(&h->fake, &(struct fake_conf){ .seed = 1 });
	for (unsigned i = 0; i < LOOPS && !err; i++) {
		err = fake_backend_new(&backend, h->fake);
		if (!err)
			err = loop_init(&h->loops[i], backend);
		h->loops[i].index = i;
	}

	return err;
}


static int publish(struct hall *h)
{
	const struct stream_limits limits = { { 1 << 20, 10000 }, 0 };

	h->stream = stream_new(&h->loops[0], LOOPS, &key, &limits, on_evicted,
			       h);

	return h->stream ? registry_publish(&h->registry, h->stream, false)
			 : -ENOMEM;
}


static void unpublish(struct hall *h, bool is_final)
{
	if (!h->stream)
		return;

	registry_unpublish(&h->registry, h->stream, is_final);
	stream_close(h->stream);
	h->stream = stream_unref(h->stream);
}


static int view(struct hall *h)
{
	const struct viewer_conf conf = {
		.registry = &h->registry,
		.loop = &h->loops[1],
		.packager = &packager,
		.key = key,
		.n_max = 1,
		.wait_ms = WAIT_MS,
		.grace_ms = GRACE_MS,
	};

	return viewer_open(&h->viewer, &user, &conf);
}


static void hall_fini(struct hall *h)
{
	if (h->viewer.user && !h->has_ended)
		viewer_close(&h->viewer);
	unpublish(h, true);
	if (h->fake)
		fake_settle(h->fake);
	for (unsigned i = 0; i < LOOPS; i++) {
		if (h->loops[i].backend)
			loop_fini(&h->loops[i]);
	}
	fake_free(h->fake);
	registry_fini(&h->registry);
}


static int push(struct hall *h, enum media_kind kind, int64_t dts,
		const char *text)
{
	struct frame frame = { .kind = kind, .dts = dts, .pts = dts,
			       .flags = kind == MEDIA_VIDEO ? FRAME_KEY : 0,
			       .clock_hz = 1000 };
	int err;

	frame.chunk = chunk_copy(slice(text, strlen(text)));
	if (!frame.chunk)
		return -ENOMEM;
	frame.payload = chunk_slice(frame.chunk);
	err = stream_push(h->stream, &frame);
	chunk_unref(frame.chunk);
	run(h, 1);

	return err ? err : test_alloc_failed() ? -ENOMEM : 0;
}


#define TEST_SEEN(h, text)						\
	TEST_MEM(text, strlen(text), (h)->seen, (h)->n_seen)


TEST(viewer_waits_for_both_tracks)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(view(&h));
	TEST_OK(!h.viewer.stream);
	run(&h, 10);
	TEST_ERR(publish(&h));
	run(&h, 10);
	TEST_EQ(1, h.n_found);

	TEST_ERR(push(&h, MEDIA_VIDEO, 0, "v0"));
	TEST_SEEN(&h, "");
	TEST_ERR(push(&h, MEDIA_AUDIO, 1, "a1"));
	TEST_SEEN(&h, "09:HEADfirst02:v002:a1");
	TEST_EXPECT(!h.has_ended);
 out:
	hall_fini(&h);
	return err;
}


TEST(viewer_waits_no_longer_than_one_track_needs)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(publish(&h));
	TEST_ERR(view(&h));
	TEST_ERR(push(&h, MEDIA_AUDIO, 0, "a0"));
	TEST_ERR(push(&h, MEDIA_AUDIO, STREAM_SETTLE_MS - 1, "a1"));
	TEST_SEEN(&h, "");
	TEST_ERR(push(&h, MEDIA_AUDIO, STREAM_SETTLE_MS, "a2"));
	run(&h, 1);
	TEST_SEEN(&h, "09:HEADfirst02:a002:a102:a2");
 out:
	hall_fini(&h);
	return err;
}


TEST(viewer_gives_up_without_media)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(publish(&h));
	TEST_ERR(view(&h));
	run(&h, STREAM_READY_MS - 100);
	TEST_EXPECT(!h.has_ended);
	run(&h, 200);
	TEST_EXPECT(h.has_ended);
	TEST_ERRNO(-ENOENT, h.err);
 out:
	hall_fini(&h);
	return err;
}


TEST(viewer_gives_up_without_publisher)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(view(&h));
	run(&h, WAIT_MS + 2);
	TEST_OK(h.has_ended);
	TEST_EQ(-ENOENT, h.err);
	TEST_SEEN(&h, "");
 out:
	hall_fini(&h);
	return err;
}


/* What it had of the old log is finished; of the new one it gets all but the
 * head. */
TEST(viewer_goes_on_with_the_next_stream)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(publish(&h));
	TEST_ERR(push(&h, MEDIA_AUDIO, 0, "old"));
	TEST_ERR(push(&h, MEDIA_VIDEO, 0, "v0"));
	TEST_ERR(view(&h));
	run(&h, 10);
	h.is_deaf = true;
	TEST_ERR(push(&h, MEDIA_VIDEO, 20, "v1"));
	unpublish(&h, false);
	run(&h, GRACE_MS / 2);

	TEST_ERR(publish(&h));
	TEST_ERR(push(&h, MEDIA_VIDEO, 0, "V0"));
	TEST_ERR(push(&h, MEDIA_AUDIO, 0, "A0"));
	h.is_deaf = false;
	run(&h, 10);
	TEST_ERR(push(&h, MEDIA_VIDEO, 20, "V1"));
	run(&h, 10);
	TEST_SEEN(&h, "09:HEADfirst02:v002:v105:later02:V002:A002:V1");
	TEST_EXPECT(!h.has_ended);

	unpublish(&h, false);
	run(&h, GRACE_MS + 10);
	TEST_OK(h.has_ended);
	TEST_EQ(0, h.err);
 out:
	hall_fini(&h);
	return err;
}


/* The publisher has said goodbye, while the viewer took nothing: it gets the
 * rest, in one go, and must still learn that this was all. */
TEST(viewer_that_is_slow_is_told_of_the_end)
{
	struct hall h;
	int err;

	TEST_ERR(hall_init(&h));
	TEST_ERR(publish(&h));
	TEST_ERR(push(&h, MEDIA_VIDEO, 0, "v0"));
	TEST_ERR(push(&h, MEDIA_AUDIO, 0, "a0"));
	TEST_ERR(view(&h));
	run(&h, 10);
	h.is_deaf = true;
	TEST_ERR(push(&h, MEDIA_VIDEO, 20, "v1"));
	TEST_ERR(push(&h, MEDIA_VIDEO, 40, "v2"));
	unpublish(&h, true);
	run(&h, 3 * GRACE_MS);
	TEST_EXPECT(!h.has_ended);

	h.is_deaf = false;
	take(&h);
	run(&h, 10);
	TEST_SEEN(&h, "09:HEADfirst02:v002:a002:v102:v2");
	TEST_OK(h.has_ended);
	TEST_EQ(0, h.err);
 out:
	hall_fini(&h);
	return err;
}


TEST(viewer_is_one_of_so_many)
{
	struct viewer other = { 0 };
	struct hall h;
	struct viewer_conf conf = {
		.loop = &h.loops[1],
		.packager = &packager,
		.key = key,
		.n_max = 1,
		.wait_ms = WAIT_MS,
	};
	int err;

	TEST_ERR(hall_init(&h));
	conf.registry = &h.registry;
	TEST_ERR(view(&h));
	TEST_ERRNO(-EMSGSIZE, viewer_open(&other, &user, &conf));
	conf.n_max = 2;
	conf.wait_ms = 0;
	TEST_ERRNO(-ENOENT, viewer_open(&other, &user, &conf));
 out:
	hall_fini(&h);
	return err;
}
