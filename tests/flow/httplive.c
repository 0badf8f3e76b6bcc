/* Playing FLV over HTTP: an RTMP publisher on one worker, viewers on the
 * other, on the fake backend. */
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"
#include "flv/flv_reader.h"
#include "rtmp/rtmp_control.h"
#include "rtmp_peer.h"
#include "test.h"
#include "wire.h"


enum {
	HTTP_PORT = 2,           /* rig_addr of the acceptor for HTTP */
	VIEWERS = 3,
	TAGS_MAX = 200,
	BODY_MAX = 1 << 20,
	NUMBER_AT = 5,           /* in the body of a frame: rtmp_peer.c */
	FRAME_LEN = 700,
};

struct scene {
	struct rig rig;
	struct peer publisher;
	struct wire wires[VIEWERS];
};

/* What a viewer has got so far. */
struct film {
	int status;
	size_t head_len;         /* 0: none yet */
	struct flv_file_header header;
	size_t n_tags;
	struct {
		enum flv_tag_type type;
		uint32_t ms;
		uint32_t number; /* of a frame; of a configuration: 0 */
	} tags[TAGS_MAX];
};


static int scene_new(struct scene **sp, const char *app,
		     const struct fake_conf *conf)
{
	const struct rig_more more = {
		.acceptors = "{ ip = \"192.0.2.1\", port = 1937, "
			     "worker = 1, protocol = \"inboundHttp\" },",
	};
	struct scene *s = mem_zalloc(sizeof(*s));

	*sp = s;

	return s ? rig_init_more(&s->rig, 2, app, conf, &more) : -ENOMEM;
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


static int publish(struct scene *s, const char *name)
{
	int err = peer_open(&s->publisher, &s->rig, 0, "live", "publish",
			    name);

	rig_run(&s->rig, 100);

	return err;
}


/* Frames `from` and up: a key frame each tenth, sound between them. */
static void send_frames(struct scene *s, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++) {
		peer_send_frame(&s->publisher, RTMP_VIDEO, i % 10 == 0,
				i * 40, 2 * i, FRAME_LEN);
		peer_send_frame(&s->publisher, RTMP_AUDIO, false,
				i * 40 + 10, 2 * i + 1, 100);
		rig_run(&s->rig, 40);
	}
}


static void send_configs(struct scene *s)
{
	peer_send_config(&s->publisher, RTMP_VIDEO, 0);
	peer_send_config(&s->publisher, RTMP_AUDIO, 0);
}


/* Viewer i asks, with this method and target, and more lines of a head, on a
 * connection of its own. */
static int ask_with(struct scene *s, unsigned i, const char *what,
		    const char *lines)
{
	struct wire *wire = &s->wires[i];
	char text[512];
	struct addr from;
	int len = snprintf(text, sizeof(text), "%s HTTP/1.1\r\n"
			   "Host: a.example\r\nUser-Agent: flow\r\n%s\r\n",
			   what, lines);
	int err;

	wire_close(wire);
	writer_fini(&wire->in);
	writer_fini(&wire->out);
	memset(wire, 0, sizeof(*wire));
	err = wire_open(wire, &s->rig, rig_dial(&s->rig, HTTP_PORT, &from));
	if (err)
		return err;
	wire_send(wire, slice(text, (size_t)len));
	rig_run(&s->rig, 20);

	return 0;
}


static int ask(struct scene *s, unsigned i, const char *what)
{
	return ask_with(s, i, what, "");
}


static int ask_websocket(struct scene *s, unsigned i, const char *what)
{
	return ask_with(s, i, what, "Upgrade: websocket\r\n"
			"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
			"Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n");
}


static bool got(const struct scene *s, unsigned i, const char *text)
{
	struct slice in = writer_slice(&s->wires[i].in);

	return in.len && memmem(in.p, in.len, text, strlen(text));
}


static uint32_t number_of(struct slice body)
{
	struct reader r;

	if (body.len < NUMBER_AT + 4 || body.p[1] != 1)
		return 0;
	r = reader(slice_from(body, NUMBER_AT));

	return get_be32(&r);
}


/* Read what viewer i has got.  0, or an error of the FLV reader. */
static int watch(struct film *film, const struct scene *s, unsigned i)
{
	struct slice in = writer_slice(&s->wires[i].in), body;
	const uint8_t *end = in.len ? memmem(in.p, in.len, "\r\n\r\n", 4)
				    : NULL;
	struct flv_reader f;
	struct flv_tag tag;
	struct reader r;
	int n;

	memset(film, 0, sizeof(*film));
	if (!end)
		return 0;

	film->head_len = (size_t)(end - in.p) + 4;
	film->status = atoi((const char *)in.p + 9);
	r = reader(slice_from(in, film->head_len));
	flv_reader_init(&f, BODY_MAX);
	while ((n = flv_reader_next(&f, &r, &tag, &body)) == 1 &&
	       film->n_tags < TAGS_MAX) {
		film->tags[film->n_tags].type = tag.type;
		film->tags[film->n_tags].ms = tag.timestamp_ms;
		film->tags[film->n_tags++].number = number_of(body);
	}
	film->header = f.file;
	flv_reader_fini(&f);

	return n < 0 ? n : 0;
}


/* All frames from `first` to `last`, each once and in order, after `n_before`
 * other tags? */
static bool has_frames(const struct film *film, size_t n_before,
		       uint32_t first, uint32_t last)
{
	if (film->n_tags != n_before + last - first + 1)
		return false;

	for (uint32_t i = first; i <= last; i++) {
		if (film->tags[n_before + i - first].number != i)
			return false;
	}

	return true;
}


static struct session *only_session(const struct scene *s)
{
	const struct host *host = &s->rig.server.hosts[1];
	struct session *found = NULL;

	for (uint32_t i = 0; i < host->n_slots; i++) {
		if (host->slots[i].session)
			found = host->slots[i].session;
	}

	return found;
}


/* -- cases -- */

/* One comes before the publisher, one later; bytes are cut anywhere. */
static int play(const struct fake_conf *conf)
{
	struct scene *s = NULL;
	struct film film;
	int err;

	TEST_ERR(scene_new(&s, "mergeMs = 0,", conf));
	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	TEST_EQ(0, s->wires[0].in.len);
	TEST_ERR(publish(s, "a"));
	send_configs(s);
	rig_run(&s->rig, 100);
	TEST_EQ(0, s->wires[0].in.len);
	send_frames(s, 1, 14);
	TEST_ERR(ask(s, 1, "GET /live/a.flv?token=x"));
	send_frames(s, 15, 10);
	rig_run(&s->rig, 500);

	for (unsigned i = 0; i < 2; i++) {
		TEST_ERR(watch(&film, s, i));
		TEST_EQ(200, film.status);
		TEST_OK(got(s, i, "\r\nContent-Type: video/x-flv\r\n"));
		TEST_OK(got(s, i, "\r\nCache-Control: no-store\r\n"));
		TEST_OK(!got(s, i, "Content-Length"));
		TEST_OK(film.header.has_audio && film.header.has_video);
		TEST_OK(!s->wires[i].has_ended);
	}

	/* The last key frame: 10, its number 20; frame 24 has 48 and 49. */
	TEST_OK(has_frames(&film, 2, 20, 49));
	TEST_EQ(400, film.tags[0].ms);
	TEST_EQ(400, film.tags[2].ms);
	TEST_ERR(watch(&film, s, 0));
	TEST_EQ(49, film.tags[film.n_tags - 1].number);
 out:
	scene_free(s);
	return err;
}


TEST(httplive_plays)
{
	static const struct fake_conf confs[] = {
		{ .seed = 1 },
		{ .seed = 2, .recv_max = 700, .send_max = 700 },
		{ .seed = 3, .send_max = 1000, .wire_size = 5000 },
		{ .seed = 4, .recv_max = 7, .send_max = 13 },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(confs) && !err; i++) {
		if (!test_is_starved())
			err = play(&confs[i]);
	}

	return err;
}


/* Without a publisher: 404 when the wait is over, and the connection is good
 * for more. */
TEST(httplive_waits_in_vain)
{
	static const char next[] = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
	struct scene *s = NULL;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, "waitForPublisherMs = 3000, maxWaiting = 1,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	TEST_ERR(ask(s, 1, "GET /live/b.flv"));
	TEST_OK(got(s, 1, "HTTP/1.1 503 "));
	TEST_OK(got(s, 1, "\r\nRetry-After: "));
	rig_run(&s->rig, 2500);
	TEST_EQ(0, s->wires[0].in.len);
	rig_run(&s->rig, 1000);
	TEST_OK(got(s, 0, "HTTP/1.1 404 "));
	TEST_OK(got(s, 0, "\r\nContent-Type: application/problem+json\r\n"));
	TEST_OK(got(s, 0, "nobody publishes this stream"));
	TEST_OK(!s->wires[0].has_ended);
	TEST_OK(!only_session(s));

	writer_fini(&s->wires[0].in);
	wire_send(&s->wires[0], slice(next, sizeof(next) - 1));
	rig_run(&s->rig, 20);
	TEST_OK(got(s, 0, "HTTP/1.1 404 "));
 out:
	scene_free(s);
	return err;
}


/* One publisher drops, another comes: the body goes on, without another file
 * header, and with times that go on; the last one says goodbye. */
TEST(httplive_goes_on)
{
	struct scene *s = NULL;
	struct film film;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, "mergeMs = 0, publisherGraceMs = 2000,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);
	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	peer_close(&s->publisher);
	rig_run(&s->rig, 1000);
	TEST_OK(!s->wires[0].has_ended);

	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);
	rig_run(&s->rig, 100);
	TEST_ERR(watch(&film, s, 0));
	TEST_EQ(29, film.tags[film.n_tags - 1].number);
	for (size_t i = 1; i < film.n_tags; i++)
		TEST_OK(film.tags[i].ms + 40 >= film.tags[i - 1].ms);
	TEST_OK(film.tags[film.n_tags - 1].ms > 14 * 40 + 1000);

	peer_send_command(&s->publisher, "deleteStream", NULL);
	peer_send_command(&s->publisher, "FCUnpublish", "a");
	rig_run(&s->rig, 100);
	peer_close(&s->publisher);
	rig_run(&s->rig, 3000);
	TEST_OK(s->wires[0].has_ended);
	TEST_OK(!only_session(s));
 out:
	scene_free(s);
	return err;
}


TEST(httplive_asks_the_hooks)
{
	static const char app[] =
		"mergeMs = 0,\n"
		"onConnect = function(s)\n"
		"  return s.query.ban == nil, \"no entry\" end,\n"
		"onPlay = function(s)\n"
		"  if s.stream == \"old\" then return redirect(\"a\") end\n"
		"  if s.stream == \"slow\" and s.attempt < 3 then\n"
		"    return later(100) end\n"
		"  return s.query.token == \"x\", \"no token\" end,\n";
	struct scene *s = NULL;
	struct film film;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, app, &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);

	TEST_ERR(ask(s, 0, "GET /live/a.flv?token=y"));
	TEST_OK(got(s, 0, "HTTP/1.1 403 "));
	TEST_OK(got(s, 0, "no token"));
	TEST_ERR(ask(s, 1, "GET /live/a.flv?token=x&ban=1"));
	TEST_OK(got(s, 1, "no entry"));
	TEST_OK(!only_session(s));

	TEST_ERR(ask(s, 0, "GET /live/a.flv?token=x"));
	TEST_ERR(ask(s, 1, "GET /live/old.flv"));
	TEST_ERR(ask(s, 2, "GET /live/slow.flv?token=y"));
	TEST_EQ(0, s->wires[2].in.len);
	rig_run(&s->rig, 300);
	TEST_OK(got(s, 2, "HTTP/1.1 403 "));
	for (unsigned i = 0; i < 2; i++) {
		TEST_ERR(watch(&film, s, i));
		TEST_EQ(200, film.status);
		TEST_OK(has_frames(&film, 2, 20, 29));
	}
 out:
	scene_free(s);
	return err;
}


TEST(httplive_other_methods)
{
	struct scene *s = NULL;
	struct film film;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, "mergeMs = 0,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);

	TEST_ERR(ask(s, 0, "HEAD /live/a.flv"));
	TEST_ERR(watch(&film, s, 0));
	TEST_EQ(200, film.status);
	TEST_EQ(film.head_len, s->wires[0].in.len);
	TEST_OK(got(s, 0, "\r\nContent-Type: video/x-flv\r\n"));
	TEST_ERR(ask(s, 1, "POST /live/a.flv"));
	TEST_OK(got(s, 1, "HTTP/1.1 405 "));
	TEST_ERR(ask(s, 2, "GET /live/a.txt"));
	TEST_OK(got(s, 2, "HTTP/1.1 404 "));
	TEST_OK(!only_session(s));
	TEST_ERR(ask(s, 2, "GET /live/.flv"));
	TEST_OK(got(s, 2, "HTTP/1.1 404 "));
	TEST_ERR(ask(s, 2, "GET /live/a%3Fb.flv"));
	TEST_OK(got(s, 2, "HTTP/1.1 404 "));
	TEST_ERR(ask(s, 2, "GET /live/a%0Ab.flv"));
	TEST_OK(got(s, 2, "HTTP/1.1 404 ") || got(s, 2, "HTTP/1.1 400 "));
	TEST_OK(!only_session(s));
 out:
	scene_free(s);
	return err;
}


/* Kicked, out of room, gone by itself: nothing is left of a viewer. */
TEST(httplive_ends)
{
	struct scene *s = NULL;
	struct session *session;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, "mergeMs = 0, maxViewersPerStream = 1,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	session = only_session(s);
	TEST_OK(session);
	TEST_OK(!strcmp("flow", session->texts.user_agent));
	TEST_OK(!strcmp("http://a.example/live/a.flv", session->texts.url));
	session->on_kick(session, "you must go", session->arg);
	rig_run(&s->rig, 20);
	TEST_OK(got(s, 0, "HTTP/1.1 403 "));
	TEST_OK(!only_session(s));

	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);
	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	TEST_OK(got(s, 0, "HTTP/1.1 200 "));
	TEST_ERR(ask(s, 1, "GET /live/a.flv"));
	TEST_OK(got(s, 1, "HTTP/1.1 503 "));
	session = only_session(s);
	TEST_OK(session);
	session->on_kick(session, "you must go", session->arg);
	rig_run(&s->rig, 20);
	TEST_OK(s->wires[0].has_ended);
	TEST_OK(!only_session(s));

	TEST_ERR(ask(s, 0, "GET /live/a.flv"));
	TEST_OK(only_session(s));
	wire_close(&s->wires[0]);
	rig_run(&s->rig, 20);
	TEST_OK(!only_session(s));
 out:
	scene_free(s);
	return err;
}


/* As a WebSocket: frames of one stream, a kick, a wait in vain; nothing is
 * left of any. */
TEST(httplive_websocket)
{
	static const char policy[] = "\x88\x0d\x03\xf0you must go";
	static const char later[] = "\x88\x1e\x03\xf5nobody publishes";
	struct scene *s = NULL;
	struct session *session;
	int err;

	if (test_is_starved())
		return 0;

	TEST_ERR(scene_new(&s, "mergeMs = 0, waitForPublisherMs = 3000,",
			   &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(publish(s, "a"));
	send_configs(s);
	send_frames(s, 10, 5);
	TEST_ERR(ask_websocket(s, 0, "GET /live/a.flv"));
	TEST_OK(got(s, 0, "HTTP/1.1 101 "));
	TEST_OK(got(s, 0, "FLV\x01\x05"));
	session = only_session(s);
	TEST_OK(session);
	session->on_kick(session, "you must go", session->arg);
	rig_run(&s->rig, 20);
	TEST_OK(got(s, 0, policy));
	rig_run(&s->rig, 10000);
	TEST_OK(s->wires[0].has_ended);
	TEST_OK(!only_session(s));

	TEST_ERR(ask_websocket(s, 1, "GET /live/b.flv"));
	TEST_OK(got(s, 1, "HTTP/1.1 101 "));
	TEST_OK(only_session(s));
	rig_run(&s->rig, 3100);
	TEST_OK(got(s, 1, later));
	rig_run(&s->rig, 10000);
	TEST_OK(s->wires[1].has_ended);
	TEST_OK(!only_session(s));

	TEST_ERR(ask_websocket(s, 2, "GET /live/a.flv"));
	TEST_OK(only_session(s));
	wire_close(&s->wires[2]);
	rig_run(&s->rig, 20);
	TEST_OK(!only_session(s));
 out:
	scene_free(s);
	return err;
}
