/* An intrusive list. */
#include "base/list.h"
#include <assert.h>


void list_add(struct list *list, struct list_node *node)
{
	assert(!node->list);

	node->list = list;
	node->next = NULL;
	node->prev = list->tail;

	if (list->tail)
		list->tail->next = node;
	else
		list->head = node;

	list->tail = node;
	++list->n;
}


void list_del(struct list_node *node)
{
	struct list *list = node->list;

	if (!list)
		return;

	if (node->prev)
		node->prev->next = node->next;
	else
		list->head = node->next;

	if (node->next)
		node->next->prev = node->prev;
	else
		list->tail = node->prev;

	node->prev = node->next = NULL;
	node->list = NULL;
	--list->n;
}


struct list_node *list_pop(struct list *list)
{
	struct list_node *node = list->head;

	if (node)
		list_del(node);

	return node;
}
