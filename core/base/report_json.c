/* A report for the API: JSON (RFC 8259).  Numbers carry their unit in the
 * key; a histogram's buckets hold the values up to and including `le`. */
#include "base/report_int.h"
#include "base/text.h"


/* How many bytes at the start of `s` stand in JSON as they are; ASCII alone. */
static size_t n_plain(struct str s)
{
	size_t n = 0;

	while (n < s.len && (uint8_t)s.p[n] >= 0x20 &&
	       (uint8_t)s.p[n] < 0x80 && s.p[n] != '"' && s.p[n] != '\\')
		++n;

	return n;
}


/* Replace what is not UTF-8 by U+FFFD, as JSON must be UTF-8 (s8.1). */
static void put_string(struct writer *w, struct str s)
{
	uint32_t code;

	put_u8(w, '"');
	while (s.len) {
		size_t plain = n_plain(s), len;

		put_str(w, str_n(s.p, plain));
		s = str_n(s.p + plain, s.len - plain);
		if (!s.len)
			break;

		len = text_utf8(s, &code);

		if (!len) {
			put_str(w, str("\xef\xbf\xbd"));
			len = 1;
		}
		else if (code == '"' || code == '\\') {
			put_fmt(w, "\\%c", (int)code);
		}
		else if (code < 0x20) {
			put_fmt(w, "\\u%04x", (unsigned)code);
		}
		else {
			put_str(w, str_n(s.p, len));
		}
		s = str_n(s.p + len, s.len - len);
	}
	put_u8(w, '"');
}


static void key(struct report *r, const char *name, const char *suffix)
{
	if (report_level(r)->n > 1)
		put_u8(r->out, ',');
	put_u8(r->out, '"');
	put_str(r->out, str(name));
	put_str(r->out, str(suffix));
	put_str(r->out, str("\":"));
}


static void open_level(struct report *r, struct report_level *level)
{
	const struct report_level *parent = r->depth > 1 ? level - 1 : NULL;

	if ((parent ? parent->n : r->n_top) > 1)
		put_u8(r->out, ',');
	if (parent && !parent->is_list)
		put_fmt(r->out, "\"%s\":", level->name ? level->name : "");
	put_u8(r->out, level->is_list ? '[' : '{');
}


static void close_level(struct report *r, struct report_level *level)
{
	put_u8(r->out, level->is_list ? ']' : '}');
}


static void text(struct report *r, const char *name, struct str s,
		 bool is_label)
{
	(void)is_label;

	key(r, name, "");
	put_string(r->out, s);
}


static void item(struct report *r, struct str s)
{
	if (report_level(r)->n > 1)
		put_u8(r->out, ',');
	put_string(r->out, s);
}


static void number(struct report *r, const struct report_number *n)
{
	key(r, n->key, report_suffix(n->unit));
	if (n->unit == REPORT_BOOL)
		put_str(r->out, str(n->v ? "true" : "false"));
	else
		report_put_number(r->out, n->unit, n->v);
}


static void histogram(struct report *r, const struct report_number *n,
		      const struct report_histogram *h)
{
	uint64_t count = 0;

	key(r, n->key, report_suffix(n->unit));
	put_fmt(r->out, "{\"count\":%llu,\"sum\":",
		(unsigned long long)report_total(h));
	report_put_number(r->out, n->unit, h->sum);
	put_str(r->out, str(",\"buckets\":["));

	for (size_t i = 0; i < h->n_bounds; i++) {
		count += h->counts[i];
		put_fmt(r->out, "%s{\"le\":", i ? "," : "");
		report_put_number(r->out, n->unit, h->bounds[i]);
		put_fmt(r->out, ",\"count\":%llu}", (unsigned long long)count);
	}
	put_str(r->out, str("]}"));
}


const struct report_form report_form_json = {
	.content_type = "application/json",
	.open = open_level,
	.close = close_level,
	.text = text,
	.item = item,
	.number = number,
	.histogram = histogram,
};
