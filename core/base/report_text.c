/* A report for the console: a line for each value, indented by depth. */
#include "base/report_int.h"
#include "base/text.h"


static void end_line(struct report *r)
{
	put_str(r->out, str("\n"));
}


static void indent(struct report *r, size_t depth)
{
	while (depth-- > 0)
		put_str(r->out, str("  "));
}


/* The first value of an object ends the line with its type and labels. */
static void end_head(struct report *r)
{
	if (r->out->len && r->out->data[r->out->len - 1] != '\n')
		end_line(r);
}


static void put_escaped(struct writer *w, struct str s)
{
	char out[sizeof("\\x00") * 4];
	uint32_t code;

	while (s.len) {
		size_t len = text_utf8(s, &code);

		len = len ? len : 1;
		put_bytes(w, slice(out, text_escape(out, sizeof(out),
						    str_n(s.p, len))));
		s = str_n(s.p + len, s.len - len);
	}
}


static void open_level(struct report *r, struct report_level *level)
{
	end_head(r);
	indent(r, r->depth - 1);
	put_str(r->out, str(level->name ? level->name : "-"));
}


static void close_level(struct report *r, struct report_level *level)
{
	(void)level;
	end_head(r);
}


static void text(struct report *r, const char *key, struct str s,
		 bool is_label)
{
	if (is_label) {
		put_str(r->out, str(" "));
		if (strcmp(key, "name") && strcmp(key, "id"))
			put_fmt(r->out, "%s=", key);
		put_escaped(r->out, s);
		return;
	}

	end_head(r);
	indent(r, r->depth);
	put_fmt(r->out, "%s ", key);
	put_escaped(r->out, s);
	end_line(r);
}


static void item(struct report *r, struct str s)
{
	end_head(r);
	indent(r, r->depth);
	put_escaped(r->out, s);
	end_line(r);
}


static void put_amount(struct writer *w, enum report_unit unit, int64_t v)
{
	char out[TEXT_AMOUNT_MAX];

	switch (v < 0 ? REPORT_PLAIN : unit) {

	case REPORT_BYTES:
		put_str(w, str(text_print_bytes(out, v)));
		break;

	case REPORT_US:
		put_str(w, str(text_print_us(out, v)));
		break;

	case REPORT_BOOL:
		put_str(w, str(v ? "yes" : "no"));
		break;

	default:
		report_put_number(w, unit, v);
		break;
	}
}


static void number(struct report *r, const struct report_number *n)
{
	end_head(r);
	indent(r, r->depth);
	put_fmt(r->out, "%s ", n->key);
	put_amount(r->out, n->unit, n->v);
	end_line(r);
}


/* The bound below which `percent` of all values are. */
static void put_quantile(struct report *r, const struct report_number *n,
			 const struct report_histogram *h, unsigned percent)
{
	uint64_t total = report_total(h);
	uint64_t want = total / 100 * percent + total % 100 * percent / 100;
	uint64_t below = 0;
	size_t i = 0;

	while (i < h->n_bounds && (below += h->counts[i]) <= want)
		++i;

	put_fmt(r->out, ", %u %% %s ", percent, i < h->n_bounds ? "to"
		: "above");
	put_amount(r->out, n->unit, h->bounds[i < h->n_bounds ? i : i - 1]);
}


static void histogram(struct report *r, const struct report_number *n,
		      const struct report_histogram *h)
{
	uint64_t total = report_total(h);

	end_head(r);
	indent(r, r->depth);
	put_fmt(r->out, "%s %llu times", n->key, (unsigned long long)total);
	if (total) {
		put_str(r->out, str(", mean "));
		put_amount(r->out, n->unit, h->sum / (int64_t)total);
		if (h->n_bounds) {
			put_quantile(r, n, h, 50);
			put_quantile(r, n, h, 99);
		}
	}
	end_line(r);
}


const struct report_form report_form_text = {
	.content_type = "text/plain; charset=utf-8",
	.open = open_level,
	.close = close_level,
	.text = text,
	.item = item,
	.number = number,
	.histogram = histogram,
};
