/* Notices: what they say, who is woken, what the ring keeps. */
#include "host/notice.h"
#include "base/mem.h"
#include "host/server.h"
#include "test.h"

struct board {
	struct server server;
	struct host host;
	struct instance instance;
	struct application app;
	struct carrier carrier;
	struct session *session;
	struct notice_listener listener;
	unsigned n_woken;
	uint64_t pos;
};


static const struct application_module module = { .abi = APPLICATION_ABI };


static void wake(void *arg)
{
	++((struct board *)arg)->n_woken;
}


static struct board *board_new(void)
{
	struct board *b = mem_zalloc(sizeof(*b));

	if (!b)
		return NULL;

	metrics_init(&b->server.metrics);
	notices_init(&b->server.notices, &b->server.metrics);
	notices_set_node(&b->server.notices, "n1");
	b->app.module = &module;
	b->app.name = "board";
	b->host.server = &b->server;
	b->app.instances = &b->instance;
	b->instance.close_hook = -1;
	b->listener.wake = wake;
	b->listener.arg = b;

	return b;
}


static void board_free(struct board *b)
{
	if (!b)
		return;

	session_close(b->session);
	mem_free(b->host.slots);
	notices_fini(&b->server.notices);
	metrics_fini(&b->server.metrics);
	mem_free(b);
}


/* The type of the next notice, or NOTICE_TYPES if there is none. */
static enum notice_type next(struct board *b)
{
	struct notice notice;
	uint64_t n_lost;

	if (!notice_take(&b->server.notices, &b->pos, &notice, &n_lost))
		return NOTICE_TYPES;
	chunk_unref(notice.json);

	return notice.type;
}


static void emit(struct board *b, enum notice_type type)
{
	notice_emit(&b->server, &(struct notice_facts){ .type = type });
}


TEST(notice_only_if_wanted)
{
	struct board *b = board_new();
	int err = 0;

	TEST_PTR(b);
	emit(b, NOTICE_SERVER_START);
	TEST_EQ(0, notices_end(&b->server.notices));

	notice_listen(&b->server.notices, &b->listener);
	emit(b, NOTICE_SERVER_DRAIN);
	notice_unlisten(&b->server.notices, &b->listener);
	TEST_EXPECT(b->n_woken == 1);
	emit(b, NOTICE_SERVER_STOP);
	TEST_EQ(1, b->n_woken);

	notices_want(&b->server.notices);
	emit(b, NOTICE_SERVER_STOP);
	notices_unwant(&b->server.notices);
	TEST_EQ(1, b->n_woken);
	TEST_EXPECT(notices_end(&b->server.notices) == 2);
	TEST_EQ(NOTICE_SERVER_DRAIN, next(b));
	TEST_EQ(NOTICE_SERVER_STOP, next(b));
	TEST_EQ(NOTICE_TYPES, next(b));
 out:
	board_free(b);
	return err;
}


static bool has(const struct notice *n, const char *text)
{
	return n->json && memmem(n->json->data, n->json->len, text,
				 strlen(text));
}


TEST(notice_says)
{
	const struct stream_key key = { str(NULL), str("live"), str("a\"b") };
	struct board *b = board_new();
	struct notice n = { .json = NULL };
	char *p;
	int err = 0;

	TEST_PTR(b);
	b->session = session_new(&b->host, &b->app, "rtmp", &b->carrier, NULL,
				 NULL);
	TEST_PTR(b->session);
	TEST_ERR(session_set_text(&b->session->texts.user_agent,
				  str("<b>\n\xff")));
	TEST_ERR(session_set_text(&b->session->texts.query, str("secret")));
	TEST_ERR(notice_print(&n, &b->server, &(struct notice_facts){
		.type = NOTICE_PLAY_STOP, .session = b->session,
		.stream = &key, .reason = str("gone"),
		.duration_us = 1500000 }));

	p = memchr(n.json->data, '{', n.json->len);
	TEST_OK(p == (char *)n.json->data);
	TEST_OK(has(&n, "{\"id\":\"") && has(&n, n.id));
	TEST_OK(has(&n, "Z\",\"type\":\"play.stop\",\"node\":\"n1\","));
	TEST_OK(has(&n, "\"session\":{\"id\":\"0-0-1\",\"protocol\":"
		    "\"rtmp\",\"application\":\"board\","));
	TEST_OK(has(&n, "\"user_agent\":\"<b>\\u000a\xef\xbf\xbd\"}"));
	TEST_OK(has(&n, "\"stream\":{\"application\":\"live\","
		    "\"name\":\"a\\\"b\"}"));
	TEST_OK(has(&n, "\"data\":{\"reason\":\"gone\","
		    "\"duration_seconds\":1.5}}"));
	TEST_OK(!has(&n, "secret"));
 out:
	chunk_unref(n.json);
	board_free(b);
	return err;
}


TEST(notice_ring)
{
	struct board *b = board_new();
	char last[NOTICE_ID_SIZE] = "";
	struct notice n;
	uint64_t n_lost, pos;
	int err = 0;

	TEST_PTR(b);
	notices_want(&b->server.notices);
	if (test_is_starved())
		goto out;

	for (int i = 0; i < NOTICES_KEPT + 10; i++)
		emit(b, NOTICE_PLAY_START);
	for (size_t i = 0; i < NOTICES_KEPT; i++) {
		TEST_OK(notice_take(&b->server.notices, &b->pos, &n,
				    &n_lost));
		chunk_unref(n.json);
		TEST_EQ(i ? 0 : 10, n_lost);
		TEST_OK(strcmp(last, n.id) < 0);
		memcpy(last, n.id, sizeof(last));
		if (i == 5)
			TEST_OK(notices_find(&b->server.notices, str(n.id),
					     &pos) && pos == b->pos);
	}
	TEST_EQ(NOTICE_TYPES, next(b));
	TEST_EQ(10, metric_value(b->server.notices.n_lost));

	TEST_OK(!notices_find(&b->server.notices, str("old"), &pos));
	TEST_EQ(10, pos);
 out:
	board_free(b);
	return err;
}


TEST(notice_of_session)
{
	static const enum notice_type want[] = {
		NOTICE_SESSION_OPEN, NOTICE_PUBLISH_START, NOTICE_STREAM_START,
		NOTICE_PLAY_START, NOTICE_PLAY_STOP, NOTICE_STREAM_STOP,
		NOTICE_PUBLISH_STOP, NOTICE_SESSION_CLOSE, NOTICE_TYPES,
	};
	struct session_stream published = { .role = SESSION_PUBLISHES };
	struct session_stream played = { .role = SESSION_PLAYS };
	struct board *b = board_new();
	int err = 0;

	TEST_PTR(b);
	notices_want(&b->server.notices);
	b->session = session_new(&b->host, &b->app, "rtmp", &b->carrier, NULL,
				 NULL);
	TEST_PTR(b->session);
	session_stream_start(b->session, &published, SESSION_PUBLISHES,
			     str("s"));
	session_stream_has_name(&published, true);
	session_stream_has_name(&published, true);
	session_opened(b->session);
	session_stream_start(b->session, &played, SESSION_PLAYS, str("s"));
	session_stream_stop(&played);
	session_stream_stop(&played);
	b->session = session_close(b->session);

	TEST_EXPECT(notices_end(&b->server.notices) == ARRAY_LEN(want) - 1);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		TEST_EQ(want[i], next(b));

	/* One that never was let in is no news. */
	b->session = session_new(&b->host, &b->app, "rtmp", &b->carrier, NULL,
				 NULL);
	TEST_PTR(b->session);
	b->session = session_close(b->session);
	TEST_EQ(NOTICE_TYPES, next(b));
 out:
	board_free(b);
	return err;
}


TEST(notice_masks)
{
	uint32_t mask = 0;
	int err = 0;

	TEST_EQ(0, notice_mask_add(&mask, str("publish")));
	TEST_EQ(1 << NOTICE_PUBLISH_START | 1 << NOTICE_PUBLISH_STOP, mask);
	TEST_EQ(0, notice_mask_add(&mask, str("server.stop")));
	TEST_OK(mask & 1 << NOTICE_SERVER_STOP);
	TEST_EQ(-ENOENT, notice_mask_add(&mask, str("publish.")));
	TEST_EQ(-ENOENT, notice_mask_add(&mask, str("pub")));
	TEST_EQ(-ENOENT, notice_mask_add(&mask, str("")));
	TEST_EQ(-ENOENT, notice_mask_add(&mask, str("ask")));
	TEST_EQ(0, notice_mask_add(&mask, str("*")));
	TEST_EQ((1 << NOTICE_TYPES) - 1, mask);
 out:
	return err;
}
