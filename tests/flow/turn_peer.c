/* A TURN client for the flows. */
#include "turn_peer.h"
#include "base/random.h"
#include "stun/stun_key.h"

#define REALM "flow"

enum { MOMENT_MS = 5, NO_ANSWER = 999 };


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	struct turn_sock *sock = arg;

	++sock->n;
	sock->from = meta->peer;
	sock->len = in.len < sizeof(sock->got) ? in.len : sizeof(sock->got);
	if (sock->len)
		memcpy(sock->got, in.p, sock->len);
}


static void on_failed(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static const struct udp_user user = {
	.input = on_input,
	.failed = on_failed,
};


int turn_sock_open(struct turn_sock *sock, struct rig *rig, const char *ip,
		   uint16_t port)
{
	int fd;

	memset(sock, 0, sizeof(*sock));
	addr_parse(&sock->addr, str(ip), port);
	fd = fake_bind(rig->fake, &sock->addr);

	return fd < 0 ? fd : udp_open(&sock->udp, &rig->loop, fd, NULL,
				      &user, sock);
}


void turn_sock_close(struct turn_sock *sock)
{
	udp_close(&sock->udp);
}


void turn_sock_send(struct rig *rig, struct turn_sock *sock,
		    const struct addr *to, struct slice bytes)
{
	const struct udp_packet packet = { .body = bytes, .to = to };

	udp_push(&sock->udp, &packet);
	rig_run(rig, MOMENT_MS);
}


int turn_client_open(struct turn_client *c, struct rig *rig, unsigned n,
		     const char *ip, uint16_t port)
{
	memset(c, 0, sizeof(*c));
	c->rig = rig;
	c->server = rig_addr(n);
	c->user = "u";
	c->password = "p";
	c->out = writer(TURN_PEER_BYTES);

	return turn_sock_open(&c->sock, rig, ip, port);
}


void turn_client_close(struct turn_client *c)
{
	turn_sock_close(&c->sock);
	writer_fini(&c->out);
}


/* -- requests -- */

void turn_client_begin(struct turn_client *c, unsigned method)
{
	random_bytes(c->id, sizeof(c->id));
	c->out.len = 0;
	c->s = stun_begin(&c->out, STUN_REQUEST, method, c->id);
}


static void sign(struct turn_client *c)
{
	struct stun_key key;

	if (!c->nonce[0])
		return;

	stun_put_text(&c->s, STUN_USERNAME, str(c->user));
	stun_put_text(&c->s, STUN_REALM, str(REALM));
	stun_put_text(&c->s, STUN_NONCE, str(c->nonce));
	if (!stun_key_long_term(&key, STUN_KEY_MD5, str(c->user), str(REALM),
				str(c->password)))
		stun_put_integrity(&c->s, stun_key_slice(&key));
}


static void read_answer(struct turn_client *c)
{
	struct slice value;
	struct stun_error e;
	struct str nonce;

	c->code = NO_ANSWER;
	if (stun_message_parse(slice(c->sock.got, c->sock.len),
			       &c->answer) ||
	    memcmp(c->answer.id, c->id, STUN_ID_LEN))
		return;

	c->code = 0;
	if (c->answer.class == STUN_ERROR &&
	    !stun_message_find(&c->answer, STUN_ERROR_CODE, &value) &&
	    !stun_error_read(value, &e))
		c->code = e.code;

	if (!stun_message_find(&c->answer, STUN_NONCE, &value) &&
	    !stun_text_read(value, &nonce) && nonce.len < sizeof(c->nonce)) {
		memcpy(c->nonce, nonce.p, nonce.len);
		c->nonce[nonce.len] = '\0';
	}
}


void turn_client_send(struct turn_client *c)
{
	sign(c);
	c->sock.len = 0;
	turn_sock_send(c->rig, &c->sock, &c->server, writer_slice(&c->out));
	read_answer(c);
}


/* The same again, once it has a nonce. */
#define REQUEST(c, method, ...)						\
	do {								\
		turn_client_begin(c, method);				\
		__VA_ARGS__;						\
		turn_client_send(c);					\
	} while ((c)->code == 401 && !n_tries++)


unsigned turn_client_allocate(struct turn_client *c, struct addr *relayed)
{
	struct slice value;
	int n_tries = 0;

	REQUEST(c, STUN_ALLOCATE, stun_put_transport(&c->s, 17));
	if (!c->code &&
	    (stun_message_find(&c->answer, STUN_XOR_RELAYED_ADDRESS,
			       &value) ||
	     stun_xor_addr_read(value, c->id, relayed)))
		c->code = NO_ANSWER;

	return c->code;
}


unsigned turn_client_refresh(struct turn_client *c, uint32_t lifetime_s)
{
	int n_tries = 0;

	REQUEST(c, STUN_REFRESH,
		stun_put_u32(&c->s, STUN_LIFETIME, lifetime_s));

	return c->code;
}


unsigned turn_client_permit(struct turn_client *c, const struct addr *peer)
{
	int n_tries = 0;

	REQUEST(c, STUN_CREATE_PERMISSION,
		stun_put_xor_addr(&c->s, STUN_XOR_PEER_ADDRESS, peer));

	return c->code;
}


unsigned turn_client_bind(struct turn_client *c, uint16_t channel,
			  const struct addr *peer)
{
	int n_tries = 0;

	REQUEST(c, STUN_CHANNEL_BIND,
		stun_put_channel(&c->s, channel);
		stun_put_xor_addr(&c->s, STUN_XOR_PEER_ADDRESS, peer));

	return c->code;
}


/* -- data -- */

void turn_client_channel(struct turn_client *c, uint16_t channel,
			 const char *text)
{
	c->out.len = 0;
	put_be16(&c->out, channel);
	put_be16(&c->out, (unsigned)strlen(text));
	put_str(&c->out, str(text));
	turn_sock_send(c->rig, &c->sock, &c->server, writer_slice(&c->out));
}


void turn_client_indicate(struct turn_client *c, const struct addr *peer,
			  const char *text)
{
	uint8_t id[STUN_ID_LEN];
	struct stun_writer s;

	random_bytes(id, sizeof(id));
	c->out.len = 0;
	s = stun_begin(&c->out, STUN_INDICATION, STUN_SEND, id);
	stun_put_xor_addr(&s, STUN_XOR_PEER_ADDRESS, peer);
	stun_put(&s, STUN_DATA, slice(text, strlen(text)));
	turn_sock_send(c->rig, &c->sock, &c->server, writer_slice(&c->out));
}


bool turn_client_got_channel(const struct turn_client *c, uint16_t channel,
			     const char *text)
{
	const uint8_t *p = c->sock.got;
	const size_t len = strlen(text);

	return c->sock.len == 4 + len && p[0] << 8 == (channel & 0xff00) &&
	       p[1] == (channel & 0xff) && p[3] == len &&
	       !memcmp(p + 4, text, len);
}


bool turn_client_got_data(const struct turn_client *c, const char *text)
{
	struct stun_message m;
	struct slice value;

	return !stun_message_parse(slice(c->sock.got, c->sock.len), &m) &&
	       m.class == STUN_INDICATION && m.method == STUN_DATA_METHOD &&
	       !stun_message_find(&m, STUN_DATA, &value) &&
	       str_is(str_of(value), text);
}
