/* Who is let in: static users, time-limited users, the hook, owners of
 * allocations. */
#include "base/api.h"
#include "test.h"
#include "turn_auth_test.h"

#define NOW TURN_AUTH_TEST_NOW

/* 16 and 32 zero bytes in base64 and hexadecimal. */
#define ZEROS_64 "AAAAAAAAAAAAAAAAAAAAAA=="
#define ZEROS_HEX "00000000000000000000000000000000"

static int new(struct turn_auth **auth, struct turn_auth_conf conf)
{
	conf.realm = str(TURN_AUTH_TEST_REALM);

	return turn_auth_new(auth, &conf);
}


static int add_user(struct turn_auth *auth, const char *name,
		    const char *password)
{
	const struct turn_user_conf conf = {
		.name = str(name), .password = str(password),
	};

	return turn_auth_add_user(auth, &conf);
}


static int add_kid(struct turn_auth *auth, const char *kid)
{
	struct turn_token_key key;
	int err = turn_token_key_parse(&key, str(kid), str("A128GCM"),
				       str(ZEROS_64));

	return err ? err : turn_auth_add_token_key(auth, &key);
}


/* ---- static users ------------------------------------------------------- */

TEST(turn_auth_lets_nobody_in)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_OK(!turn_auth_lets_in(auth));
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "secret"));
	TEST_ERR(add_user(auth, "alice", "secret"));
	TEST_OK(turn_auth_lets_in(auth));
	TEST_ERRNO(-EEXIST, add_user(auth, "alice", "other"));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_userhash)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	struct turn_identity named;
	uint8_t hash[STUN_USERHASH_LEN];
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){
		.has_anonymity = true }));
	TEST_ERR(add_user(auth, "alice", "secret"));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_MEM("obMatJos2wAAA", 13, c.nonce_text, 13);
	named = c.identity;

	TEST_ERR(stun_userhash(hash, str("alice"),
			       str(TURN_AUTH_TEST_REALM)));
	c.name = NULL;
	c.userhash = hash;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_OK(!strcmp("alice", c.identity.text));
	TEST_MEM(named.id, sizeof(named.id), c.identity.id,
		 sizeof(c.identity.id));

	hash[31] ^= 1;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


static int no_password(void *arg, const struct turn_auth_question *question,
		       struct turn_auth_answer *answer)
{
	(void)arg;
	(void)question;
	(void)answer;

	return -ENOENT;
}


/* Names that cannot be found by their hash take anonymity away. */
TEST(turn_auth_features_of_users)
{
	const struct turn_user_conf md5 = {
		.name = str("b"), .md5_key = str(ZEROS_HEX),
	};
	struct turn_auth *a[4] = { NULL };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		TEST_ERR(new(&a[i], (struct turn_auth_conf){
			.has_anonymity = true,
			.ask = i == 3 ? no_password : NULL }));
	TEST_EQ(3u << 22, turn_auth_features(a[0]));
	TEST_ERR(turn_auth_add_secret(a[1], str("s")));
	TEST_EQ(STUN_FEATURE_PASSWORD_ALGORITHMS, turn_auth_features(a[1]));
	TEST_ERR(add_kid(a[2], "k"));
	TEST_EQ(STUN_FEATURE_PASSWORD_ALGORITHMS, turn_auth_features(a[2]));
	TEST_EQ(STUN_FEATURE_PASSWORD_ALGORITHMS, turn_auth_features(a[3]));
	TEST_ERR(turn_auth_add_user(a[0], &md5));
	TEST_EQ(STUN_FEATURE_USERNAME_ANONYMITY, turn_auth_features(a[0]));
 out:
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		turn_auth_free(a[i]);
	return err;
}


/* A user whose key is of MD5: nothing better is offered, to anybody. */
TEST(turn_auth_stored_md5)
{
	const struct turn_user_conf user = {
		.name = str("b"), .md5_key = str(ZEROS_HEX),
	};
	struct turn_auth_client c = turn_auth_client("b");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_add_user(auth, &user));
	TEST_ERR(turn_auth_client_learn(&c, auth, 401));
	TEST_MEM("obMatJos2AAAA", 13, c.nonce_text, 13);
	TEST_OK(!c.algorithms.p);
	c.key.len = 16;
	c.has_sha1 = true;
	TEST_ERR(turn_auth_client_send(&c, auth));
	c.key.bytes[0] = 1;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_one_algorithm)
{
	const struct turn_user_conf md5 = {
		.name = str("b"), .md5_key = str(ZEROS_HEX),
	};
	const struct turn_user_conf sha256 = {
		.name = str("c"), .sha256_key = str(ZEROS_HEX ZEROS_HEX),
	};
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *new_only = NULL, *old_only = NULL;
	int err;

	TEST_ERR(new(&new_only, (struct turn_auth_conf){
		.has_only_sha256 = true }));
	TEST_ERR(new(&old_only, (struct turn_auth_conf){
		.has_only_md5 = true }));
	TEST_ERRNO(-ENOTSUP, turn_auth_add_user(new_only, &md5));
	TEST_ERRNO(-ENOTSUP, turn_auth_add_user(old_only, &sha256));
	TEST_ERR(turn_auth_add_user(new_only, &sha256));
	TEST_ERR(turn_auth_add_user(old_only, &md5));
	TEST_ERR(add_user(new_only, "alice", "secret"));

	TEST_ERR(turn_auth_client_log_in(&c, new_only, "secret"));
	TEST_EQ(4, c.algorithms.len);
	c.algorithms = c.algorithm = slice(NULL, 0);
	TEST_ERR(turn_auth_client_password(&c, "secret"));
	TEST_ERRNO(401, turn_auth_client_send(&c, new_only));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(new_only);
	turn_auth_free(old_only);
	return err;
}


/* ---- time-limited users ------------------------------------------------- */

static int log_in_timed(struct turn_auth_client *c,
			const struct turn_auth *auth,
			enum turn_rest_digest digest, const char *secret)
{
	char password[TURN_REST_PASSWORD_MAX];
	int len = turn_rest_password(password, digest, str(secret),
				     str(c->name));

	return len < 0 ? len : turn_auth_client_log_in(c, auth, password);
}


TEST(turn_auth_timed)
{
	static const char *const secrets[] = { "old", "new" };
	struct turn_auth_client c = turn_auth_client("1700000010:bob");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	for (size_t i = 0; i < 2; i++)
		TEST_ERR(turn_auth_add_secret(auth, str(secrets[i])));
	for (int i = 0; i < 4; i++) {
		TEST_ERR(log_in_timed(&c, auth, i & 1, secrets[i / 2]));
		TEST_EQ(TURN_IDENTITY_TIMED, c.identity.kind);
		TEST_EQ(NOW + 10, c.identity.expires_s);
		TEST_OK(!strcmp("bob", c.identity.text));
		TEST_MEM(c.key.bytes, 32, c.identity.key.bytes,
			 c.identity.key.len);
	}
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA1, "other"));

	c.name = "1700000000:bob";
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA1, "new"));
	c.name = "bob";
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA1, "new"));
	c.name = "1700000001";
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "new"));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* The client of RFC 5389 that all browsers have. */
TEST(turn_auth_timed_md5)
{
	struct turn_auth_client c = turn_auth_client("1700000010:bob");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .has_only_md5 = true }));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	TEST_EQ(16, c.identity.key.len);
	TEST_OK(!c.identity.is_sha256);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


TEST(turn_auth_timed_conf)
{
	struct turn_auth_client c = turn_auth_client("1700000060-bob");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){
		.rest = { .separator = '-', .horizon_s = 60,
			  .has_only_sha256 = true } }));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA256, "s"));
	TEST_OK(!strcmp("bob", c.identity.text));
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	c.name = "1700000061-bob";
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA256, "s"));
	c.name = "1700000060:bob";
	TEST_ERRNO(401, log_in_timed(&c, auth, TURN_REST_SHA256, "s"));

	TEST_OK(strstr(turn_auth_why_not(auth, str("1700000061-bob"), NOW),
		       "secretMaxLifetime"));
	TEST_OK(strstr(turn_auth_why_not(auth, str("1700000000-bob"), NOW),
		       "time"));
	TEST_OK(strstr(turn_auth_why_not(auth, str("1700000060-bob"), NOW),
		       "password"));
	TEST_OK(strstr(turn_auth_why_not(auth, str("bob"), NOW), "password"));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* The same user with another time is the same user; a static one of that
 * name is not. */
TEST(turn_auth_ids)
{
	struct turn_auth_client c = turn_auth_client("1700000010:bob");
	struct turn_auth *auth = NULL;
	struct turn_identity bob, later;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	TEST_ERR(add_user(auth, "bob", "p"));
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	bob = c.identity;
	c.name = "1700000020:bob";
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	later = c.identity;
	TEST_OK(turn_identity_may_use(&bob, &later));
	c.name = "1700000020:eve";
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	TEST_OK(!turn_identity_may_use(&bob, &c.identity));
	c.name = "bob";
	TEST_ERR(turn_auth_client_log_in(&c, auth, "p"));
	TEST_OK(!turn_identity_may_use(&bob, &c.identity));

	turn_identity_renew(&bob, &later);
	TEST_EQ(NOW + 20, bob.expires_s);
	TEST_MEM(later.key.bytes, 32, bob.key.bytes, bob.key.len);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* His allocation lives on, and so does what he uses it with; a new one needs
 * new credentials. */
TEST(turn_auth_owner_outlives_his_time)
{
	struct turn_auth_client c = turn_auth_client("1700000010:bob");
	struct turn_auth *auth = NULL;
	struct turn_identity owner;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	owner = c.identity;
	c.wall_s += 10;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	c.owner = &owner;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_EQ(NOW + 10, c.identity.expires_s);
	c.wall_s += 1000;
	TEST_ERRNO(438, turn_auth_client_send(&c, auth));

	c.key.bytes[0] ^= 1;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* ---- the hook ----------------------------------------------------------- */

/* What the hook answers, and what it was asked. */
struct hook {
	int err;
	const char *password;
	int64_t expires_s;
	int n_asked;
	struct str username;     /* of the last question, in `text` */
	char text[64];
	uint16_t port;
};


static int ask(void *arg, const struct turn_auth_question *question,
	       struct turn_auth_answer *answer)
{
	struct hook *hook = arg;

	++hook->n_asked;
	memcpy(hook->text, question->username.p, question->username.len);
	hook->username = str_n(hook->text, question->username.len);
	hook->port = addr_port(question->from);
	if (hook->err)
		return hook->err;

	answer->len = strlen(hook->password);
	memcpy(answer->password, hook->password, answer->len);
	answer->expires_s = hook->expires_s;

	return 0;
}


TEST(turn_auth_asked)
{
	struct hook hook = { .password = "secret", .expires_s = NOW + 5 };
	struct turn_auth_client c = turn_auth_client("carol");
	struct turn_auth *auth = NULL;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = ask }));
	TEST_OK(turn_auth_lets_in(auth));
	c.ask_arg = &hook;
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_EQ(TURN_IDENTITY_ASKED, c.identity.kind);
	TEST_EQ(NOW + 5, c.identity.expires_s);
	TEST_OK(!strcmp("carol", c.identity.text));
	TEST_EQ(1, hook.n_asked);
	TEST_OK(str_is(hook.username, "carol"));
	TEST_EQ(1000, hook.port);
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "wrong"));

	hook.password = "";
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "secret"));
	hook.err = -ENOENT;
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "secret"));
	hook.err = -EAGAIN;
	TEST_ERRNO(-EAGAIN, turn_auth_client_log_in(&c, auth, "secret"));
	hook.err = -ENOTSUP;
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "secret"));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* Static, then time-limited, then asked; and not asked at all for names that
 * are none, for what is known, or before there is an integrity. */
TEST(turn_auth_asked_last)
{
	struct hook hook = { .password = "hook's" };
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *auth = NULL;
	struct turn_identity owner;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = ask }));
	TEST_ERR(add_user(auth, "alice", "secret"));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	c.ask_arg = &hook;
	TEST_ERRNO(401, turn_auth_client_send(&c, auth));
	TEST_ERR(turn_auth_client_log_in(&c, auth, "secret"));
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "hook's"));
	c.name = "1700000010:alice";
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	c.name = "\xff";
	TEST_ERRNO(401, turn_auth_client_log_in(&c, auth, "hook's"));
	TEST_EQ(0, hook.n_asked);

	c.name = "1700000010:alice";
	TEST_ERR(turn_auth_client_log_in(&c, auth, "hook's"));
	TEST_EQ(TURN_IDENTITY_ASKED, c.identity.kind);
	TEST_EQ(1, hook.n_asked);

	owner = c.identity;
	c.owner = &owner;
	TEST_ERR(turn_auth_client_send(&c, auth));
	TEST_EQ(1, hook.n_asked);
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* An owner's key is no key for others, who come with their own. */
TEST(turn_auth_other_than_the_owner)
{
	struct turn_auth_client c = turn_auth_client("1700000010:bob");
	struct turn_auth *auth = NULL;
	struct turn_identity owner;
	int err;

	TEST_ERR(new(&auth, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(turn_auth_add_secret(auth, str("s")));
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	owner = c.identity;
	c.owner = &owner;
	c.name = "1700000010:eve";
	TEST_ERR(log_in_timed(&c, auth, TURN_REST_SHA1, "s"));
	TEST_OK(!turn_identity_may_use(&owner, &c.identity));
	TEST_OK(!strcmp("eve", c.identity.text));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(auth);
	return err;
}


/* A static user who was taken out of the configuration is out, whatever he
 * allocated before. */
TEST(turn_auth_owner_taken_out)
{
	struct turn_auth_client c = turn_auth_client("alice");
	struct turn_auth *before = NULL, *after = NULL;
	struct turn_identity owner;
	int err;

	TEST_ERR(new(&before, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(new(&after, (struct turn_auth_conf){ .ask = NULL }));
	TEST_ERR(add_user(before, "alice", "secret"));
	TEST_ERR(add_user(after, "bob", "open"));
	TEST_ERR(turn_auth_client_log_in(&c, before, "secret"));
	owner = c.identity;
	c.owner = &owner;
	TEST_ERRNO(401, turn_auth_client_log_in(&c, after, "secret"));
 out:
	turn_auth_client_fini(&c);
	turn_auth_free(before);
	turn_auth_free(after);
	return err;
}
