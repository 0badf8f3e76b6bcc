/* The long-term credential mechanism of a server (RFC 8489 s9.2). */
#include "turn/turn_auth.h"
#include <assert.h>
#include <openssl/crypto.h>
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "base/writer.h"
#include "stun/stun_crypto.h"
#include "stun/stun_nonce.h"
#include "turn/turn_auth_int.h"

enum {
	ALGORITHMS_MAX = 2,
	ALGORITHM_LEN = 4,       /* in PASSWORD-ALGORITHMS */
};


/* ---- life --------------------------------------------------------------- */

static bool has_md5(void)
{
	struct stun_key key;

	return stun_key_long_term(&key, STUN_KEY_MD5, str("u"), str("r"),
				  str("p")) != -ENOTSUP;
}


static int copy_names(struct turn_auth *auth, const struct turn_auth_conf *conf)
{
	char realm[TURN_AUTH_REALM_MAX];
	int len = stun_opaque_string(conf->realm, realm, sizeof(realm));

	if (len < 0)
		return len;
	if (conf->server_name.len > TURN_TOKEN_SERVER_MAX)
		return -EMSGSIZE;

	auth->realm = text_dup(str_n(realm, (size_t)len));
	auth->server_name = text_dup(conf->server_name);

	return auth->realm && auth->server_name ? 0 : -ENOMEM;
}


static int fill(struct turn_auth *auth, const struct turn_auth_conf *conf)
{
	struct slice key = conf->nonce_key;

	turn_users_init(&auth->users);
	turn_rest_init(&auth->rest, &conf->rest);
	auth->nonce_s = conf->nonce_s ? conf->nonce_s : TURN_AUTH_NONCE_S;
	auth->has_md5 = !conf->has_only_sha256 && has_md5();
	auth->has_sha256 = !conf->has_only_md5;
	auth->has_anonymity = conf->has_anonymity;
	auth->ask = conf->ask;

	if (!auth->has_md5 && !auth->has_sha256)
		return -ENOTSUP;
	if (key.len && key.len < TURN_AUTH_NONCE_KEY_MIN)
		return -EBADMSG;

	random_bytes(auth->master, sizeof(auth->master));
	if (key.len) {
		int err = stun_digest("SHA256", &key, 1, auth->master);

		if (err)
			return err;
	}

	return copy_names(auth, conf);
}


static void destroy(void *arg)
{
	struct turn_auth *auth = arg;

	turn_users_fini(&auth->users);
	turn_rest_fini(&auth->rest);
	mem_free(auth->realm);
	mem_free(auth->server_name);
	OPENSSL_cleanse(auth, sizeof(*auth));
}


int turn_auth_new(struct turn_auth **authp, const struct turn_auth_conf *conf)
{
	struct turn_auth *auth = mem_new(sizeof(*auth), destroy);
	int err;

	if (!auth)
		return -ENOMEM;

	err = fill(auth, conf);
	if (err)
		turn_auth_free(auth);
	else
		*authp = auth;

	return err;
}


struct turn_auth *turn_auth_free(struct turn_auth *auth)
{
	return mem_unref(auth);
}


void turn_auth_inherit(struct turn_auth *auth, const struct turn_auth *before)
{
	memcpy(auth->master, before->master, sizeof(auth->master));
}


int turn_auth_add_user(struct turn_auth *auth,
		       const struct turn_user_conf *user)
{
	bool is_password = user->password.len;

	if ((!auth->has_sha256 && !is_password && !user->md5_key.len) ||
	    (!auth->has_md5 && !is_password && !user->sha256_key.len))
		return -ENOTSUP;

	return turn_users_add(&auth->users, str(auth->realm), user);
}


int turn_auth_add_secret(struct turn_auth *auth, struct str secret)
{
	return turn_rest_add(&auth->rest, secret);
}


int turn_auth_add_token_key(struct turn_auth *auth,
			    const struct turn_token_key *key)
{
	return turn_tokens_add(&auth->tokens, key);
}


bool turn_auth_lets_in(const struct turn_auth *auth)
{
	return auth->users.by_name.n || auth->rest.n_secrets ||
	       auth->tokens.n_keys || auth->ask;
}


/* ---- what is offered ---------------------------------------------------- */

/* The algorithms that all users can be known by, the best first.
 * Returns how many; without SHA-256 nothing is offered. */
static size_t algorithms(const struct turn_auth *auth,
			 uint16_t ids[ALGORITHMS_MAX])
{
	size_t n = 0;

	if (!auth->has_sha256 || auth->users.n_without_sha256)
		return 0;

	ids[n++] = STUN_KEY_SHA256;
	if (auth->has_md5)
		ids[n++] = STUN_KEY_MD5;

	return n;
}


/* Names with a time in them, kids and what a hook may know cannot be found by
 * their hash. */
uint32_t turn_auth_features(const struct turn_auth *auth)
{
	uint16_t ids[ALGORITHMS_MAX];
	uint32_t features = 0;

	if (algorithms(auth, ids))
		features |= STUN_FEATURE_PASSWORD_ALGORITHMS;
	if (auth->has_anonymity && !auth->rest.n_secrets &&
	    !auth->tokens.n_keys && !auth->ask)
		features |= STUN_FEATURE_USERNAME_ANONYMITY;

	return features;
}


bool turn_auth_takes_token(const struct turn_auth *auth, unsigned method)
{
	return auth->tokens.n_keys &&
	       (method == STUN_ALLOCATE || method == STUN_REFRESH);
}


/* ---- nonces ------------------------------------------------------------- */

static int nonce_key(uint8_t out[STUN_NONCE_KEY_LEN],
		     const struct turn_auth *auth, int64_t epoch)
{
	uint8_t text[8];
	struct slice part = slice(text, sizeof(text));

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)((uint64_t)epoch >> (56 - 8 * i));

	return stun_hmac("SHA256", slice(auth->master, sizeof(auth->master)),
			 &part, 1, out);
}


/* The keys of now and of the life of a nonce before: made of the master key,
 * so that no worker has to tell another when they change. */
static int nonce_keys(struct stun_nonce_keys *keys,
		      const struct turn_auth *auth, int64_t wall_s)
{
	int64_t epoch = wall_s / auth->nonce_s;
	int err = nonce_key(keys->now, auth, epoch);

	return err ? err : nonce_key(keys->old, auth, epoch - 1);
}


/* ConnectionBind comes from a port of its own, with the nonce of the control
 * connection: clients (coturn's, pion's) take 438 there for a failure. */
static int nonce_check(const struct turn_auth *auth, struct str nonce,
		       const struct turn_auth_request *request)
{
	const bool is_any_port =
		request->message->method == STUN_CONNECTION_BIND;
	struct stun_nonce_keys keys;
	int err = nonce_keys(&keys, auth, request->wall_s);

	if (!err)
		err = (is_any_port ? stun_nonce_check_ip : stun_nonce_check)(
			nonce, &keys, request->wall_s, request->from);
	OPENSSL_cleanse(&keys, sizeof(keys));

	return err;
}


static void put_nonce(const struct turn_auth *auth, struct stun_writer *s,
		      const struct addr *from, int64_t wall_s)
{
	struct stun_nonce_keys keys;
	char nonce[STUN_NONCE_LEN + 1];
	int err = nonce_key(keys.now, auth, wall_s / auth->nonce_s);

	if (!err)
		err = stun_nonce_print(nonce, &keys, turn_auth_features(auth),
				       wall_s + auth->nonce_s, from);
	OPENSSL_cleanse(keys.now, sizeof(keys.now));

	if (!err)
		stun_put_text(s, STUN_NONCE, str_n(nonce, STUN_NONCE_LEN));
	else if (!s->w->err)
		s->w->err = err;
}


/* ---- the checks --------------------------------------------------------- */

/* Is the list, byte for byte, the one that is offered? */
static bool is_offered(const struct turn_auth *auth, struct slice list)
{
	uint16_t ids[ALGORITHMS_MAX];
	size_t n = algorithms(auth, ids);

	if (!n || list.len != n * ALGORITHM_LEN)
		return false;

	for (size_t i = 0; i < n; i++) {
		const uint8_t want[ALGORITHM_LEN] = {
			(uint8_t)(ids[i] >> 8), (uint8_t)ids[i]
		};

		if (memcmp(list.p + i * ALGORITHM_LEN, want, ALGORITHM_LEN))
			return false;
	}

	return true;
}


/* PASSWORD-ALGORITHM, which must be one of the list. */
static bool read_algorithm(const struct turn_auth *auth, struct slice value,
			   unsigned *algorithm)
{
	struct reader r = reader(value);
	struct stun_algorithm a;
	uint16_t ids[ALGORITHMS_MAX];
	size_t n = algorithms(auth, ids);

	if (stun_algorithm_next(&r, &a) != 1 || reader_left(&r) ||
	    a.params.len)
		return false;

	for (size_t i = 0; i < n; i++) {
		if (a.id == ids[i]) {
			*algorithm = a.id;
			return true;
		}
	}

	return false;
}


/* Which algorithm the key is of (s9.2.4, third check).  Returns 0 or 400. */
static int read_algorithms(const struct turn_auth *auth,
			   struct turn_auth_claim *claim)
{
	const struct stun_message *m = claim->message;
	struct slice list, one;
	bool has_list = !stun_message_find(m, STUN_PASSWORD_ALGORITHMS, &list);
	bool has_one = !stun_message_find(m, STUN_PASSWORD_ALGORITHM, &one);
	uint32_t features = 0;

	claim->algorithm = STUN_KEY_MD5;
	claim->is_old = true;
	stun_nonce_features(claim->nonce, &features);
	if (!(features & STUN_FEATURE_PASSWORD_ALGORITHMS) ||
	    (!has_list && !has_one))
		return 0;

	claim->is_old = false;
	if (!has_list || !has_one || !is_offered(auth, list) ||
	    !read_algorithm(auth, one, &claim->algorithm))
		return 400;

	return 0;
}


/* What the request says, as far as it can be checked without a key.
 * Returns 0 or 400. */
static int read_claim(const struct turn_auth *auth,
		      struct turn_auth_claim *claim)
{
	const struct stun_message *m = claim->message;
	struct slice realm, nonce;
	int code, len;

	stun_message_find(m, STUN_USERNAME, &claim->username);
	stun_message_find(m, STUN_USERHASH, &claim->userhash);
	if ((!claim->username.p && !claim->userhash.p) ||
	    stun_message_find(m, STUN_REALM, &realm) ||
	    stun_message_find(m, STUN_NONCE, &nonce))
		return 400;
	claim->realm = stun_text_unquote(str_of(realm));
	claim->nonce = str_of(nonce);

	code = read_algorithms(auth, claim);
	if (code)
		return code;

	if (turn_auth_takes_token(auth, m->method))
		stun_message_find(m, STUN_ACCESS_TOKEN, &claim->token);

	len = stun_opaque_string(str_of(claim->username), claim->name_text,
				 sizeof(claim->name_text));
	claim->name = str_n(claim->name_text, len > 0 ? (size_t)len : 0);

	return 0;
}


/* Who cannot be known, and comes with a token where nobody asked for one, is
 * told so: it may have a password as well. */
static int refusal(const struct turn_auth *auth, const struct stun_message *m)
{
	struct slice token;

	return !auth->tokens.n_keys &&
	       !stun_message_find(m, STUN_ACCESS_TOKEN, &token) ? 420 : 401;
}


int turn_auth_check(const struct turn_auth *auth,
		    const struct turn_auth_request *request,
		    struct turn_identity *identity)
{
	struct turn_auth_claim claim = { .message = request->message };
	struct turn_identity next;
	int err;

	assert(request->message->class == STUN_REQUEST);

	if (!claim.message->integrity && !claim.message->sha256)
		return 401;
	err = read_claim(auth, &claim);
	if (err)
		return err;

	err = turn_auth_identify(auth, request, &claim, &next);
	if (err == -EACCES)
		return refusal(auth, request->message);
	if (err)
		return err;

	err = nonce_check(auth, claim.nonce, request);
	if (!err)
		*identity = next;
	OPENSSL_cleanse(&next, sizeof(next));

	return err == -EACCES || err == -ETIMEDOUT ? 438 : err;
}


/* ---- answers ------------------------------------------------------------ */

void turn_auth_challenge(const struct turn_auth *auth, struct stun_writer *s,
			 int code, const struct addr *from, int64_t wall_s)
{
	static const uint16_t token = STUN_ACCESS_TOKEN;
	uint16_t ids[ALGORITHMS_MAX];
	size_t n = algorithms(auth, ids);

	if (code == 420)
		stun_put_unknown(s, &token, 1);
	if (code != 401 && code != 438)
		return;

	stun_put_text(s, STUN_REALM, str(auth->realm));
	put_nonce(auth, s, from, wall_s);
	if (n)
		stun_put_algorithms(s, STUN_PASSWORD_ALGORITHMS, ids, n);
	if (code == 401 && auth->tokens.n_keys)
		stun_put(s, STUN_THIRD_PARTY_AUTHORIZATION,
			 slice(auth->server_name, strlen(auth->server_name)));
}


void turn_identity_sign(const struct turn_identity *identity,
			struct stun_writer *s)
{
	struct slice key = stun_key_slice(&identity->key);

	if (identity->is_sha256)
		stun_put_sha256(s, key);
	else
		stun_put_integrity(s, key);
}


bool turn_identity_may_use(const struct turn_identity *owner,
			   const struct turn_identity *identity)
{
	if (owner->kind == TURN_IDENTITY_TOKEN &&
	    identity->kind == TURN_IDENTITY_TOKEN)
		return true;

	return !memcmp(owner->id, identity->id, sizeof(owner->id));
}


bool turn_identity_may_move(const struct turn_identity *owner,
			    const struct turn_identity *identity)
{
	return !memcmp(owner->holder, identity->holder,
		       sizeof(owner->holder));
}


void turn_identity_renew(struct turn_identity *owner,
			 const struct turn_identity *identity)
{
	memcpy(owner->holder, identity->holder, sizeof(owner->holder));
	owner->key = identity->key;
	owner->is_sha256 = identity->is_sha256;
	owner->expires_s = identity->expires_s;
}
