/* A chain: protocols from far to near, and the walk of bytes through them. */
#include <assert.h>
#include "base/mem.h"
#include "stack/chain_int.h"


static int pull(struct chain *chain)
{
	for (struct node *n = chain->near; n; n = n->far) {
		struct outbox *from = n->near ? &node_sender(n->near)->out
					      : NULL;
		int err = 0;

		if (n->protocol->output)
			err = n->protocol->output(n, from);
		/* What did not fit has left a message cut. */
		if (!err)
			err = n->out.control.err;
		if (err)
			return err;
	}

	return 0;
}


static void on_send_timer(void *arg)
{
	struct chain *chain = arg;

	if (chain->state == CHAIN_OPEN)
		chain_tell(chain, EVENT_TIMEOUT, 0);
	chain_close(chain, chain->state == CHAIN_OPEN ? -ETIMEDOUT : 0);
}


static void start_send_timer(struct chain *chain, int ms)
{
	timer_start(loop_timers(chain->loop), &chain->send_timer, ms,
		    on_send_timer, chain);
}


static void on_blocked(struct chain *chain)
{
	chain->is_send_blocked = true;
	if (chain->state == CHAIN_OPEN && chain->send_timeout_ms)
		start_send_timer(chain, chain->send_timeout_ms);
}


static void on_all_sent(struct chain *chain)
{
	if (chain->state == CHAIN_ENDING)
		chain->state = CHAIN_LINGERING;
	else if (!chain->is_shutting)
		return;

	if (!chain->has_shut)
		chain->carrier->ops->shutdown(chain->carrier);
	chain->has_shut = true;
}


/* Send until there is nothing more, or no room, or this turn's share is
 * used up. */
static void send_share(struct chain *chain)
{
	struct carrier *carrier = chain->carrier;
	struct iovec iov[OUTBOX_IOV];
	size_t room = OUTBOX_ROOM;
	struct outbox *out;

	while (chain->state < CHAIN_LINGERING && !chain->is_send_blocked) {
		size_t len = 0;
		ssize_t sent;
		int err, n;

		if (!room) {
			loop_flush(chain->loop, &chain->flush);
			return;
		}

		/* A message without room may be there in part. */
		err = chain->has_filters ? pull(chain)
					 : chain->out->control.err;
		if (err)
			chain_close(chain, err);
		if (chain->state == CHAIN_CLOSED)
			return;

		out = chain->out;
		n = outbox_peek(out, iov, OUTBOX_IOV, room);
		if (!n) {
			on_all_sent(chain);
			return;
		}

		for (int i = 0; i < n; i++)
			len += iov[i].iov_len;

		sent = carrier->ops->send(carrier, iov, n);
		if (sent < 0) {
			chain_close(chain, (int)sent);
			return;
		}

		outbox_consume(out, (size_t)sent);
		room -= (size_t)sent < room ? (size_t)sent : room;
		if ((size_t)sent < len) {
			on_blocked(chain);
		} else if (out->is_all_lent && !chain->has_filters) {
			on_all_sent(chain);
			return;
		}
	}
}


static void flush(struct chain *chain)
{
	chain->is_flushing = true;
	send_share(chain);
	chain->is_flushing = false;
}


static void on_flush(void *arg)
{
	flush(arg);
}


static ssize_t push(struct node *node, struct slice in,
		    const struct io_meta *meta)
{
	ssize_t eaten = 0, more;
	int err;

	while (node) {
		/* One that will be replaced before the flush eats no more. */
		if (node->heir)
			return eaten;
		if (!node->protocol->input) {
			node = node->near;
			continue;
		}

		more = node->protocol->input(node, in, meta);
		if (more < 0)
			return more;
		eaten += more;
		if (!node_is_changing(node) ||
		    node->chain->state == CHAIN_CLOSED)
			return eaten;

		err = node_change(node, &node);
		if (err)
			return err;
		in = slice_from(in, (size_t)more);
		if (!in.len)
			return eaten;
	}

	return eaten + (ssize_t)in.len;
}


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct chain *chain = arg;
	ssize_t eaten;

	if (chain->state != CHAIN_OPEN)
		return (ssize_t)in.len;

	eaten = push(chain->far, in, meta);
	if (eaten < 0)
		chain_close(chain, (int)eaten);

	/* What one datagram gave rise to is one datagram, too. */
	if (chain->carrier->is_datagram && list_is_linked(&chain->flush.node))
		flush(chain);

	return eaten;
}


static void on_writable(void *arg)
{
	struct chain *chain = arg;

	chain->is_send_blocked = false;
	if (chain->state == CHAIN_OPEN)
		timer_stop(&chain->send_timer);
	chain_want_output(chain);
}


static void on_ended(void *arg, int err)
{
	struct chain *chain = arg;
	bool is_half = !err && chain->is_two_way;

	/* Errors of such a socket belong to single datagrams. */
	if (chain->is_shared)
		return;

	if (chain->state == CHAIN_OPEN) {
		chain_tell(chain, err ? EVENT_FAILED : EVENT_EOF, err);
		if (is_half)
			return;
	}
	chain_close(chain, err);
}


static const struct carrier_user chain_user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


static void destroy(void *arg)
{
	struct chain *chain = arg;

	chain_free_nodes(chain);
	mem_free(chain);
}


/* Nothing of this turn is for it any more. */
static void cancel(struct chain *chain)
{
	timer_stop(&chain->send_timer);
	list_del(&chain->flush.node);
	list_del(&chain->change.node);
}


int chain_open(struct chain **chainp, struct carrier *take_carrier,
	       const struct recipe *recipe, struct binding *binding,
	       chain_closed_fn *on_closed, void *arg)
{
	struct chain *chain = mem_zalloc(sizeof(*chain));
	int err = chain ? 0 : -ENOMEM;

	if (err)
		goto no_chain;

	chain->log.category = "chain";
	chain->carrier = take_carrier;
	chain->hot = take_carrier->hot;
	chain->loop = take_carrier->loop;
	chain->flush.fn = on_flush;
	chain->flush.arg = chain;
	chain->binding = binding;

	err = chain_make_nodes(chain, recipe);
	if (err)
		goto no_nodes;

	chain->is_shared = recipe_is_shared(recipe);
	take_carrier->user = &chain_user;
	take_carrier->arg = chain;

	err = chain_open_nodes(chain);
	if (err)
		goto not_open;

	assert(chain->state != CHAIN_CLOSED);
	chain->on_closed = on_closed;
	chain->arg = arg;
	*chainp = chain;
	take_carrier->ops->resume(take_carrier);

	return 0;

 not_open:
	chain_close_nodes(chain);
	cancel(chain);
 no_nodes:
	destroy(chain);
 no_chain:
	take_carrier->ops->close(take_carrier);
	return err;
}


void chain_close(struct chain *chain, int err)
{
	if (chain->state == CHAIN_CLOSED)
		return;

	chain->state = CHAIN_CLOSED;
	cancel(chain);
	chain_close_nodes(chain);
	chain->carrier->ops->close(chain->carrier);

	if (chain->on_closed)
		chain->on_closed(chain, err, chain->arg);

	chain->death.fn = destroy;
	chain->death.arg = chain;
	loop_bury(chain->loop, &chain->death);
}


void chain_end(struct chain *chain)
{
	if (chain->state != CHAIN_OPEN)
		return;

	chain->state = CHAIN_ENDING;
	start_send_timer(chain, CHAIN_LINGER_MS);
	chain_want_output(chain);
	chain_resume(chain);
}


void chain_want_output(struct chain *chain)
{
	if (chain->state < CHAIN_LINGERING && !chain->is_send_blocked)
		loop_flush(chain->loop, &chain->flush);
}


void chain_flush(struct chain *chain)
{
	list_del(&chain->flush.node);
	flush(chain);
}


void chain_prefetch(const struct chain *chain)
{
	__builtin_prefetch(chain->out);
	__builtin_prefetch(&chain->out->loans);
	__builtin_prefetch(chain->carrier);
	__builtin_prefetch(&chain->carrier->hot);
	__builtin_prefetch(chain->hot);
	__builtin_prefetch(chain->hot + 1);
}


void chain_resume(struct chain *chain)
{
	if (chain->state == CHAIN_OPEN)
		chain_tell(chain, EVENT_RESUME, 0);
	if (chain->state != CHAIN_CLOSED)
		chain->carrier->ops->resume(chain->carrier);
}


void chain_pause(struct chain *chain)
{
	if (chain->state == CHAIN_OPEN)
		chain->carrier->ops->pause(chain->carrier);
}


void chain_set_two_way(struct chain *chain)
{
	chain->is_two_way = true;
}


void chain_shut(struct chain *chain)
{
	assert(chain->is_two_way);
	chain->is_shutting = true;
	chain_want_output(chain);
}


void chain_tell(struct chain *chain, enum event_type type, int err)
{
	const struct event event = { type, err };

	for (struct node *n = chain->far; n && chain->state != CHAIN_CLOSED;
	     n = n->near) {
		if (n->protocol->event && n->protocol->event(n, &event))
			return;
	}
}


void chain_set_send_timeout(struct chain *chain, int timeout_ms)
{
	chain->send_timeout_ms = timeout_ms;
}


bool recipe_is_shared(const struct recipe *recipe)
{
	return recipe->is_datagram && recipe->protocols[0]->is_shared;
}


ssize_t node_push(struct node *node, struct slice in,
		  const struct io_meta *meta)
{
	if (node->chain->state == CHAIN_CLOSED)
		return -ECANCELED;

	return push(node->near, in, meta);
}
