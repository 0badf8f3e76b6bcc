/* HLS on the fake backend: an RTMP publisher of sound on one worker, viewers
 * on the other, and a name that is at home on either. */
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "rtmp/rtmp_control.h"
#include "rtmp_peer.h"
#include "test.h"
#include "wire.h"


enum {
	HTTP_PORT = 2,           /* rig_addr of the acceptor for HTTP */
	VIEWERS = 4,
	FRAME_MS = 20,
	WHAT_MAX = 512,
};

static const char keys[] =
	"waitForPublisherMs = 3000, publisherGraceMs = 2000, maxWaiting = 2, "
	"hls = { segmentMs = 1000, partMs = 200 },";

struct scene {
	struct rig rig;
	struct peer publisher;
	struct wire wires[VIEWERS];
	uint32_t ms;             /* of the next frame */
};


static int scene_new_with(struct scene **sp, const char *app_keys)
{
	const struct rig_more more = {
		.acceptors = "{ ip = \"192.0.2.1\", port = 1937, "
			     "worker = 1, protocol = \"inboundHttp\" },",
	};
	struct scene *s = mem_zalloc(sizeof(*s));

	*sp = s;

	return s ? rig_init_more(&s->rig, 2, app_keys,
				 &(struct fake_conf){ .seed = 1 }, &more)
		 : -ENOMEM;
}


static int scene_new(struct scene **sp)
{
	return scene_new_with(sp, keys);
}


static void scene_free(struct scene *s)
{
	if (!s)
		return;

	peer_close(&s->publisher);
	for (int i = 0; i < VIEWERS; i++) {
		wire_close(&s->wires[i]);
		writer_fini(&s->wires[i].in);
		writer_fini(&s->wires[i].out);
	}
	rig_fini(&s->rig);
	mem_free(s);
}


static int publish(struct scene *s, unsigned worker)
{
	int err = peer_open(&s->publisher, &s->rig, worker, "live", "publish",
			    "a");

	rig_run(&s->rig, 100);
	peer_send_config(&s->publisher, RTMP_AUDIO, 0);
	s->ms = 0;

	return err;
}


static void send_for(struct scene *s, uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i += FRAME_MS) {
		peer_send_frame(&s->publisher, RTMP_AUDIO, false, s->ms,
				s->ms, 100);
		s->ms += FRAME_MS;
		rig_run(&s->rig, FRAME_MS);
	}
}


/* Viewer i asks for that in the folder of the stream. */
static int ask(struct scene *s, unsigned i, const char *what)
{
	struct wire *wire = &s->wires[i];
	char text[WHAT_MAX];
	struct addr from;
	int len = snprintf(text, sizeof(text), "GET /live/a/%s HTTP/1.1\r\n"
			   "Host: a.example\r\nUser-Agent: flow\r\n\r\n",
			   what);
	int err = 0;

	writer_fini(&wire->in);
	if (wire->has_ended || !wire->carrier) {
		wire_close(wire);
		writer_fini(&wire->out);
		wire->has_ended = false;
		err = wire_open(wire, &s->rig,
				rig_dial(&s->rig, HTTP_PORT, &from));
	}
	if (err)
		return err;
	wire_send(wire, slice(text, (size_t)len));
	rig_run(&s->rig, 10);

	return 0;
}


static bool got(const struct scene *s, unsigned i, const char *text)
{
	struct slice in = writer_slice(&s->wires[i].in);

	return in.len && memmem(in.p, in.len, text, strlen(text));
}


static unsigned status(const struct scene *s, unsigned i)
{
	struct slice in = writer_slice(&s->wires[i].in);

	return in.len > 12 ? (unsigned)atoi((const char *)in.p + 9) : 0;
}


/* The URI behind `before` in what viewer i got. */
static const char *uri_of(const struct scene *s, unsigned i,
			  const char *before, char out[WHAT_MAX])
{
	struct slice in = writer_slice(&s->wires[i].in);
	const uint8_t *p = in.len ? memmem(in.p, in.len, before,
					   strlen(before)) : NULL;
	size_t n = 0;

	if (p) {
		p += strlen(before);
		while (p + n < in.p + in.len && p[n] != '"' && p[n] != '\n' &&
		       n < WHAT_MAX - 1)
			++n;
		memcpy(out, p, n);
	}
	out[n] = '\0';

	return out;
}


static struct session *only_session(const struct scene *s)
{
	const struct host *host = &s->rig.server.hosts[1];
	struct session *found = NULL;

	for (uint32_t i = 0; i < host->n_slots; i++) {
		if (host->slots[i].session &&
		    !strcmp(host->slots[i].session->log.category, "hls"))
			found = host->slots[i].session;
	}

	return found;
}


/* -- cases -- */

/* One comes before the publisher; then what is listed is there, what is
 * announced comes, and nobody waits for ever. */
TEST(hls_waits)
{
	struct scene *s = NULL;
	char uri[WHAT_MAX];
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s));
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_EQ(0, status(s, 0));
	rig_run(&s->rig, 2000);
	TEST_ERR(publish(s, 0));
	send_for(s, 800);
	TEST_EQ(0, status(s, 0));
	send_for(s, 500);
	TEST_EQ(200, status(s, 0));
	TEST_OK(got(s, 0, "\r\nContent-Type: application/vnd.apple.mpegurl"));
	TEST_OK(got(s, 0, "#EXT-X-MEDIA-SEQUENCE:0\n"));
	TEST_OK(got(s, 0, "#EXTINF:1.000,\n"));

	TEST_ERR(ask(s, 1, "stream.m3u8"));
	TEST_EQ(200, status(s, 1));
	TEST_ERR(ask(s, 2, uri_of(s, 1, "MAP:URI=\"", uri)));
	TEST_OK(status(s, 2) == 200 && got(s, 2, "moov"));
	TEST_ERR(ask(s, 2, uri_of(s, 1, "#EXTINF:1.000,\n", uri)));
	TEST_OK(status(s, 2) == 200 && got(s, 2, "moof"));
	TEST_OK(got(s, 2, "\r\nCache-Control: public, max-age=6\r\n"));

	/* Ahead by a part, by a segment, by too much. */
	TEST_ERR(ask(s, 2, uri_of(s, 1, "TYPE=PART,URI=\"", uri)));
	TEST_ERR(ask(s, 0, "stream.m3u8?_HLS_msn=1&_HLS_part=1"));
	TEST_ERR(ask(s, 3, "stream.m3u8?_HLS_msn=1"));
	TEST_ERR(ask(s, 1, "stream.m3u8?_HLS_msn=9"));
	TEST_EQ(400, status(s, 1));
	TEST_OK(!status(s, 2) && !status(s, 0) && !status(s, 3));
	send_for(s, 300);
	TEST_OK(status(s, 2) == 200 && got(s, 2, "moof"));
	TEST_EQ(200, status(s, 0));
	TEST_EQ(0, status(s, 3));
	send_for(s, 600);
	TEST_OK(status(s, 3) == 200 && got(s, 3, "#EXTINF:1.000,\n"));

	/* Nothing comes any more. */
	TEST_ERR(ask(s, 3, "stream.m3u8?_HLS_msn=3"));
	rig_run(&s->rig, 2500);
	TEST_EQ(0, status(s, 3));
	rig_run(&s->rig, 1000);
	TEST_EQ(503, status(s, 3));

	/* A client that goes while it waits. */
	TEST_ERR(ask(s, 3, "stream.m3u8?_HLS_msn=3"));
	wire_close(&s->wires[3]);
	rig_run(&s->rig, 100);
	send_for(s, 2000);
	TEST_OK(only_session(s));
 out:
	scene_free(s);
	return err;
}


/* Without a publisher: 404, and not too many wait; all is forgotten. */
TEST(hls_waits_in_vain)
{
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s));
	TEST_ERR(ask(s, 0, "index.m3u8"));
	TEST_ERR(ask(s, 1, "stream.m3u8"));
	TEST_ERR(ask(s, 2, "stream-00000001-p7.m4s"));
	TEST_EQ(503, status(s, 2));
	rig_run(&s->rig, 2900);
	TEST_OK(!status(s, 0) && !status(s, 1));
	rig_run(&s->rig, 200);
	TEST_OK(status(s, 0) == 404 && status(s, 1) == 404);
	TEST_OK(got(s, 0, "nobody publishes this stream"));
	TEST_OK(only_session(s));
	rig_run(&s->rig, 60000);
	TEST_OK(!only_session(s));
	TEST_ERR(ask(s, 0, "index.m3u8"));
	TEST_EQ(0, status(s, 0));
 out:
	scene_free(s);
	return err;
}


/* Another publisher, on another worker, goes on; then the stream ends, is
 * there for a while, and what is published then is another life. */
TEST(hls_lives)
{
	struct scene *s = NULL;
	char first[WHAT_MAX], later[WHAT_MAX];
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s));
	for (unsigned worker = 0; worker < 2; worker++) {
		TEST_ERR(publish(s, worker));
		send_for(s, 2500);
		peer_close(&s->publisher);
		rig_run(&s->rig, 1000);
	}
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_OK(got(s, 0, "#EXT-X-DISCONTINUITY\n"));
	TEST_OK(got(s, 0, "#EXTINF:0.500,\n"));
	TEST_OK(!got(s, 0, "#EXT-X-ENDLIST"));
	uri_of(s, 0, "#EXTINF:1.000,\n", first);
	rig_run(&s->rig, 2000);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_OK(got(s, 0, "#EXT-X-ENDLIST"));
	TEST_ERR(ask(s, 0, first));
	TEST_EQ(200, status(s, 0));

	TEST_ERR(publish(s, 0));
	send_for(s, 1500);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_OK(got(s, 0, "#EXT-X-MEDIA-SEQUENCE:0\n"));
	TEST_OK(!got(s, 0, "#EXT-X-DISCONTINUITY\n"));
	uri_of(s, 0, "#EXTINF:1.000,\n", later);
	TEST_OK(strlen(first) == strlen(later) && strcmp(first, later));
	TEST_ERR(ask(s, 0, first));
	TEST_EQ(404, status(s, 0));

	/* Gone and forgotten. */
	peer_close(&s->publisher);
	rig_run(&s->rig, 100000);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_EQ(0, status(s, 0));
 out:
	scene_free(s);
	return err;
}


/* Who is kicked stays out for a while, also what it waits for. */
TEST(hls_kicks)
{
	struct session *session;
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s));
	TEST_ERR(publish(s, 0));
	send_for(s, 1500);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_ERR(ask(s, 1, "stream.m3u8?_HLS_msn=1"));
	TEST_EQ(200, status(s, 0));
	session = only_session(s);
	TEST_OK(session);
	TEST_EQ(1, session->streams.n);
	TEST_OK(session->carrier->bytes_out > 500);
	session->on_kick(session, "told to go", session->arg);
	rig_run(&s->rig, 20);
	TEST_OK(!only_session(s));
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_OK(status(s, 0) == 403 && got(s, 0, "told to go"));
	send_for(s, 1000);
	TEST_EQ(403, status(s, 1));

	rig_run(&s->rig, 61000);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_OK(status(s, 0) != 403);
 out:
	scene_free(s);
	return err;
}


/* Who is kicked before it is decided what it may is told so, and what is
 * decided later changes nothing. */
TEST(hls_kicks_early)
{
	struct session *session;
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new_with(&s, "onPlay = function(session) "
				"return session.attempt > 1 or later(2000) "
				"end, waitForPublisherMs = 100,"));
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	session = only_session(s);
	TEST_OK(session);
	TEST_EQ(0, status(s, 0));
	session->on_kick(session, "told to go", session->arg);
	rig_run(&s->rig, 20);
	TEST_OK(status(s, 0) == 403 && got(s, 0, "told to go"));
	rig_run(&s->rig, 3000);
	TEST_ERR(ask(s, 0, "stream.m3u8"));
	TEST_EQ(403, status(s, 0));
 out:
	scene_free(s);
	return err;
}


/* Whatever cannot be had in memory, nobody falls over it. */
TEST(hls_starves)
{
	struct scene *s = NULL;
	int err;

	err = scene_new(&s);
	if (!err)
		err = ask(s, 0, "stream.m3u8");
	if (!err)
		err = publish(s, 1);
	if (!err) {
		send_for(s, 1300);
		err = ask(s, 1, "index.m3u8?a=b");
	}
	if (!err && !test_is_starved() && status(s, 1) != 200)
		err = -EINVAL;
	scene_free(s);

	return err;
}
