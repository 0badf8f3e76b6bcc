/* Delivery directives (draft-pantos-hls-rfc8216bis-22 s6.2.5). */
#include "hls/hls_request.h"


enum { NUMBER_DIGITS_MAX = 20 };         /* s4.2 */

static const char reserved[] = "_HLS_";


/* Cut the next `key=value` off a query; false at its end. */
static bool next_pair(struct str *query, struct str *pair, struct str *key,
		      struct str *value)
{
	size_t n = 0, n_key = 0;

	if (!query->len)
		return false;

	while (n < query->len && query->p[n] != '&')
		++n;
	*pair = str_n(query->p, n);
	n += n < query->len;
	*query = str_n(query->p + n, query->len - n);

	while (n_key < pair->len && pair->p[n_key] != '=')
		++n_key;
	*key = str_n(pair->p, n_key);
	n_key += n_key < pair->len;
	*value = str_n(pair->p + n_key, pair->len - n_key);

	return true;
}


static bool is_directive(struct str key)
{
	size_t n = sizeof(reserved) - 1;

	return key.len >= n && !memcmp(key.p, reserved, n);
}


/* A decimal-integer (s4.2), the first of its name. */
static int parse_number(struct str s, bool *has, uint64_t *v)
{
	uint64_t sum = 0;

	if (*has || !s.len || s.len > NUMBER_DIGITS_MAX)
		return -EBADMSG;

	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)s.p[i] - '0';

		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		sum = sum * 10 + digit;
	}
	*has = true;
	*v = sum;

	return 0;
}


static int parse_skip(struct str s, bool *has, enum hls_skip *skip)
{
	if (*has)
		return -EBADMSG;

	*has = true;
	if (str_is(s, "YES"))
		*skip = HLS_SKIP_YES;
	else if (str_is(s, "v2"))
		*skip = HLS_SKIP_V2;

	return 0;
}


int hls_request_parse(struct str query, struct hls_request *q)
{
	struct hls_request all = { 0 };
	struct str pair, key, value;
	bool has_skip = false;
	int err = 0;

	if (query.len > HLS_QUERY_MAX)
		return -EMSGSIZE;

	while (!err && next_pair(&query, &pair, &key, &value)) {
		if (str_is(key, "_HLS_msn"))
			err = parse_number(value, &all.has_msn, &all.msn);
		else if (str_is(key, "_HLS_part"))
			err = parse_number(value, &all.has_part, &all.part);
		else if (str_is(key, "_HLS_skip"))
			err = parse_skip(value, &has_skip, &all.skip);
	}
	if (err)
		return err;
	if (all.has_part && !all.has_msn)
		return -EBADMSG;

	*q = all;

	return 0;
}


/* What a query may hold (RFC 3986 s3.4), and "[", "]" and "|", which
 * applications write without asking. */
static bool is_query_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z') ||
		(c && strchr("-._~!$&'()*+,;=:@/?%[]|", c));
}


int hls_query_print(char *out, struct str query)
{
	struct str pair, key, value;
	size_t n = 0;

	while (next_pair(&query, &pair, &key, &value)) {
		if (!pair.len || is_directive(key))
			continue;
		for (size_t i = 0; i < pair.len; i++) {
			if (!is_query_char(pair.p[i]))
				return -EBADMSG;
		}

		if (n + pair.len + 2 > HLS_QUERY_MAX)
			return -EMSGSIZE;
		if (n)
			out[n++] = '&';
		memcpy(out + n, pair.p, pair.len);
		n += pair.len;
	}
	out[n] = '\0';

	return (int)n;
}
