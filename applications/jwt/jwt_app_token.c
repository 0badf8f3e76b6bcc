/* A token: where it stands, and whether it is good. */
#include "jwt_app_token.h"
#include "base/mem.h"
#include "base/text.h"

static const char bad[] = "the token is not valid";


static struct str value_of(struct str query, const char *name)
{
	const size_t len = strlen(name);

	while (query.len) {
		const char *end = memchr(query.p, '&', query.len);
		size_t n = end ? (size_t)(end - query.p) : query.len;

		if (n > len && !memcmp(query.p, name, len) &&
		    query.p[len] == '=')
			return str_n(query.p + len + 1, n - len - 1);
		n += end != NULL;
		query = str_n(query.p + n, query.len - n);
	}

	return str(NULL);
}


struct str jwt_app_token_find(struct str query)
{
	struct str token = value_of(query, "jwt");

	return token.len ? token : value_of(query, "token");
}


/* Its key, by its head; NULL: none of ours.  What the head says is taken from
 * nobody we know yet: it may choose among the keys, never the algorithm. */
static const struct jwt_app_key *key_of(const char *token,
					const struct jwt_app_keys *keys)
{
	const struct jwt_app_key *key = NULL;
	const char *alg;
	jwt_t *jwt = NULL;

	/* Without a key nothing is checked, and jwt_get_alg says none. */
	if (!jwt_decode(&jwt, token, NULL, 0)) {
		alg = jwt_get_header(jwt, "alg");
		if (alg && !strcmp(alg, jwt_alg_str(keys->alg)))
			key = jwt_app_keys_find(keys,
						jwt_get_header(jwt, "kid"));
	}
	jwt_free(jwt);

	return key;
}


/* The claims, between the dots; they were parsed before. */
static const char *refuse_claims(const char *token,
				 const struct jwt_app_want *want,
				 int64_t *expires_s)
{
	const char *begin = strchr(token, '.');
	const char *end = begin ? strchr(++begin, '.') : NULL;
	uint8_t json[JWT_APP_TOKEN_MAX];
	int len;

	if (!end)
		return bad;
	len = jwt_app_decode(json, sizeof(json),
			     str_n(begin, (size_t)(end - begin)));
	if (len < 0)
		return bad;

	return jwt_app_claims_refuse(str_of(slice(json, (size_t)len)), want,
				     expires_s);
}


static const char *refuse(const char *token, const struct jwt_app_keys *keys,
			  const struct jwt_app_want *want, int64_t *expires_s)
{
	const struct jwt_app_key *key = key_of(token, keys);
	const char *why = bad;
	jwt_t *jwt = NULL;

	if (key && !jwt_decode(&jwt, token, key->bytes, (int)key->len) &&
	    jwt_get_alg(jwt) == keys->alg)
		why = refuse_claims(token, want, expires_s);
	jwt_free(jwt);

	return why;
}


const char *jwt_app_token_refuse(struct str token,
				 const struct jwt_app_keys *keys,
				 const struct jwt_app_want *want,
				 int64_t *expires_s)
{
	const char *why;
	char *text;

	*expires_s = 0;
	if (!token.len)
		return "a token is needed";
	if (token.len > JWT_APP_TOKEN_MAX || memchr(token.p, '\0', token.len))
		return bad;

	text = text_dup(token);
	if (!text)
		return "out of memory";
	why = refuse(text, keys, want, expires_s);
	mem_free(text);

	return why;
}
