/* Notices: what happens, printed once, kept in a ring. */
#include "host/notice.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/random.h"
#include "host/server.h"


enum { TIME_SIZE = 32 };

static const char *const names[] = {
	[NOTICE_SESSION_OPEN]  = "session.open",
	[NOTICE_SESSION_CLOSE] = "session.close",
	[NOTICE_PUBLISH_START] = "publish.start",
	[NOTICE_PUBLISH_STOP]  = "publish.stop",
	[NOTICE_PLAY_START]    = "play.start",
	[NOTICE_PLAY_STOP]     = "play.stop",
	[NOTICE_STREAM_START]  = "stream.start",
	[NOTICE_STREAM_STOP]   = "stream.stop",
	[NOTICE_SERVER_START]  = "server.start",
	[NOTICE_SERVER_DRAIN]  = "server.drain",
	[NOTICE_SERVER_RELOAD] = "server.reload",
	[NOTICE_SERVER_STOP]   = "server.stop",
	[NOTICE_ASK_SESSION]   = "ask.connect",
	[NOTICE_ASK_PUBLISH]   = "ask.publish",
	[NOTICE_ASK_PLAY]      = "ask.play",
};


/* -- names -- */

const char *notice_type_name(enum notice_type type)
{
	return names[type];
}


/* Is `type` "name", or "name.something"? */
static bool is_of_kind(enum notice_type type, struct str name)
{
	const char *p = names[type];

	return name.len && !strncmp(p, name.p, name.len) &&
		(!p[name.len] || p[name.len] == '.');
}


int notice_mask_add(uint32_t *mask, struct str name)
{
	uint32_t found = 0;

	for (unsigned i = 0; i < NOTICE_TYPES; i++) {
		if (str_is(name, "*") || is_of_kind((enum notice_type)i, name))
			found |= 1u << i;
	}
	*mask |= found;

	return found ? 0 : -ENOENT;
}


/* -- the life of the ring -- */

void notices_init(struct notices *notices, struct metrics *metrics)
{
	static const struct metric_conf emitted = {
		.type = METRIC_COUNTER,
		.name = "events",
		.help = "Events that were told to whoever listens",
	};
	static const struct metric_conf lost = {
		.type = METRIC_COUNTER,
		.name = "events_lost",
		.help = "Events that a reader was too slow for",
	};

	pthread_mutex_init(&notices->lock, NULL);
	random_bytes(&notices->tag, sizeof(notices->tag));
	notices_set_node(notices, "");
	metric_new(&notices->n_emitted, metrics, &emitted);
	metric_new(&notices->n_lost, metrics, &lost);
}


void notices_set_node(struct notices *notices, const char *node)
{
	if (node[0])
		snprintf(notices->node, sizeof(notices->node), "%s", node);
	else if (gethostname(notices->node, sizeof(notices->node) - 1))
		snprintf(notices->node, sizeof(notices->node), "sluice");
}


void notices_fini(struct notices *notices)
{
	for (size_t i = 0; i < NOTICES_KEPT; i++)
		chunk_unref(notices->ring[i].json);
	metric_unref(notices->n_emitted);
	metric_unref(notices->n_lost);
	pthread_mutex_destroy(&notices->lock);
}


void notices_want(struct notices *notices)
{
	++notices->n_wanted;
}


void notices_unwant(struct notices *notices)
{
	--notices->n_wanted;
}


/* -- printing -- */

/* RFC 3339 s5.6, in UTC, with milliseconds. */
static void print_time(char *out, int64_t wall_us)
{
	const time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, TIME_SIZE - len, ".%03uZ",
		 (unsigned)(wall_us / 1000 % 1000));
}


/* The time, made to grow with each call, whatever the clock does. */
static int64_t next_us(struct notices *notices, int64_t wall_us)
{
	int64_t last = notices->last_us, next;

	do {
		next = wall_us > last ? wall_us : last + 1;
	} while (!atomic_compare_exchange_weak(&notices->last_us, &last,
					       next));

	return next;
}


static void put_text(struct report *r, const char *key, struct str s)
{
	if (s.len > NOTICE_TEXT_MAX)
		s.len = NOTICE_TEXT_MAX;
	if (s.len)
		report_text(r, key, s);
}


static void put_session(struct report *r, const struct session *s)
{
	char text[ADDR_TEXT_MAX], id[SESSION_ID_TEXT_MAX];

	report_open(r, "session");
	report_label(r, "id", str(session_id_print(id, s->id)));
	put_text(r, "protocol", str(s->log.category));
	put_text(r, "application", str(s->app->name));
	put_text(r, "address", str(addr_print(&s->peer, text)));
	put_text(r, "vhost", str(s->texts.vhost));
	put_text(r, "url", str(s->texts.url));
	put_text(r, "user_agent", str(s->texts.user_agent));
	report_close(r);
}


static void put_stream(struct report *r, const struct stream_key *key)
{
	report_open(r, "stream");
	put_text(r, "vhost", key->vhost);
	put_text(r, "application", key->app);
	put_text(r, "name", key->name);
	report_close(r);
}


static void put_data(struct report *r, const struct notice_facts *facts)
{
	report_open(r, "data");
	put_text(r, "reason", facts->reason);
	if (facts->duration_us)
		report_gauge(r, "duration", REPORT_US, facts->duration_us,
			     NULL);
	if (facts->query.len)
		report_text(r, "query", facts->query);
	if (facts->attempt)
		report_gauge(r, "attempt", REPORT_PLAIN, facts->attempt, NULL);
	report_close(r);
}


int notice_print(struct notice *notice, struct server *server,
		const struct notice_facts *facts)
{
	struct notices *notices = &server->notices;
	const int64_t now_us = clock_wall_us();
	struct writer w = writer(NOTICE_MAX);
	char time[TIME_SIZE];
	struct report r;
	int err;

	print_time(time, now_us);
	snprintf(notice->id, sizeof(notice->id), "%014llx-%08x",
		 (unsigned long long)next_us(notices, now_us), notices->tag);
	notice->type = facts->type;

	report_init(&r, REPORT_JSON, &w);
	report_open(&r, NULL);
	report_text(&r, "id", str(notice->id));
	report_text(&r, "ts", str(time));
	report_text(&r, "type", str(names[facts->type]));
	report_text(&r, "node", str(notices->node));
	if (facts->session)
		put_session(&r, facts->session);
	if (facts->stream)
		put_stream(&r, facts->stream);
	put_data(&r, facts);
	report_close(&r);
	err = report_fini(&r);

	notice->json = err ? NULL : chunk_copy(writer_slice(&w));
	writer_fini(&w);

	return err ? err : notice->json ? 0 : -ENOMEM;
}


/* -- writing and reading the ring -- */

static void put(struct notices *notices, const struct notice *take_notice)
{
	struct notice *place;
	struct chunk *old;

	pthread_mutex_lock(&notices->lock);
	place = &notices->ring[notices->end++ % NOTICES_KEPT];
	old = place->json;
	*place = *take_notice;
	LIST_EACH(&notices->listeners, node) {
		struct notice_listener *l =
			CONTAINER_OF(node, struct notice_listener, node);

		l->wake(l->arg);
	}
	pthread_mutex_unlock(&notices->lock);

	chunk_unref(old);
}


void notice_emit(struct server *server, const struct notice_facts *facts)
{
	struct notices *notices = &server->notices;
	struct notice notice;

	if (!notices->n_wanted)
		return;

	if (notice_print(&notice, server, facts)) {
		metric_add(notices->n_lost, 1);
		return;
	}
	metric_add(notices->n_emitted, 1);
	put(notices, &notice);
}


void notice_listen(struct notices *notices, struct notice_listener *listener)
{
	notices_want(notices);
	pthread_mutex_lock(&notices->lock);
	list_add(&notices->listeners, &listener->node);
	pthread_mutex_unlock(&notices->lock);
}


void notice_unlisten(struct notices *notices, struct notice_listener *listener)
{
	pthread_mutex_lock(&notices->lock);
	list_del(&listener->node);
	pthread_mutex_unlock(&notices->lock);
	notices_unwant(notices);
}


static uint64_t oldest(const struct notices *notices)
{
	return notices->end > NOTICES_KEPT ? notices->end - NOTICES_KEPT : 0;
}


uint64_t notices_end(struct notices *notices)
{
	uint64_t end;

	pthread_mutex_lock(&notices->lock);
	end = notices->end;
	pthread_mutex_unlock(&notices->lock);

	return end;
}


bool notices_find(struct notices *notices, struct str id, uint64_t *pos)
{
	bool is_found = false;

	pthread_mutex_lock(&notices->lock);
	*pos = oldest(notices);
	for (uint64_t i = notices->end; i > *pos && !is_found; i--) {
		const struct notice *e = &notices->ring[(i - 1) % NOTICES_KEPT];

		is_found = str_is(id, e->id);
		if (is_found)
			*pos = i;
	}
	pthread_mutex_unlock(&notices->lock);

	return is_found;
}


bool notice_take(struct notices *notices, uint64_t *pos, struct notice *notice,
		uint64_t *n_lost)
{
	bool has_one;

	*n_lost = 0;
	pthread_mutex_lock(&notices->lock);
	if (*pos < oldest(notices)) {
		*n_lost = oldest(notices) - *pos;
		*pos = oldest(notices);
	}
	has_one = *pos < notices->end;
	if (has_one) {
		*notice = notices->ring[*pos % NOTICES_KEPT];
		chunk_ref(notice->json);
		++*pos;
	}
	pthread_mutex_unlock(&notices->lock);

	metric_add(notices->n_lost, (int64_t)*n_lost);

	return has_one;
}
