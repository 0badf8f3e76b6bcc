/* Tokens: signatures, keys, and those who try to choose their own. */
#include "applications/jwt/jwt_app_token.h"
#include <stdio.h>
#include <stdlib.h>
#include "test.h"

enum { NOW_S = 1300000000 };

/* RFC 7515 A.1 to A.3: the claims, signed in three ways. */
#define CLAIMS "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly" \
	"9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define HS256 "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS \
	".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define RS256 "eyJhbGciOiJSUzI1NiJ9." CLAIMS \
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7A" \
	"AuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAyn" \
	"RFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRm" \
	"B_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh" \
	"6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGl" \
	"UPQGe77Rw"
#define ES256 "eyJhbGciOiJFUzI1NiJ9." CLAIMS \
	".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSAp" \
	"mWQxfKTUJqPP3-Kg6NU1Q"

static const char jwks[] = "{\"keys\":["
	"{\"kty\":\"oct\",\"kid\":\"o\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwV"
	"MkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"},"
	"{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
	"{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTb"
	"ji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"
	"pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXn"
	"dS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxv"
	"b3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFk"
	"MLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"},"
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMz"
	"V76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIW"
	"I5a0\"}]}";

static const char not_valid[] = "the token is not valid";
static const char not_for[] = "the token is not for this";


static int read_keys(struct jwt_app_keys *keys, const char *alg)
{
	const char *why;

	memset(keys, 0, sizeof(*keys));
	keys->alg = jwt_str_alg(alg);

	return jwt_app_keys_add_set(keys, slice(jwks, strlen(jwks)), &why);
}


static const char *refuse(const char *token, const struct jwt_app_keys *keys)
{
	const struct jwt_app_want want = {
		.application = str("live"), .stream = str("s"),
		.action = "play", .issuer = "", .audience = "",
		.now_s = NOW_S,
	};
	int64_t expires_s;
	const char *why = jwt_app_token_refuse(str(token), keys, &want,
					       &expires_s);

	return why ? why : "";
}


/* The RFC's claims say nothing of streams, so that a token whose signature is
 * right is one "not for this". */
TEST(jwt_app_token_rfc7515)
{
	static const char *const algs[] = { "HS256", "RS256", "ES256" };
	static const char *const tokens[] = { HS256, RS256, ES256 };
	struct jwt_app_keys keys;
	char token[1024];
	int err = 0;

	for (size_t i = 0; i < 3; i++) {
		TEST_ERR(read_keys(&keys, algs[i]));
		TEST_EQ(1, keys.n);
		for (size_t k = 0; k < 3; k++) {
			const char *why = refuse(tokens[k], &keys);

			TEST_EXPECT(!strcmp(i == k ? not_for : not_valid,
					    why));
		}

		/* Another signature. */
		memset(token, 0, sizeof(token));
		memcpy(token, tokens[i], strlen(tokens[i]));
		token[strlen(token) - 10] ^= 1;
		TEST_EXPECT(!strcmp(not_valid, refuse(token, &keys)));
		jwt_app_keys_fini(&keys);
	}
 out:
	jwt_app_keys_fini(&keys);
	return err;
}


/* alg "none", and a public key taken for a secret. */
TEST(jwt_app_token_algorithm)
{
	struct jwt_app_keys keys;
	char forged[1024] = "";
	FILE *file = NULL;
	jwt_t *jwt = NULL;
	int err;

	TEST_ERR(read_keys(&keys, "RS256"));
	TEST_EXPECT(!strcmp(not_valid, refuse("eyJhbGciOiJub25lIn0." CLAIMS
					      ".", &keys)));
	TEST_EXPECT(!strcmp(not_valid, refuse("eyJhbGciOiJub25lIn0." CLAIMS,
					      &keys)));

	TEST_OK(!jwt_new(&jwt));
	TEST_OK(!jwt_add_grant(jwt, "stream", "*"));
	TEST_OK(!jwt_add_grant(jwt, "action", "play"));
	TEST_OK(!jwt_set_alg(jwt, JWT_ALG_HS256, keys.at[0].bytes,
			     (int)keys.at[0].len));
	file = fmemopen(forged, sizeof(forged), "w");
	TEST_OK(file && !jwt_encode_fp(jwt, file));
	fclose(file);
	TEST_EXPECT(!strcmp(not_valid, refuse(forged, &keys)));

	/* It is good for whom it was made for. */
	keys.alg = JWT_ALG_HS256;
	TEST_EXPECT(!strcmp("", refuse(forged, &keys)));
 out:
	jwt_free(jwt);
	jwt_app_keys_fini(&keys);
	return err;
}


TEST(jwt_app_token_malformed)
{
	static const char *const tokens[] = {
		".", "..", "...", "a.b.c", "eyJhbGciOiJIUzI1NiJ9",
		"eyJhbGciOiJIUzI1NiJ9.", "eyJhbGciOiJIUzI1NiJ9..",
		"eyJhbGciOiJIUzI1NiJ9.e30.", "!!!!.????.----",
		"bnVsbA.bnVsbA.bnVsbA", "W10.W10.W10", HS256 "x",
		HS256 ".", HS256 ".x",
	};
	struct jwt_app_keys keys;
	char *longest = NULL;
	int err;

	TEST_ERR(read_keys(&keys, "HS256"));
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		const char *why = refuse(tokens[i], &keys);

		TEST_EXPECT(!strcmp(not_valid, why));
	}
	TEST_OK(!strcmp("a token is needed", refuse("", &keys)));

	longest = calloc(1, JWT_APP_TOKEN_MAX + 2);
	TEST_PTR(longest);
	memset(longest, 'a', JWT_APP_TOKEN_MAX + 1);
	TEST_OK(!strcmp(not_valid, refuse(longest, &keys)));
 out:
	free(longest);
	jwt_app_keys_fini(&keys);
	return err;
}


TEST(jwt_app_keys_faults)
{
	static const struct {
		const char *alg, *set;
	} rows[] = {
		{ "HS256", "" },
		{ "HS256", "[]" },
		{ "HS256", "{\"keys\":[]}" },
		{ "HS256", "{\"keys\":[null,1]}" },
		{ "HS256", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}" },
		{ "RS256", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\","
			   "\"e\":\"AQAB\"}]}" },
		{ "RS256", "{\"keys\":[{\"kty\":\"RSA\"}]}" },
		{ "ES256", "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
			   "\"x\":\"AA\",\"y\":\"AA\"}]}" },
		{ "ES384", jwks },
	};
	struct jwt_app_keys keys = { .n = 0 };
	const char *why;
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		keys.alg = jwt_str_alg(rows[i].alg);
		TEST_ERRNO(-EBADMSG, jwt_app_keys_add_set(
			&keys, slice(rows[i].set, strlen(rows[i].set)),
			&why));
	}

	keys.alg = JWT_ALG_HS256;
	TEST_ERRNO(-EBADMSG, jwt_app_keys_add(&keys, slice("short", 5),
					      &why));
	keys.alg = JWT_ALG_RS256;
	TEST_ERRNO(-EBADMSG, jwt_app_keys_add(&keys, slice("no PEM", 6),
					      &why));
	TEST_EQ(0, keys.n);
 out:
	jwt_app_keys_fini(&keys);
	return err;
}


/* A token that names its key gets that one; one that does not gets the only
 * one there is. */
TEST(jwt_app_keys_found)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef";
	struct jwt_app_keys keys;
	const char *why;
	int err;

	TEST_ERR(read_keys(&keys, "HS256"));
	TEST_OK(jwt_app_keys_find(&keys, NULL) == &keys.at[0]);
	TEST_OK(jwt_app_keys_find(&keys, "o") == &keys.at[0]);
	TEST_OK(!jwt_app_keys_find(&keys, "x"));

	TEST_ERR(jwt_app_keys_add(&keys, slice(secret, 32), &why));
	TEST_OK(!jwt_app_keys_find(&keys, NULL));
	TEST_OK(jwt_app_keys_find(&keys, "o") == &keys.at[0]);
 out:
	jwt_app_keys_fini(&keys);
	return err;
}


TEST(jwt_app_token_in_query)
{
	static const struct {
		const char *query, *token;
	} rows[] = {
		{ "", "" },              { "a=b", "" },
		{ "token=x", "x" },      { "a=b&token=x.y&c=d", "x.y" },
		{ "token=x&jwt=y", "y" }, { "jwt=&token=x", "x" },
		{ "mytoken=x", "" },     { "token", "" },
		{ "tokens=x&token=", "" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		TEST_OK(str_is(jwt_app_token_find(str(rows[i].query)),
			       rows[i].token));
 out:
	return err;
}
