/* The checks of RFC 8489 s9.2.4, each in its place. */
#include "turn/turn_auth.h"
#include "stun/stun_crypto.h"
#include "stun_test.h"
#include "test.h"
#include "turn_auth_test.h"

static const uint8_t offered[] = { 0, 2, 0, 0, 0, 1, 0, 0 };


static int new(struct turn_auth **auth, struct turn_auth_conf conf)
{
	const struct turn_user_conf alice = {
		.name = str("alice"), .password = str("secret"),
	};
	int err;

	conf.realm = str(TURN_AUTH_TEST_REALM);
	err = turn_auth_new(auth, &conf);

	return err ? err : turn_auth_add_user(*auth, &alice);
}


TEST(turn_auth_sha256)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_EQ(STUN_KEY_SHA256, c.algorithm.p[1]);
	TEST_OK(c.identity.is_sha256);
	TEST_EQ(TURN_IDENTITY_STATIC, c.identity.kind);
	TEST_OK(!strcmp("alice", c.identity.text));
	TEST_MEM(c.key.bytes, 32, c.identity.key.bytes, c.identity.key.len);
	TEST_EQ(0, c.identity.expires_s);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* A client of RFC 5389, which does not see PASSWORD-ALGORITHMS. */
TEST(turn_auth_md5)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(!c.identity.is_sha256);
	TEST_EQ(16, c.identity.key.len);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* MD5 chosen from the list: its key, but answers by SHA-256. */
TEST(turn_auth_md5_of_the_list)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	c.algorithm = slice(offered + 4, 4);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(c.identity.is_sha256);
	TEST_EQ(16, c.identity.key.len);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* First check: no integrity is 401, whatever else is there or not. */
TEST(turn_auth_no_integrity)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.algorithm = slice(NULL, 0);
	c.token = slice("x", 1);
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.name = c.realm = NULL;
	c.nonce = str_n(NULL, 0);
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Second: what belongs to an integrity is missing.  Before the third. */
TEST(turn_auth_missing)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	struct turn_auth_client d;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	d = c;
	c.name = NULL;
	TEST_ERRNO(400, turn_auth_client_send(&c, auth));
	c.name = d.name;
	c.realm = NULL;
	TEST_ERRNO(400, turn_auth_client_send(&c, auth));
	c.realm = d.realm;
	c.nonce = str_n(NULL, 0);
	TEST_ERRNO(400, turn_auth_client_send(&c, auth));
	c.nonce = d.nonce;
	TEST_ERR(turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Third: algorithms that are not echoed as they were offered; before the
 * user is looked up, and before the nonce is. */
TEST(turn_auth_algorithms)
{
	static const uint8_t one[] = { 0, 2, 0, 0 };
	static const uint8_t turned[] = { 0, 1, 0, 0, 0, 2, 0, 0 };
	static const uint8_t more[] = { 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0 };
	static const uint8_t other[] = { 0, 3, 0, 0 };
	static const uint8_t params[] = { 0, 2, 0, 4, 1, 2, 3, 4 };
	const struct {
		struct slice list, algorithm;
	} bad[] = {
		{ slice(NULL, 0), slice(offered, 4) },
		{ slice(offered, 8), slice(NULL, 0) },
		{ slice(one, 4), slice(one, 4) },
		{ slice(turned, 8), slice(one, 4) },
		{ slice(more, 12), slice(one, 4) },
		{ slice(offered, 0), slice(one, 4) },
		{ slice(offered, 8), slice(other, 4) },
		{ slice(offered, 8), slice(params, 8) },
		{ slice(offered, 8), slice(offered, 8) },
		{ slice(offered, 8), slice(offered, 3) },
		{ slice(offered, 8), slice(offered, 0) },
	};
	struct turn_auth_client c = turn_auth_client("nobody");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	c.wall_s += 10000;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		c.algorithms = bad[i].list;
		c.algorithm = bad[i].algorithm;
		TEST_ERRNO(400, turn_auth_client_send(&c, auth));
	}
	c.algorithms = slice(offered, 8);
	c.algorithm = slice(offered, 4);
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Who takes the promise out of the nonce gets no further than 438, though
 * the integrity is right: the promise is sealed (s9.2.1). */
TEST(turn_auth_bid_down)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	TEST_MEM("obMatJos2gAAA", 13, c.nonce_text, 13);
	c.nonce_text[9] = 'A';
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.nonce_text[9] = 'g';
	TEST_ERR(turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Fourth and fifth: 401 for who is unknown and for whose key is wrong, both
 * before the nonce. */
TEST(turn_auth_user_before_nonce)
{
	static const char *const nobody[] = {
		"nobody", "Alice", "", "\xff", "al\nice",
	};
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	c.wall_s += 10000;
	for (size_t i = 0; i < ARRAY_LEN(nobody); i++) {
		c.name = nobody[i];
		TEST_ERR(turn_auth_client_password(&c, "secret"));
		TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	}
	c.name = "alice";
	TEST_ERR(turn_auth_client_password(&c, "Secret"));
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_other_realm)
{
	static char quoted[] = "\"" TURN_AUTH_TEST_REALM "\"";
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	c.realm = "example.com";
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "secret"));
	c.realm = quoted;
	TEST_ERR(turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Last: nonces that are too old, for another address or port, or of another
 * server; and the way back. */
TEST(turn_auth_nonces)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .nonce_s = 60 }));
	c.wall_s = 1000 * 60 + 59;
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	c.wall_s += 59;
	TEST_ERR(turn_auth_client_send(&c, auth));
	c.wall_s += 1;
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	TEST_ERR(turn_auth_client_learn(&c, auth, 438));
	TEST_ERR(turn_auth_client_send(&c, auth));

	addr_set_port(&c.from, 1001);
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.method = STUN_CONNECTION_BIND;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_ERR(addr_parse(&c.from, str("192.0.2.2"), 1000));
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.method = STUN_ALLOCATE;
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	TEST_ERR(addr_parse(&c.from, str("192.0.2.1"), 1000));
	TEST_ERR(turn_auth_client_send(&c, auth));

	c.wall_s += 100000;
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.nonce = str("x");
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.nonce = str_n("", 0);
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Every second of a nonce's life, over a change of keys, and not one more. */
TEST(turn_auth_nonce_life)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .nonce_s = 3 }));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	for (int start = 0; start < 6 && !test_is_starved(); start++) {
		c.wall_s = TURN_AUTH_TEST_NOW + start;
		TEST_ERR(turn_auth_client_learn(&c, auth, 438));
		for (int age = 0; age < 8; age++) {
			c.wall_s = TURN_AUTH_TEST_NOW + start + age;
			TEST_ERRNO(age < 3 ? 0 : 438,
				   turn_auth_client_send(&c, auth));
		}
	}
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Servers with one nonce key take each other's nonces; others do not. */
TEST(turn_auth_shared_nonce_key)
{
	const struct turn_auth_conf conf = {
		.nonce_key = slice("0123456789abcdef", 16),
	};
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *a = NULL, *b = NULL, *other = NULL;
	int err;

	TEST_ERR(new(&a, conf));
	TEST_ERR(new(&b, conf));
	TEST_ERR(new(&other, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_log_in(&c, a, "secret"));
	TEST_ERR(turn_auth_client_send(&c, b));
	TEST_ERRNO(438, turn_auth_client_send(&c, other));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(a);
	turn_auth_free(b);
	turn_auth_free(other);
	return err;
}


/* Change one byte of the right request's integrity. */
static int check_spoiled(struct turn_auth_client *c,
			 const struct turn_auth *auth, bool of_sha256)
{
	struct stun_message m;
	struct turn_auth_request request = {
		.message = &m, .from = &c->from, .wall_s = c->wall_s,
	};
	size_t at;
	int err;

	TEST_ERR(turn_auth_client_send(c, auth));
	TEST_ERR(stun_message_parse(writer_slice(&c->w), &m));
	at = of_sha256 ? m.sha256 : m.integrity;
	c->w.data[at + 4] ^= 1;
	err = turn_auth_check(auth, &request, &c->identity);
 out:
	return err;
}


/* Of two integrities SHA-256 is the one: a wrong SHA-1 beside it, which it
 * covers, is made again by nobody. */
TEST(turn_auth_both_integrities)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	c.has_sha1 = true;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(c.identity.is_sha256);
	TEST_ERRNO(401, check_spoiled(&c, auth, true));
	TEST_ERRNO(401, check_spoiled(&c, auth, false));

	/* With SHA-1 alone the key is the same, and so is the answer's kind. */
	c.has_sha256 = false;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(c.identity.is_sha256);
	TEST_ERRNO(401, check_spoiled(&c, auth, false));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Cut MESSAGE-INTEGRITY-SHA256 down to 28 bytes, which are right. */
static int shorten(struct turn_auth_client *c, size_t at)
{
	uint8_t digest[STUN_SHA256_LEN];
	struct slice part = slice(NULL, 0);
	int err;

	c->w.data[at + 3] = 28;
	c->w.len = at + 4 + 28;
	c->w.data[2] = (uint8_t)((c->w.len - STUN_HEADER_LEN) >> 8);
	c->w.data[3] = (uint8_t)(c->w.len - STUN_HEADER_LEN);
	part = slice(c->w.data, at);
	err = stun_hmac("SHA256", stun_key_slice(&c->key), &part, 1, digest);
	memcpy(c->w.data + at + 4, digest, 28);

	return err;
}


/* A shorter MESSAGE-INTEGRITY-SHA256, right as far as it goes, is not for
 * TURN. */
TEST(turn_auth_short_sha256)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	struct stun_message m;
	struct turn_auth_request request = {
		.message = &m, .from = &c.from, .wall_s = c.wall_s,
	};
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_ERR(stun_message_parse(writer_slice(&c.w), &m));
	TEST_ERR(shorten(&c, m.sha256));
	TEST_ERR(stun_message_parse(writer_slice(&c.w), &m));
	TEST_ERR(stun_message_check_sha256(&m, stun_key_slice(&c.key), 16));
	TEST_ERRNO(401, turn_auth_check(auth, &request, &c.identity));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* RFC 5769 s2.4: the user and his key are right, and the nonce is not ours. */
TEST(turn_auth_vector)
{
	const struct turn_auth_conf conf = { .realm = str("example.org") };
	const struct turn_user_conf user = {
		.name = str(STUN_TEST_USER), .password = str("TheMatrIX"),
	};
	struct turn_auth *auth = NULL;
	struct turn_identity identity;
	struct stun_message m;
	struct addr from;
	struct turn_auth_request request = {
		.message = &m, .from = &from, .wall_s = 0,
	};
	uint8_t bytes[sizeof(stun_long_term)];
	int err;

	TEST_ERR(turn_auth_new(&auth, &conf));
	TEST_ERR(turn_auth_add_user(auth, &user));
	TEST_ERR(addr_parse(&from, str("192.0.2.1"), 1000));
	memcpy(bytes, stun_long_term, sizeof(bytes));
	TEST_ERR(stun_message_parse(slice(bytes, sizeof(bytes)), &m));
	TEST_ERRNO(438, turn_auth_check(auth, &request, &identity));
	bytes[sizeof(bytes) - 1] ^= 1;
	TEST_ERRNO(401, turn_auth_check(auth, &request, &identity));
 out:
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_refused_conf)
{
	static char text[300];
	const struct {
		struct turn_auth_conf conf;
		int want;
	} cases[] = {
		{ { .realm = str("") }, -EBADMSG },
		{ { .realm = str("a\nb") }, -EBADMSG },
		{ { .realm = str_n(text, 128) }, -EMSGSIZE },
		{ { .realm = str("r"), .nonce_key = slice(text, 15) },
		  -EBADMSG },
		{ { .realm = str("r"), .server_name = str_n(text, 256) },
		  -EMSGSIZE },
	};
	struct turn_auth *auth = NULL;
	int err = 0;

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		TEST_ERRNO(cases[i].want, turn_auth_new(&auth,
							&cases[i].conf));
		TEST_OK(!auth);
	}
 out:
	turn_auth_free(auth);
	return err;
}
