/* Conditional requests (RFC 9110 s8.8, s13). */
#include "http/http_conditional.h"
#include "http/http_date.h"
#include "http/http_text.h"

enum compare { WEAK, STRONG };


/* Cut one entity tag off `rest`, and the comma behind it: no list of
 * http_text, since a backslash escapes nothing here.  False at the end, and
 * at what is no tag. */
static bool next_tag(struct str *rest, struct str *tag)
{
	struct str s = http_text_trim(*rest);
	const char *end;
	size_t n = 0;

	while (s.len && s.p[0] == ',')
		s = http_text_trim(http_text_from(s, 1));
	if (s.len > 1 && s.p[0] == 'W' && s.p[1] == '/')
		n = 2;
	if (n >= s.len || s.p[n] != '"')
		return false;

	end = memchr(s.p + n + 1, '"', s.len - n - 1);
	if (!end)
		return false;

	n = (size_t)(end - s.p) + 1;
	*tag = str_n(s.p, n);
	*rest = http_text_trim(http_text_from(s, n));

	return !rest->len || rest->p[0] == ',';
}


static bool is_weak(struct str tag)
{
	return tag.len && tag.p[0] == 'W';
}


/* s8.8.3.2 */
static bool is_same_tag(struct str a, struct str b, enum compare how)
{
	if (how == STRONG && (is_weak(a) || is_weak(b)))
		return false;

	return str_eq(http_text_from(a, is_weak(a) ? 2 : 0),
		      http_text_from(b, is_weak(b) ? 2 : 0));
}


/* Is our tag in the list, or the list "*" and something there? */
static bool lists_tag(const struct http_request *req, const char *name,
		      const struct http_validators *v, enum compare how)
{
	for (size_t i = 0; i < req->n_fields; i++) {
		struct str rest = req->fields[i].value, tag;

		if (!http_text_eq(req->fields[i].name, str(name)))
			continue;
		if (str_is(rest, "*"))
			return v->exists;
		while (next_tag(&rest, &tag)) {
			if (v->exists && v->etag.len &&
			    is_same_tag(tag, v->etag, how))
				return true;
		}
	}

	return false;
}


/* The date in the field `name`; false if there is none to compare with
 * ours: a bad date, and two of them, count as none (s13.1.3, s13.1.4). */
static bool read_date(const struct http_request *req, const char *name,
		      const struct http_validators *v, int64_t now_s,
		      int64_t *date_s)
{
	return v->exists && v->has_modified &&
		http_request_count(req, name) == 1 &&
		!http_date_parse(date_s, http_request_find(req, name), now_s);
}


/* Must the request not be carried out, since the state is not as it says? */
static bool has_failed(const struct http_request *req,
		       const struct http_validators *v, int64_t now_s)
{
	int64_t date_s;

	if (http_request_count(req, "If-Match"))
		return !lists_tag(req, "If-Match", v, STRONG);

	return read_date(req, "If-Unmodified-Since", v, now_s, &date_s) &&
		v->modified_s > date_s;
}


int http_conditional_check(const struct http_request *req,
			   const struct http_validators *v, int64_t now_s)
{
	bool is_read = req->method == HTTP_GET || req->method == HTTP_HEAD;
	int64_t date_s;

	if (has_failed(req, v, now_s))
		return 412;

	if (http_request_count(req, "If-None-Match")) {
		if (!lists_tag(req, "If-None-Match", v, WEAK))
			return 0;
		return is_read ? 304 : 412;
	}

	if (is_read &&
	    read_date(req, "If-Modified-Since", v, now_s, &date_s) &&
	    v->modified_s <= date_s)
		return 304;

	return 0;
}


bool http_conditional_has_range(const struct http_request *req,
				const struct http_validators *v,
				int64_t now_s)
{
	struct str value = http_request_find(req, "If-Range"), tag;
	int64_t date_s;

	if (req->method != HTTP_GET || http_request_count(req, "Range") != 1)
		return false;
	if (!http_request_count(req, "If-Range"))
		return true;

	/* A date is exact here, and strong: what changed twice within its
	 * second is named by a tag, if at all. */
	if (read_date(req, "If-Range", v, now_s, &date_s))
		return v->modified_s == date_s;

	return v->exists && v->etag.len && next_tag(&value, &tag) &&
		!value.len && is_same_tag(tag, v->etag, STRONG);
}
