/* The configuration as it is in force. */
#include "host/config_int.h"
#include "host/describe.h"


static void describe_section(struct report *r, const char *name,
			     const struct config_section *section);


static void describe_list(struct report *r, const char *name,
			  const struct config_section *list)
{
	report_list_open(r, name);
	for (size_t i = 0; i < list->n_items; i++)
		describe_section(r, NULL, list->items[i]);
	report_list_close(r);
}


static void describe_texts(struct report *r, const struct config_value *v)
{
	report_list_open(r, v->key->name);
	for (size_t i = 0; i < v->n_texts; i++)
		report_item(r, str(v->texts[i]));
	report_list_close(r);
}


static void describe_number(struct report *r, const struct config_value *v)
{
	if (v->key->flags & CONFIG_OR_AUTO && v->number == CONFIG_AUTO)
		report_text(r, v->key->name, str("auto"));
	else
		report_gauge(r, v->key->name, REPORT_PLAIN, v->number,
			     v->key->doc);
}


/* Keys that stand beside a list, such as applications.rootDirectory, become
 * members of an object of their own: JSON's lists have no names in them. */
static void describe_tables(struct report *r, const struct config_value *v)
{
	if (!v->key->items) {
		describe_section(r, v->key->name, v->section);
		return;
	}

	if (v->key->keys) {
		for (const struct config_part *part = v->section->parts; part;
		     part = part->next) {
			for (size_t i = 0; i < part->n; i++)
				report_text(r, part->values[i].key->name,
					    str(part->values[i].text));
		}
	}
	describe_list(r, v->key->name, v->section);
}


static void describe_value(struct report *r, const struct config_value *v)
{
	const char *name = v->key->name;

	if (v->key->flags & CONFIG_SECRET) {
		report_gauge(r, name, REPORT_BOOL, v->node != NULL,
			     v->key->doc);
		return;
	}

	switch (v->key->type) {

	case CONFIG_BOOL:
		report_gauge(r, name, REPORT_BOOL, v->is_true, v->key->doc);
		break;

	case CONFIG_INT:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_PORT:
		describe_number(r, v);
		break;

	case CONFIG_STRINGS:
	case CONFIG_CHAIN:
		describe_texts(r, v);
		break;

	case CONFIG_SECTION:
	case CONFIG_LIST:
		describe_tables(r, v);
		break;

	case CONFIG_HOOK:
		report_gauge(r, name, REPORT_BOOL, v->node != NULL,
			     v->key->doc);
		break;

	default:
		report_text(r, name, str(v->text));
		break;
	}
}


static void describe_section(struct report *r, const char *name,
			     const struct config_section *section)
{
	report_open(r, name);
	for (const struct config_part *part = section->parts; part;
	     part = part->next) {
		for (size_t i = 0; i < part->n; i++)
			describe_value(r, &part->values[i]);
	}
	report_close(r);
}


void config_describe(struct report *r, const struct config *config)
{
	describe_section(r, "configuration", config->top);
}
