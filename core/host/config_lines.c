/* Where the keys of a configuration stand in its text. */
#include "host/config_lines.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "host/lua_source.h"


enum {
	FIELDS_MAX = 8192,       /* what stands behind has no line */
	DEPTH_MAX = 16,
	REFERENCES_MAX = 8,      /* a name for a name for ... a table */
};

enum token {
	TOKEN_END,
	TOKEN_NAME,              /* and keywords */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_MARK,              /* one character, text.p[0] */
	TOKEN_COMPARISON,        /* == ~= <= >=: not an assignment */
};

struct scan {
	const char *p;
	const char *end;
	int p_line;
	enum token token;        /* the current one, its text and line */
	struct str text;
	int line;
};

enum value_kind {
	VALUE_OTHER,
	VALUE_TABLE,             /* the constructor `table` */
	VALUE_NAME,              /* `text` */
	VALUE_INCLUDE,           /* the file `text` */
};

struct value {
	enum value_kind kind;
	int table;
	struct str text;
};

struct field {
	struct str name;         /* empty: `index` */
	int64_t index;
	int line;
	struct value value;
	int next;                /* in its table, or -1 */
};

/* Tables 0 to n_files - 1 are the files: their fields are what names are
 * assigned to anywhere in the file, and "return". */
struct config_lines {
	struct lua_source *source; /* borrowed */
	struct scan scan;
	int file;
	int n_fields, n_tables;
	struct field fields[FIELDS_MAX];
	int newest[FIELDS_MAX];  /* of each table: its last field, or -1 */
	int file_of[FIELDS_MAX];
};


/* The length of "[", some "=", "[" at p, or 0. */
static size_t long_bracket(const char *p, const char *end)
{
	const char *q = p;

	if (q == end || *q != '[')
		return 0;
	for (++q; q < end && *q == '='; ++q)
		;

	return q < end && *q == '[' ? (size_t)(q - p) + 1 : 0;
}


/* Go behind the long string or comment whose bracket has `open` bytes. */
static void skip_long(struct scan *s, size_t open)
{
	s->p += open;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '\n')
			++s->p_line;
		if (*s->p == ']' && (size_t)(s->end - s->p) >= open &&
		    s->p[open - 1] == ']' &&
		    strspn(s->p + 1, "=") == open - 2) {
			s->p += open;
			return;
		}
	}
}


static void skip_space(struct scan *s)
{
	for (;;) {
		size_t open;

		if (s->p < s->end && isspace((unsigned char)*s->p)) {
			s->p_line += *s->p++ == '\n';
			continue;
		}
		if (s->end - s->p < 2 || s->p[0] != '-' || s->p[1] != '-')
			return;

		s->p += 2;
		open = long_bracket(s->p, s->end);
		if (open)
			skip_long(s, open);
		while (!open && s->p < s->end && *s->p != '\n')
			++s->p;
	}
}


static void skip_quoted(struct scan *s)
{
	char quote = *s->p++;

	while (s->p < s->end && *s->p != quote) {
		if (*s->p == '\\' && s->end - s->p > 1)
			++s->p;
		s->p_line += *s->p++ == '\n';
	}
	if (s->p < s->end)
		++s->p;
}


static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}


/* Make the next token the current one. */
static void next(struct scan *s)
{
	const char *start;
	size_t open;
	char c;

	skip_space(s);
	start = s->p;
	s->line = s->p_line;
	s->text = str_n(start, 0);
	s->token = TOKEN_END;
	if (s->p >= s->end)
		return;

	c = *s->p;
	open = long_bracket(s->p, s->end);
	if (c == '"' || c == '\'' || open) {
		if (open)
			skip_long(s, open);
		else
			skip_quoted(s);
		open = open ? open : 1;
		s->token = TOKEN_STRING;
		if ((size_t)(s->p - start) >= 2 * open)
			s->text = str_n(start + open,
					(size_t)(s->p - start) - 2 * open);
		return;
	}

	if (is_word(c)) {
		while (s->p < s->end && is_word(*s->p))
			++s->p;
		s->token = isdigit((unsigned char)c) ? TOKEN_NUMBER
						     : TOKEN_NAME;
	}
	else {
		bool is_pair = s->end - s->p > 1 && s->p[1] == '=' &&
			strchr("=~<>", c);

		s->p += is_pair ? 2 : 1;
		s->token = is_pair ? TOKEN_COMPARISON : TOKEN_MARK;
	}
	s->text = str_n(start, (size_t)(s->p - start));
}


static bool is_mark(const struct scan *s, char c)
{
	return s->token == TOKEN_MARK && s->text.p[0] == c;
}


static bool is_one_of(struct str s, const char *const *words)
{
	for (; *words; ++words)
		if (str_is(s, *words))
			return true;

	return false;
}


/* Go to the ',', ';' or '}' that ends the field. */
static void skip_field(struct scan *s)
{
	static const char *const opens[] = {
		"function", "if", "do", "repeat", NULL
	};
	static const char *const closes[] = { "end", "until", NULL };
	int nest = 0;

	for (; s->token != TOKEN_END; next(s)) {
		if (s->token == TOKEN_NAME) {
			nest += is_one_of(s->text, opens);
			nest -= is_one_of(s->text, closes);
		}
		if (s->token != TOKEN_MARK)
			continue;
		if (nest <= 0 && strchr(",;}", s->text.p[0]))
			return;
		if (strchr("({[", s->text.p[0]))
			++nest;
		else if (strchr(")}]", s->text.p[0]))
			--nest;
	}
}


static int add_table(struct config_lines *l)
{
	if (l->n_tables == FIELDS_MAX)
		return -1;

	l->newest[l->n_tables] = -1;
	l->file_of[l->n_tables] = l->file;

	return l->n_tables++;
}


static void add_field(struct config_lines *l, int table, struct field field)
{
	if (table < 0 || l->n_fields == FIELDS_MAX)
		return;

	field.next = l->newest[table];
	l->fields[l->n_fields] = field;
	l->newest[table] = l->n_fields++;
}


static struct value scan_value(struct config_lines *l, int depth);


/* At the start of a field: its key, if it has one. */
static void scan_key(struct scan *s, struct field *field, int64_t *n_items)
{
	struct scan before = *s, key;
	bool is_key;

	if (is_mark(s, '[')) {
		next(s);
		key = *s;
		next(s);
		is_key = is_mark(s, ']') && (key.token == TOKEN_STRING ||
					     key.token == TOKEN_NUMBER);
		next(s);
	}
	else {
		key = *s;
		is_key = s->token == TOKEN_NAME;
		next(s);
	}

	if (!is_key || !is_mark(s, '=')) {
		*s = before;
		field->index = ++*n_items;
		return;
	}

	next(s);
	if (key.token == TOKEN_NUMBER)
		field->index = strtoll(key.text.p, NULL, 10);
	else
		field->name = key.text;
}


/* From '{' to behind its '}'. */
static int scan_table(struct config_lines *l, int depth)
{
	struct scan *s = &l->scan;
	int table = add_table(l);
	int64_t n_items = 0;

	next(s);
	while (s->token != TOKEN_END && !is_mark(s, '}')) {
		struct field field = { .line = s->line };

		scan_key(s, &field, &n_items);
		field.value = scan_value(l, depth + 1);
		skip_field(s);
		add_field(l, table, field);
		if (!is_mark(s, '}'))
			next(s);
	}
	next(s);

	return table;
}


/* What the value that starts here says about tables; stops early in it. */
static struct value scan_value(struct config_lines *l, int depth)
{
	static const char *const keywords[] = {
		"function", "not", "nil", "true", "false", NULL
	};
	struct value value = { VALUE_OTHER, -1, { NULL, 0 } };
	struct scan *s = &l->scan;
	bool is_include;

	if (is_mark(s, '{') && depth < DEPTH_MAX) {
		value.table = scan_table(l, depth);
		value.kind = VALUE_TABLE;
		return value;
	}
	if (s->token != TOKEN_NAME || is_one_of(s->text, keywords))
		return value;

	is_include = str_is(s->text, "include");
	value.kind = VALUE_NAME;
	value.text = s->text;
	next(s);
	if (is_include) {
		struct scan call = *s;

		if (is_mark(s, '('))
			next(s);
		value.kind = VALUE_INCLUDE;
		value.text = s->text;
		*s = call;
	}

	return value;
}


static void scan_file(struct config_lines *l, int file)
{
	const struct lua_file *f = &l->source->files[file];
	struct scan *s = &l->scan;

	l->file = file;
	*s = (struct scan) { .p = f->text, .end = f->text + f->len,
			     .p_line = 1 };
	next(s);

	while (s->token != TOKEN_END) {
		struct field field = { .name = s->text, .line = s->line };
		bool is_name = s->token == TOKEN_NAME;

		next(s);
		if (!is_name)
			continue;
		if (is_mark(s, '='))
			next(s);
		else if (!str_is(field.name, "return"))
			continue;

		field.value = scan_value(l, 0);
		add_field(l, file, field);
	}
}


int config_lines_new(struct config_lines **linesp, struct lua_source *source)
{
	struct config_lines *l;

	l = mem_zalloc(sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->source = source;

	for (int i = 0; i < (int)source->n_files; i++) {
		l->file = i;
		add_table(l);
	}
	for (int i = 0; i < (int)source->n_files; i++)
		scan_file(l, i);
	*linesp = l;

	return 0;
}


struct config_lines *config_lines_free(struct config_lines *lines)
{
	return mem_free(lines);
}


static const struct field *find(const struct config_lines *l, int table,
				struct str name, int64_t index)
{
	for (int i = l->newest[table]; i >= 0; i = l->fields[i].next) {
		const struct field *f = &l->fields[i];

		if (f->index == index && str_eq(f->name, name))
			return f;
	}

	return NULL;
}


/* The spot of a field of `table`.  A name or an include may lead to the
 * constructor of its value, and an include to the file that has it. */
static struct config_spot spot_of(const struct config_lines *l, int table,
				  const struct field *f)
{
	struct config_spot spot = { l->file_of[table], f->line, -1 };
	struct config_spot end = spot;

	for (int i = 0; f && i < REFERENCES_MAX; i++) {
		struct str name = f->value.text;
		int file = l->file_of[table];

		if (f->value.kind == VALUE_TABLE) {
			end.table = f->value.table;
			return end;
		}
		if (f->value.kind == VALUE_NAME) {
			table = file;
			f = find(l, table, name, 0);
		}
		else if (f->value.kind == VALUE_INCLUDE) {
			table = lua_source_include(l->source, (size_t)file,
						   name);
			f = table < 0 ? NULL
				      : find(l, table, str("return"), 0);
			end.file = table;
			end.line = f ? f->line : 0;
		}
		else {
			break;
		}
	}

	return spot;
}


struct config_spot config_lines_root(const struct config_lines *lines)
{
	for (int i = 0; i < (int)lines->source->n_files; i++) {
		const struct field *f = find(lines, i, str("configuration"),
					     0);

		if (f)
			return spot_of(lines, i, f);
	}

	return (struct config_spot) { 0, 0, -1 };
}


struct config_spot config_lines_field(const struct config_lines *lines,
				      struct config_spot in,
				      const char *name, int64_t index)
{
	const struct field *f = NULL;

	if (in.table >= 0)
		f = find(lines, in.table, str(name), name ? 0 : index);
	if (f)
		return spot_of(lines, in.table, f);
	in.table = -1;

	return in;
}
