/* The tree as Lua left it: plain values with their places in the text. */
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "host/config_int.h"
#include "host/lua_box.h"
#include "host/lua_source.h"


struct build {
	struct config *config;
	struct config_lines *lines;
	const struct config_node *root;
	int n_nodes;
	int err;
};


void config_node_path(char *out, size_t size, const struct config_node *node)
{
	char head[CONFIG_ERROR_LEN_MAX] = "";

	if (!node->parent) {
		snprintf(out, size, "configuration");
		return;
	}
	if (node->parent->parent)
		config_node_path(head, sizeof(head), node->parent);

	/* Cutting is meant: a message has an end. */
	if (node->name)
		(void)snprintf(out, size, "%.400s%s%.100s", head,
			       head[0] ? "." : "", node->name);
	else
		(void)snprintf(out, size, "%.400s[%lld]", head,
			       (long long)node->index);
}


const struct config_node *config_node_find(const struct config_node *node,
					   const char *name)
{
	for (size_t i = 0; node && i < node->n_nodes; i++) {
		const struct config_node *child = &node->nodes[i];

		if (child->name && !strcmp(child->name, name))
			return child;
	}

	return NULL;
}


static int by_place(const void *a, const void *b)
{
	const struct config_node *x = a, *y = b;

	if (!x->name && !y->name)
		return x->index < y->index ? -1 : x->index > y->index;
	if (!x->name || !y->name)
		return x->name ? 1 : -1;
	if (x->spot.line != y->spot.line)
		return x->spot.line < y->spot.line ? -1 : 1;

	return strcmp(x->name, y->name);
}


/* The text at the top of the stack. */
static void read_text(struct build *b, struct config_node *node,
		      lua_State *lua)
{
	size_t len;
	const char *text = lua_tolstring(lua, -1, &len);

	node->kind = CONFIG_NODE_TEXT;
	node->text = "";
	if (len > CONFIG_TEXT_MAX || memchr(text, '\0', len)) {
		config_problem_node(b->config, node,
				    "a text of more than %d bytes, or with a "
				    "zero byte in it", CONFIG_TEXT_MAX);
		return;
	}

	node->text = config_fmt(b->config, "%s", text);
	if (!node->text)
		b->err = -ENOMEM;
}


static void read_table(struct build *b, struct config_node *node,
		       lua_State *lua, int depth);


/* The value at the top of the stack. */
static void read_value(struct build *b, struct config_node *node,
		       lua_State *lua, int depth)
{
	switch (lua_type(lua, -1)) {

	case LUA_TBOOLEAN:
		node->kind = CONFIG_NODE_BOOL;
		node->is_true = lua_toboolean(lua, -1);
		break;

	case LUA_TNUMBER: {
		int is_whole;

		node->number = lua_tointegerx(lua, -1, &is_whole);
		node->fraction = lua_tonumber(lua, -1);
		node->kind = is_whole ? CONFIG_NODE_INT : CONFIG_NODE_FLOAT;
		break;
	}
	case LUA_TSTRING:
		read_text(b, node, lua);
		break;

	case LUA_TTABLE:
		node->kind = CONFIG_NODE_TABLE;
		read_table(b, node, lua, depth);
		break;

	case LUA_TFUNCTION:
		node->kind = CONFIG_NODE_FUNCTION;
		break;

	default:
		node->kind = CONFIG_NODE_OTHER;
		break;
	}
}


/* The key below the top of the stack; false if it is none of ours. */
static bool read_key(struct build *b, struct config_node *node,
		     lua_State *lua)
{
	const char *name;
	size_t len;

	if (lua_isinteger(lua, -2)) {
		node->index = lua_tointeger(lua, -2);
		return node->index > 0;
	}
	if (lua_type(lua, -2) != LUA_TSTRING)
		return false;

	name = lua_tolstring(lua, -2, &len);
	if (!len || len > CONFIG_TEXT_MAX || strlen(name) != len)
		return false;
	node->name = config_fmt(b->config, "%s", name);
	if (!node->name)
		b->err = -ENOMEM;

	return true;
}


/* The fields of the table at the top of the stack, whose number was counted
 * before.  Nothing here can change it in between. */
static void read_fields(struct build *b, struct config_node *node,
			lua_State *lua, int depth)
{
	lua_pushnil(lua);
	while (!b->err && lua_next(lua, -2)) {
		struct config_node *child = &node->nodes[node->n_nodes];

		child->parent = node;
		child->spot = node->spot;
		if (!read_key(b, child, lua)) {
			config_problem_node(b->config, node, "a key is "
				"neither a name nor an index from 1");
		}
		else if (!b->err) {
			child->spot = config_lines_field(b->lines, node->spot,
						child->name, child->index);
			read_value(b, child, lua, depth + 1);
			++node->n_nodes;
		}
		lua_pop(lua, 1);
	}
}


static void read_table(struct build *b, struct config_node *node,
		       lua_State *lua, int depth)
{
	size_t n = 0;

	luaL_checkstack(lua, 4, NULL);
	for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1))
		++n;

	b->n_nodes += (int)n;
	if (depth == CONFIG_DEPTH_MAX || b->n_nodes > CONFIG_NODES_MAX) {
		config_problem_node(b->config, node,
			depth == CONFIG_DEPTH_MAX ? "nested too deep"
						  : "too many values");
		return;
	}
	if (!n)
		return;

	node->nodes = config_alloc(b->config, n * sizeof(*node->nodes));
	if (!node->nodes) {
		b->err = -ENOMEM;
		return;
	}
	read_fields(b, node, lua, depth);

	/* Nothing points at the children yet but theirs: mend these. */
	qsort(node->nodes, node->n_nodes, sizeof(*node->nodes), by_place);
	for (size_t i = 0; i < node->n_nodes; i++) {
		struct config_node *child = &node->nodes[i];

		for (size_t j = 0; j < child->n_nodes; j++)
			child->nodes[j].parent = child;
	}
}


static int build(lua_State *lua)
{
	struct build *b = lua_touserdata(lua, 1);
	struct config_node *root;

	lua_pushglobaltable(lua);
	lua_pushliteral(lua, "configuration");
	if (lua_rawget(lua, -2) != LUA_TTABLE) {
		config_problem_at(b->config, 0, 0, "the file must set "
				  "configuration = { ... }");
		return 0;
	}

	root = config_alloc(b->config, sizeof(*root));
	if (!root) {
		b->err = -ENOMEM;
		return 0;
	}
	root->kind = CONFIG_NODE_TABLE;
	root->spot = config_lines_root(b->lines);
	read_table(b, root, lua, 0);
	b->root = root;

	return 0;
}


/* Lua's messages say file and line themselves. */
static void add_lua_error(struct config *config, const char *text)
{
	const char *colon = strchr(text, ':');
	int line = colon ? atoi(colon + 1) : 0;
	int file = -1;
	char name[CONFIG_TEXT_MAX];

	if (line > 0 && (size_t)(colon - text) < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", (int)(colon - text),
			 text);
		file = lua_source_find(config->source, name);
	}
	if (file >= 0) {
		colon = strchr(colon + 1, ':');
		text = colon ? colon + 1 + (colon[1] == ' ') : text;
	}

	config_problem_at(config, file < 0 ? 0 : file, file < 0 ? 0 : line,
			  text);
}


int config_node_load(struct config *config, const struct config_node **rootp)
{
	struct build b = { .config = config };
	struct lua_box box;
	int err;

	err = lua_box_init(&box, config->source, "config");
	if (!err)
		err = lua_box_eval(&box, &lua_box_limit_load);
	if (err)
		goto out;

	config->source->is_frozen = true;
	err = config_lines_new(&b.lines, config->source);
	if (!err)
		err = lua_box_call(&box, build, &b, &lua_box_limit_load);
	if (!err)
		err = b.err;
	*rootp = b.root;
 out:
	if (err == -EBADMSG) {
		add_lua_error(config, box.error);
		err = 0;
	}
	config_lines_free(b.lines);
	lua_box_fini(&box);

	return err;
}
