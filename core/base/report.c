/* What an object says of itself: what all forms of a report share. */
#include "base/report.h"
#include <assert.h>
#include "base/report_int.h"


static const struct report_form *const forms[] = {
	[REPORT_TEXT] = &report_form_text,
	[REPORT_JSON] = &report_form_json,
	[REPORT_PROMETHEUS] = &report_form_prometheus,
};


struct report_level *report_level(struct report *r)
{
	return r->depth ? &r->levels[r->depth - 1] : NULL;
}


const char *report_suffix(enum report_unit unit)
{
	switch (unit) {

	case REPORT_BYTES: return "_bytes";
	case REPORT_US:    return "_seconds";
	default:           return "";
	}
}


/* As "%lld" does, in a tenth of its time: lists are made of these. */
static const char *print_whole(char *out, int64_t v)
{
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char digits[REPORT_NUMBER_MAX];
	size_t n = 0, len = 0;

	do
		digits[n++] = (char)('0' + abs % 10);
	while (abs /= 10);
	if (v < 0)
		out[len++] = '-';
	while (n)
		out[len++] = digits[--n];
	out[len] = '\0';

	return out;
}


const char *report_print_number(char *out, enum report_unit unit, int64_t v)
{
	uint64_t per = unit == REPORT_US ? 1000000
		     : unit == REPORT_MILLI ? 1000 : 1;
	uint64_t abs = v < 0 ? -(uint64_t)v : (uint64_t)v;
	size_t n = 0;

	if (per == 1)
		return print_whole(out, v);

	if (v < 0)
		out[n++] = '-';
	print_whole(out + n, (int64_t)(abs / per));
	n += strlen(out + n);
	out[n++] = '.';
	for (abs %= per; per > 1; abs %= per) {
		per /= 10;
		out[n++] = (char)('0' + abs / per);
	}
	while (out[n - 1] == '0')
		--n;
	if (out[n - 1] == '.')
		--n;
	out[n] = '\0';

	return out;
}


void report_put_number(struct writer *w, enum report_unit unit, int64_t v)
{
	char out[REPORT_NUMBER_MAX];

	put_str(w, str(report_print_number(out, unit, v)));
}


uint64_t report_total(const struct report_histogram *h)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= h->n_bounds; i++)
		n += h->counts[i];

	return n;
}


void report_init(struct report *r, enum report_format format,
		 struct writer *out)
{
	memset(r, 0, sizeof(*r));
	r->form = forms[format];
	r->out = out;
	r->labels = writer(out->max);
	hash_init(&r->families, REPORT_FAMILIES_MAX);
}


int report_fini(struct report *r)
{
	assert(!r->depth);

	if (r->form->fini)
		r->form->fini(r);
	hash_fini(&r->families);
	writer_fini(&r->labels);

	return r->err ? r->err : r->out->err;
}


bool report_is_samples(const struct report *r)
{
	return r->form->is_samples;
}


const char *report_content_type(enum report_format format)
{
	return forms[format]->content_type;
}


/* Count one more member of what is open. */
static void count_member(struct report *r, bool is_label)
{
	struct report_level *level = report_level(r);

	if (!level) {
		++r->n_top;
		return;
	}

	/* NOTE: a sample shows the labels that came before it. */
	assert(!is_label || !level->has_values);
	level->has_values |= !is_label;
	++level->n;
}


static void open_level(struct report *r, const char *name, bool is_list)
{
	struct report_level *level;

	assert(r->depth < REPORT_DEPTH_MAX);

	count_member(r, false);
	level = &r->levels[r->depth++];
	level->name = name;
	level->is_list = is_list;
	level->has_values = false;
	level->n = 0;
	level->labels_len = r->labels.len;

	if (!r->err)
		r->form->open(r, level);
}


static void close_level(struct report *r, bool is_list)
{
	struct report_level *level = report_level(r);

	assert(level && level->is_list == is_list);

	if (!r->err)
		r->form->close(r, level);
	r->labels.len = level->labels_len;
	--r->depth;
}


void report_open(struct report *r, const char *type)
{
	open_level(r, type, false);
}


void report_close(struct report *r)
{
	close_level(r, false);
}


void report_list_open(struct report *r, const char *name)
{
	open_level(r, name, true);
}


void report_list_close(struct report *r)
{
	close_level(r, true);
}


/* Values stand in objects only. */
static void member(struct report *r, bool is_label)
{
	assert(r->depth && !report_level(r)->is_list);

	count_member(r, is_label);
}


void report_label(struct report *r, const char *key, struct str s)
{
	member(r, true);
	if (!r->err)
		r->form->text(r, key, s, true);
}


void report_text(struct report *r, const char *key, struct str s)
{
	member(r, false);
	if (!r->err)
		r->form->text(r, key, s, false);
}


void report_item(struct report *r, struct str s)
{
	assert(r->depth && report_level(r)->is_list);

	count_member(r, false);
	if (!r->err && r->form->item)
		r->form->item(r, s);
}


static void number(struct report *r, const struct report_number *n)
{
	member(r, false);
	if (!r->err)
		r->form->number(r, n);
}


void report_count(struct report *r, const char *key, enum report_unit unit,
		  int64_t v, const char *help)
{
	number(r, &(struct report_number){ key, help, unit, true, v });
}


void report_gauge(struct report *r, const char *key, enum report_unit unit,
		  int64_t v, const char *help)
{
	number(r, &(struct report_number){ key, help, unit, false, v });
}


void report_histogram(struct report *r, const char *key,
		      enum report_unit unit, const struct report_histogram *h,
		      const char *help)
{
	const struct report_number n = { key, help, unit, false, 0 };

	member(r, false);
	if (!r->err)
		r->form->histogram(r, &n, h);
}
