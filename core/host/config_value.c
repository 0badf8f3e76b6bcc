/* Reading one value as its key describes it. */
#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "host/config_int.h"
#include "host/config_near.h"
#include "host/lua_source.h"


enum { DIGITS_MAX = 15, PORT_MAX = 65535 };

/* What is read from where. */
struct read {
	struct config_section *section;
	struct config_value *v;
	const struct config_node *node;
	bool is_bad;             /* an error was added */
};

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit units_time[] = { /* in us */
	{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 },
	{ "min", 60000000 }, { "h", 3600000000 }, { NULL, 0 }
};

static const struct unit units_size[] = {
	{ "", 1 }, { "K", 1 << 10 }, { "KiB", 1 << 10 },
	{ "M", 1 << 20 }, { "MiB", 1 << 20 },
	{ "G", 1 << 30 }, { "GiB", 1 << 30 }, { NULL, 0 }
};


static const char *kind_name(const struct config_node *node)
{
	switch (node->kind) {

	case CONFIG_NODE_BOOL:     return node->is_true ? "true" : "false";
	case CONFIG_NODE_INT:
	case CONFIG_NODE_FLOAT:    return "a number";
	case CONFIG_NODE_TEXT:     return "a text";
	case CONFIG_NODE_TABLE:    return "a table";
	case CONFIG_NODE_FUNCTION: return "a function";
	case CONFIG_NODE_OTHER:    break;
	}

	return "something else";
}


static int bad_kind(struct read *r, const char *wanted)
{
	const struct config_key *key = r->v->key;

	config_problem_node(r->section->config, r->node,
			    "must be %s%s, not %s", wanted,
			    key->flags & CONFIG_OR_AUTO ? ", or \"auto\"" : "",
			    kind_name(r->node));
	r->is_bad = true;

	return 0;
}


/* A value of the right kind that cannot be: `why`. */
static int bad_text(struct read *r, const char *why)
{
	struct config *config = r->section->config;

	if (r->v->key->flags & CONFIG_SECRET)
		config_problem_node(config, r->node, "%s", why);
	else
		config_problem_node(config, r->node, "'%.200s' %s",
				    r->node->text, why);
	r->is_bad = true;

	return 0;
}


static int set_text(struct read *r, const char *text)
{
	r->v->text = config_fmt(r->section->config, "%s", text);

	return r->v->text ? 0 : -ENOMEM;
}


static int read_bool(struct read *r)
{
	if (r->node->kind != CONFIG_NODE_BOOL)
		return bad_kind(r, "true or false");

	r->v->is_true = r->node->is_true;

	return 0;
}


static int set_number(struct read *r, int64_t number)
{
	const struct config_key *key = r->v->key;
	int64_t low = key->min, high = key->max;

	if (key->type == CONFIG_PORT) {
		low = 1;
		high = PORT_MAX;
	}
	if (low < high && (number < low || number > high)) {
		config_problem_node(r->section->config, r->node,
				    "%lld is not within %lld..%lld%s%s",
				    (long long)number, (long long)low,
				    (long long)high, key->unit ? " " : "",
				    key->unit ? key->unit : "");
		r->is_bad = true;
		return 0;
	}
	r->v->number = number;

	return 0;
}


static const struct unit *find_unit(const struct unit *units,
				    const char *name)
{
	for (; units->name; ++units)
		if (!strcmp(units->name, name))
			return units;

	return NULL;
}


/* "10s": a number and one of `units`, in steps of `step`. */
static int read_with_unit(struct read *r, const struct unit *units,
			  int64_t step, const char *why)
{
	const char *p = r->node->text;
	const struct unit *unit;
	int64_t number = 0;
	int n = 0;

	for (; isdigit((unsigned char)*p) && n < DIGITS_MAX; ++p, ++n)
		number = number * 10 + (*p - '0');
	p += *p == ' ';

	unit = n ? find_unit(units, p) : NULL;
	if (!unit || number > INT64_MAX / unit->factor ||
	    number * unit->factor % step)
		return bad_text(r, why);

	return set_number(r, number * unit->factor / step);
}


static int read_number(struct read *r)
{
	const struct config_key *key = r->v->key;
	const struct config_node *node = r->node;
	const struct unit *unit;
	char why[80];

	if (node->kind == CONFIG_NODE_INT)
		return set_number(r, node->number);

	if (node->kind == CONFIG_NODE_FLOAT) {
		config_problem_node(r->section->config, node,
				    "%.15g is not a whole number%s%s",
				    node->fraction, key->unit ? " of " : "",
				    key->unit ? key->unit : "");
		r->is_bad = true;
		return 0;
	}
	if (node->kind == CONFIG_NODE_TEXT && key->flags & CONFIG_OR_AUTO &&
	    !strcmp(node->text, "auto")) {
		r->v->number = CONFIG_AUTO;
		return 0;
	}
	if (node->kind == CONFIG_NODE_TEXT && key->type == CONFIG_DURATION) {
		unit = find_unit(units_time, key->unit);
		assert(unit);
		snprintf(why, sizeof(why), "is no duration in whole %s, "
			 "such as \"10s\"", key->unit);
		return read_with_unit(r, units_time, unit->factor, why);
	}
	if (node->kind == CONFIG_NODE_TEXT && key->type == CONFIG_SIZE)
		return read_with_unit(r, units_size, 1,
				      "is no size, such as \"64K\"");

	return bad_kind(r, "a whole number");
}


static int read_string(struct read *r)
{
	if (r->node->kind != CONFIG_NODE_TEXT)
		return bad_kind(r, "a text");

	return set_text(r, r->node->text);
}


/* The `i`-th of the key's choices, or an empty text behind the last. */
static struct str choice(const struct config_key *key, int i)
{
	const char *p = key->choices;

	while (i-- && *p) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}

	return str_n(p, strcspn(p, " "));
}


static int bad_choice(struct read *r)
{
	struct config *config = r->section->config;
	struct config_near near = config_near(str(r->node->text));
	char why[CONFIG_ERROR_LEN_MAX] = "is none of";
	struct str s;

	for (int i = 0; (s = choice(r->v->key, i)).len; i++) {
		const char *name = config_fmt(config, "%.*s", PRINT_STR(s));
		size_t len = strlen(why);

		if (!name)
			return -ENOMEM;
		snprintf(why + len, sizeof(why) - len, "%s '%s'",
			 i ? "," : "", name);
		config_near_try(&near, name);
	}
	if (near.best) {
		size_t len = strlen(why);

		snprintf(why + len, sizeof(why) - len,
			 "; did you mean '%s'?", near.best);
	}

	return bad_text(r, why);
}


static int read_enum(struct read *r)
{
	struct str s;

	if (r->node->kind != CONFIG_NODE_TEXT)
		return bad_kind(r, "a text");

	for (int i = 0; (s = choice(r->v->key, i)).len; i++) {
		if (str_is(s, r->node->text)) {
			r->v->number = i;
			return set_text(r, r->node->text);
		}
	}

	return bad_choice(r);
}


static int check_readable(struct read *r, const char *path)
{
	const char *why = NULL;
	struct stat st;

	if (stat(path, &st) || access(path, R_OK))
		why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		why = "not a file";
	if (!why)
		return 0;

	config_problem_node(r->section->config, r->node,
			    "cannot read '%.400s': %s", path, why);
	r->is_bad = true;

	return 0;
}


static int read_path(struct read *r)
{
	struct config *config = r->section->config;
	const char *text = r->node->text;

	if (r->node->kind != CONFIG_NODE_TEXT)
		return bad_kind(r, "a path");
	if (!text[0] && !(r->v->key->flags & CONFIG_OR_EMPTY))
		return bad_text(r, "is no path");

	r->v->text = config_fmt(config, "%s%s", text[0] == '/' || !text[0]
				? "" : config->source->dir, text);
	if (!r->v->text)
		return -ENOMEM;

	return r->v->key->flags & CONFIG_READABLE
		? check_readable(r, r->v->text) : 0;
}


static int read_ip(struct read *r)
{
	uint8_t address[sizeof(struct in6_addr)];

	if (r->node->kind != CONFIG_NODE_TEXT)
		return bad_kind(r, "an IPv4 or IPv6 address");
	if (inet_pton(AF_INET, r->node->text, address) != 1 &&
	    inet_pton(AF_INET6, r->node->text, address) != 1)
		return bad_text(r, "is no IPv4 or IPv6 address");

	return set_text(r, r->node->text);
}


static int read_texts(struct read *r)
{
	const struct config_node *node = r->node;
	bool is_chain = r->v->key->type == CONFIG_CHAIN;
	bool or_one = is_chain || r->v->key->flags & CONFIG_OR_ONE;
	bool is_single = or_one && node->kind == CONFIG_NODE_TEXT;
	size_t n = is_single ? 1 : node->n_nodes;

	if (!is_single && node->kind != CONFIG_NODE_TABLE)
		return bad_kind(r, is_chain ? "a chain's name or a list of "
				"protocols" : or_one ? "a text or a list of "
				"texts" : "a list of texts");

	r->v->texts = config_alloc(r->section->config,
				   (n + 1) * sizeof(*r->v->texts));
	if (!r->v->texts)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		const struct config_node *item;

		item = is_single ? node : &node->nodes[i];
		if (item->kind != CONFIG_NODE_TEXT ||
		    (!is_single && item->name)) {
			struct read at = { r->section, r->v, item, false };

			r->is_bad = true;
			return bad_kind(&at, "a text in a list");
		}
		r->v->texts[i] = item->text;
	}
	r->v->n_texts = n;

	return 0;
}


/* Also called with no node: such a section is all defaults. */
static int read_section(struct read *r)
{
	const struct config_key *key = r->v->key;
	const struct config_section *in = r->section;
	const struct config_node *node = r->node;
	const char *path;

	if (node && node->kind != CONFIG_NODE_TABLE) {
		bad_kind(r, key->items ? "a list of tables" : "a table");
		node = NULL;
	}

	path = config_fmt(in->config, "%s%s%s", in->path,
			  in->path[0] ? "." : "", key->name);
	if (!path)
		return -ENOMEM;
	r->v->section = config_section_new(in->config, node, path, key->keys,
					   key->items);
	r->is_bad = false;

	return r->v->section ? 0 : -ENOMEM;
}


/* A URL may have a password in it: no error repeats it. */
static int read_hook_url(struct read *r)
{
	const char *url = r->node->text;

	if (!strncmp(url, "http://", 7) || !strncmp(url, "https://", 8))
		return set_text(r, url);

	r->is_bad = true;
	config_problem_node(r->section->config, r->node, "must be a function, "
			    "or a URL that begins with http:// or https://");

	return 0;
}


static int read_hook(struct read *r)
{
	char path[CONFIG_ERROR_LEN_MAX];

	if (r->v->key->flags & CONFIG_OR_URL &&
	    r->node->kind == CONFIG_NODE_TEXT)
		return read_hook_url(r);
	if (r->node->kind != CONFIG_NODE_FUNCTION)
		return bad_kind(r, r->v->key->flags & CONFIG_OR_URL
				? "a function or a URL" : "a function");

	config_node_path(path, sizeof(path), r->node);

	return set_text(r, path);
}


static int read_node(struct read *r)
{
	switch (r->v->key->type) {

	case CONFIG_BOOL:     return read_bool(r);
	case CONFIG_INT:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
	case CONFIG_PORT:     return read_number(r);
	case CONFIG_STRING:   return read_string(r);
	case CONFIG_ENUM:     return read_enum(r);
	case CONFIG_PATH:     return read_path(r);
	case CONFIG_IP:       return read_ip(r);
	case CONFIG_STRINGS:
	case CONFIG_CHAIN:    return read_texts(r);
	case CONFIG_SECTION:
	case CONFIG_LIST:     return read_section(r);
	case CONFIG_HOOK:     return read_hook(r);
	}

	return -ENOTSUP;
}


/* The default as if the file said so; one that is wrong is our mistake. */
static int read_default(struct config_section *section,
			struct config_value *v)
{
	const char *def = v->key->def;
	struct config_node node = { .kind = CONFIG_NODE_TEXT, .text = def };
	struct read r = { section, v, &node, false };
	const char *end = def;
	int err;

	v->text = "";
	v->texts = NULL;
	v->n_texts = 0;
	if (v->key->type == CONFIG_SECTION || v->key->type == CONFIG_LIST)
		r.node = NULL;
	else if (!def)
		return 0;

	if (v->key->type == CONFIG_BOOL) {
		node.kind = CONFIG_NODE_BOOL;
		node.is_true = !strcmp(def, "true");
	}
	for (node.number = 0; def && isdigit((unsigned char)*end); ++end)
		node.number = node.number * 10 + (*end - '0');
	if (def && *def && !*end && v->key->type != CONFIG_STRING)
		node.kind = CONFIG_NODE_INT;

	err = read_node(&r);
	assert(!r.is_bad);

	return err;
}


int config_value_read(struct config_section *section, struct config_value *v)
{
	struct read r = { section, v, v->node, false };
	const struct config_key *key = v->key;
	int err;

	v->text = "";
	if (!v->node) {
		/* A section that is not there has no keys to miss. */
		if (key->flags & CONFIG_REQUIRED && section->node)
			config_fail(section, key->name, "must be set");
		return read_default(section, v);
	}

	err = read_node(&r);
	if (err)
		return err;

	return r.is_bad ? read_default(section, v) : 0;
}
