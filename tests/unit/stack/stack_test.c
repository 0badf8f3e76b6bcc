/* A chain over the fake backend, and a socket that talks to it. */
#include "stack/stack_test.h"


enum { GOT_MAX = 1 << 20 };


static ssize_t on_peer_input(void *arg, struct slice in,
			     const struct io_meta *meta)
{
	struct stack_test *t = arg;

	(void)meta;
	put_bytes(&t->got, in);

	return (ssize_t)in.len;
}


static void on_peer_writable(void *arg)
{
	(void)arg;
}


static void on_peer_ended(void *arg, int err)
{
	struct stack_test *t = arg;

	(void)err;
	t->has_ended = true;
}


static const struct carrier_user peer_user = {
	.input = on_peer_input,
	.writable = on_peer_writable,
	.ended = on_peer_ended,
};


static void on_closed(struct chain *chain, int err, void *arg)
{
	struct stack_test *t = arg;

	(void)chain;
	t->is_closed = true;
	t->err = err;
}


int stack_test_init(struct stack_test *t, const struct recipe *recipe,
	      struct binding *binding, size_t recv_max)
{
	const struct fake_conf conf = { .seed = 5, .recv_max = recv_max };
	const struct addr nobody = { .u.sa.sa_family = AF_INET };
	const struct tcp_conf tcp = { .send_buffer = 0 };
	struct carrier *carrier;
	struct backend *backend;
	int fds[2], err;

	memset(t, 0, sizeof(*t));
	t->got = writer(GOT_MAX);
	err = fake_new(&t->fake, &conf);
	if (!err)
		err = fake_backend_new(&backend, t->fake);
	if (!err)
		err = loop_init(&t->loop, backend);
	if (!err)
		err = fake_pair(t->fake, fds);
	if (!err)
		err = tcp_open(&t->peer, &t->loop, fds[0], &nobody,
			       &tcp);
	if (err)
		return err;

	t->peer->user = &peer_user;
	t->peer->arg = t;
	t->peer->ops->resume(t->peer);
	err = tcp_open(&carrier, &t->loop, fds[1], &nobody, &tcp);
	if (!err)
		err = chain_open(&t->chain, carrier, recipe, binding,
				 on_closed, t);
	if (err)
		t->chain = NULL;

	return err;
}


void stack_test_fini(struct stack_test *t)
{
	if (t->chain && !t->is_closed)
		chain_close(t->chain, 0);
	if (t->peer)
		t->peer->ops->close(t->peer);
	if (t->loop.backend) {
		loop_pulse(&t->loop, 0);
		loop_fini(&t->loop);
	}
	fake_free(t->fake);
	writer_fini(&t->got);
	memset(t, 0, sizeof(*t));
}


void stack_test_say(struct stack_test *t, struct slice s)
{
	while (s.len) {
		const size_t max = FAKE_WIRE / 2;
		struct iovec iov = {
			.iov_len = s.len < max ? s.len : max,
		};
		ssize_t sent;

		memcpy(&iov.iov_base, &s.p, sizeof(s.p));
		sent = t->peer->ops->send(t->peer, &iov, 1);
		if (sent <= 0)
			break;
		s = slice_from(s, (size_t)sent);
		fake_settle(t->fake);
	}
}


bool stack_test_heard(const struct stack_test *t, const char *text)
{
	return str_is(str_of(writer_slice(&t->got)), text);
}
