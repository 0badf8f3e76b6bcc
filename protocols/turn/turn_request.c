/* Requests: the checks that all of them pass, in the order of RFC 8489 s6.3
 * and s9.2.4 and RFC 8656 s5, and the answers. */
#include "base/clock.h"
#include "turn/turn_mobility_int.h"


/* What we understand; some of it depends on the configuration. */
static const uint16_t known_attrs[] = {
	STUN_USERNAME, STUN_MESSAGE_INTEGRITY, STUN_CHANNEL_NUMBER,
	STUN_LIFETIME, STUN_XOR_PEER_ADDRESS, STUN_DATA, STUN_REALM,
	STUN_NONCE, STUN_REQUESTED_ADDRESS_FAMILY, STUN_EVEN_PORT,
	STUN_REQUESTED_TRANSPORT, STUN_DONT_FRAGMENT,
	STUN_MESSAGE_INTEGRITY_SHA256, STUN_PASSWORD_ALGORITHM,
	STUN_USERHASH, STUN_RESERVATION_TOKEN,
};

enum { KNOWN_MAX = ARRAY_LEN(known_attrs) + 5 };

struct method {
	uint16_t number;
	bool needs_allocation;
	bool is_tcp;             /* RFC 6062: only if it is on */
	unsigned (*fn)(struct turn_request *rq);
};

static const struct method methods[] = {
	{ STUN_ALLOCATE, false, false, turn_allocate },
	{ STUN_REFRESH, false, false, turn_refresh },
	{ STUN_CREATE_PERMISSION, true, false, turn_create_permission },
	{ STUN_CHANNEL_BIND, true, false, turn_channel_bind },
	{ STUN_CONNECT, true, true, turn_connect },
	{ STUN_CONNECTION_BIND, false, true, turn_connection_bind },
};


static const struct method *find_method(const struct turn_conf *conf,
					unsigned number)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (methods[i].number == number &&
		    (conf->has_tcp || !methods[i].is_tcp))
			return &methods[i];
	}

	return NULL;
}


static const char *reason(unsigned code)
{
	switch (code) {

	case 300: return "Try Alternate";
	case 400: return "Bad Request";
	case 401: return "Unauthenticated";
	case 403: return "Forbidden";
	case 405: return "Mobility Forbidden";
	case 420: return "Unknown Attribute";
	case 437: return "Allocation Mismatch";
	case 438: return "Stale Nonce";
	case 440: return "Address Family not Supported";
	case 441: return "Wrong Credentials";
	case 442: return "Unsupported Transport Protocol";
	case 443: return "Peer Address Family Mismatch";
	case 446: return "Connection Already Exists";
	case 447: return "Connection Timeout or Failure";
	case 486: return "Allocation Quota Reached";
	case 508: return "Insufficient Capacity";
	default: return "";
	}
}


/* -- answers -- */

void turn_answer_begin(struct turn_request *rq, enum stun_class class)
{
	struct writer *out = &rq->worker->out;

	out->len = 0;
	out->err = 0;
	rq->out = stun_begin(out, class, rq->m.method, rq->m.id);
}


void turn_answer_send(struct turn_request *rq)
{
	struct turn_worker *worker = rq->worker;
	const char *software = worker->server->conf.software;

	if (software[0])
		stun_put_text(&rq->out, STUN_SOFTWARE, str(software));
	if (rq->is_authenticated)
		turn_identity_sign(&rq->who, &rq->out);
	if (rq->m.fingerprint)
		stun_put_fingerprint(&rq->out);

	turn_path_send_message(worker, rq->path, 0);
}


void turn_answer_error(struct turn_request *rq, unsigned code)
{
	const struct turn_conf *conf = &rq->worker->server->conf;
	char text[ADDR_TEXT_MAX];

	log_debug(rq->worker, "error %u to %s client=%s", code,
		  stun_method_name(rq->m.method),
		  addr_print(&rq->path->client, text));
	metric_add(turn_error_metric(rq->worker, code), 1);
	turn_answer_begin(rq, STUN_ERROR);

	/* Who has not authenticated gets as few bytes as may be. */
	stun_put_error(&rq->out, AF_UNSPEC, code,
		       str(rq->is_authenticated ? reason(code) : ""));
	if (code == 300)
		stun_put_addr(&rq->out, STUN_ALTERNATE_SERVER,
			      &conf->alternate);
	if (code == 300 && conf->alternate_domain[0])
		stun_put_text(&rq->out, STUN_ALTERNATE_DOMAIN,
			      str(conf->alternate_domain));
}


bool turn_may_answer(struct turn_worker *worker,
		     enum turn_transport transport, const struct addr *to)
{
	struct turn_server *server = worker->server;
	const struct rate_spot spot = keyed_rate_spot(
		server->replies, transport, addr_site(to));

	if (keyed_rate_take(server->replies, spot, worker->loop->now_us, 1,
			    server->conf.limits.replies_per_s))
		return true;
	metric_add(worker->metrics.refused_replies, 1);

	return false;
}


static bool may_answer(const struct turn_request *rq)
{
	return turn_may_answer(rq->worker, rq->path->transport,
			       &rq->path->client);
}


/* -- checks -- */

static size_t list_known(const struct turn_request *rq,
			 uint16_t known[KNOWN_MAX])
{
	const struct turn_conf *conf = &rq->worker->server->conf;
	size_t n = ARRAY_LEN(known_attrs);

	memcpy(known, known_attrs, sizeof(known_attrs));
	if (turn_auth_takes_token(rq->worker->auth, rq->m.method))
		known[n++] = STUN_ACCESS_TOKEN;
	if (conf->has_tcp)
		known[n++] = STUN_CONNECTION_ID;
	if (rq->m.method == STUN_BINDING && turn_discovers(rq->path)) {
		known[n++] = STUN_CHANGE_REQUEST;
		known[n++] = STUN_RESPONSE_PORT;
		known[n++] = STUN_PADDING;
	}

	return n;
}


/* True if the request was answered: it has what we do not know. */
static bool has_unknown(struct turn_request *rq)
{
	uint16_t known[KNOWN_MAX], unknown[STUN_UNKNOWN_MAX];
	size_t n = list_known(rq, known);

	n = stun_message_unknown(&rq->m, known, n, unknown);
	if (!n)
		return false;

	turn_answer_error(rq, 420);
	stun_put_unknown(&rq->out, unknown, n);
	turn_answer_send(rq);

	return true;
}


static void binding(struct turn_request *rq)
{
	if (!may_answer(rq) || has_unknown(rq))
		return;
	metric_add(rq->worker->metrics.bindings, 1);

	if (turn_discovers(rq->path)) {
		turn_discovery_binding(rq);
		return;
	}

	turn_answer_begin(rq, STUN_SUCCESS);
	stun_put_xor_addr(&rq->out, STUN_XOR_MAPPED_ADDRESS,
			  &rq->path->client);
	turn_answer_send(rq);
}


static void log_stranger(const struct turn_request *rq)
{
	struct slice name = slice("", 0);
	char text[ADDR_TEXT_MAX];

	stun_message_find(&rq->m, STUN_USERNAME, &name);
	log_info(rq->worker, "wrong credentials: %s user=%.*s client=%s",
		 turn_auth_why_not(rq->worker->auth, str_of(name),
				   clock_wall_us() / 1000000),
		 PRINT_STR(str_of(name)),
		 addr_print(&rq->path->client, text));
}


/* True if we know who sent it; else it was answered, if it can be. */
static bool authenticate(struct turn_request *rq)
{
	const struct turn_auth *auth = rq->worker->auth;
	const struct turn_auth_request request = {
		.message = &rq->m,
		.from = &rq->path->client,
		.wall_s = clock_wall_us() / 1000000,
		.owner = rq->alloc ? &rq->alloc->owner : NULL,
		.ask_arg = rq->worker->ask_arg,
	};
	int code = turn_auth_check(auth, &request, &rq->who);

	if (!code) {
		rq->is_authenticated = true;
		if (rq->path->node)
			turn_node_set_authenticated(rq->path->node);
		return true;
	}

	if (code < 0 || !may_answer(rq))
		return false;

	if (code == 401 && (rq->m.integrity || rq->m.sha256))
		log_stranger(rq);
	turn_answer_error(rq, (unsigned)code);
	turn_auth_challenge(auth, &rq->out, code, request.from,
			    request.wall_s);
	turn_answer_send(rq);

	return false;
}


static unsigned check_allocation(const struct turn_request *rq,
				 const struct method *method)
{
	if (!rq->alloc)
		return method->needs_allocation ? 437 : 0;

	/* An Allocate that meets an allocation is 437 whoever sends it. */
	if (method->number != STUN_ALLOCATE &&
	    !turn_identity_may_use(&rq->alloc->owner, &rq->who))
		return 441;

	return 0;
}


static void log_refusal(const struct turn_request *rq, unsigned code)
{
	char text[ADDR_TEXT_MAX];

	log_warn(rq->worker, "%s refused: %s%s user=%s client=%s",
		 stun_method_name(rq->m.method),
		 rq->limit ? rq->limit : reason(code),
		 rq->limit ? " is reached" : "", rq->who.text,
		 addr_print(&rq->path->client, text));
}


static void request(struct turn_request *rq)
{
	const struct method *method =
		find_method(&rq->worker->server->conf, rq->m.method);
	const struct turn_tuple *tuple;
	unsigned code;

	if (rq->m.method == STUN_BINDING) {
		binding(rq);
		return;
	}

	if (!method)
		return;

	tuple = turn_tuple_find(rq->worker, rq->path);
	rq->alloc = tuple ? tuple->alloc : NULL;
	if (!authenticate(rq) || has_unknown(rq))
		return;

	code = check_allocation(rq, method);
	if (!code) {
		turn_answer_begin(rq, STUN_SUCCESS);
		code = method->fn(rq);
	}

	if (code == TURN_ANSWERED)
		return;
	if (code)
		turn_answer_error(rq, code);
	if (code == 486 || code == 508)
		log_refusal(rq, code);
	turn_answer_send(rq);
}


static void indication(const struct turn_request *rq)
{
	struct turn_tuple *tuple;

	if (rq->m.method != STUN_SEND)
		return;
	tuple = turn_tuple_find(rq->worker, rq->path);
	if (!tuple || tuple->alloc->is_tcp)
		return;

	turn_came_by(tuple->alloc, tuple);
	turn_send_input(tuple->alloc, &rq->m, rq->cargo);
}


void turn_message_input(struct turn_worker *worker,
			const struct turn_path *path, struct slice in,
			const struct turn_cargo *cargo)
{
	struct turn_request rq = {
		.worker = worker,
		.path = path,
		.cargo = cargo,
	};

	/* What follows the message in a datagram makes it none (s6.3). */
	if (stun_message_parse(in, &rq.m) || rq.m.bytes.len != in.len ||
	    stun_message_check_fingerprint(&rq.m) == -EBADMSG)
		return;

	if (rq.m.class == STUN_REQUEST)
		request(&rq);
	else if (rq.m.class == STUN_INDICATION)
		indication(&rq);
}
