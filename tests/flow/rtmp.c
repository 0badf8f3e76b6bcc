/* RTMP publishers and players against a whole server.  These are not run with
 * every allocation failing: reading the configuration is thousands of them. */
#include <stdlib.h>
#include "base/mem.h"
#include "rtmp/rtmp_control.h"
#include "rtmp_peer.h"
#include "test.h"

enum {
	GOP = 25,
	FRAME_MS = 40,
	PEERS = 4,
};

struct scene {
	struct rig rig;
	struct peer peers[PEERS];
	uint32_t number;         /* of the frames sent so far */
};


static int scene_new(struct scene **scenep, unsigned n_workers,
		     const char *app, const struct fake_conf *conf)
{
	*scenep = mem_zalloc(sizeof(**scenep));
	if (!*scenep)
		return -ENOMEM;

	return rig_init(&(*scenep)->rig, n_workers, app, conf);
}


static void scene_free(struct scene *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < PEERS; i++)
		peer_close(&s->peers[i]);
	rig_fini(&s->rig);
	mem_free(s);
}


/* Publish n frames in real time, a key frame every GOP, sound between. */
static void send_frames(struct scene *s, struct peer *p, uint32_t n,
			size_t len)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t ms = s->number * FRAME_MS;

		if (!s->number) {
			peer_send_config(p, RTMP_VIDEO, ms);
			peer_send_config(p, RTMP_AUDIO, ms);
		}
		peer_send_frame(p, RTMP_VIDEO, !(s->number % GOP), ms,
				2 * s->number, len);
		peer_send_frame(p, RTMP_AUDIO, false, ms + 10,
				2 * s->number + 1, 60);
		++s->number;
		rig_run(&s->rig, FRAME_MS);
	}
}


/* All that came is whole, in order, with times that grow; frames follow each
 * other but for `n_gaps` gaps, each of which ends at a key frame. */
static int check_media(const struct peer *p, unsigned n_gaps)
{
	const struct peer_media *last = NULL;
	unsigned n = 0;
	int err = 0;

	for (size_t i = 0; i < p->n_media; i++) {
		const struct peer_media *m = &p->media[i];

		if (!m->head[1])
			continue;     /* configuration */

		TEST_OK(m->is_whole);
		if (!last)
			TEST_EQ(0x17, m->head[0]);
		if (last && m->number != last->number + 1) {
			++n;
			TEST_EQ(0x17, m->head[0]);
		}
		if (last)
			TEST_OK(m->number > last->number &&
				m->timestamp >= last->timestamp);
		last = m;
	}
	TEST_EQ(n_gaps, n);
	TEST_OK(last);
 out:
	return err;
}


static uint32_t last_number(const struct peer *p)
{
	return p->n_media ? p->media[p->n_media - 1].number : 0;
}


static int publish_and_play(unsigned n_workers, const struct fake_conf *conf,
			    struct peer *got)
{
	struct scene *s = NULL;
	struct peer *pub, *early, *late;
	int err;

	TEST_ERR(scene_new(&s, n_workers, "mergeMs = 0,", conf));
	pub = &s->peers[0];
	early = &s->peers[1];
	late = &s->peers[2];

	/* One comes before the publisher, one while it sends. */
	TEST_ERR(peer_open(early, &s->rig, n_workers - 1, "live", "play",
			   "a"));
	rig_run(&s->rig, 100);
	TEST_ERR(peer_open(pub, &s->rig, 0, "live", "publish", "a"));
	rig_run(&s->rig, 100);
	TEST_OK(peer_was_told(pub, "NetConnection.Connect.Success"));
	TEST_OK(pub->is_ready);

	send_frames(s, pub, GOP + 10, 3000);
	TEST_ERR(peer_open(late, &s->rig, 0, "live", "play", "a"));
	send_frames(s, pub, GOP, 3000);

	TEST_OK(early->is_ready && late->is_ready);
	TEST_ERR(check_media(early, 0));
	TEST_ERR(check_media(late, 0));
	TEST_EQ(2 * s->number - 1, last_number(early));
	TEST_EQ(2 * s->number - 1, last_number(late));
	TEST_EQ(2 * s->number + 2, early->n_media);

	/* From the last key frame on, with the configurations. */
	TEST_EQ(2 * (s->number - GOP) + 2, late->n_media);
	TEST_OK(!late->media[0].head[1] && !late->media[1].head[1]);

	*got = *late;
 out:
	scene_free(s);
	return err;
}


TEST(rtmp_publish_play)
{
	static struct peer got;

	if (test_is_starved())
		return 0;

	return publish_and_play(1, &(struct fake_conf){ .seed = 1 }, &got);
}


/* Other workers, other cuts: the same result. */
TEST(rtmp_same_result)
{
	static const struct fake_conf confs[] = {
		{ .seed = 1, .recv_max = 1500 },
		{ .seed = 2, .recv_max = 700, .send_max = 700 },
		{ .seed = 3, .send_max = 1000, .wire_size = 5000 },
		{ .seed = 4, .recv_max = 1, .is_exact = true },
	};
	static struct peer want, got;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(publish_and_play(1, &(struct fake_conf){ .seed = 9 },
				  &want));
	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		TEST_ERR(publish_and_play(1 + i % 2, &confs[i], &got));
		TEST_EQ(want.n_media, got.n_media);
		TEST_OK(!memcmp(want.media, got.media,
				want.n_media * sizeof(want.media[0])));
		TEST_OK(!strcmp(want.told, got.told));
	}
 out:
	return err;
}


/* Nobody comes, within the time that players wait. */
TEST(rtmp_wait_in_vain)
{
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, 2, "waitForPublisherMs = 3000,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(peer_open(&s->peers[0], &s->rig, 1, "live", "play", "a"));
	rig_run(&s->rig, 2500);
	TEST_OK(!peer_was_told(&s->peers[0], "StreamNotFound"));
	rig_run(&s->rig, 1000);
	TEST_OK(peer_was_told(&s->peers[0], "StreamNotFound"));
 out:
	scene_free(s);
	return err;
}


/* A second publisher is refused, or takes over; viewers then see its
 * frames from a key frame on, with times that go on. */
TEST(rtmp_second_publisher)
{
	struct scene *s = NULL;
	struct peer *first, *second, *viewer;
	int err;

	if (test_is_starved())
		return 0;

	for (int takes_over = 0; takes_over < 2; takes_over++) {
		TEST_ERR(scene_new(&s, 2, takes_over
				   ? "publisherTakeover = true, mergeMs = 0,"
				   : "mergeMs = 0,",
				   &(struct fake_conf){ .seed = 1 }));
		first = &s->peers[0];
		second = &s->peers[1];
		viewer = &s->peers[2];
		TEST_ERR(peer_open(first, &s->rig, 0, "live", "publish",
				   "a"));
		TEST_ERR(peer_open(viewer, &s->rig, 1, "live", "play", "a"));
		rig_run(&s->rig, 100);
		send_frames(s, first, 10, 2000);
		TEST_ERR(peer_open(second, &s->rig, 1, "live", "publish",
				   "a"));
		rig_run(&s->rig, 100);

		TEST_EQ(!takes_over, peer_was_told(
					     second,
					     "NetStream.Publish.BadName"));
		TEST_EQ(takes_over, second->is_ready);
		TEST_EQ(10 * 2 + 2, viewer->n_media);
		if (takes_over) {
			/* Its own clock begins anew. */
			peer_send_config(second, RTMP_VIDEO, 0);
			peer_send_frame(second, RTMP_VIDEO, true, 0, 1000,
					500);
			peer_send_frame(second, RTMP_VIDEO, false, 40, 1001,
					500);
		} else {
			send_frames(s, first, 1, 100);
		}
		rig_run(&s->rig, 100);
		TEST_ERR(check_media(viewer, (unsigned)takes_over));
		TEST_EQ(takes_over ? 1001 : 21, last_number(viewer));
		scene_free(s);
		s = NULL;
	}
 out:
	scene_free(s);
	return err;
}


/* A publisher that drops may come back within the grace period. */
TEST(rtmp_grace)
{
	struct scene *s = NULL;
	struct peer *pub, *viewer;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, 2, "publisherGraceMs = 5000, mergeMs = 0,",
			   &(struct fake_conf){ .seed = 1 }));
	pub = &s->peers[0];
	viewer = &s->peers[1];
	TEST_ERR(peer_open(pub, &s->rig, 0, "live", "publish", "a"));
	TEST_ERR(peer_open(viewer, &s->rig, 1, "live", "play", "a"));
	rig_run(&s->rig, 100);
	send_frames(s, pub, 10, 2000);

	peer_close(pub);
	rig_run(&s->rig, 3000);
	TEST_ERR(peer_open(pub, &s->rig, 1, "live", "publish", "a"));
	rig_run(&s->rig, 100);
	TEST_OK(pub->is_ready);
	peer_send_config(pub, RTMP_VIDEO, 0);
	peer_send_frame(pub, RTMP_VIDEO, true, 0, 500, 500);
	rig_run(&s->rig, 100);
	TEST_ERR(check_media(viewer, 1));
	TEST_EQ(500, last_number(viewer));

	/* And may stay away. */
	peer_close(pub);
	rig_run(&s->rig, 4500);
	TEST_OK(!peer_was_told(viewer, "UnpublishNotify"));
	rig_run(&s->rig, 1000);
	TEST_OK(peer_was_told(viewer, "UnpublishNotify"));
 out:
	scene_free(s);
	return err;
}


TEST(rtmp_denied)
{
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, 1,
			   "onConnect = function(s) return "
			   "s.application == 'live', 'go away' end,"
			   "onPublish = function(s) return "
			   "s.query.key == 'x', 'no key' end,"
			   "onPlay = function(s) if s.attempt < 3 then "
			   "return later(100) end return redirect('b') end,"
			   "mergeMs = 0,",
			   &(struct fake_conf){ .seed = 1, .recv_max = 100 }));
	TEST_ERR(peer_open(&s->peers[0], &s->rig, 0, "live", "publish",
			   "b?key=y"));
	TEST_ERR(peer_open(&s->peers[1], &s->rig, 0, "live", "publish",
			   "b?key=x"));
	TEST_ERR(peer_open(&s->peers[2], &s->rig, 0, "live", "play", "c"));
	rig_run(&s->rig, 100);
	TEST_OK(!s->peers[0].is_ready && s->peers[1].is_ready);
	TEST_OK(!s->peers[2].is_ready);

	rig_run(&s->rig, 500);
	TEST_OK(s->peers[2].is_ready);
	send_frames(s, &s->peers[1], 5, 100);
	TEST_ERR(check_media(&s->peers[2], 0));
	TEST_EQ(12, s->peers[2].n_media);
 out:
	scene_free(s);
	return err;
}


/* One that does not read for longer than the log skips to a key frame, once;
 * one that never reads is closed. */
TEST(rtmp_slow_viewer)
{
	struct scene *s = NULL;
	struct peer *pub, *slow, *dead;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, 2,
			   "logBytes = 1048576, sendTimeoutMs = 10000,"
			   "mergeMs = 0,",
			   &(struct fake_conf){ .seed = 1 }));
	pub = &s->peers[0];
	slow = &s->peers[1];
	dead = &s->peers[2];
	TEST_ERR(peer_open(pub, &s->rig, 0, "live", "publish", "a"));
	TEST_ERR(peer_open(slow, &s->rig, 1, "live", "play", "a"));
	TEST_ERR(peer_open(dead, &s->rig, 1, "live", "play", "a"));
	rig_run(&s->rig, 100);
	send_frames(s, pub, 10, 20000);
	TEST_ERR(check_media(slow, 0));

	slow->is_deaf = dead->is_deaf = true;
	send_frames(s, pub, 5 * GOP, 20000);
	TEST_OK(!dead->is_closed);
	peer_listen(slow);
	send_frames(s, pub, 4 * GOP, 20000);
	TEST_ERR(check_media(slow, 1));
	TEST_EQ(2 * s->number - 1, last_number(slow));

	send_frames(s, pub, 2 * GOP, 20000);
	peer_listen(dead);
	rig_run(&s->rig, 1000);
	TEST_OK(dead->is_closed);
	TEST_EQ(2 * s->number - 1, last_number(slow));
 out:
	scene_free(s);
	return err;
}
