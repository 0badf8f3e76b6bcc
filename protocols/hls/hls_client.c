/* Who plays: HTTP has requests only, so those with the same address, user
 * agent, stream and query are one viewer, who is asked for once, can be seen
 * and kicked, and has left when nothing was asked for a while. */
#include "base/mem.h"
#include "hls/hls_server_int.h"
#include "host/server.h"


enum {
	IDLE_US = 30 * 1000000,
	DENIED_US = 5 * 1000000, /* then it may ask again */
	KICKED_US = 60 * 1000000,
	SWEEP_MS = 5000,
	LOOKS_MAX = 16,          /* for one to make room */
};


/* -- keys -- */

static uint64_t sum_of(const uint64_t seed[2], const struct hls_identity *who)
{
	const struct slice ip = addr_ip(&who->carrier->peer);
	const uint64_t sums[] = {
		hash_bytes(seed, ip),
		hash_bytes(seed, slice(who->name.p, who->name.len)),
		hash_bytes(seed, slice(who->query.p, who->query.len)),
		hash_bytes(seed, slice(who->agent.p, who->agent.len)),
	};

	return hash_bytes(seed, slice(sums, sizeof(sums)));
}


/* 128 bits under secrets: nobody finds two that are the same. */
static void make_key(uint8_t key[HLS_KEY_LEN], const struct hls *hls,
		     const struct hls_identity *who)
{
	const struct hls_server *server = hls->server;
	const uint64_t sums[] = {
		sum_of(server->seeds[1], who),
		sum_of(server->seeds[2], who),
	};

	memcpy(key, sums, HLS_KEY_LEN);
}


/* -- the end -- */

static struct slice name_of(const struct hls_client *c)
{
	return slice(c->name, c->name_len);
}


static void end_session(struct hls_client *c)
{
	if (c->session)
		session_stream_stop(&c->use);
	if (c->is_counted)
		keyed_quota_give(&c->hls->server->viewers, 0, name_of(c));
	c->is_counted = false;
	c->session = session_close(c->session);
}


static void client_free(struct hls_client *c)
{
	list_del(&c->end.node);
	list_del(&c->recent);
	hash_del(&c->node);
	end_session(c);
	mem_free(c);
}


static void on_end(void *arg)
{
	end_session(arg);
}


/* It may not play (any more).  Its session ends when its caller is done. */
static void shut_out(struct hls_client *c, enum hls_client_state state,
		     const char *text)
{
	size_t len = strlen(text);

	if (len >= sizeof(c->text))
		len = sizeof(c->text) - 1;
	memcpy(c->text, text, len);
	c->text[len] = '\0';
	c->state = state;
	c->used_us = c->hls->loop->now_us;
	c->end.fn = on_end;
	c->end.arg = c;
	loop_after_flush(c->hls->loop, &c->end);
}


static bool is_over(const struct hls_client *c, int64_t age_us)
{
	switch (c->state) {

	case HLS_CLIENT_ASKED:
		return false;

	case HLS_CLIENT_ALLOWED:
		return age_us > IDLE_US;

	case HLS_CLIENT_KICKED:
		return age_us > KICKED_US;

	default:
		return age_us > DENIED_US;
	}
}


static void sweep(void *arg)
{
	struct hls *hls = arg;

	LIST_EACH(&hls->recent, node) {
		struct hls_client *c = CONTAINER_OF(node, struct hls_client,
						    recent);
		int64_t age_us = hls->loop->now_us - c->used_us;

		if (age_us <= DENIED_US)
			break;
		if (!c->n_waiters && is_over(c, age_us))
			client_free(c);
	}
	if (hls->clients.n)
		timer_start(loop_timers(hls->loop), &hls->sweep, SWEEP_MS,
			    sweep, hls);
}


void hls_clients_close(struct hls *hls)
{
	timer_stop(&hls->sweep);
	HASH_EACH(&hls->clients, node)
		client_free(CONTAINER_OF(node, struct hls_client, node));
}


/* -- asking -- */

static void on_kick(struct session *session, const char *reason, void *arg)
{
	struct hls_client *c = arg;

	(void)session;
	shut_out(c, HLS_CLIENT_KICKED, reason);

	/* Nobody else would answer those who wait for a decision. */
	decision_cancel(&c->decision);
	hls_waiters_decided(c);
}


static void on_decided(const struct verdict *verdict, void *arg)
{
	struct hls_client *c = arg;

	if (verdict->kind == VERDICT_ALLOW) {
		c->state = HLS_CLIENT_ALLOWED;
		c->is_counted = true;
		keyed_quota_take(&c->hls->server->viewers, 0, name_of(c), 0);
		session_stream_start(c->session, &c->use, SESSION_PLAYS,
				     str_n(c->name, c->name_len));
		log_info(c->session, "play start name=%.*s",
			 (int)c->name_len, c->name);
	} else if (verdict->kind == VERDICT_REDIRECT) {
		shut_out(c, HLS_CLIENT_REDIRECTED, verdict->text);
	} else {
		shut_out(c, HLS_CLIENT_DENIED,
			 verdict->text[0] ? verdict->text : "refused");
	}
	hls_waiters_decided(c);
}


static int open_session(struct hls_client *c, const struct hls_identity *who)
{
	const struct application *app = who->app;
	int err;

	c->carrier.peer = who->carrier->peer;
	c->carrier.local = who->carrier->local;
	c->session = session_new(c->hls->host, &app->setup->apps[app->index],
				 "hls", &c->carrier, on_kick, c);
	if (!c->session)
		return -ENOMEM;

	err = session_set_text(&c->session->texts.user_agent, who->agent);
	if (!err)
		err = session_set_text(&c->session->texts.url, who->url);
	if (!err)
		err = session_set_text(&c->session->texts.query, who->query);

	return err;
}


/* Somebody made many up: the one that was not heard of for longest goes, so
 * that who is new can still come. */
static void make_room(struct hls *hls)
{
	int n = 0;

	LIST_EACH(&hls->recent, node) {
		struct hls_client *c = CONTAINER_OF(node, struct hls_client,
						    recent);

		if (!c->n_waiters && c->state != HLS_CLIENT_ASKED) {
			client_free(c);
			return;
		}
		if (++n == LOOKS_MAX)
			return;
	}
}


static struct hls_client *client_new(struct hls *hls,
				     const struct hls_identity *who,
				     const uint8_t key[HLS_KEY_LEN])
{
	struct hls_client *c = mem_zalloc(sizeof(*c) + who->name.len);

	if (!c)
		return NULL;

	c->hls = hls;
	memcpy(c->key, key, HLS_KEY_LEN);
	c->name_len = who->name.len;
	memcpy(c->name, who->name.p, who->name.len);
	if (hash_add(&hls->clients, &c->node, slice(c->key, HLS_KEY_LEN)))
		return mem_free(c);

	list_add(&hls->recent, &c->recent);
	if (open_session(c, who)) {
		client_free(c);
		return NULL;
	}
	if (!timer_is_running(&hls->sweep))
		timer_start(loop_timers(hls->loop), &hls->sweep, SWEEP_MS,
			    sweep, hls);

	return c;
}


struct hls_client *hls_client_get(struct hls *hls,
				  const struct hls_identity *who)
{
	uint8_t key[HLS_KEY_LEN];
	struct hash_node *node;
	struct hls_client *c;
	int64_t age_us;

	make_key(key, hls, who);
	node = hash_find(&hls->clients, slice(key, HLS_KEY_LEN));
	c = node ? CONTAINER_OF(node, struct hls_client, node) : NULL;

	age_us = c ? hls->loop->now_us - c->used_us : 0;
	if (c && c->state != HLS_CLIENT_ALLOWED && !c->n_waiters &&
	    is_over(c, age_us)) {
		client_free(c);
		c = NULL;
	}
	if (!c) {
		if (hls->clients.n >= HLS_CLIENTS_MAX)
			make_room(hls);
		c = client_new(hls, who, key);
		if (!c)
			return NULL;
		c->used_us = hls->loop->now_us;
		decision_ask(&c->decision, c->session, QUESTION_PLAY,
			     who->name, who->query, on_decided, c);
	} else if (c->state == HLS_CLIENT_ALLOWED) {
		c->used_us = hls->loop->now_us;
		list_del(&c->recent);
		list_add(&hls->recent, &c->recent);
	}

	return c;
}
