/* A report for Prometheus: its text exposition format, version 0.0.4.  All
 * samples of one name must stand together below one HELP and TYPE, but
 * objects describe themselves one after the other: so samples are collected
 * by name and written at the end. */
#include <assert.h>
#include <stdio.h>
#include "base/mem.h"
#include "base/report_int.h"
#include "base/text.h"


/* All samples of one name. */
struct family {
	struct hash_node by_name;
	struct list_node in_order;
	const char *type;
	const char *help;        /* static, or NULL */
	struct writer samples;
	char name[REPORT_NAME_MAX];
};


/* The name of a sample, by the conventions: prefix, unit, and _total for
 * what only grows.  Returns its length. */
static size_t print_name(struct report *r, const struct report_number *n,
			 char *name)
{
	const char *type = report_level(r)->name;
	int len;

	len = snprintf(name, REPORT_NAME_MAX, "sluice_%s%s%s%s%s",
		       type ? type : "", type ? "_" : "", n->key,
		       report_suffix(n->unit), n->is_count ? "_total" : "");
	assert(len > 0 && len < REPORT_NAME_MAX);

	return (size_t)len;
}


static struct family *family(struct report *r, const struct report_number *n,
			     const char *type)
{
	char name[REPORT_NAME_MAX];
	size_t len = print_name(r, n, name);
	struct hash_node *node = hash_find(&r->families, slice(name, len));
	struct family *f;

	if (node) {
		f = CONTAINER_OF(node, struct family, by_name);
		assert(!strcmp(f->type, type));
		return f;
	}

	f = mem_zalloc(sizeof(*f));
	if (!f) {
		r->err = -ENOMEM;
		return NULL;
	}

	f->type = type;
	f->help = n->help;
	f->samples = writer(r->out->max);
	memcpy(f->name, name, len + 1);

	r->err = hash_add(&r->families, &f->by_name, slice(f->name, len));
	if (r->err)
		return mem_free(f);
	list_add(&r->order, &f->in_order);

	return f;
}


/* A label's value, or a help text, which knows no quotes. */
static void put_escaped(struct writer *w, struct str s, bool is_label)
{
	uint32_t code;

	while (s.len) {
		size_t len = text_utf8(s, &code);

		if (!len) {
			put_str(w, str("\xef\xbf\xbd"));
			len = 1;
		}
		else if (code == '\n') {
			put_str(w, str("\\n"));
		}
		else if (code == '\\' || (is_label && code == '"')) {
			put_fmt(w, "\\%c", (int)code);
		}
		else {
			put_str(w, str_n(s.p, len));
		}
		s = str_n(s.p + len, s.len - len);
	}
}


/* One line; le: the bucket's bound as text, or NULL. */
static void put_sample(struct report *r, struct family *f,
		       const char *suffix, const char *le,
		       enum report_unit unit, int64_t v)
{
	struct writer *w = &f->samples;

	put_str(w, str(f->name));
	put_str(w, str(suffix));
	if (r->labels.len || le) {
		put_u8(w, '{');
		put_bytes(w, writer_slice(&r->labels));
		if (le)
			put_fmt(w, "%sle=\"%s\"", r->labels.len ? "," : "",
				le);
		put_u8(w, '}');
	}
	put_u8(w, ' ');
	report_put_number(w, unit, v);
	put_u8(w, '\n');

	r->err = w->err;
}


static void open_level(struct report *r, struct report_level *level)
{
	(void)r;
	(void)level;
}


static void close_level(struct report *r, struct report_level *level)
{
	(void)r;
	(void)level;
}


static void text(struct report *r, const char *key, struct str s,
		 bool is_label)
{
	const char *type = report_level(r)->name;

	if (!is_label)
		return;

	if (type && (!strcmp(key, "name") || !strcmp(key, "id")))
		key = type;

	put_fmt(&r->labels, "%s%s=\"", r->labels.len ? "," : "", key);
	put_escaped(&r->labels, s, true);
	put_u8(&r->labels, '"');
	r->err = r->labels.err;
}


static void number(struct report *r, const struct report_number *n)
{
	struct family *f = family(r, n, n->is_count ? "counter" : "gauge");

	if (f)
		put_sample(r, f, "", NULL, n->unit, n->v);
}


static void histogram(struct report *r, const struct report_number *n,
		      const struct report_histogram *h)
{
	struct family *f = family(r, n, "histogram");
	uint64_t count = 0;

	if (!f)
		return;

	for (size_t i = 0; i <= h->n_bounds && !r->err; i++) {
		char le[REPORT_NUMBER_MAX];

		count += h->counts[i];
		put_sample(r, f, "_bucket", i == h->n_bounds ? "+Inf" :
			   report_print_number(le, n->unit, h->bounds[i]),
			   REPORT_PLAIN, (int64_t)count);
	}

	if (!r->err)
		put_sample(r, f, "_sum", NULL, n->unit, h->sum);
	if (!r->err)
		put_sample(r, f, "_count", NULL, REPORT_PLAIN, (int64_t)count);
}


static void put_family(struct report *r, const struct family *f)
{
	if (f->help) {
		put_fmt(r->out, "# HELP %s ", f->name);
		put_escaped(r->out, str(f->help), false);
		put_u8(r->out, '\n');
	}
	put_fmt(r->out, "# TYPE %s %s\n", f->name, f->type);
	put_bytes(r->out, writer_slice(&f->samples));
}


static void fini(struct report *r)
{
	LIST_EACH(&r->order, it) {
		struct family *f = CONTAINER_OF(it, struct family, in_order);

		if (!r->err)
			put_family(r, f);
		list_del(it);
		hash_del(&f->by_name);
		writer_fini(&f->samples);
		mem_free(f);
	}
}


const struct report_form report_form_prometheus = {
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.is_samples = true,
	.open = open_level,
	.close = close_level,
	.text = text,
	.number = number,
	.histogram = histogram,
	.fini = fini,
};
