/* What report.c and the three forms of a report share. */
#ifndef REPORT_INT_H
#define REPORT_INT_H

#include "base/report.h"

struct report_number {
	const char *key;
	const char *help;
	enum report_unit unit;
	bool is_count;
	int64_t v;
};

/* One form.  The level that is opened or closed is r->levels[r->depth - 1],
 * its members are counted before `text`, `number` and `histogram` are
 * called; all may set r->err. */
struct report_form {
	const char *content_type;
	bool is_samples;
	void (*open)(struct report *r, struct report_level *level);
	void (*close)(struct report *r, struct report_level *level);
	void (*text)(struct report *r, const char *key, struct str s,
		     bool is_label);
	void (*item)(struct report *r, struct str s);
	void (*number)(struct report *r, const struct report_number *n);
	void (*histogram)(struct report *r, const struct report_number *n,
			  const struct report_histogram *h);
	void (*fini)(struct report *r);          /* may be NULL */
};

extern const struct report_form report_form_text;
extern const struct report_form report_form_json;
extern const struct report_form report_form_prometheus;

/* The innermost level, or NULL. */
struct report_level *report_level(struct report *r);

enum { REPORT_NUMBER_MAX = 32 };

/* A number for machines, microseconds as seconds, without a locale.
 * out: REPORT_NUMBER_MAX bytes.  Returns `out`. */
const char *report_print_number(char *out, enum report_unit unit, int64_t v);

void report_put_number(struct writer *w, enum report_unit unit, int64_t v);

/* "_seconds", "_bytes" or "". */
const char *report_suffix(enum report_unit unit);

/* How many values there are. */
uint64_t report_total(const struct report_histogram *h);

#endif
