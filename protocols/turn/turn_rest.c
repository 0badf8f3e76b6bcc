/* Time-limited users with a shared secret. */
#include "turn/turn_rest.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "base/mem.h"
#include "base/text.h"
#include "stun/stun_crypto.h"

enum { DIGITS_MAX = 12 };


void turn_rest_init(struct turn_rest *rest, const struct turn_rest_conf *conf)
{
	memset(rest, 0, sizeof(*rest));
	rest->conf = *conf;
	if (!rest->conf.separator)
		rest->conf.separator = ':';
}


void turn_rest_fini(struct turn_rest *rest)
{
	for (size_t i = 0; i < rest->n_secrets; i++) {
		OPENSSL_cleanse(rest->secrets[i], strlen(rest->secrets[i]));
		rest->secrets[i] = mem_free(rest->secrets[i]);
	}
	rest->n_secrets = 0;
}


int turn_rest_add(struct turn_rest *rest, struct str secret)
{
	if (!secret.len || memchr(secret.p, 0, secret.len))
		return -EBADMSG;
	if (secret.len > TURN_REST_SECRET_LEN_MAX ||
	    rest->n_secrets == TURN_REST_SECRETS_MAX)
		return -EMSGSIZE;

	rest->secrets[rest->n_secrets] = text_dup(secret);
	if (!rest->secrets[rest->n_secrets])
		return -ENOMEM;
	++rest->n_secrets;

	return 0;
}


int turn_rest_parse(const struct turn_rest *rest, struct str username,
		    int64_t wall_s, struct turn_rest_name *name)
{
	int64_t expires_s = 0;
	size_t n = 0;

	while (n < username.len && username.p[n] >= '0' &&
	       username.p[n] <= '9' && n <= DIGITS_MAX)
		expires_s = expires_s * 10 + (username.p[n++] - '0');

	if (!n || n > DIGITS_MAX ||
	    (n < username.len && username.p[n] != rest->conf.separator))
		return -EBADMSG;
	if (expires_s <= wall_s)
		return -ETIMEDOUT;
	if (rest->conf.horizon_s &&
	    expires_s - wall_s > rest->conf.horizon_s)
		return -EACCES;

	name->expires_s = expires_s;
	name->user = username;
	if (username.len > n + 1)
		name->user = str_n(username.p + n + 1, username.len - n - 1);

	return 0;
}


int turn_rest_password(char *out, enum turn_rest_digest digest,
		       struct str secret, struct str username)
{
	bool is_sha1 = digest == TURN_REST_SHA1;
	struct slice part = slice(username.p, username.len);
	uint8_t mac[32];
	int err = stun_hmac(is_sha1 ? "SHA1" : "SHA256",
			    slice(secret.p, secret.len), &part, 1, mac);

	if (err)
		return err;

	err = EVP_EncodeBlock((uint8_t *)out, mac, is_sha1 ? 20 : 32);
	OPENSSL_cleanse(mac, sizeof(mac));

	return err;
}
