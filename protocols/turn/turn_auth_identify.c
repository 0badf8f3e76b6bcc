/* Whose key makes the integrity of a request: static users, time-limited
 * users, the hook, tokens. */
#include <assert.h>
#include <openssl/crypto.h>
#include "base/text.h"
#include "stun/stun_crypto.h"
#include "turn/turn_auth_int.h"

/* One look for the key of a claim. */
struct search {
	const struct turn_auth *auth;
	const struct turn_auth_request *request;
	const struct turn_auth_claim *claim;
	bool has_tried;          /* some key at least */
};


/* The integrity with this key.  MESSAGE-INTEGRITY-SHA256 counts if it is
 * there, and is whole (RFC 8489 s9.2.4).  Returns 0, -EACCES or -ENOMEM; what
 * OpenSSL does not have proves nothing. */
static int try_key(struct search *s, const struct stun_key *key)
{
	const struct stun_message *m = s->claim->message;
	struct slice bytes = stun_key_slice(key);
	int err;

	s->has_tried = true;
	if (m->sha256)
		err = stun_message_check_sha256(m, bytes, STUN_SHA256_LEN);
	else
		err = stun_message_check_integrity(m, bytes);

	return !err || err == -ENOMEM ? err : -EACCES;
}


static int try_password(struct search *s, struct str password,
			struct stun_key *key)
{
	int err = stun_key_long_term(key, s->claim->algorithm, s->claim->name,
				     str(s->auth->realm), password);

	if (err)
		return err == -ENOMEM ? err : -EACCES;

	return try_key(s, key);
}


/* Fill in who it is.  The id of a user has his kind in it, so that "alice"
 * with a password and the "alice" of the web application are two. */
static int identity_fill(struct turn_identity *identity,
			 enum turn_identity_kind kind, struct slice user,
			 struct str text)
{
	uint8_t tag = (uint8_t)kind;
	const struct slice parts[] = { slice(&tag, 1), user };
	uint8_t digest[STUN_SHA256_LEN];
	int err = stun_digest("SHA256", parts, 2, digest);

	if (err)
		return err == -ENOMEM ? err : -EACCES;

	identity->kind = kind;
	memcpy(identity->id, digest, sizeof(identity->id));
	memcpy(identity->holder, digest, sizeof(identity->holder));
	text_escape(identity->text, sizeof(identity->text), text);

	return 0;
}


static int find_static(struct search *s, struct turn_identity *identity)
{
	const struct turn_auth_claim *claim = s->claim;
	const struct turn_user *user;
	const struct stun_key *key;
	int err;

	if (claim->username.p)
		user = turn_users_find(&s->auth->users, claim->name);
	else
		user = turn_users_find_hash(&s->auth->users, claim->userhash);
	if (!user)
		return -ENOENT;

	key = claim->algorithm == STUN_KEY_MD5 ? &user->md5 : &user->sha256;
	if (!key->len)
		return -EACCES;

	err = try_key(s, key);
	if (err)
		return err;
	identity->key = *key;

	return identity_fill(identity, TURN_IDENTITY_STATIC,
			     slice(user->name, user->name_len),
			     turn_user_name(user));
}


/* The owner's key needs no search, and outlives his credentials.  Static
 * users are looked up each time, so that one who was taken out is out. */
static int find_owner(struct search *s, struct turn_identity *identity)
{
	const struct turn_identity *owner = s->request->owner;
	int err;

	if (!owner || owner->kind == TURN_IDENTITY_STATIC)
		return -ENOENT;
	if (owner->kind == TURN_IDENTITY_TOKEN &&
	    owner->expires_s <= s->request->wall_s)
		return -ENOENT;

	err = try_key(s, &owner->key);
	if (err)
		return err == -EACCES ? -ENOENT : err;
	*identity = *owner;

	return 0;
}


static int try_secret(struct search *s, struct str secret,
		      struct stun_key *key)
{
	bool only_sha256 = s->auth->rest.conf.has_only_sha256;
	char password[TURN_REST_PASSWORD_MAX];
	int err = -EACCES;

	for (int i = only_sha256 ? TURN_REST_SHA256 : TURN_REST_SHA1;
	     err == -EACCES && i <= TURN_REST_SHA256; i++) {
		int len = turn_rest_password(password,
					     (enum turn_rest_digest)i,
					     secret, s->claim->name);

		if (len == -ENOMEM)
			return len;
		if (len > 0)
			err = try_password(s, str_n(password, (size_t)len),
					   key);
	}
	OPENSSL_cleanse(password, sizeof(password));

	return err;
}


static int find_timed(struct search *s, struct turn_identity *identity)
{
	const struct turn_rest *rest = &s->auth->rest;
	struct turn_rest_name name;
	int err = -EACCES;

	if (!rest->n_secrets ||
	    turn_rest_parse(rest, s->claim->name, s->request->wall_s, &name))
		return -ENOENT;

	for (size_t i = 0; err == -EACCES && i < rest->n_secrets; i++)
		err = try_secret(s, str(rest->secrets[i]), &identity->key);
	if (err)
		return err == -EACCES ? -ENOENT : err;

	identity->expires_s = name.expires_s;

	return identity_fill(identity, TURN_IDENTITY_TIMED,
			     slice(name.user.p, name.user.len), name.user);
}


static int find_asked(struct search *s, struct turn_identity *identity)
{
	const struct turn_auth_claim *claim = s->claim;
	const struct turn_auth_question question = {
		.username = claim->name,
		.realm = str(s->auth->realm),
		.from = s->request->from,
	};
	struct turn_auth_answer answer = { .len = 0 };
	char password[TURN_AUTH_PASSWORD_MAX];
	int err, len;

	if (!s->auth->ask || !claim->name.len)
		return -ENOENT;
	err = s->auth->ask(s->request->ask_arg, &question, &answer);
	if (err)
		return err;
	assert(answer.len <= sizeof(answer.password));

	len = stun_opaque_string(str_n(answer.password, answer.len), password,
				 sizeof(password));
	err = -EACCES;
	if (len > 0)
		err = try_password(s, str_n(password, (size_t)len),
				   &identity->key);
	OPENSSL_cleanse(password, sizeof(password));
	OPENSSL_cleanse(&answer.password, sizeof(answer.password));
	if (err)
		return err;

	identity->expires_s = answer.expires_s;

	return identity_fill(identity, TURN_IDENTITY_ASKED,
			     slice(claim->name.p, claim->name.len),
			     claim->name);
}


static int find_token(struct search *s, struct turn_identity *identity)
{
	const struct turn_auth_claim *claim = s->claim;
	const struct turn_token_key *key;
	struct turn_token token;
	int64_t left_s;
	int err;

	key = turn_tokens_find(&s->auth->tokens, claim->name);
	if (!key)
		return -ENOENT;

	err = turn_token_open(key, str(s->auth->server_name), claim->token,
			      &token);
	if (err)
		return err;
	identity->key = token.mac_key;
	OPENSSL_cleanse(&token.mac_key, sizeof(token.mac_key));

	left_s = turn_token_left_s(&token, s->request->wall_s);
	if (left_s <= 0)
		return -EACCES;
	identity->expires_s = s->request->wall_s + left_s;

	err = try_key(s, &identity->key);
	if (err)
		return err;

	return identity_fill(identity, TURN_IDENTITY_TOKEN,
			     stun_key_slice(&identity->key), claim->name);
}


/* In order; -ENOENT goes on to the next, anything else is the end. */
static int find(struct search *s, struct turn_identity *identity)
{
	int err;

	if (s->claim->token.p)
		return find_token(s, identity);

	err = find_static(s, identity);
	if (err != -ENOENT || !s->claim->username.p)
		return err;
	err = find_owner(s, identity);
	if (err == -ENOENT)
		err = find_timed(s, identity);
	if (err == -ENOENT)
		err = find_asked(s, identity);

	return err;
}


/* NOTE: who is unknown must take as long as a wrong password, or names could
 * be tried out. */
int turn_auth_identify(const struct turn_auth *auth,
		       const struct turn_auth_request *request,
		       const struct turn_auth_claim *claim,
		       struct turn_identity *identity)
{
	struct search s = { auth, request, claim, false };
	struct turn_identity next = { .expires_s = 0 };
	int err = -EACCES;

	if (str_eq(claim->realm, str(auth->realm)) &&
	    (auth->has_md5 || !claim->is_old))
		err = find(&s, &next);

	if (!err) {
		next.is_sha256 = !claim->is_old;
		*identity = next;
	} else if (!s.has_tried) {
		static const struct stun_key nobody = { .len = 32 };

		try_key(&s, &nobody);
	}
	OPENSSL_cleanse(&next, sizeof(next));

	return !err || err == -EAGAIN || err == -ENOMEM ? err : -EACCES;
}


const char *turn_auth_why_not(const struct turn_auth *auth,
			      struct str username, int64_t wall_s)
{
	struct turn_rest_name name;
	int err = auth->rest.n_secrets
		? turn_rest_parse(&auth->rest, username, wall_s, &name) : 0;

	if (err == -ETIMEDOUT)
		return "its time is over";
	if (err == -EACCES)
		return "ends after secretMaxLifetime";

	return "no such user or password";
}
