/* Sessions: their ids, and the texts of their peers. */
#include "host/session.h"
#include "base/mem.h"
#include "host/server.h"
#include "random.h"
#include "test.h"

enum { SESSIONS = 300 };

struct hall {
	struct server server;
	struct host host;
	struct instance instance;
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
	h->host.worker.index = 5;
	h->host.instances = &h->instance;
	h->instance.close_hook = -1;
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
