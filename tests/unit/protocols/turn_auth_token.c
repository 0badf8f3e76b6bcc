/* Who comes with a token (RFC 7635). */
#include "base/api.h"
#include "test.h"
#include "turn_auth_test.h"

#define NOW TURN_AUTH_TEST_NOW
#define SERVER "turn.example.org"

/* 16 zero bytes in base64. */
#define ZEROS_64 "AAAAAAAAAAAAAAAAAAAAAA=="

static const struct turn_user_conf alice = {
	.name = { "alice", 5 }, .password = { "secret", 6 },
};

static const uint8_t token_nonce[TURN_TOKEN_NONCE_LEN] = { 1 };

static const struct turn_token token = {
	.mac_key = { "0123456789abcdefghij", 20 },
	.made_at = (uint64_t)NOW << 16,
	.lifetime_s = 600,
};


static int new(struct turn_auth **auth, struct turn_auth_conf conf)
{
	conf.realm = str(TURN_AUTH_TEST_REALM);
	conf.server_name = str(SERVER);

	return turn_auth_new(auth, &conf);
}


static int key_of(struct turn_token_key *key, const char *kid)
{
	return turn_token_key_parse(key, str(kid), str("A128GCM"),
				    str(ZEROS_64));
}


static int add_kid(struct turn_auth *auth, const char *kid)
{
	struct turn_token_key key;
	int err = key_of(&key, kid);

	return err ? err : turn_auth_add_token_key(auth, &key);
}


/* Let the client have `t`, sealed into `out`. */
static int give_token(struct turn_auth_client *c, const char *kid,
		      const struct turn_token *t, const char *server,
		      uint8_t out[TURN_TOKEN_MAX])
{
	struct turn_token_key key;
	int err = key_of(&key, kid);
	int len = err;

	if (!err)
		len = turn_token_seal(&key, str(server), token_nonce, t, out);
	if (len < 0)
		return len;

	c->name = kid;
	c->token = slice(out, (size_t)len);
	c->key = t->mac_key;

	return 0;
}


static int new_for_tokens(struct turn_auth **auth, struct turn_auth_client *c,
			  uint8_t out[TURN_TOKEN_MAX])
{
	int err = new(auth, (struct turn_auth_conf){ .ask = NULL });

	if (!err)
		err = add_kid(*auth, "north");
	if (!err)
		err = give_token(c, "north", &token, SERVER, out);
	if (!err)
		err = turn_auth_client_learn(c, *auth, 401);

	return err;
}


TEST(turn_auth_token)
{
	struct turn_auth_client c = turn_auth_client(NULL);
	struct turn_auth *auth = NULL;
	uint8_t out[TURN_TOKEN_MAX];
	int err;

	TEST_ERR(new_for_tokens(&auth, &c, out));
	TEST_OK(turn_auth_lets_in(auth));
	c.has_sha256 = true;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_EQ(TURN_IDENTITY_TOKEN, c.identity.kind);
	TEST_EQ(NOW + 605, c.identity.expires_s);
	TEST_OK(!strcmp("north", c.identity.text));
	TEST_MEM(c.key.bytes, 20, c.identity.key.bytes, c.identity.key.len);
	TEST_OK(c.identity.is_sha256);

	/* The clients of its day have SHA-1 alone. */
	c.has_sha256 = false;
	c.has_sha1 = true;
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(!c.identity.is_sha256);
	c.key.bytes[0] ^= 1;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_token_refused)
{
	struct turn_token t = token;
	struct turn_auth_client c = turn_auth_client(NULL);
	struct turn_auth *auth = NULL;
	uint8_t out[TURN_TOKEN_MAX];
	int err;

	TEST_ERR(new_for_tokens(&auth, &c, out));
	c.has_sha256 = true;
	c.wall_s = NOW + 599;
	TEST_ERR(turn_auth_client_send(&c, auth));
	c.wall_s = NOW + 604;
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));
	c.wall_s = NOW + 605;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.wall_s = NOW;

	c.name = "south";
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	TEST_ERR(give_token(&c, "north", &token, "other", out));
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	t.made_at = (uint64_t)(NOW + 605) << 16;
	TEST_ERR(give_token(&c, "north", &t, SERVER, out));
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.token = slice(out, 0);
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Only Allocate and Refresh have it; the others go by the owner's key, until
 * his token ends. */
TEST(turn_auth_token_of_the_owner)
{
	struct turn_auth_client c = turn_auth_client(NULL);
	struct turn_auth *auth = NULL;
	struct turn_identity owner;
	uint8_t out[TURN_TOKEN_MAX];
	int err;

	TEST_ERR(new_for_tokens(&auth, &c, out));
	TEST_OK(turn_auth_takes_token(auth, STUN_ALLOCATE));
	TEST_OK(turn_auth_takes_token(auth, STUN_REFRESH));
	TEST_OK(!turn_auth_takes_token(auth, STUN_CHANNEL_BIND));
	c.has_sha256 = true;
	TEST_ERR(turn_auth_client_send(&c, auth));
	owner = c.identity;

	c.method = STUN_CREATE_PERMISSION;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.owner = &owner;
	TEST_ERR(turn_auth_client_send(&c, auth));
	c.token = slice(NULL, 0);
	TEST_ERR(turn_auth_client_send(&c, auth));
	c.wall_s = NOW + 605;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* A new token may refresh what the one before allocated, and counts as
 * another user elsewhere; a ticket goes by the one that was used last. */
TEST(turn_auth_new_token)
{
	struct turn_token t = token;
	struct turn_auth_client c = turn_auth_client(NULL);
	struct turn_auth *auth = NULL;
	struct turn_identity owner, renewed;
	uint8_t out[TURN_TOKEN_MAX];
	int err;

	TEST_ERR(new_for_tokens(&auth, &c, out));
	TEST_ERR(turn_auth_add_user(auth, &alice));
	c.has_sha256 = true;
	TEST_ERR(turn_auth_client_send(&c, auth));
	owner = c.identity;
	c.owner = &owner;
	c.method = STUN_REFRESH;
	t.mac_key.bytes[0] ^= 1;
	TEST_ERR(give_token(&c, "north", &t, SERVER, out));
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(turn_identity_may_use(&owner, &c.identity));
	TEST_OK(memcmp(owner.id, c.identity.id, sizeof(owner.id)));
	TEST_OK(!turn_identity_may_move(&owner, &c.identity));
	renewed = owner;
	turn_identity_renew(&renewed, &c.identity);
	TEST_OK(turn_identity_may_move(&renewed, &c.identity));
	TEST_OK(!turn_identity_may_move(&renewed, &owner));
	TEST_MEM(owner.id, sizeof(owner.id), renewed.id, sizeof(renewed.id));

	c.token = slice(NULL, 0);
	c.name = "alice";
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_OK(!turn_identity_may_use(&owner, &c.identity));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* A token where nobody asked for one (s7): first things first, and who has a
 * password is let in, to be told of unknown attributes as all are. */
TEST(turn_auth_token_unexpected)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_add_user(auth, &alice));
	TEST_OK(!turn_auth_takes_token(auth, STUN_ALLOCATE));
	c.token = slice("x", 1);
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	TEST_ERRNO(420, turn_auth_client_log_in(&c, auth, "wrong"));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	c.name = "kid";
	TEST_ERRNO(420, turn_auth_client_send(&c, auth));
	c.realm = NULL;
	TEST_ERRNO(400, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_token_challenge)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct turn_auth_client c = turn_auth_client(NULL);
	struct writer w = writer(1000);
	struct turn_auth *auth = NULL;
	struct stun_writer s;
	struct stun_message m;
	struct slice name;
	uint8_t out[TURN_TOKEN_MAX];
	int err;

	TEST_ERR(new_for_tokens(&auth, &c, out));
	s = stun_begin(&w, STUN_ERROR, STUN_ALLOCATE, id);
	turn_auth_challenge(auth, &s, 401, &c.from, NOW);
	TEST_ERR(w.err);
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_ERR(stun_message_find(&m, STUN_THIRD_PARTY_AUTHORIZATION, &name));
	TEST_MEM(SERVER, strlen(SERVER), name.p, name.len);

	w.len = 0;
	s = stun_begin(&w, STUN_ERROR, STUN_ALLOCATE, id);
	turn_auth_challenge(auth, &s, 438, &c.from, NOW);
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_EQ(-ENOENT, stun_message_find(
			&m, STUN_THIRD_PARTY_AUTHORIZATION, &name));
 out:
	turn_auth_client_fini(&c);
	writer_fini(&w);
	turn_auth_free(auth);
	return err;
}
