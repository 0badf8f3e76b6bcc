/* What the walk of bytes (chain.c) asks of the nodes (chain_nodes.c). */
#ifndef CHAIN_INT_H
#define CHAIN_INT_H

#include "stack/chain.h"

/* The node whose outbox the next farther one, or the carrier, sends from:
 * `node` itself, unless its bytes are those of a nearer one. */
static inline struct node *node_sender(struct node *node)
{
	while (node->near && !node->protocol->output)
		node = node->near;

	return node;
}


/* May it go as its `input` returns?  While the chain sends, what is lent of
 * an outbox must stay where it is. */
static inline bool node_is_changing(const struct node *node)
{
	return node->is_leaving ||
	       (node->heir && node->chain->state == CHAIN_OPEN &&
		!node->chain->is_flushing);
}

/* Let it go, of which node_is_changing.  Returns 0 with *next set to who gets
 * what it has not eaten, or what an heir's open says. */
int node_change(struct node *node, struct node **next);

/* Make the nodes of `recipe` and link them.  0 or -ENOMEM. */
int chain_make_nodes(struct chain *chain, const struct recipe *recipe);

/* Open them, far to near.  0, or what one of them says. */
int chain_open_nodes(struct chain *chain);

/* Close, near to far, those that are to be closed. */
void chain_close_nodes(struct chain *chain);

void chain_free_nodes(struct chain *chain);

#endif
