/* The opening handshake (RFC 6455 s4.2). */
#include "websocket/websocket_handshake.h"
#include <assert.h>
#include <openssl/evp.h>


enum {
	SHA1_LEN = 20,
	KEY_PADDING = 2,         /* "==" ends 16 bytes in base64 */
};

/* s1.3 */
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";


static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z');
}


/* RFC 9110 s5.6.2 */
static bool is_tchar(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}


static bool is_base64(char c)
{
	return is_alnum(c) || c == '+' || c == '/';
}


static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}


/* Is `s` the lower-case `z`, case aside? */
static bool is_word(struct str s, const char *z)
{
	size_t i = 0;

	while (i < s.len && z[i] && lower(s.p[i]) == z[i])
		++i;

	return i == s.len && !z[i];
}


static struct str trim(struct str s)
{
	while (s.len && (*s.p == ' ' || *s.p == '\t'))
		s = str_n(s.p + 1, s.len - 1);
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		--s.len;

	return s;
}


/* Cut the next element off a list (RFC 9110 s5.6.1), empty ones skipped.
 * False at its end. */
static bool next_element(struct str *list, struct str *element)
{
	while (list->len) {
		size_t n = 0;

		while (n < list->len && list->p[n] != ',')
			++n;
		*element = trim(str_n(list->p, n));
		n += n < list->len;
		*list = str_n(list->p + n, list->len - n);
		if (element->len)
			return true;
	}

	return false;
}


static bool has_word(struct str list, const char *word)
{
	struct str element;

	while (next_element(&list, &element)) {
		if (is_word(element, word))
			return true;
	}

	return false;
}


static bool is_token(struct str s)
{
	size_t i = 0;

	while (i < s.len && is_tchar(s.p[i]))
		++i;

	return s.len && i == s.len;
}


/* Base64 of 16 bytes; what the last four bits are does not matter. */
static bool is_key(struct str s)
{
	size_t i = 0, n = WEBSOCKET_KEY_LEN - KEY_PADDING;

	if (s.len != WEBSOCKET_KEY_LEN || memcmp(s.p + n, "==", KEY_PADDING))
		return false;

	while (i < n && is_base64(s.p[i]))
		++i;

	return i == n;
}


int websocket_request_check(const struct websocket_request *q)
{
	if (q->is_http10 || !has_word(q->upgrade, "websocket"))
		return -ENOENT;

	if (!str_is(q->method, "GET") || !trim(q->host).len ||
	    !has_word(q->connection, "upgrade"))
		return -EBADMSG;

	/* A client of another version may have other keys, or none. */
	if (!trim(q->version).len)
		return -EBADMSG;
	if (!str_is(trim(q->version), "13"))
		return -ENOTSUP;

	return is_key(trim(q->key)) ? 0 : -EBADMSG;
}


int websocket_accept_print(char *out, struct str key)
{
	char text[WEBSOCKET_KEY_LEN + sizeof(guid) - 1];
	uint8_t digest[SHA1_LEN], base64[WEBSOCKET_ACCEPT_LEN + 1];

	key = trim(key);
	assert(key.len == WEBSOCKET_KEY_LEN);
	memcpy(text, key.p, WEBSOCKET_KEY_LEN);
	memcpy(text + WEBSOCKET_KEY_LEN, guid, sizeof(guid) - 1);
	if (EVP_Digest(text, sizeof(text), digest, NULL, EVP_sha1(),
		       NULL) != 1)
		return -ENOTSUP;

	EVP_EncodeBlock(base64, digest, SHA1_LEN);
	memcpy(out, base64, sizeof(base64));

	return 0;
}


int websocket_protocol_choose(struct str offered, const char *const *ours,
			      size_t n, struct str *chosen)
{
	struct str best = { NULL, 0 }, element;

	while (next_element(&offered, &element)) {
		if (!is_token(element))
			return -EBADMSG;
		for (size_t i = 0; i < n && !best.len; i++) {
			if (str_is(element, ours[i]))
				best = element;
		}
	}
	if (!best.len)
		return -ENOENT;

	*chosen = best;

	return 0;
}
