/* The configuration: memory, errors, sections, and what others ask. */
#include "host/config.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/config_int.h"
#include "host/config_keys.h"
#include "host/config_near.h"
#include "host/lua_source.h"


enum { BLOCK_SIZE = 16384 };

/* A run of memory; what does not fit gets a block of its own. */
struct config_block {
	struct config_block *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};


void *config_alloc(struct config *config, size_t size)
{
	struct config_block *b = config->blocks;
	size_t room;
	void *p;

	size = (size + _Alignof(max_align_t) - 1) &
		~(_Alignof(max_align_t) - 1);
	if (!b || b->size - b->used < size) {
		room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
		b = mem_zalloc(sizeof(*b) + room);
		if (!b)
			return NULL;
		b->size = room;
		b->next = config->blocks;
		config->blocks = b;
	}

	p = b->data + b->used;
	b->used += size;

	return p;
}


static char *vfmt(struct config *config, const char *fmt, va_list ap)
{
	va_list again;
	char *text = NULL;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);

	if (n >= 0)
		text = config_alloc(config, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, ap);

	return text;
}


char *config_fmt(struct config *config, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = vfmt(config, fmt, ap);
	va_end(ap);

	return text;
}


/* Errors are kept in the order of the files; what comes too much at the end
 * is counted. */
void config_problem_at(struct config *config, int file, int line,
		       const char *text)
{
	const char *name = config->source->files[file].name;
	size_t n = config->n_problems++;
	struct config_problem *p = config->problems;
	char *line_text;

	if (line)
		line_text = config_fmt(config, "%s:%d: %s", name, line, text);
	else
		line_text = config_fmt(config, "%s: %s", name, text);
	if (!line_text) {
		config->is_out_of_memory = true;
		--config->n_problems;
		return;
	}

	if (n >= CONFIG_ERRORS_MAX)
		n = CONFIG_ERRORS_MAX;
	while (n && (p[n - 1].file > file ||
		     (p[n - 1].file == file && p[n - 1].line > line))) {
		if (n < CONFIG_ERRORS_MAX)
			p[n] = p[n - 1];
		--n;
	}
	if (n < CONFIG_ERRORS_MAX)
		p[n] = (struct config_problem) { file, line, line_text };
}


void config_problem_node(struct config *config,
			 const struct config_node *node, const char *fmt, ...)
{
	char text[2 * CONFIG_ERROR_LEN_MAX];
	size_t len;
	va_list ap;

	config_node_path(text, CONFIG_ERROR_LEN_MAX, node);
	len = strlen(text);
	len += (size_t)snprintf(text + len, sizeof(text) - len, ": ");
	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);

	config_problem_at(config, node->spot.file, node->spot.line, text);
}


void config_fail(const struct config_section *section, const char *key,
		 const char *fmt, ...)
{
	const struct config_value *v = NULL;
	const char *path = config_path(section);
	char text[CONFIG_ERROR_LEN_MAX], line[2 * CONFIG_ERROR_LEN_MAX];
	struct config_spot spot = { 0, 0, -1 };
	va_list ap;

	if (key)
		v = config_value_find(section, key);
	if (v && v->node)
		spot = v->node->spot;
	else if (section->node)
		spot = section->node->spot;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	if (!key)
		snprintf(line, sizeof(line), "%s: %s",
			 path[0] ? path : "configuration", text);
	else
		snprintf(line, sizeof(line), "%s%s%s: %s", path,
			 path[0] ? "." : "", key, text);

	config_problem_at(section->config, spot.file, spot.line, line);
}


size_t config_n_errors(const struct config *config)
{
	return config->n_problems < CONFIG_ERRORS_MAX ? config->n_problems
						      : CONFIG_ERRORS_MAX;
}


const char *config_error(const struct config *config, size_t i)
{
	assert(i < config_n_errors(config));

	return config->problems[i].text;
}


struct config_value *config_value_find(const struct config_section *section,
				       const char *key)
{
	for (const struct config_part *p = section->parts; p; p = p->next)
		for (size_t i = 0; i < p->n; i++)
			if (!strcmp(p->keys[i].name, key))
				return &p->values[i];

	return NULL;
}


/* Read the keys of one more table. */
static int add_part(struct config_section *section,
		    const struct config_key *keys)
{
	struct config *config = section->config;
	struct config_part *part;
	size_t n = 0;

	while (keys[n].name)
		++n;

	part = config_alloc(config, sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->values = config_alloc(config, n * sizeof(*part->values));
	if (!part->values)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		struct config_value *v = &part->values[i];

		if (config_value_find(section, keys[i].name)) {
			config_fail(section, keys[i].name,
				    "two tables of keys have this key");
			return 0;
		}
		v->key = &keys[i];
		v->node = config_node_find(section->node, keys[i].name);
		if (config_value_read(section, v))
			return -ENOMEM;
	}

	part->keys = keys;
	part->n = n;
	*section->parts_end = part;
	section->parts_end = &part->next;

	return 0;
}


/* A section for each table in the list. */
static int add_items(struct config_section *section,
		     const struct config_key *items)
{
	const struct config_node *node = section->node;
	size_t n = node ? node->n_nodes : 0;

	section->is_list = true;
	section->items = config_alloc(section->config,
				      (n + 1) * sizeof(*section->items));
	if (!section->items)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		const struct config_node *child = &node->nodes[i];
		struct config_section *item;
		const char *path;

		if (child->name)
			continue;
		if (child->kind != CONFIG_NODE_TABLE) {
			config_problem_node(section->config, child,
					    "must be a table");
			continue;
		}

		path = config_fmt(section->config, "%s[%lld]", section->path,
				  (long long)child->index);
		item = path ? config_section_new(section->config, child, path,
						 items, NULL) : NULL;
		if (!item)
			return -ENOMEM;
		section->items[section->n_items++] = item;
	}

	return 0;
}


struct config_section *config_section_new(struct config *config,
					  const struct config_node *node,
					  const char *path,
					  const struct config_key *keys,
					  const struct config_key *items)
{
	struct config_section *section;

	section = config_alloc(config, sizeof(*section));
	if (!section)
		return NULL;

	section->config = config;
	section->node = node;
	section->path = path;
	section->parts_end = &section->parts;
	*config->sections_end = section;
	config->sections_end = &section->next;

	if (keys && add_part(section, keys))
		return NULL;
	if (items && add_items(section, items))
		return NULL;

	return section;
}


int config_load(struct config **configp, struct lua_source *source)
{
	const struct config_node *root = NULL;
	struct config *config;
	int err;

	config = mem_zalloc(sizeof(*config));
	if (!config)
		return -ENOMEM;
	config->source = lua_source_ref(source);
	config->sections_end = &config->sections;

	err = config_node_load(config, &root);
	if (err)
		goto out;

	err = -ENOMEM;
	config->top = config_section_new(config, root, "", config_keys_top,
					 NULL);
	if (!config->top)
		goto out;
	err = config_rules_check(config);
	if (!err && config->is_out_of_memory)
		err = -ENOMEM;
 out:
	if (err) {
		config_free(config);
		return err;
	}
	*configp = config;

	return config->n_problems ? -EBADMSG : 0;
}


struct config *config_free(struct config *config)
{
	struct config_block *b;

	if (!config)
		return NULL;

	while ((b = config->blocks)) {
		config->blocks = b->next;
		mem_free(b);
	}
	lua_source_unref(config->source);

	return mem_free(config);
}


int config_extend(const struct config_section *section,
		  const struct config_key *keys)
{
	struct config *config = section->config;
	size_t n = config->n_problems;
	struct config_section *s;

	for (const struct config_part *p = section->parts; p; p = p->next)
		if (p->keys == keys)
			return 0;

	/* The config owns its sections, and may change them. */
	for (s = config->sections; s != section; s = s->next)
		;
	if (add_part(s, keys) || config->is_out_of_memory)
		return -ENOMEM;

	return config->n_problems > n ? -EBADMSG : 0;
}


/* Try the section's keys that the file has (or those that it has not). */
static void try_keys(struct config_near *near,
		     const struct config_section *section, bool is_set)
{
	for (const struct config_part *p = section->parts; p; p = p->next)
		for (size_t i = 0; i < p->n; i++)
			if (is_set == (p->values[i].node != NULL))
				config_near_try(near, p->keys[i].name);
}


static void report_unknown(const struct config_section *section,
			   const struct config_node *node)
{
	struct config_near near = config_near(str(node->name));

	/* A key that is there already is hardly what was meant. */
	try_keys(&near, section, false);
	if (!near.best)
		try_keys(&near, section, true);

	if (near.best)
		config_problem_node(section->config, node, "unknown key; "
				    "did you mean '%s'?", near.best);
	else if (section->is_list)
		config_problem_node(section->config, node, "unknown key; this "
				    "is a list of tables: { { ... }, ... }");
	else
		config_problem_node(section->config, node, "unknown key");
}


int config_check(struct config *config)
{
	const struct config_section *s;

	for (s = config->sections; s; s = s->next) {
		for (size_t i = 0; s->node && i < s->node->n_nodes; i++) {
			const struct config_node *node = &s->node->nodes[i];

			if (!node->name && !s->is_list)
				config_problem_node(config, node,
						    "this is not a list");
			if (node->name && !config_value_find(s, node->name))
				report_unknown(s, node);
		}
	}
	if (config->is_out_of_memory)
		return -ENOMEM;

	return config->n_problems ? -EBADMSG : 0;
}


const struct config_section *config_top(const struct config *config)
{
	return config->top;
}


/* A key that no table has, or that is of another type, is our mistake. */
static const struct config_value *value(const struct config_section *section,
					const char *key, unsigned types)
{
	const struct config_value *v = config_value_find(section, key);

	assert(v && (types & 1U << v->key->type));
	(void)types;

	return v;
}


bool config_bool(const struct config_section *section, const char *key)
{
	return value(section, key, 1 << CONFIG_BOOL)->is_true;
}


int64_t config_int(const struct config_section *section, const char *key)
{
	return value(section, key, 1 << CONFIG_INT | 1 << CONFIG_DURATION |
		     1 << CONFIG_SIZE | 1 << CONFIG_PORT)->number;
}


const char *config_str(const struct config_section *section, const char *key)
{
	return value(section, key, 1 << CONFIG_STRING | 1 << CONFIG_ENUM |
		     1 << CONFIG_PATH | 1 << CONFIG_IP)->text;
}


int config_enum(const struct config_section *section, const char *key)
{
	return (int)value(section, key, 1 << CONFIG_ENUM)->number;
}


bool config_has(const struct config_section *section, const char *key)
{
	return value(section, key, ~0U)->node != NULL;
}


const char *config_hook(const struct config_section *section, const char *key)
{
	const struct config_value *v = value(section, key, 1 << CONFIG_HOOK);
	bool is_url = v->node && v->node->kind == CONFIG_NODE_TEXT;

	return v->text[0] && !is_url ? v->text : NULL;
}


const char *config_hook_url(const struct config_section *section,
			    const char *key)
{
	const struct config_value *v = value(section, key, 1 << CONFIG_HOOK);
	bool is_url = v->node && v->node->kind == CONFIG_NODE_TEXT;

	return v->text[0] && is_url ? v->text : NULL;
}


size_t config_text_n(const struct config_section *section, const char *key)
{
	return value(section, key, 1 << CONFIG_STRINGS |
		     1 << CONFIG_CHAIN)->n_texts;
}


const char *config_text_at(const struct config_section *section,
			   const char *key, size_t i)
{
	const struct config_value *v;

	v = value(section, key, 1 << CONFIG_STRINGS | 1 << CONFIG_CHAIN);
	assert(i < v->n_texts);

	return v->texts[i];
}


const struct config_section *
config_section(const struct config_section *section, const char *key)
{
	return value(section, key, 1 << CONFIG_SECTION |
		     1 << CONFIG_LIST)->section;
}


size_t config_n(const struct config_section *list)
{
	assert(list->is_list);

	return list->n_items;
}


const struct config_section *
config_at(const struct config_section *list, size_t i)
{
	assert(i < list->n_items);

	return list->items[i];
}


const char *config_path(const struct config_section *section)
{
	return section->path;
}


const char *config_file(const struct config_section *section)
{
	int i = section->node ? section->node->spot.file : 0;

	return section->config->source->files[i].name;
}


int config_line(const struct config_section *section, const char *key)
{
	const struct config_node *node = section->node;

	if (key && config_value_find(section, key) &&
	    config_value_find(section, key)->node)
		node = config_value_find(section, key)->node;

	return node ? node->spot.line : 0;
}
