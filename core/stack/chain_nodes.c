/* The nodes of a chain: made, opened, closed, taken out, replaced. */
#include "stack/chain_int.h"
#include <assert.h>
#include "base/mem.h"


/* What depends on which nodes there are. */
static void sum_up(struct chain *chain)
{
	chain->has_filters = false;
	chain->carrier->input_max = 0;

	for (const struct node *n = chain->far; n; n = n->near) {
		const struct protocol *protocol = n->protocol;

		chain->has_filters |= protocol->output != NULL;
		if (protocol->input_max > chain->carrier->input_max)
			chain->carrier->input_max = protocol->input_max;
	}

	chain->out = &node_sender(chain->far)->out;
}


static void free_nodes(struct node *far)
{
	struct node *next;

	for (struct node *n = far; n; n = next) {
		next = n->near;
		free_nodes(n->heir);
		outbox_fini(&n->out);
		mem_free(n);
	}
}


static void destroy_node(void *arg)
{
	struct node *node = arg;

	node->near = NULL;
	free_nodes(node);
}


static struct node *make_node(struct chain *chain,
			      const struct protocol *protocol)
{
	struct node *node = mem_zalloc(protocol->size);

	assert(protocol->size >= sizeof(struct node));
	if (!node)
		return NULL;

	node->protocol = protocol;
	node->chain = chain;
	outbox_init(&node->out);

	return node;
}


/* Make nodes that know each other, between nobody and nobody. */
static int make_nodes(struct chain *chain,
		      const struct protocol *const *protocols, size_t n,
		      struct node **farp, struct node **nearp)
{
	struct node *far = NULL, *near = NULL;

	for (size_t i = 0; i < n; i++) {
		struct node *node = make_node(chain, protocols[i]);

		if (!node) {
			free_nodes(far);
			return -ENOMEM;
		}

		node->far = near;
		*(near ? &near->near : &far) = node;
		near = node;
	}

	*farp = far;
	*nearp = near;

	return 0;
}


/* Open `far` and the nearer ones, up to `end`, which is not theirs. */
static int open_nodes(struct node *far, const struct node *end,
		      struct binding *binding)
{
	for (struct node *n = far; n != end; n = n->near) {
		int err = n->protocol->open ? n->protocol->open(n, binding)
					    : 0;

		n->is_live = !err;
		if (err)
			return err;
	}

	return 0;
}


static void close_node(struct node *node)
{
	if (node->is_live && node->protocol->close)
		node->protocol->close(node);
	node->is_live = false;
}


static void close_nodes(struct node *far)
{
	struct node *near = far;

	while (near && near->near)
		near = near->near;

	for (struct node *n = near; n; n = n->far) {
		close_node(n);
		close_nodes(n->heir);
	}
}


int chain_make_nodes(struct chain *chain, const struct recipe *recipe)
{
	int err = make_nodes(chain, recipe->protocols, recipe->n,
			     &chain->far, &chain->near);

	if (!err)
		sum_up(chain);

	return err;
}


int chain_open_nodes(struct chain *chain)
{
	return open_nodes(chain->far, NULL, chain->binding);
}


void chain_close_nodes(struct chain *chain)
{
	close_nodes(chain->far);
}


void chain_free_nodes(struct chain *chain)
{
	free_nodes(chain->far);
}


/* -- going -- */

static void link_between(struct node *first, struct node *last,
			 struct node *far, struct node *near)
{
	struct chain *chain = first->chain;

	first->far = far;
	last->near = near;
	*(far ? &far->near : &chain->far) = first;
	*(near ? &near->far : &chain->near) = last;
}


/* It is linked no more; whoever calls us may still hold it. */
static void bury(struct node *node)
{
	close_node(node);
	node->death.fn = destroy_node;
	node->death.arg = node;
	loop_bury(node->chain->loop, &node->death);
}


static void take_out(struct node *node)
{
	struct chain *chain = node->chain;

	assert(!node->out.control.len && !node->out.sources.n);

	node->near->far = node->far;
	*(node->far ? &node->far->near : &chain->far) = node->near;
	sum_up(chain);
	bury(node);
	chain_want_output(chain);
}


/* What the old one has to send comes first. */
static void inherit(struct outbox *to, struct outbox *from)
{
	struct writer own = to->control;

	assert(!from->sources.n);

	to->control = from->control;
	outbox_init(from);
	if (own.len)
		put_bytes(&to->control, writer_slice(&own));
	to->control.max = own.max;
	if (!to->control.err)
		to->control.err = own.err;
	writer_fini(&own);
}


static int put_heirs(struct node *node)
{
	struct chain *chain = node->chain;
	struct node *first = node->heir, *last = first;

	while (last->near)
		last = last->near;

	node->heir = NULL;
	chain->is_two_way = false;
	link_between(first, last, node->far, node->near);
	sum_up(chain);
	close_node(node);
	inherit(&node_sender(first)->out, &node->out);
	bury(node);
	chain_want_output(chain);

	if (chain->state != CHAIN_OPEN)
		return 0;

	return open_nodes(first, last->near, chain->binding);
}


int node_change(struct node *node, struct node **next)
{
	struct node *heir = node->heir;

	*next = heir ? heir : node->near;
	if (heir)
		return put_heirs(node);

	take_out(node);

	return 0;
}


void chain_remove(struct node *node)
{
	assert(node->near);
	node->is_leaving = true;
}


static void on_change(void *arg)
{
	struct chain *chain = arg;
	bool has_changed = false;
	struct node *next;

	for (struct node *n = chain->far; n; n = next) {
		int err = 0;

		next = n->near;
		if (n->heir) {
			err = put_heirs(n);
			has_changed = true;
		}
		if (err)
			chain_close(chain, err);
		if (chain->state != CHAIN_OPEN)
			return;
	}

	if (has_changed)
		chain_resume(chain);
}


int chain_replace(struct node *node, const struct protocol *const *protocols,
		  size_t n, struct node **heir)
{
	struct chain *chain = node->chain;
	struct node *last;
	int err;

	assert(n && !node->heir && !node->is_leaving);
	if (chain->state != CHAIN_OPEN)
		return -ECANCELED;

	err = make_nodes(chain, protocols, n, &node->heir, &last);
	if (err)
		return err;

	for (struct node *it = node->heir; it; it = it->near)
		it->is_live = true;

	chain->change.fn = on_change;
	chain->change.arg = chain;
	loop_before_flush(chain->loop, &chain->change);
	*heir = node->heir;

	return 0;
}
