/* Jobs that go from worker to worker. */
#include "host/gather.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/describe.h"
#include "host/server.h"
#include "io/fake.h"
#include "test.h"

enum { WORKERS = 3, SESSIONS = 450, STARVED = 5 };

struct floor {
	struct fake *fake;
	struct server server;
	struct host hosts[WORKERS];
	struct instance instances[WORKERS];
	struct application app;
	struct carrier carrier;
	struct session *sessions[WORKERS * SESSIONS];
	struct gather *job;
	unsigned n_done;
	int err;
	unsigned n_visits;
	struct writer text;      /* what came home, ended by a zero */
};

static const struct application_module module = { .abi = APPLICATION_ABI };


static int floor_open(struct floor *f, size_t n_sessions)
{
	const struct fake_conf conf = { .seed = 1 };
	struct backend *backend;
	int err = fake_new(&f->fake, &conf);

	f->text = writer(1 << 24);
	f->app.module = &module;
	f->app.name = "hall";
	f->app.instances = f->instances;
	f->server.hosts = f->hosts;
	f->server.n_hosts = 0;
	for (unsigned i = 0; i < WORKERS && !err; i++) {
		struct host *host = &f->hosts[i];

		err = fake_backend_new(&backend, f->fake);
		if (!err)
			err = loop_init(&host->worker.loop, backend);
		if (err)
			break;
		host->worker.index = i;
		host->server = &f->server;
		f->instances[i].close_hook = -1;
		f->server.n_hosts = i + 1;
	}

	for (size_t i = 0; i < n_sessions && !err; i++) {
		f->sessions[i] = session_new(&f->hosts[i % WORKERS], &f->app,
					     i % 9 ? "one" : "nine",
					     &f->carrier, NULL, NULL);
		err = f->sessions[i] ? 0 : -ENOMEM;
	}

	return err;
}


static void floor_close(struct floor *f)
{
	if (f->job)
		gather_cancel(f->job);
	if (f->fake)
		fake_settle(f->fake);
	for (size_t i = 0; i < ARRAY_LEN(f->sessions); i++)
		session_close(f->sessions[i]);
	for (unsigned i = 0; i < f->server.n_hosts; i++) {
		mem_free(f->hosts[i].slots);
		loop_fini(&f->hosts[i].worker.loop);
	}
	fake_free(f->fake);
	writer_fini(&f->text);
}


static bool visit(struct gather *g, struct host *host)
{
	struct floor *f = CONTAINER_OF(host->server, struct floor, server);
	const struct session_filter *filter = g->conf.query;

	++f->n_visits;
	for (; g->place.slot < host->n_slots && gather_has_time(g);
	     g->place.slot++) {
		const struct session *s = host->slots[g->place.slot].session;
		bool is_one = s && (!filter || session_fits(s, filter));

		if (is_one)
			session_describe(&g->report, s);
		gather_pass(g, is_one);
	}

	return g->place.slot >= host->n_slots;
}


static void on_done(struct gather *g, int err, void *arg)
{
	struct floor *f = arg;

	++f->n_done;
	f->err = err;
	f->job = NULL;
	f->text.len = 0;
	for (size_t i = 0; i < g->n_parts; i++)
		put_bytes(&f->text, chunk_slice(g->parts[i]));
	put_u8(&f->text, 0);
	if (f->text.err)
		f->err = f->text.err;
}


/* Send a job out and wait for it; its error. */
static int gather(struct floor *f, struct gather_conf conf)
{
	const unsigned n_done = f->n_done;

	conf.done = on_done;
	conf.arg = f;
	f->job = gather_start(&f->hosts[1], &conf);
	if (!f->job)
		return -ENOMEM;
	fake_settle(f->fake);

	return f->n_done == n_done + 1 ? f->err : -EINVAL;
}


static size_t count(const struct floor *f, const char *what)
{
	const char *at = (const char *)f->text.data;
	size_t n = 0;

	while ((at = strstr(at, what))) {
		++n;
		++at;
	}

	return n;
}


TEST(gather_all)
{
	static struct floor f;
	const size_t n = WORKERS * (test_is_starved() ? STARVED : SESSIONS);
	int err;

	f = (struct floor){ .job = NULL };
	TEST_ERR(floor_open(&f, n));
	TEST_ERR(gather(&f, (struct gather_conf){
		.list = "sessions", .visit = visit,
		.limit = GATHER_LIMIT_MAX,
	}));
	TEST_EQ(n, count(&f, "{\"id\":\""));
	TEST_EQ(n, count(&f, "\"address\":"));
	TEST_OK(strstr((char *)f.text.data, "\"}]}") ||
		strstr((char *)f.text.data, "[]}]}"));
	TEST_OK(!strstr((char *)f.text.data, "\"next\""));

	/* 450 on each, at most 100 a turn. */
	if (!test_is_starved())
		TEST_EQ(WORKERS * 5, f.n_visits);
 out:
	floor_close(&f);
	return err;
}


/* Pages of 7 give each one once, in the same order. */
TEST(gather_pages)
{
	static struct floor f;
	const size_t n = WORKERS * (test_is_starved() ? STARVED : 100);
	struct gather_conf conf = {
		.list = "sessions", .visit = visit, .limit = 7,
	};
	size_t n_seen = 0;
	int err;

	f = (struct floor){ .job = NULL };
	TEST_ERR(floor_open(&f, n));
	for (size_t i = 0; i < n; i++) {
		const char *next;

		TEST_ERR(gather(&f, conf));
		n_seen += count(&f, "{\"id\":\"");
		next = strstr((char *)f.text.data, "\"next\":\"");
		if (!next)
			break;
		next += strlen("\"next\":\"");
		TEST_EQ(7 * (i + 1), n_seen);
		TEST_ERR(gather_place_parse(&conf.from,
				str_n(next, strcspn(next, "\""))));
	}
	TEST_EQ(n, n_seen);
 out:
	floor_close(&f);
	return err;
}


TEST(gather_filtered)
{
	struct session_filter filter = { .protocol = str("nine") };
	static struct floor f;
	struct session_stream use = { .role = SESSION_PLAYS };
	const size_t n = WORKERS * (test_is_starved() ? STARVED : 100);
	struct gather_conf conf = {
		.list = "sessions", .visit = visit, .limit = 1000,
		.query = &filter,
	};
	int err;

	f = (struct floor){ .job = NULL };
	TEST_ERR(floor_open(&f, n));
	TEST_ERR(gather(&f, conf));
	TEST_EQ((n + 8) / 9, count(&f, "{\"id\":\""));

	/* All that is said must fit. */
	filter = (struct session_filter){
		.app = str("hall"), .protocol = str("one"),
		.stream = str("a"), .user_agent = str("PLAY"),
	};
	TEST_ERR(session_set_text(&f.sessions[1]->texts.user_agent,
				  str("ffplay/6")));
	TEST_ERR(gather(&f, conf));
	TEST_EQ(0, count(&f, "{\"id\":\""));
	session_stream_start(f.sessions[1], &use, SESSION_PLAYS, str("a"));
	TEST_ERR(gather(&f, conf));
	TEST_EQ(1, count(&f, "{\"id\":\""));
	filter.app = str("other");
	TEST_ERR(gather(&f, conf));
	TEST_EQ(0, count(&f, "{\"id\":\""));
 out:
	session_stream_stop(&use);
	floor_close(&f);
	return err;
}


static bool visit_one(struct gather *g, struct host *host)
{
	struct session *s = session_find(host, *(uint64_t *)g->conf.query);

	if (s) {
		session_describe(&g->report, s);
		gather_found(g, 0);
	}

	return true;
}


TEST(gather_one)
{
	static struct floor f;
	struct gather_conf conf = { .visit = visit_one, .limit = 1 };
	uint64_t id;
	int err;

	f = (struct floor){ .job = NULL };
	TEST_ERR(floor_open(&f, 10));
	id = f.sessions[5]->id;
	conf.query = &id;
	TEST_ERR(gather(&f, conf));
	TEST_EQ(1, count(&f, "{\"id\":\""));
	conf.from.worker = session_id_worker(id);
	conf.is_here_only = true;
	TEST_ERR(gather(&f, conf));
	conf.from.worker = 0;
	TEST_ERRNO(-ENOENT, gather(&f, conf));
	conf.from.worker = 200;
	TEST_ERRNO(-ENOENT, gather(&f, conf));
 out:
	floor_close(&f);
	return err;
}


/* Who asked has gone: it is freed wherever it is. */
TEST(gather_cancelled)
{
	static struct floor f;
	struct gather_conf conf = {
		.list = "sessions", .visit = visit, .limit = 1000,
		.done = on_done, .arg = &f,
	};
	int err;

	f = (struct floor){ .job = NULL };
	TEST_ERR(floor_open(&f, test_is_starved() ? STARVED : SESSIONS * 3));
	f.job = gather_start(&f.hosts[0], &conf);
	TEST_PTR(f.job);
	gather_cancel(f.job);
	f.job = NULL;
	fake_settle(f.fake);
	TEST_EQ(0, f.n_visits);

	f.job = gather_start(&f.hosts[0], &conf);
	TEST_PTR(f.job);
	for (int i = 0; i < 2; i++)
		loop_pulse(&f.hosts[0].worker.loop, 0);
	gather_cancel(f.job);
	f.job = NULL;
	fake_settle(f.fake);
	TEST_EQ(test_is_starved() ? 1 : 2, f.n_visits);
	TEST_EQ(0, f.n_done);
 out:
	floor_close(&f);
	return err;
}


TEST(gather_places)
{
	static const char *const bad[] = {
		"", "-", "1", "1-", "-1", "1-g", "1-A", "100-1", "1-1-1",
		"1-0123456789abc", "x-1", " 1-1",
	};
	struct gather_place place = { 63, 0xffffff };
	char buf[GATHER_PLACE_MAX];
	int err = 0;

	gather_place_print(buf, &place);
	place.slot = 0;
	TEST_ERR(gather_place_parse(&place, str(buf)));
	TEST_EQ(63, place.worker);
	TEST_EQ(0xffffff, place.slot);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_ERRNO(-EBADMSG, gather_place_parse(&place,
							str(bad[i])));
	TEST_EQ(63, place.worker);
 out:
	return err;
}
