/* The signature of what is sent. */
#include "webhooks_sign.h"
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include "base/error.h"

enum { SHA256_LEN = 32, TIME_SIZE = 24 };


static bool mac_two(uint8_t *out, struct str secret, struct slice a,
		    struct slice b)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	size_t len;
	bool ok;

	ok = ctx && EVP_MAC_init(ctx, (const uint8_t *)secret.p, secret.len,
				 params) &&
	     EVP_MAC_update(ctx, a.p, a.len) &&
	     EVP_MAC_update(ctx, b.p, b.len) &&
	     EVP_MAC_final(ctx, out, &len, SHA256_LEN);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);

	return ok;
}


int webhooks_sign(char *buf, struct str secret, int64_t seconds,
		  struct slice body)
{
	uint8_t mac[SHA256_LEN];
	char time[TIME_SIZE];
	int n = snprintf(time, sizeof(time), "%lld.", (long long)seconds);
	size_t len;

	if (!mac_two(mac, secret, slice(time, (size_t)n), body))
		return -ENOMEM;

	len = (size_t)snprintf(buf, WEBHOOKS_SIGNATURE_SIZE, "t=%lld,v1=",
			       (long long)seconds);
	for (size_t i = 0; i < sizeof(mac); i++)
		len += (size_t)snprintf(buf + len,
					WEBHOOKS_SIGNATURE_SIZE - len,
					"%02x", mac[i]);

	return 0;
}
