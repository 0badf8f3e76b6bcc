/* The claims of a token: what it is good for. */
#include "jwt_app_claims.h"
#include <jansson.h>

/* Times beyond are as good as none. */
enum { YEAR_S = 366 * 24 * 3600 };
#define TIME_MAX ((double)YEAR_S * 10000)

typedef bool (fits_fn)(struct str claim, struct str text);


bool jwt_app_pattern_fits(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, from = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			from = t;
		} else if (p < pattern.len && (pattern.p[p] == '?' ||
					       pattern.p[p] == text.p[t])) {
			++p;
			++t;
		} else if (star != SIZE_MAX) {
			/* The last star takes one more. */
			p = star + 1;
			t = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		++p;

	return p == pattern.len;
}


/* A text, or one of a list of them. */
static bool has(const json_t *claim, fits_fn *fits, struct str text)
{
	if (json_is_string(claim))
		return fits(str_n(json_string_value(claim),
				  json_string_length(claim)), text);

	for (size_t i = 0; i < json_array_size(claim); i++) {
		const json_t *one = json_array_get(claim, i);

		if (json_is_string(one) && has(one, fits, text))
			return true;
	}

	return false;
}


/* A time, or 0 if there is none.  False: it makes no sense. */
static bool read_time(const json_t *claims, const char *name, int64_t *s)
{
	const json_t *claim = json_object_get(claims, name);
	const double v = json_number_value(claim);

	*s = 0;
	if (!claim)
		return true;
	if (!json_is_number(claim) || !(v >= 0 && v < TIME_MAX))
		return false;
	*s = (int64_t)v;

	/* What expired in 1970 has expired. */
	if (!*s)
		*s = 1;

	return true;
}


static const char *refuse_time(const json_t *claims,
			       const struct jwt_app_want *want,
			       int64_t *expires_s)
{
	int64_t not_before_s;

	if (!read_time(claims, "exp", expires_s) ||
	    !read_time(claims, "nbf", &not_before_s))
		return "the token makes no sense";
	if (*expires_s && want->now_s >= *expires_s + want->leeway_s)
		return "the token has expired";
	if (not_before_s && want->now_s + want->leeway_s < not_before_s)
		return "the token is not valid yet";

	return NULL;
}


static const char *refuse(const json_t *claims,
			  const struct jwt_app_want *want, int64_t *expires_s)
{
	static const char not_for_this[] = "the token is not for this";
	const json_t *app = json_object_get(claims, "application");

	if (!json_is_object(claims))
		return "the token makes no sense";
	if (want->issuer[0] &&
	    !has(json_object_get(claims, "iss"), str_eq, str(want->issuer)))
		return not_for_this;
	if (want->audience[0] &&
	    !has(json_object_get(claims, "aud"), str_eq, str(want->audience)))
		return not_for_this;
	if (app && !has(app, str_eq, want->application))
		return not_for_this;
	if (!has(json_object_get(claims, "action"), str_eq, str(want->action)))
		return not_for_this;
	if (!has(json_object_get(claims, "stream"), jwt_app_pattern_fits,
		 want->stream))
		return not_for_this;

	return refuse_time(claims, want, expires_s);
}


const char *jwt_app_claims_refuse(struct str text,
				  const struct jwt_app_want *want,
				  int64_t *expires_s)
{
	json_t *claims = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES,
				    NULL);
	const char *why;

	*expires_s = 0;
	why = refuse(claims, want, expires_s);
	json_decref(claims);

	return why;
}
