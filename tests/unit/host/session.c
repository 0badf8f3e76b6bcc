/* Sessions: their ids, and the texts of their peers. */
#include "host/session.h"
#include "base/mem.h"
#include "host/server.h"
#include "random.h"
#include "test.h"

enum { SESSIONS = 300, WORKER = 5 };

struct hall {
	struct server server;
	struct host host;
	struct instance instances[WORKER + 1];
	struct application app;
	struct carrier carrier;
	struct session *sessions[SESSIONS];
	uint64_t ids[SESSIONS];
};


static const struct application_module module = { .abi = APPLICATION_ABI };


static void hall_init(struct hall *h)
{
	memset(h, 0, sizeof(*h));
	h->app.module = &module;
	h->app.name = "hall";
	h->host.server = &h->server;
	h->host.worker.index = WORKER;
	h->app.instances = h->instances;
	h->instances[WORKER].close_hook = -1;
}


static void hall_fini(struct hall *h)
{
	for (size_t i = 0; i < SESSIONS; i++)
		session_close(h->sessions[i]);
	mem_free(h->host.slots);
}


/* An id finds its own session, and nothing once that is gone. */
TEST(session_ids)
{
	static struct hall h;
	struct test_random random = { 77 };
	uint64_t old = 0;
	int err = 0;

	hall_init(&h);
	for (int n = 0; n < 5000; n++) {
		size_t i = test_below(&random, SESSIONS);

		if (h.sessions[i]) {
			TEST_OK(session_find(&h.host, h.ids[i]) ==
				h.sessions[i]);
			old = h.ids[i];
			h.sessions[i] = session_close(h.sessions[i]);
			TEST_OK(!session_find(&h.host, old));
		} else {
			h.sessions[i] = session_new(&h.host, &h.app, "test",
						    &h.carrier, NULL, NULL);
			TEST_PTR(h.sessions[i]);
			h.ids[i] = h.sessions[i]->id;
			TEST_OK(h.ids[i] != old);
			TEST_OK(!old || !session_find(&h.host, old));
		}
	}
	TEST_OK(!session_find(&h.host, 0));
	TEST_OK(!session_find(&h.host, UINT64_MAX));
 out:
	hall_fini(&h);
	return err;
}


TEST(session_texts)
{
	static uint8_t large[2 * SESSION_TEXT_MAX];
	static struct hall h;
	int err = 0;

	hall_init(&h);
	memset(large, 'x', sizeof(large));
	h.sessions[0] = session_new(&h.host, &h.app, "test", &h.carrier, NULL,
				    NULL);
	TEST_PTR(h.sessions[0]);
	TEST_ERR(session_set_text(&h.sessions[0]->texts.url, str("a")));
	TEST_ERR(session_set_text(&h.sessions[0]->texts.url, str("b")));
	TEST_OK(str_is(str(h.sessions[0]->texts.url), "b"));
	TEST_ERR(session_set_text(&h.sessions[0]->texts.query,
				  str_of(slice(large, sizeof(large)))));
	TEST_EQ(SESSION_TEXT_MAX, strlen(h.sessions[0]->texts.query));
 out:
	hall_fini(&h);
	return err;
}


TEST(session_id_text)
{
	static const struct {
		const char *text;
		uint64_t id;
	} good[] = {
		{ "0-0-1", 1 },
		{ "3f-ffffff-ffffffff", 0x3fffffffffffffff },
		{ "1-2f-3", 0x0100002f00000003 },
	};
	static const char *const bad[] = {
		"", "-", "0-0", "0-0-", "-0-1", "0--1", "0-0-1-", "0-0-1-2",
		"40-0-1", "0-1000000-1", "0-0-100000000", "0-0-g", "0-0-A",
		" 0-0-1", "0x0-0-1", "0-0-000000001",
	};
	char buf[SESSION_ID_TEXT_MAX];
	uint64_t id = 77;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		TEST_ERR(session_id_parse(&id, str(good[i].text)));
		TEST_OK(id == good[i].id);
		TEST_OK(str_is(str(session_id_print(buf, id)),
			       good[i].text));
	}
	id = 77;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		TEST_ERRNO(-EBADMSG, session_id_parse(&id, str(bad[i])));
		TEST_EQ(77, id);
	}
	TEST_EQ(0x3f, session_id_worker(0x3fffffffffffffff));
 out:
	return err;
}


/* What is not ended by its owner ends with the session. */
TEST(session_streams)
{
	struct session_stream streams[3] = { 0 };
	static struct hall h;
	struct session *s;
	int err = 0;

	hall_init(&h);
	s = session_new(&h.host, &h.app, "test", &h.carrier, NULL, NULL);
	h.sessions[0] = s;
	TEST_PTR(s);
	TEST_EQ(1, h.host.n_sessions);
	for (int i = 0; i < 3; i++)
		session_stream_start(s, &streams[i], SESSION_PLAYS, str("x"));
	session_stream_stop(&streams[1]);
	session_stream_stop(&streams[1]);
	TEST_EQ(2, s->streams.n);
	h.sessions[0] = session_close(s);
	TEST_OK(!list_is_linked(&streams[0].node));
	session_stream_stop(&streams[2]);
	TEST_EQ(0, h.host.n_sessions);
 out:
	hall_fini(&h);
	return err;
}
