/* What a node wants to send. */
#include "stack/outbox.h"
#include <assert.h>


/* The loan under way: what peek has filled so far. */
struct lending {
	struct outbox *outbox;
	struct iovec *iov;
	int n_iov;
	int used;
	size_t room;
	bool has_more;
};


static struct outbox_source *source_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct outbox_source, node);
}


static void lend(struct lending *l, struct outbox_source *source, int n)
{
	struct outbox_loan *loan = &l->outbox->loans[l->outbox->n_loans++];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += l->iov[l->used + i].iov_len;

	assert(len <= UINT32_MAX);
	loan->source = source;
	loan->is_gone = false;
	loan->len = (uint32_t)len;

	l->used += n;
	l->room -= len < l->room ? len : l->room;
}


static bool is_full(const struct lending *l)
{
	return l->used == l->n_iov || !l->room;
}


static void lend_source(struct lending *l, struct outbox_source *source,
			bool one_message)
{
	int n;

	if (is_full(l))
		return;

	source->has_more = one_message;
	n = source->ops->peek(source, l->iov + l->used, l->n_iov - l->used,
			      l->room, one_message);
	if (n > 0)
		lend(l, source, n);
	l->has_more |= source->has_more;
}


static void lend_control(struct lending *l)
{
	struct writer *control = &l->outbox->control;

	if (is_full(l) || !control->len)
		return;

	l->iov[l->used].iov_base = control->data;
	l->iov[l->used].iov_len = control->len;
	lend(l, NULL, 1);
}


static struct outbox_source *source_inside(const struct outbox *outbox)
{
	LIST_EACH(&outbox->sources, node) {
		struct outbox_source *source = source_of(node);

		if (source->ops->is_inside(source))
			return source;
	}

	return NULL;
}


/* The source that sent a message goes behind the others. */
static void rotate(struct outbox *outbox, struct outbox_source *source)
{
	if (outbox->sources.n < 2 || source->ops->is_inside(source))
		return;

	list_del(&source->node);
	list_add(&outbox->sources, &source->node);
}


void outbox_init(struct outbox *outbox)
{
	memset(outbox, 0, sizeof(*outbox));
	outbox->control = writer(OUTBOX_CONTROL_MAX);
}


void outbox_fini(struct outbox *outbox)
{
	LIST_EACH(&outbox->sources, node)
		list_del(node);
	writer_fini(&outbox->control);
}


void outbox_add(struct outbox *outbox, struct outbox_source *source)
{
	list_add(&outbox->sources, &source->node);
}


void outbox_del(struct outbox *outbox, struct outbox_source *source)
{
	/* It may be gone because of what was just consumed of it. */
	for (size_t i = 0; i < outbox->n_loans; i++)
		outbox->loans[i].is_gone |= outbox->loans[i].source == source;

	if (source->node.list == &outbox->sources)
		list_del(&source->node);
}


int outbox_peek(struct outbox *outbox, struct iovec *iov, int n_iov,
		size_t room)
{
	struct lending l = { outbox, iov, n_iov, 0, room, false };
	bool must_take_turns = outbox->sources.n > 1;
	struct outbox_source *inside = NULL;

	outbox->n_loans = 0;

	/* A source that is alone just goes on. */
	if (must_take_turns || outbox->control.len)
		inside = source_inside(outbox);

	if (inside)
		lend_source(&l, inside, true);

	lend_control(&l);

	LIST_EACH(&outbox->sources, node) {
		if (source_of(node) != inside)
			lend_source(&l, source_of(node), must_take_turns);
	}

	outbox->is_all_lent = !is_full(&l) && !l.has_more;

	return l.used;
}


void outbox_consume(struct outbox *outbox, size_t len)
{
	for (size_t i = 0; i < outbox->n_loans && len; i++) {
		struct outbox_loan *loan = &outbox->loans[i];
		size_t n = len < loan->len ? len : loan->len;

		if (!loan->source) {
			writer_drop(&outbox->control, n);
			if (!outbox->control.len)
				writer_fini(&outbox->control);
		} else if (!loan->is_gone) {
			loan->source->ops->consume(loan->source, n);
			if (!loan->is_gone)
				rotate(outbox, loan->source);
		}
		len -= n;
	}

	outbox->n_loans = 0;
}
