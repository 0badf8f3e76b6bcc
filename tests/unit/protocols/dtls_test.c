/* For the tests of DTLS: a door, and clients. */
#include "dtls_test.h"
#include <sys/time.h>
#include <time.h>
#include "base/api.h"
#include "base/mem.h"
#include "tls/tls_wire.h"


/* -- OpenSSL's clock -- */

static const struct fake *clock_of;

API int gettimeofday(struct timeval *restrict tv, void *restrict tz);


/* The C library's, for all of this program and what it has loaded. */
int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts;
	int64_t us;

	(void)tz;
	clock_gettime(CLOCK_REALTIME, &ts);
	us = clock_of ? fake_now_us(clock_of)
		      : ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	tv->tv_sec = us / 1000000;
	tv->tv_usec = us % 1000000;

	return 0;
}


/* -- the nearest node -- */

static struct dtls_net *the_net;


static int near_open(struct node *node, struct binding *binding)
{
	(void)binding;
	the_net->near = node;
	if (the_net->greets) {
		put_str(outbox_control(&node->out), str("hi"));
		chain_want_output(node->chain);
	}

	return node->out.control.err;
}


static ssize_t near_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct dtls_net *net = the_net;

	if (!meta || meta->segment_len)
		return -EPROTO;
	if (net->n_heard < DTLS_HEARD_MAX)
		net->heard[net->n_heard] = in.len;
	++net->n_heard;
	if (!net->is_mute) {
		put_bytes(outbox_control(&node->out), in);
		chain_want_output(node->chain);
	}

	return node->out.control.err ? node->out.control.err
				     : (ssize_t)in.len;
}


static bool near_event(struct node *node, const struct event *event)
{
	(void)node;
	++the_net->n_events[event->type];

	return false;
}


static const struct protocol near_protocol = {
	.name = "near",
	.size = sizeof(struct node),
	.alpn = "stun.turn",
	.open = near_open,
	.input = near_input,
	.event = near_event,
};


/* -- the server -- */

static void on_chain_closed(struct chain *chain, int err, void *arg)
{
	struct dtls_net *net = arg;

	if (net->chain == chain)
		net->chain = NULL;
	++net->n_closed;
	net->closed_err = err;
}


static void on_accept(void *arg, struct carrier *take_carrier)
{
	const struct recipe recipe = {
		true, 2, { &dtls_session_protocol, &near_protocol },
	};
	struct dtls_net *net = arg;

	++net->n_accepted;
	if (net->refuses)
		take_carrier->ops->close(take_carrier);
	else if (chain_open(&net->chain, take_carrier, &recipe,
			    &net->binding, on_chain_closed, net))
		net->chain = NULL;
}


static bool may_reply(void *arg, const struct addr *to)
{
	struct dtls_net *net = arg;

	(void)to;

	return ++net->n_asked <= net->n_replies_max;
}


static void on_server_input(void *arg, struct slice in,
			    const struct io_meta *meta)
{
	struct dtls_net *net = arg;

	if (net->door)
		dtls_door_input(net->door, in, meta);
}


static void on_failed(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static const struct udp_user server_user = {
	.input = on_server_input,
	.failed = on_failed,
};


static void on_log(const struct log_record *rec, void *arg)
{
	struct dtls_net *net = arg;
	size_t len = strlen(net->log);

	snprintf(net->log + len, sizeof(net->log) - len, "%.*s\n",
		 PRINT_STR(rec->text));
}


int dtls_net_context(struct dtls_net *net, const char *alpn)
{
	char cert[CERTS_PATH_MAX], key[CERTS_PATH_MAX];
	const struct tls_identity identity = {
		.cert_file = certs_path(&net->certs, cert, "x", ".crt"),
		.key_file = certs_path(&net->certs, key, "x", ".key"),
	};
	struct tls_context *tls;
	struct tls_fault fault;
	int err = tls_context_new(&tls, TLS_DATAGRAM);

	if (err)
		return err;

	net->context = dtls_context_free(net->context);

	err = tls_context_add(tls, &identity, &fault);
	if (!err && alpn)
		err = tls_context_add_alpn(tls, alpn);
	if (err)
		tls_context_free(tls);

	return err ? err : dtls_context_new(&net->context, tls);
}


int dtls_net_init(struct dtls_net *net, unsigned loss_permille,
		  const char *alpn)
{
	const struct fake_conf conf = { .seed = 3,
					.loss_permille = loss_permille };
	struct backend *backend;
	struct addr addr;
	int err, fd;

	memset(net, 0, sizeof(*net));
	the_net = net;
	net->n_replies_max = UINT32_MAX;
	net->conf.idle_ms = 60000;
	log_set_sink(on_log, net);
	log_set_budget(0);
	addr_parse(&addr, str("192.0.2.1"), DTLS_SERVER_PORT);

	err = certs_init(&net->certs);
	if (!err)
		err = certs_make(&net->certs, "x", 1);
	if (!err)
		err = dtls_net_context(net, alpn);
	if (!err)
		err = fake_new(&net->fake, &conf);
	if (!err)
		err = fake_backend_new(&backend, net->fake);
	if (!err)
		err = loop_init(&net->loop, backend);
	if (err)
		return err;

	clock_of = net->fake;
	fd = fake_bind(net->fake, &addr);

	return fd < 0 ? fd : udp_open(&net->udp, &net->loop, fd, NULL,
				      &server_user, net);
}


int dtls_net_open(struct dtls_net *net)
{
	net->conf.udp = &net->udp;
	net->conf.context = net->context;
	net->conf.accept = on_accept;
	net->conf.may_reply = may_reply;
	net->conf.arg = net;

	return dtls_door_open(&net->door, &net->conf);
}


void dtls_net_fini(struct dtls_net *net)
{
	dtls_door_close(net->door);
	if (net->udp.io.loop)
		udp_close(&net->udp);
	if (net->loop.backend) {
		loop_pulse(&net->loop, 0);
		loop_fini(&net->loop);
	}
	clock_of = NULL;
	fake_free(net->fake);
	dtls_context_free(net->context);
	certs_fini(&net->certs);
	log_set_sink(NULL, NULL);
	log_set_budget(LOG_BUDGET);
}


void dtls_net_run(struct dtls_net *net, int64_t ms)
{
	fake_run(net->fake, ms * 1000);
}


/* -- clients -- */

typedef void (deliver_fn)(struct dtls_client *client, struct slice s);


static void pass(struct dtls_client *client, struct dtls_fate *fate,
		 struct slice s, deliver_fn *deliver)
{
	unsigned i = fate->n++;
	uint64_t bit = i < 64 ? (uint64_t)1 << i : 0;
	size_t kept_len = fate->kept_len;

	if (fate->drop & bit)
		return;
	if (fate->later & bit && s.len <= sizeof(fate->kept)) {
		memcpy(fate->kept, s.p, s.len);
		fate->kept_len = s.len;
		return;
	}

	deliver(client, s);
	if (fate->twice & bit)
		deliver(client, s);
	if (kept_len) {
		fate->kept_len = 0;
		deliver(client, slice(fate->kept, kept_len));
	}
}


void dtls_client_inject(struct dtls_client *client, struct slice s)
{
	struct addr to;
	const struct udp_packet packet = { .body = s, .to = &to };

	addr_parse(&to, str("192.0.2.1"), DTLS_SERVER_PORT);
	udp_push(&client->udp, &packet);
}


static void client_send(void *arg, struct slice datagram)
{
	struct dtls_client *client = arg;

	client->said_len = datagram.len;
	if (datagram.len <= sizeof(client->said))
		memcpy(client->said, datagram.p, datagram.len);
	if (!client->is_gagged)
		pass(client, &client->out, datagram, dtls_client_inject);
}


static void on_resend(void *arg);


static void client_turn(struct dtls_client *client)
{
	struct timeval left;
	size_t len;
	int ret;

	ret = SSL_is_init_finished(client->ssl)
		      ? 1 : SSL_do_handshake(client->ssl);
	while (ret == 1) {
		ret = SSL_read_ex(client->ssl, client->last,
				  sizeof(client->last), &len);
		if (ret == 1 && client->n_got < DTLS_HEARD_MAX)
			client->got[client->n_got++] = len;
	}
	client->ssl_error = SSL_get_error(client->ssl, ret);

	if (DTLSv1_get_timeout(client->ssl, &left))
		timer_start(loop_timers(&client->net->loop), &client->resend,
			    left.tv_sec * 1000 + left.tv_usec / 1000 + 1,
			    on_resend, client);
	else
		timer_stop(&client->resend);
}


static void on_resend(void *arg)
{
	struct dtls_client *client = arg;

	DTLSv1_handle_timeout(client->ssl);
	client_turn(client);
}


static void receive(struct dtls_client *client, struct slice s)
{
	client->wire->in = s;
	client_turn(client);
}


static void on_client_input(void *arg, struct slice in,
			    const struct io_meta *meta)
{
	struct dtls_client *client = arg;

	(void)meta;
	++client->n_came;
	if (in.len > client->longest)
		client->longest = in.len;
	if (client->ssl)
		pass(client, &client->in, in, receive);
}


static const struct udp_user client_user = {
	.input = on_client_input,
	.failed = on_failed,
};


static int ssl_init(struct dtls_client *client)
{
	BIO *bio;

	client->wire = mem_zalloc(sizeof(*client->wire));
	if (!client->wire)
		return -ENOMEM;
	client->wire->send = client_send;
	client->wire->arg = client;

	client->method = tls_wire_method_new();
	client->ctx = SSL_CTX_new(DTLS_client_method());
	client->ssl = SSL_new(client->ctx);
	bio = tls_wire_bio_new(client->method, client->wire);
	if (!client->ssl || !bio)
		return -EINVAL;

	SSL_set_bio(client->ssl, bio, bio);
	SSL_set_connect_state(client->ssl);
	SSL_set_options(client->ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(client->ssl, 1200);

	return 0;
}


int dtls_client_init(struct dtls_client *client, struct dtls_net *net,
		     uint16_t port)
{
	const struct udp_conf conf = { .has_no_gro = true };
	int fd;

	memset(client, 0, sizeof(*client));
	client->net = net;
	addr_parse(&client->addr, str("198.51.100.7"), port);
	fd = fake_bind(net->fake, &client->addr);
	if (fd < 0)
		return fd;

	fd = udp_open(&client->udp, &net->loop, fd, &conf, &client_user,
		      client);

	return fd ? fd : ssl_init(client);
}


void dtls_client_fini(struct dtls_client *client)
{
	if (client->udp.io.loop)
		udp_close(&client->udp);
	if (client->net)
		timer_stop(&client->resend);
	SSL_free(client->ssl);
	SSL_CTX_free(client->ctx);
	BIO_meth_free(client->method);
	mem_free(client->wire);
	memset(client, 0, sizeof(*client));
}


void dtls_client_start(struct dtls_client *client)
{
	client_turn(client);
}


int dtls_client_say(struct dtls_client *client, struct slice s)
{
	size_t n;

	return SSL_write_ex(client->ssl, s.p, s.len, &n) == 1 ? 0 : -EPROTO;
}
