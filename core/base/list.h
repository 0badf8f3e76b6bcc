/* An intrusive list: the element embeds a list_node, the list owns nothing.
 * A zeroed list_node is on no list.  Thread: that of its owner. */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>
#include "base/api.h"

struct list_node {
	struct list_node *prev;
	struct list_node *next;
	struct list *list;       /* the list it is on, or NULL */
};

struct list {
	struct list_node *head;
	struct list_node *tail;
	size_t n;
};

/* Put `node`, which is on no list, at the end. */
API void list_add(struct list *list, struct list_node *node);

/* Take `node` off its list; nothing happens if it is on none. */
API void list_del(struct list_node *node);

/* Take off the first one; NULL if the list is empty. */
API struct list_node *list_pop(struct list *list);

static inline bool list_is_linked(const struct list_node *node)
{
	return node->list != NULL;
}

/* Walk all elements; the body may take off `it`, and nothing else. */
#define LIST_EACH(l, it) \
	for (struct list_node *it = (l)->head, *it##_next = \
		     it ? it->next : NULL; it; \
	     it = it##_next, it##_next = it ? it->next : NULL)

#endif
