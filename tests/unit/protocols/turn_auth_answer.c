/* What answers have: the challenge of errors, the integrity of the others. */
#include "turn/turn_auth.h"
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


/* The attributes of a challenge, in their order. */
static int check_challenge(const struct turn_auth *auth, int code,
			   const uint16_t *want, size_t n)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct writer w = writer(1000);
	struct stun_writer s = stun_begin(&w, STUN_ERROR, STUN_ALLOCATE, id);
	struct addr from;
	struct stun_message m;
	struct stun_attr a;
	struct reader r;
	int err = addr_parse(&from, str("192.0.2.1"), 1000);
	size_t i = 0;

	turn_auth_challenge(auth, &s, code, &from, TURN_AUTH_TEST_NOW);
	TEST_ERR(w.err);
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_EQ(0, m.integrity + m.sha256);
	r = reader(m.attrs);
	while (stun_attr_next(&r, &a)) {
		TEST_OK(i < n);
		TEST_EQ(want[i++], a.type);
		if (a.type == STUN_REALM)
			TEST_MEM("example.org", 11, a.value.p, a.value.len);
		if (a.type == STUN_PASSWORD_ALGORITHMS)
			TEST_MEM(offered, sizeof(offered), a.value.p,
				 a.value.len);
	}
	TEST_EQ(n, i);
 out:
	writer_fini(&w);
	return err;
}


TEST(turn_auth_challenges)
{
	static const uint16_t modern[] = {
		STUN_REALM, STUN_NONCE, STUN_PASSWORD_ALGORITHMS,
	};
	static const uint16_t unknown[] = { STUN_UNKNOWN_ATTRIBUTES };
	struct turn_auth *auth = NULL, *old = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(new(&old, (struct turn_auth_conf){ .has_only_md5 = true }));
	TEST_ERR(check_challenge(auth, 401, modern, 3));
	TEST_ERR(check_challenge(auth, 438, modern, 3));
	TEST_ERR(check_challenge(auth, 400, NULL, 0));
	TEST_ERR(check_challenge(auth, 420, unknown, 1));
	TEST_ERR(check_challenge(old, 401, modern, 2));
	TEST_ERR(check_challenge(old, 438, modern, 2));
 out:
	turn_auth_free(auth);
	turn_auth_free(old);
	return err;
}


/* What fills the rest of an answer is no matter of the challenge; one that
 * has no room says so. */
TEST(turn_auth_challenge_without_room)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct writer w = writer(40);
	struct stun_writer s = stun_begin(&w, STUN_ERROR, STUN_ALLOCATE, id);
	struct turn_auth *auth = NULL;
	struct addr from;
	int err = addr_parse(&from, str("192.0.2.1"), 1000);

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	turn_auth_challenge(auth, &s, 401, &from, 0);
	TEST_ERRNO(-EMSGSIZE, w.err);
 out:
	turn_auth_free(auth);
	writer_fini(&w);
	return err;
}


/* Answers are signed with what the request had. */
static int check_signed(const struct turn_auth_client *c, bool is_sha256)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct writer w = writer(1000);
	struct stun_writer s = stun_begin(&w, STUN_SUCCESS, c->method, id);
	struct stun_message m;
	int err;

	turn_identity_sign(&c->identity, &s);
	stun_put_fingerprint(&s);
	TEST_ERR(w.err);
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_EQ(is_sha256, m.sha256 != 0);
	TEST_EQ(!is_sha256, m.integrity != 0);
	if (is_sha256)
		TEST_ERR(stun_message_check_sha256(&m, stun_key_slice(&c->key),
						   32));
	else
		TEST_ERR(stun_message_check_integrity(
				 &m, stun_key_slice(&c->key)));
 out:
	writer_fini(&w);
	return err;
}


TEST(turn_auth_signs)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_ERR(check_signed(&c, true));
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_ERR(check_signed(&c, false));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}
