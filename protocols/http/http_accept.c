/* What a client would like to get (RFC 9110 s12). */
#include "http/http_accept.h"
#include "http/http_text.h"

enum { QUALITY_BAD = HTTP_QUALITY_MAX + 1 };

/* How a range fits: the more, the more specific. */
enum fit { NOT, ANY, TYPE, EXACT };


/* qvalue (s12.4.2): 0 or 1, and up to three digits; in thousandths. */
static unsigned parse_quality(struct str s)
{
	unsigned v, per = 100;

	if (!s.len || s.len > 5 || s.p[0] < '0' || s.p[0] > '1' ||
	    (s.len > 1 && s.p[1] != '.'))
		return QUALITY_BAD;

	v = s.p[0] == '1' ? HTTP_QUALITY_MAX : 0;
	for (size_t i = 2; i < s.len; i++, per /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return QUALITY_BAD;
		v += (unsigned)(s.p[i] - '0') * per;
	}

	return v > HTTP_QUALITY_MAX ? QUALITY_BAD : v;
}


/* Cut an element into its range and its weight, 1 if it has none.  What is
 * malformed is not acceptable. */
static unsigned split(struct str item, struct str *range)
{
	unsigned q = HTTP_QUALITY_MAX;

	*range = http_text_trim(http_text_cut(&item, ';'));

	while (item.len) {
		struct str value = http_text_cut(&item, ';');
		struct str name = http_text_trim(http_text_cut(&value, '='));

		if (http_text_eq(name, str("q")))
			q = parse_quality(http_text_trim(value));
	}

	return q > HTTP_QUALITY_MAX ? 0 : q;
}


static enum fit fit_type(struct str range, struct str type)
{
	size_t major = range.len > 2 ? range.len - 1 : 0;

	if (str_is(range, "*/*"))
		return ANY;
	if (http_text_eq(range, type))
		return EXACT;
	if (major && range.p[major] == '*' && range.p[major - 1] == '/' &&
	    type.len > major &&
	    http_text_eq(str_n(range.p, major), str_n(type.p, major)))
		return TYPE;

	return NOT;
}


static enum fit fit_coding(struct str range, struct str coding)
{
	if (str_is(range, "*"))
		return ANY;

	return http_text_eq(range, coding) ? EXACT : NOT;
}


/* The weight of what fits best; `otherwise` if nothing does. */
static unsigned weigh(const struct http_request *req, const char *name,
		      enum fit (*fit)(struct str range, struct str what),
		      struct str what, unsigned otherwise)
{
	struct http_items items = http_items(req, name);
	unsigned best_q = otherwise;
	enum fit best = NOT;
	struct str item, range;

	while (http_items_next(&items, &item)) {
		unsigned q = split(item, &range);
		enum fit how = fit(range, what);

		if (how > best) {
			best = how;
			best_q = q;
		}
	}

	return best_q;
}


unsigned http_accept_type(const struct http_request *req, struct str type)
{
	bool has_any = http_request_count(req, "Accept");

	return weigh(req, "Accept", fit_type, type,
		     has_any ? 0 : HTTP_QUALITY_MAX);
}


unsigned http_accept_encoding(const struct http_request *req,
			      struct str coding)
{
	bool is_identity = http_text_eq(coding, str("identity"));

	return weigh(req, "Accept-Encoding", fit_coding, coding,
		     is_identity ? HTTP_QUALITY_MAX : 0);
}
