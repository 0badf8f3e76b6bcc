/* The keys that tokens are checked with. */
#include "jwt_app_keys.h"
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include "base/mem.h"
#include "base/text.h"


enum {
	RSA_BITS_MIN = 2048,     /* RFC 7518 s3.3 */
	NUMBER_MAX = 2048,       /* bytes of a number in a JWK */
	CURVE_NAME_MAX = 32,
};

/* What the algorithms ask of a key. */
static const struct algorithm {
	jwt_alg_t alg;
	const char *name;
	const char *kty;         /* RFC 7518 s6.1 */
	size_t secret_min;       /* bytes: RFC 7518 s3.2 */
	const char *crv;         /* of JWK, and */
	const char *curve;       /* of OpenSSL: RFC 7518 s3.4 */
	size_t coordinate;       /* bytes */
} algorithms[] = {
	{ JWT_ALG_HS256, "HS256", "oct", 32, NULL, NULL, 0 },
	{ JWT_ALG_HS384, "HS384", "oct", 48, NULL, NULL, 0 },
	{ JWT_ALG_HS512, "HS512", "oct", 64, NULL, NULL, 0 },
	{ JWT_ALG_RS256, "RS256", "RSA", 0, NULL, NULL, 0 },
	{ JWT_ALG_RS384, "RS384", "RSA", 0, NULL, NULL, 0 },
	{ JWT_ALG_RS512, "RS512", "RSA", 0, NULL, NULL, 0 },
	{ JWT_ALG_ES256, "ES256", "EC", 0, "P-256", "prime256v1", 32 },
	{ JWT_ALG_ES384, "ES384", "EC", 0, "P-384", "secp384r1", 48 },
	{ JWT_ALG_ES512, "ES512", "EC", 0, "P-521", "secp521r1", 66 },
};


static const struct algorithm *algorithm_of(const struct jwt_app_keys *keys)
{
	const struct algorithm *a = algorithms;

	while (a->alg != keys->alg)
		++a;

	return a;
}


static int add(struct jwt_app_keys *keys, struct slice bytes, struct str kid)
{
	struct jwt_app_key *key = &keys->at[keys->n];

	if (keys->n == JWT_APP_KEYS_MAX)
		return -EMSGSIZE;

	key->kid = text_dup(kid);
	key->bytes = mem_zalloc(bytes.len + 1);
	if (!key->kid || !key->bytes) {
		key->kid = mem_free(key->kid);
		key->bytes = mem_free(key->bytes);
		return -ENOMEM;
	}
	if (bytes.len)
		memcpy(key->bytes, bytes.p, bytes.len);
	key->len = bytes.len;
	++keys->n;

	return 0;
}


/* -- keys of OpenSSL -- */

/* What is wrong with it for this algorithm, or NULL. */
static const char *refuse_key(const struct algorithm *a, const EVP_PKEY *key)
{
	char curve[CURVE_NAME_MAX] = "";

	if (!strcmp(a->kty, "RSA")) {
		if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
			return "is no RSA key";
		return EVP_PKEY_get_bits(key) < RSA_BITS_MIN
			? "has less than 2048 bits" : NULL;
	}

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return "is no key of an elliptic curve";
	EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL);

	return strcmp(curve, a->curve) ? "is of another curve" : NULL;
}


static int add_public(struct jwt_app_keys *keys, const EVP_PKEY *key,
		      struct str kid, const char **why)
{
	BIO *bio;
	char *text;
	long len;
	int err = -ENOMEM;

	*why = refuse_key(algorithm_of(keys), key);
	if (*why)
		return -EBADMSG;

	bio = BIO_new(BIO_s_mem());
	if (bio && PEM_write_bio_PUBKEY(bio, key)) {
		len = BIO_get_mem_data(bio, &text);
		err = add(keys, slice(text, (size_t)len), kid);
	}
	BIO_free(bio);

	return err;
}


static int add_pem(struct jwt_app_keys *keys, struct slice pem,
		   const char **why)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL)
			    : NULL;
	int err = -EBADMSG;

	*why = "has no public key in PEM (BEGIN PUBLIC KEY)";
	if (key)
		err = add_public(keys, key, str(NULL), why);
	EVP_PKEY_free(key);
	BIO_free(bio);

	return err;
}


static int add_secret(struct jwt_app_keys *keys, struct slice secret,
		      struct str kid, const char **why)
{
	if (secret.len < algorithm_of(keys)->secret_min) {
		*why = "is too short: 32, 48, 64 bytes at least for HS256, "
		       "HS384, HS512";
		return -EBADMSG;
	}

	return add(keys, secret, kid);
}


int jwt_app_keys_add(struct jwt_app_keys *keys, struct slice key,
		     const char **why)
{
	if (!strcmp(algorithm_of(keys)->kty, "oct"))
		return add_secret(keys, key, str(NULL), why);

	return add_pem(keys, key, why);
}


/* -- JWK sets -- */

int jwt_app_decode(uint8_t *out, size_t size, struct str text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
				     "klmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	int n_bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *digit = memchr(digits, text.p[i],
					   sizeof(digits) - 1);

		if (!digit || len == size)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - digits);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[len++] = (uint8_t)(bits >> n_bits);
		}
	}

	return (int)len;
}


static int decode(uint8_t *out, size_t size, const char *text)
{
	return jwt_app_decode(out, size, str(text));
}


static const char *text_of(const json_t *jwk, const char *name)
{
	const char *text = json_string_value(json_object_get(jwk, name));

	return text ? text : "";
}


static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);

	return key;
}


/* RFC 7518 s6.3.1. */
static EVP_PKEY *make_rsa(const json_t *jwk, OSSL_PARAM_BLD *build)
{
	uint8_t n[NUMBER_MAX], e[NUMBER_MAX];
	int n_len = decode(n, sizeof(n), text_of(jwk, "n"));
	int e_len = decode(e, sizeof(e), text_of(jwk, "e"));
	BIGNUM *bn_n, *bn_e;
	EVP_PKEY *key = NULL;

	if (n_len <= 0 || e_len <= 0)
		return NULL;

	bn_n = BN_bin2bn(n, n_len, NULL);
	bn_e = BN_bin2bn(e, e_len, NULL);
	if (bn_n && bn_e &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn_n) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, bn_e))
		key = make_key("RSA", build);
	BN_free(bn_n);
	BN_free(bn_e);

	return key;
}


/* RFC 7518 s6.2.1: as an uncompressed point (SEC 1 s2.3.3). */
static EVP_PKEY *make_ec(const struct algorithm *a, const json_t *jwk,
			 OSSL_PARAM_BLD *build)
{
	const size_t n = a->coordinate;
	uint8_t point[1 + 2 * NUMBER_MAX] = { 4 };

	if (strcmp(text_of(jwk, "crv"), a->crv) ||
	    decode(point + 1, n, text_of(jwk, "x")) != (int)n ||
	    decode(point + 1 + n, n, text_of(jwk, "y")) != (int)n)
		return NULL;
	if (!OSSL_PARAM_BLD_push_utf8_string(build,
					     OSSL_PKEY_PARAM_GROUP_NAME,
					     a->curve, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
					      point, 1 + 2 * n))
		return NULL;

	return make_key("EC", build);
}


static int add_public_jwk(struct jwt_app_keys *keys, const json_t *jwk,
			  const char **why)
{
	const struct algorithm *a = algorithm_of(keys);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;
	int err = -EBADMSG;

	*why = "has a key that is none";
	if (build)
		key = a->crv ? make_ec(a, jwk, build) : make_rsa(jwk, build);
	if (key)
		err = add_public(keys, key, str(text_of(jwk, "kid")), why);
	EVP_PKEY_free(key);
	OSSL_PARAM_BLD_free(build);

	return err;
}


static int add_jwk(struct jwt_app_keys *keys, const json_t *jwk,
		   const char **why)
{
	uint8_t secret[NUMBER_MAX];
	int len;

	if (strcmp(algorithm_of(keys)->kty, "oct"))
		return add_public_jwk(keys, jwk, why);

	len = decode(secret, sizeof(secret), text_of(jwk, "k"));

	return add_secret(keys, slice(secret, len > 0 ? (size_t)len : 0),
			  str(text_of(jwk, "kid")), why);
}


/* Others may stand in the set, for others. */
static bool is_for_us(const struct algorithm *a, const json_t *jwk)
{
	const char *use = text_of(jwk, "use"), *alg = text_of(jwk, "alg");

	return !strcmp(text_of(jwk, "kty"), a->kty) &&
	       (!use[0] || !strcmp(use, "sig")) &&
	       (!alg[0] || !strcmp(alg, a->name)) &&
	       (!a->crv || !strcmp(text_of(jwk, "crv"), a->crv));
}


int jwt_app_keys_add_set(struct jwt_app_keys *keys, struct slice json,
			 const char **why)
{
	json_t *set = json_loadb((const char *)json.p, json.len, 0, NULL);
	const json_t *list = json_object_get(set, "keys");
	const size_t n_before = keys->n;
	int err = 0;

	*why = "is no JWK set";
	if (!json_is_array(list))
		err = -EBADMSG;
	for (size_t i = 0; i < json_array_size(list) && !err; i++) {
		const json_t *jwk = json_array_get(list, i);

		if (is_for_us(algorithm_of(keys), jwk))
			err = add_jwk(keys, jwk, why);
	}
	if (!err && keys->n == n_before) {
		*why = "has no key for this algorithm";
		err = -EBADMSG;
	}
	json_decref(set);

	return err;
}


const struct jwt_app_key *jwt_app_keys_find(const struct jwt_app_keys *keys,
					    const char *kid)
{
	for (size_t i = 0; kid && i < keys->n; i++) {
		if (!strcmp(keys->at[i].kid, kid))
			return &keys->at[i];
	}

	/* A single key that has no name is for all. */
	if (keys->n == 1 && (!kid || !keys->at[0].kid[0]))
		return &keys->at[0];

	return NULL;
}


void jwt_app_keys_fini(struct jwt_app_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		explicit_bzero(keys->at[i].bytes, keys->at[i].len);
		mem_free(keys->at[i].bytes);
		mem_free(keys->at[i].kid);
	}
	keys->n = 0;
}
