/* Cookies that the server need not remember. */
#include "dtls/dtls_cookie.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>


enum {
	MAC_LEN = 32,
	ADDR_MAX = 1 + 16 + 2,   /* length, address, port */
	TEXT_MAX = 8 + 2 * ADDR_MAX + DTLS_RANDOM_LEN,
	MINUTE_US = DTLS_COOKIE_S * 1000000,
};


static uint8_t *put(uint8_t *p, struct slice s)
{
	memcpy(p, s.p, s.len);

	return p + s.len;
}


static uint8_t *put_addr(uint8_t *p, const struct addr *addr)
{
	struct slice ip = slice(NULL, 0);
	uint16_t port = 0;

	if (addr->u.sa.sa_family) {
		ip = addr_ip(addr);
		port = addr_port(addr);
	}

	*p++ = (uint8_t)ip.len;
	if (ip.len)
		p = put(p, ip);

	return put(p, slice(&port, sizeof(port)));
}


static int make(uint8_t out[DTLS_COOKIE_LEN],
		const uint8_t key[DTLS_COOKIE_KEY_LEN],
		const struct dtls_path *path, const struct dtls_hello *hello,
		int64_t minute)
{
	uint8_t text[TEXT_MAX], mac[MAC_LEN], *end;
	size_t len;

	end = put(text, slice(&minute, sizeof(minute)));
	end = put_addr(end, &path->peer);
	end = put_addr(end, &path->local);
	end = put(end, hello->random);

	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key,
		       DTLS_COOKIE_KEY_LEN, text, (size_t)(end - text), mac,
		       sizeof(mac), &len))
		return -ENOMEM;
	memcpy(out, mac, DTLS_COOKIE_LEN);

	return 0;
}


int dtls_cookie_make(uint8_t out[DTLS_COOKIE_LEN],
		     const uint8_t key[DTLS_COOKIE_KEY_LEN],
		     const struct dtls_path *path,
		     const struct dtls_hello *hello, int64_t now_us)
{
	return make(out, key, path, hello, now_us / MINUTE_US);
}


bool dtls_cookie_is_valid(const uint8_t key[DTLS_COOKIE_KEY_LEN],
			  const struct dtls_path *path,
			  const struct dtls_hello *hello, int64_t now_us)
{
	uint8_t want[DTLS_COOKIE_LEN];

	if (hello->cookie.len != DTLS_COOKIE_LEN)
		return false;

	for (int age = 0; age < 2; age++) {
		if (!make(want, key, path, hello, now_us / MINUTE_US - age) &&
		    !CRYPTO_memcmp(want, hello->cookie.p, sizeof(want)))
			return true;
	}

	return false;
}
