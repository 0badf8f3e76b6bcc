/* Sessions: one peer as the applications see it. */
#include "host/session.h"
#include <stdio.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/decision.h"
#include "host/server.h"


enum {
	SLOTS_FIRST = 64,
	ID_SLOT_BITS = 24,       /* of the id, above 32 of the generation */
};


static int grow(struct host *host)
{
	uint32_t n = host->n_slots ? host->n_slots * 2 : SLOTS_FIRST;
	struct session_slot *slots;

	if (n > SESSIONS_MAX)
		return -EMSGSIZE;

	slots = mem_resize(host->slots, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;

	for (uint32_t i = host->n_slots; i < n; i++)
		slots[i] = (struct session_slot){ .next_free = i + 1 };

	host->slots = slots;
	host->free_slot = host->n_slots;
	host->n_slots = n;

	return 0;
}


/* Take a slot; the id says whose it is. */
static int take_slot(struct host *host, struct session *session)
{
	struct session_slot *slot;
	uint32_t i;
	int err;

	if (host->free_slot == host->n_slots) {
		err = grow(host);
		if (err)
			return err;
	}

	i = host->free_slot;
	slot = &host->slots[i];
	host->free_slot = slot->next_free;
	slot->session = session;
	++slot->generation;
	atomic_fetch_add(&host->n_sessions, 1);

	session->id = (uint64_t)host->worker.index << (32 + ID_SLOT_BITS) |
		      (uint64_t)i << 32 | slot->generation;

	return 0;
}


static uint32_t slot_of(uint64_t id)
{
	return (uint32_t)(id >> 32) & ((1u << ID_SLOT_BITS) - 1);
}


static void give_slot(struct host *host, const struct session *session)
{
	uint32_t i = slot_of(session->id);

	atomic_fetch_sub(&host->n_sessions, 1);
	host->slots[i].session = NULL;
	host->slots[i].next_free = host->free_slot;
	host->free_slot = i;
}


static void tell_hook(const struct session *session)
{
	const struct instance *in = host_instance(session->host, session->app);
	char ip[ADDR_TEXT_MAX];
	const struct lua_field fields[] = {
		{ .name = "id", .type = LUA_FIELD_NUMBER,
		  .number = (int64_t)session->id },
		{ .name = "address",
		  .text = str(addr_print_ip(&session->peer, ip)) },
		{ .name = "application", .text = str(session->app->name) },
	};

	if (in->close_hook >= 0)
		lua_hooks_tell(session->host->hooks, in->close_hook, fields,
			       ARRAY_LEN(fields));
}


struct session *session_new(struct host *host, struct application *app,
			    const char *category,
			    const struct carrier *carrier,
			    session_close_fn *on_kick, void *arg)
{
	struct session *session = mem_zalloc(sizeof(*session));

	if (!session)
		return NULL;
	if (take_slot(host, session))
		return mem_free(session);

	session->log.category = category;
	session->log.id = session->id;
	session->host = host;
	session->app = app;
	session->peer = carrier->peer;
	session->local = carrier->local;
	session->carrier = carrier;
	session->opened_us = clock_wall_us();
	session->on_kick = on_kick;
	session->arg = arg;

	return session;
}


int session_admit(struct session *session, const struct binding *binding)
{
	struct application *app = session->app;

	if (binding->app == app)
		return 0;
	if (!quota_take(&app->connections))
		return -EMSGSIZE;
	if (!address_quota_take(app->server->per_address, app->index,
				&session->peer,
				(long)app->connections_per_address)) {
		quota_give(&app->connections);
		return -EMSGSIZE;
	}
	session->is_guest = true;

	return 0;
}


static void give_quotas(struct session *session)
{
	struct application *app = session->app;

	if (!session->is_guest)
		return;

	address_quota_give(app->server->per_address, app->index,
			   &session->peer);
	quota_give(&app->connections);
}


int session_set_text(char **text, struct str value)
{
	char *copy;

	if (value.len > SESSION_TEXT_MAX)
		value.len = SESSION_TEXT_MAX;

	copy = text_dup(value);
	if (!copy)
		return -ENOMEM;

	mem_free(*text);
	*text = copy;

	return 0;
}


struct session *session_close(struct session *session)
{
	const struct instance *in;

	if (!session)
		return NULL;

	while (session->decisions.head)
		decision_cancel(CONTAINER_OF(session->decisions.head,
					     struct decision, node));

	in = host_instance(session->host, session->app);
	if (session->app->module->on_close)
		session->app->module->on_close(in->data, session);
	tell_hook(session);

	LIST_EACH(&session->streams, it)
		list_del(it);
	give_quotas(session);
	give_slot(session->host, session);
	mem_free(session->texts.vhost);
	mem_free(session->texts.query);
	mem_free(session->texts.user_agent);
	mem_free(session->texts.url);

	return mem_free(session);
}


void session_stream_start(struct session *session,
			  struct session_stream *stream,
			  enum session_role role, struct str name)
{
	stream->role = role;
	stream->name = name;
	stream->since_us = clock_wall_us();
	list_add(&session->streams, &stream->node);
}


void session_stream_stop(struct session_stream *stream)
{
	list_del(&stream->node);
}


struct session *session_find(struct host *host, uint64_t id)
{
	uint32_t i = slot_of(id);
	struct session *session;

	if (i >= host->n_slots)
		return NULL;

	session = host->slots[i].session;

	return session && session->id == id ? session : NULL;
}


const char *session_id_print(char *buf, uint64_t id)
{
	snprintf(buf, SESSION_ID_TEXT_MAX, "%x-%x-%x", session_id_worker(id),
		 slot_of(id), (uint32_t)id);

	return buf;
}


/* One part of an id, at most `max`; there is one more, if has_more. */
static int parse_part(struct str *text, bool has_more, uint32_t max,
		      uint64_t *v)
{
	size_t i = 0;

	for (*v = 0; i < text->len && text->p[i] != '-'; i++) {
		char c = text->p[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0')
			       : c >= 'a' && c <= 'f'
				       ? (unsigned)(c - 'a') + 10 : 16;

		*v = *v << 4 | digit;
		if (digit > 15 || *v > max || i > 7)
			return -EBADMSG;
	}
	if (!i || (i < text->len) != has_more)
		return -EBADMSG;

	*text = str_n(text->p + i + has_more, text->len - i - has_more);

	return 0;
}


int session_id_parse(uint64_t *id, struct str text)
{
	uint64_t worker, slot, generation;

	if (parse_part(&text, true, SERVER_WORKERS_MAX - 1, &worker) ||
	    parse_part(&text, true, SESSIONS_MAX - 1, &slot) ||
	    parse_part(&text, false, UINT32_MAX, &generation))
		return -EBADMSG;

	*id = worker << (32 + ID_SLOT_BITS) | slot << 32 | generation;

	return 0;
}


unsigned session_id_worker(uint64_t id)
{
	return (unsigned)(id >> (32 + ID_SLOT_BITS));
}
