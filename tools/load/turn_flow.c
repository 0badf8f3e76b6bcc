/* The requests of a TURN client: Allocate, with the credentials that the
 * server asks for, ChannelBind, and Refresh at the end (RFC 8656). */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <time.h>
#include "stun/stun_writer.h"
#include "turn.h"
#include "turn_stream.h"

enum {
	REQUEST_MAX = 1024,
	RETRY_US = 500 * TURN_US_PER_MS,
	TRIES_MAX = 7,
	CHECK_US = 50 * TURN_US_PER_MS,
	LIFETIME_S = 3600,
	USER_LIFE_S = 86400,
	UNAUTHORIZED = 401,
	STALE_NONCE = 438,
	TRANSPORT_UDP = 17,
};


static unsigned index_of(const struct turn_load *load,
			 const struct turn_flow *flow)
{
	return (unsigned)(flow - load->flows);
}


/* The user of flow `i`, and what its password is (TURN REST: the HMAC of the
 * name, in base64). */
static struct str find_user(struct turn_load *load, struct turn_flow *flow,
			    char password[64])
{
	const struct turn_options *opt = &load->opt;
	unsigned i = index_of(load, flow);
	unsigned len = 0;
	uint8_t mac[EVP_MAX_MD_SIZE];

	if (!opt->secret) {
		snprintf(flow->user, sizeof(flow->user), "%s", opt->user);
		return str(opt->password);
	}

	snprintf(flow->user, sizeof(flow->user), "%lld:load%u",
		 (long long)time(NULL) + USER_LIFE_S,
		 opt->n_users ? i % opt->n_users : i);
	HMAC(EVP_sha1(), opt->secret, (int)strlen(opt->secret),
	     (const uint8_t *)flow->user, strlen(flow->user), mac, &len);
	EVP_EncodeBlock((uint8_t *)password, mac, (int)len);

	return str(password);
}


void turn_flow_send(struct turn_load *load, struct turn_flow *flow,
		    const struct batch_send *send)
{
	if (flow->stream)
		turn_stream_send(load, flow, send->iov, send->n_iov);
	else
		batch_push(&load->out, flow->fd, send);
}


static void send_bytes(struct turn_load *load, struct turn_flow *flow,
		       struct slice bytes)
{
	struct iovec iov;
	struct batch_send send = {
		.iov = &iov, .n_iov = 1, .from_ip = flow->ip,
		.to = &load->opt.server
	};

	/* The batch only reads it. */
	memcpy(&iov.iov_base, &bytes.p, sizeof(bytes.p));
	iov.iov_len = bytes.len;
	turn_flow_send(load, flow, &send);
	batch_flush(&load->out);
}


static unsigned method_of(const struct turn_flow *flow)
{
	if (flow->state == TURN_BINDING)
		return STUN_CHANNEL_BIND;

	return flow->state == TURN_CLOSING ? STUN_REFRESH : STUN_ALLOCATE;
}


/* Where the channel of a flow leads. */
static const struct addr *peer_of(const struct turn_load *load,
				  const struct turn_flow *flow)
{
	unsigned i = index_of(load, flow);

	if (load->opt.mode == TURN_HAIRPIN)
		return &load->flows[i ^ 1].relayed;

	return &load->peers[i % load->opt.n_peers];
}


/* Send the request of this state, with the same id if it is not the first
 * time. */
static void ask(struct turn_load *load, struct turn_flow *flow)
{
	struct writer w = writer(REQUEST_MAX);
	struct stun_writer s = stun_begin(&w, STUN_REQUEST, method_of(flow),
					  flow->id);

	++flow->n_asked;
	flow->asked_us = load->now_us;
	if (method_of(flow) == STUN_ALLOCATE) {
		stun_put_transport(&s, TRANSPORT_UDP);
		stun_put_u32(&s, STUN_LIFETIME, LIFETIME_S);
	} else if (flow->state == TURN_BINDING) {
		stun_put_channel(&s, TURN_CHANNEL);
		stun_put_xor_addr(&s, STUN_XOR_PEER_ADDRESS,
				  peer_of(load, flow));
	} else {
		stun_put_u32(&s, STUN_LIFETIME, 0);
	}
	if (flow->key.len) {
		stun_put_text(&s, STUN_USERNAME, str(flow->user));
		stun_put_text(&s, STUN_REALM, str(load->realm));
		stun_put_text(&s, STUN_NONCE, str(flow->nonce));
		stun_put_integrity(&s, stun_key_slice(&flow->key));
	}
	if (!w.err)
		send_bytes(load, flow, writer_slice(&w));
	writer_fini(&w);
}


static void set_state(struct turn_load *load, struct turn_flow *flow,
		      enum turn_state state)
{
	uint32_t words[3] = {
		load->run, index_of(load, flow), ++flow->n_requests
	};

	flow->state = state;
	flow->n_asked = 0;
	memcpy(flow->id, words, sizeof(words));
	if (state == TURN_READY)
		++load->n_ready;
	else if (state == TURN_CLOSED)
		++load->n_closed;
	else if (state != TURN_ALLOCATED)
		ask(load, flow);
}


static void copy_text(char to[TURN_TEXT_MAX], const struct stun_message *m,
		      unsigned type)
{
	struct slice value;

	if (stun_message_find(m, type, &value) || value.len >= TURN_TEXT_MAX)
		return;

	memcpy(to, value.p, value.len);
	to[value.len] = '\0';
}


/* The server wants credentials, or a newer nonce. */
static void authenticate(struct turn_load *load, struct turn_flow *flow,
			 const struct stun_message *m)
{
	char password[64];
	struct str secret;

	copy_text(load->realm, m, STUN_REALM);
	copy_text(flow->nonce, m, STUN_NONCE);
	if (!flow->key.len) {
		secret = find_user(load, flow, password);
		stun_key_long_term(&flow->key, STUN_KEY_MD5, str(flow->user),
				   str(load->realm), secret);
	}
	set_state(load, flow, flow->state == TURN_ASKING ? TURN_ALLOCATING :
		  flow->state);
}


static void on_error(struct turn_load *load, struct turn_flow *flow,
		     const struct stun_message *m)
{
	struct stun_error e = { .code = 0 };
	struct slice value;
	bool has_user = load->opt.user || load->opt.secret;

	if (!stun_message_find(m, STUN_ERROR_CODE, &value))
		stun_error_read(value, &e);
	if (has_user && ((e.code == UNAUTHORIZED && !flow->key.len) ||
			 e.code == STALE_NONCE)) {
		authenticate(load, flow, m);
		return;
	}

	fprintf(stderr, "flow %u: %s: %u %.*s\n", index_of(load, flow),
		stun_method_name(m->method), e.code, PRINT_STR(e.reason));
	set_state(load, flow, TURN_CLOSED);
}


static void bind_pair(struct turn_load *load, struct turn_flow *flow)
{
	struct turn_flow *other = &load->flows[index_of(load, flow) ^ 1];

	set_state(load, flow, TURN_ALLOCATED);
	if (other->state != TURN_ALLOCATED)
		return;

	set_state(load, flow, TURN_BINDING);
	set_state(load, other, TURN_BINDING);
}


void turn_flow_open(struct turn_load *load, unsigned i)
{
	set_state(load, &load->flows[i], TURN_ASKING);
}


void turn_flow_close(struct turn_load *load, struct turn_flow *flow)
{
	if (flow->state == TURN_READY)
		set_state(load, flow, TURN_CLOSING);
}


void turn_flow_answer(struct turn_load *load, struct turn_flow *flow,
		      struct slice in)
{
	struct stun_message m;
	struct slice value;

	if (stun_message_parse(in, &m) || flow->state == TURN_READY ||
	    flow->state == TURN_CLOSED || memcmp(m.id, flow->id, STUN_ID_LEN))
		return;

	if (m.class == STUN_ERROR) {
		on_error(load, flow, &m);
		return;
	}

	if (m.method == STUN_CHANNEL_BIND)
		set_state(load, flow, TURN_READY);
	if (m.method == STUN_REFRESH)
		set_state(load, flow, TURN_CLOSED);
	if (m.method != STUN_ALLOCATE)
		return;

	if (!stun_message_find(&m, STUN_XOR_RELAYED_ADDRESS, &value))
		stun_xor_addr_read(value, m.id, &flow->relayed);
	if (load->opt.mode == TURN_IDLE)
		set_state(load, flow, TURN_READY);
	else if (load->opt.mode == TURN_HAIRPIN)
		bind_pair(load, flow);
	else
		set_state(load, flow, TURN_BINDING);
}


void turn_flows_check(struct turn_load *load)
{
	if (load->now_us - load->checked_us < CHECK_US)
		return;

	load->checked_us = load->now_us;
	for (unsigned i = 0; i < load->n_asked; i++) {
		struct turn_flow *flow = &load->flows[i];

		if (flow->state == TURN_READY || flow->state == TURN_CLOSED ||
		    flow->state == TURN_ALLOCATED ||
		    load->now_us - flow->asked_us < RETRY_US)
			continue;
		if (flow->n_asked < TRIES_MAX)
			ask(load, flow);
		else
			set_state(load, flow, TURN_CLOSED);
	}
}
