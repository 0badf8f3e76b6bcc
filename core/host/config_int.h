/* Inside of the configuration: the tree as Lua left it, and the sections
 * that are read from it.  For config*.c only. */
#ifndef CONFIG_INT_H
#define CONFIG_INT_H

#include "host/config.h"
#include "host/config_lines.h"

enum {
	CONFIG_DEPTH_MAX = 16,
	CONFIG_NODES_MAX = 100000,
	CONFIG_TEXT_MAX = 4096,  /* bytes of one string */
	CONFIG_ERROR_LEN_MAX = 600,
};

enum config_kind {
	CONFIG_NODE_BOOL,
	CONFIG_NODE_INT,
	CONFIG_NODE_FLOAT,       /* a number that is not whole */
	CONFIG_NODE_TEXT,
	CONFIG_NODE_TABLE,
	CONFIG_NODE_FUNCTION,
	CONFIG_NODE_OTHER,
};

/* One value of the file. */
struct config_node {
	enum config_kind kind;
	const char *name;        /* its key; NULL: `index` */
	int64_t index;
	const struct config_node *parent;
	struct config_spot spot;
	bool is_true;
	int64_t number;
	double fraction;
	const char *text;
	size_t n_nodes;          /* of a table, in the order of the file */
	struct config_node *nodes;
};

/* One key of a section, read. */
struct config_value {
	const struct config_key *key;
	const struct config_node *node; /* NULL: the default */
	bool is_true;
	int64_t number;
	const char *text;        /* never NULL */
	const char **texts;
	size_t n_texts;
	struct config_section *section;
};

/* What one table of keys says about a section. */
struct config_part {
	struct config_part *next;
	const struct config_key *keys;
	struct config_value *values;
	size_t n;
};

struct config_section {
	struct config *config;
	const struct config_node *node; /* NULL: the file has none */
	const char *path;        /* "" of the top */
	struct config_part *parts, **parts_end;
	bool is_list;
	struct config_section **items;
	size_t n_items;
	struct config_section *next; /* of all sections of the config */
};

struct config_problem {
	int file, line;
	char *text;
};

struct config {
	struct lua_source *source; /* owned reference */
	struct config_block *blocks; /* memory of all that hangs here */
	struct config_section *top;
	struct config_section *sections, **sections_end;
	struct config_problem problems[CONFIG_ERRORS_MAX];
	size_t n_problems;       /* may exceed what is kept */
	bool is_out_of_memory;   /* while an error was added */
};

/* `size` zeroed bytes that live as long as the config, or NULL. */
void *config_alloc(struct config *config, size_t size);

/* Formatted text that lives as long as the config, or NULL. */
char *config_fmt(struct config *config, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* Evaluate the config's source, and give the table `configuration` (NULL if
 * there is none: errors were added).  Returns 0 or -ENOMEM. */
int config_node_load(struct config *config, const struct config_node **rootp);

/* The path of a node, "applications[1].acceptors[2].port", cut to fit. */
void config_node_path(char *out, size_t size, const struct config_node *node);

/* The child `name` of a table, or NULL. */
const struct config_node *config_node_find(const struct config_node *node,
					   const char *name);

/* Add an error about a node, or about the line of a file. */
void config_problem_node(struct config *config, const struct config_node *node,
			 const char *fmt, ...) PRINTF_LIKE(3, 4);
void config_problem_at(struct config *config, int file, int line,
		       const char *text);

/* A section of the table `node` (may be NULL), as `key` describes it, under
 * `path`.  Returns NULL when out of memory. */
struct config_section *config_section_new(struct config *config,
					  const struct config_node *node,
					  const char *path,
					  const struct config_key *keys,
					  const struct config_key *items);

/* Read v->node, or the default, as v->key says; what is wrong is added to
 * the errors, and the default taken.  Returns 0 or -ENOMEM. */
int config_value_read(struct config_section *section, struct config_value *v);

/* The value of `key`, or NULL. */
struct config_value *config_value_find(const struct config_section *section,
				       const char *key);

/* What one key must agree on with another (config_rules.c).  Returns 0 or
 * -ENOMEM. */
int config_rules_check(struct config *config);

#endif
