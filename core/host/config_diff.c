/* What is different in another reading of the configuration. */
#include <string.h>
#include "host/config_int.h"


struct diff {
	config_diff_fn *fn;
	void *arg;
};

static void diff_sections(const struct diff *d,
			  const struct config_section *now,
			  const struct config_section *next);


static bool are_texts(const struct config_value *a,
		      const struct config_value *b)
{
	if (a->n_texts != b->n_texts)
		return false;
	for (size_t i = 0; i < a->n_texts; i++) {
		if (strcmp(a->texts[i], b->texts[i]))
			return false;
	}

	return true;
}


/* A function is live, a URL is not. */
static bool are_hooks(const struct config_value *a,
		      const struct config_value *b)
{
	const bool has_url = b->node && b->node->kind == CONFIG_NODE_TEXT;

	return !has_url || !strcmp(a->text, b->text);
}


static bool is_equal(const struct config_value *a,
		     const struct config_value *b)
{
	return a->is_true == b->is_true && a->number == b->number &&
	       !strcmp(a->text, b->text) && are_texts(a, b);
}


static void diff_tables(const struct diff *d, const struct config_value *now,
			const struct config_value *next,
			const struct config_section *section)
{
	if (now->section->n_items != next->section->n_items) {
		d->fn(section, next->key, d->arg);
		return;
	}

	diff_sections(d, now->section, next->section);
	for (size_t i = 0; i < now->section->n_items; i++)
		diff_sections(d, now->section->items[i],
			      next->section->items[i]);
}


static void diff_value(const struct diff *d, const struct config_value *now,
		       const struct config_value *next,
		       const struct config_section *section)
{
	const enum config_type type = next->key->type;

	if (type == CONFIG_HOOK) {
		if (!are_hooks(now, next))
			d->fn(section, next->key, d->arg);
		return;
	}
	if (next->key->flags & CONFIG_LIVE)
		return;

	if (type == CONFIG_SECTION || type == CONFIG_LIST)
		diff_tables(d, now, next, section);
	else if (!is_equal(now, next))
		d->fn(section, next->key, d->arg);
}


static void diff_sections(const struct diff *d,
			  const struct config_section *now,
			  const struct config_section *next)
{
	for (const struct config_part *part = next->parts; part;
	     part = part->next) {
		for (size_t i = 0; i < part->n; i++) {
			const struct config_value *v = &part->values[i];
			const struct config_value *old =
				config_value_find(now, v->key->name);

			if (old)
				diff_value(d, old, v, next);
			else
				d->fn(next, v->key, d->arg);
		}
	}
}


void config_diff(const struct config *now, const struct config *next,
		 config_diff_fn *fn, void *arg)
{
	const struct diff d = { fn, arg };

	diff_sections(&d, now->top, next->top);
}
