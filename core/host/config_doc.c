/* The tables of keys, for people. */
#include "host/config_doc.h"
#include <stdio.h>
#include <string.h>
#include "host/config_keys.h"


enum { DOC_DEPTH_MAX = 8, PATH_MAX_LEN = 256 };

/* How one table is shown. */
typedef void (show_fn)(struct writer *w, const char *title,
		       const struct config_key *keys);


static const char *type_name(const struct config_key *key)
{
	switch (key->type) {

	case CONFIG_BOOL:     return "true or false";
	case CONFIG_INT:      return "number";
	case CONFIG_DURATION: return "duration";
	case CONFIG_SIZE:     return "size";
	case CONFIG_PORT:     return "port";
	case CONFIG_STRING:   return "text";
	case CONFIG_ENUM:     return "one of";
	case CONFIG_PATH:     return "path";
	case CONFIG_IP:       return "address";
	case CONFIG_STRINGS:  return key->flags & CONFIG_OR_ONE
				     ? "text or list of texts"
				     : "list of texts";
	case CONFIG_CHAIN:    return "chain";
	case CONFIG_SECTION:  return "table";
	case CONFIG_LIST:     return "list of tables";
	case CONFIG_HOOK:     return key->flags & CONFIG_OR_URL
				     ? "function or URL" : "function";
	}

	return "";
}


static bool is_quoted(const struct config_key *key)
{
	return key->type == CONFIG_STRING || key->type == CONFIG_ENUM ||
		key->type == CONFIG_PATH || key->type == CONFIG_IP ||
		key->type == CONFIG_CHAIN ||
		(key->type != CONFIG_BOOL &&
		 strspn(key->def, "0123456789") != strlen(key->def));
}


/* "duration, 0..1000 ms or "auto"" */
static void put_type(struct writer *w, const struct config_key *key)
{
	bool is_timed = key->type == CONFIG_DURATION ||
		key->type == CONFIG_SIZE;

	put_str(w, str(type_name(key)));
	for (const char *p = key->choices; p && *p; ) {
		size_t n = strcspn(p, " ");

		put_fmt(w, "%s \"%.*s\"", p == key->choices ? "" : ",",
			(int)n, p);
		p += n;
		p += strspn(p, " ");
	}
	if (key->min < key->max)
		put_fmt(w, "%s %lld..%lld", is_timed ? "," : "",
			(long long)key->min, (long long)key->max);
	if (key->unit)
		put_fmt(w, " %s", key->unit);
	if (key->flags & CONFIG_OR_AUTO)
		put_str(w, str(" or \"auto\""));
}


static void put_default(struct writer *w, const struct config_key *key)
{
	const char *quote;

	if (key->flags & CONFIG_REQUIRED) {
		put_str(w, str("required"));
	}
	else if (key->def) {
		quote = is_quoted(key) ? "\"" : "";
		put_fmt(w, "%s%s%s", quote, key->def, quote);
	}
}


static void show_text(struct writer *w, const char *title,
		      const struct config_key *keys)
{
	put_fmt(w, "%s\n", title);

	for (; keys->name; ++keys) {
		put_fmt(w, "  %s: ", keys->name);
		put_type(w, keys);
		if (keys->def || keys->flags & CONFIG_REQUIRED) {
			put_str(w, str(keys->def ? "; default " : "; "));
			put_default(w, keys);
		}
		put_fmt(w, "\n      %s\n", keys->doc);
	}
	put_str(w, str("\n"));
}


static void show_markdown(struct writer *w, const char *title,
			  const struct config_key *keys)
{
	put_fmt(w, "## %s\n\n| key | value | default | what it does |\n"
		"|---|---|---|---|\n", title);

	for (; keys->name; ++keys) {
		put_fmt(w, "| `%s` | ", keys->name);
		put_type(w, keys);
		put_str(w, str(" | "));
		put_default(w, keys);
		put_fmt(w, " | %s |\n", keys->doc);
	}
	put_str(w, str("\n"));
}


/* A table, then those below it. */
static void show_all(struct writer *w, show_fn *show, const char *path,
		     const struct config_key *keys, int depth)
{
	char below[PATH_MAX_LEN];

	show(w, depth ? path : "configuration", keys);
	if (depth == DOC_DEPTH_MAX)
		return;

	for (; keys->name; ++keys) {
		snprintf(below, sizeof(below), "%s%s%s", path,
			 path[0] ? "." : "", keys->name);
		if (keys->keys)
			show_all(w, show, below, keys->keys, depth + 1);

		snprintf(below, sizeof(below), "%s%s%s[n]", path,
			 path[0] ? "." : "", keys->name);
		if (keys->items)
			show_all(w, show, below, keys->items, depth + 1);
	}
}


void config_doc_text(struct writer *w)
{
	show_all(w, show_text, "", config_keys_top, 0);
}


void config_doc_markdown(struct writer *w)
{
	show_all(w, show_markdown, "", config_keys_top, 0);
}


void config_doc_module(struct writer *w, const char *title,
		       const struct config_key *keys, bool is_markdown)
{
	show_all(w, is_markdown ? show_markdown : show_text, title, keys, 1);
}
