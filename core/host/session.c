/* Sessions: one peer as the applications see it. */
#include "host/session.h"
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
		lua_hooks_tell(in->lua, in->close_hook, fields,
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
	if (!quota_take(&app->counts->connections))
		return -EMSGSIZE;
	if (!address_quota_take(app->server->per_address, app->counts->scope,
				&session->peer,
				(long)app->connections_per_address)) {
		quota_give(&app->counts->connections);
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

	address_quota_give(app->server->per_address, app->counts->scope,
			   &session->peer);
	quota_give(&app->counts->connections);
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


/* -- what is told of it -- */

static void tell(const struct session *session, enum notice_type type,
		 int64_t since_us)
{
	const struct notice_facts facts = {
		.type = type,
		.session = session,
		.duration_us = since_us ? clock_wall_us() - since_us : 0,
	};

	notice_emit(session->host->server, &facts);
}


static void tell_stream(const struct session *session,
			const struct session_stream *stream,
			enum notice_type type)
{
	const bool is_end = type == NOTICE_PUBLISH_STOP ||
			    type == NOTICE_PLAY_STOP;
	const struct stream_key key = {
		.vhost = str(session->texts.vhost),
		.app = str(session->app->name),
		.name = stream->name,
	};
	const struct notice_facts facts = {
		.type = type,
		.session = session,
		.stream = &key,
		.duration_us = is_end ? clock_wall_us() - stream->since_us
				      : 0,
	};

	notice_emit(session->host->server, &facts);
}


void session_opened(struct session *session)
{
	if (!session->is_open)
		tell(session, NOTICE_SESSION_OPEN, 0);
	session->is_open = true;
}


static void on_end(void *arg)
{
	struct session *session = arg;

	log_info(session, "ends: its time is over");
	if (session->on_kick)
		session->on_kick(session, "its time is over", session->arg);
}


void session_end_at(struct session *session, int64_t wall_us)
{
	int64_t ms = (wall_us - clock_wall_us()) / 1000;

	if (session->ends_us && session->ends_us <= wall_us)
		return;

	session->ends_us = wall_us;
	timer_start(loop_timers(&session->host->worker.loop), &session->end,
		    ms > 0 ? ms : 0, on_end, session);
}


void session_stream_start(struct session *session,
			  struct session_stream *stream,
			  enum session_role role, struct str name)
{
	session_opened(session);
	stream->role = role;
	stream->has_name = false;
	stream->name = name;
	stream->since_us = clock_wall_us();
	list_add(&session->streams, &stream->node);
	tell_stream(session, stream, role == SESSION_PUBLISHES
		    ? NOTICE_PUBLISH_START : NOTICE_PLAY_START);
}


static struct session *session_of(const struct session_stream *stream)
{
	return CONTAINER_OF(stream->node.list, struct session, streams);
}


void session_stream_stop(struct session_stream *stream)
{
	struct session *session;

	if (!list_is_linked(&stream->node))
		return;

	session = session_of(stream);
	list_del(&stream->node);
	if (stream->has_name)
		tell_stream(session, stream, NOTICE_STREAM_STOP);
	tell_stream(session, stream, stream->role == SESSION_PUBLISHES
		    ? NOTICE_PUBLISH_STOP : NOTICE_PLAY_STOP);
}


/* One who loses it to another publisher ends nothing: the other one's start
 * was told, or will be. */
void session_stream_has_name(struct session_stream *stream, bool has_name)
{
	if (has_name && !stream->has_name)
		tell_stream(session_of(stream), stream, NOTICE_STREAM_START);
	stream->has_name = has_name;
}


void session_show_stream(struct session *session, struct stream *stream)
{
	const struct instance *in = host_instance(session->host, session->app);

	if (session->app->module->on_stream)
		session->app->module->on_stream(in->data, stream);
}


struct session *session_close(struct session *session)
{
	const struct instance *in;

	if (!session)
		return NULL;

	timer_stop(&session->end);
	while (session->decisions.head)
		decision_cancel(CONTAINER_OF(session->decisions.head,
					     struct decision, node));

	in = host_instance(session->host, session->app);
	if (session->app->module->on_close)
		session->app->module->on_close(in->data, session);
	tell_hook(session);

	LIST_EACH(&session->streams, it)
		session_stream_stop(CONTAINER_OF(it, struct session_stream,
						 node));
	if (session->is_open)
		tell(session, NOTICE_SESSION_CLOSE, session->opened_us);

	give_quotas(session);
	give_slot(session->host, session);
	mem_free(session->texts.vhost);
	mem_free(session->texts.query);
	mem_free(session->texts.user_agent);
	mem_free(session->texts.url);

	return mem_free(session);
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


static char *print_hex(char *out, uint32_t v)
{
	int shift = 28;

	while (shift && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*out++ = "0123456789abcdef"[v >> shift & 15];

	return out;
}


const char *session_id_print(char *buf, uint64_t id)
{
	char *out = print_hex(buf, session_id_worker(id));

	*out++ = '-';
	out = print_hex(out, slot_of(id));
	*out++ = '-';
	*print_hex(out, (uint32_t)id) = '\0';

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
