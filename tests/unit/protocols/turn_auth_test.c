/* A client for the tests of credentials. */
#include "turn_auth_test.h"


struct turn_auth_client turn_auth_client(const char *name)
{
	struct turn_auth_client c = {
		.method = STUN_ALLOCATE,
		.name = name,
		.realm = TURN_AUTH_TEST_REALM,
		.wall_s = TURN_AUTH_TEST_NOW,
		.w = writer(4096),
	};

	addr_parse(&c.from, str("192.0.2.1"), 1000);

	return c;
}


void turn_auth_client_fini(struct turn_auth_client *c)
{
	writer_fini(&c->w);
}


static void put_text(struct stun_writer *s, unsigned type, const char *text)
{
	if (text)
		stun_put(s, type, slice(text, strlen(text)));
}


static void put(struct stun_writer *s, unsigned type, struct slice value)
{
	if (value.p)
		stun_put(s, type, value);
}


static void write_request(struct turn_auth_client *c)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct stun_writer s;

	c->w.len = 0;
	s = stun_begin(&c->w, STUN_REQUEST, c->method, id);
	put_text(&s, STUN_USERNAME, c->name);
	if (c->userhash)
		put(&s, STUN_USERHASH, slice(c->userhash, STUN_USERHASH_LEN));
	put_text(&s, STUN_REALM, c->realm);
	put(&s, STUN_NONCE, slice(c->nonce.p, c->nonce.len));
	put(&s, STUN_PASSWORD_ALGORITHMS, c->algorithms);
	put(&s, STUN_PASSWORD_ALGORITHM, c->algorithm);
	put(&s, STUN_ACCESS_TOKEN, c->token);
	if (c->has_sha1)
		stun_put_integrity(&s, stun_key_slice(&c->key));
	if (c->has_sha256)
		stun_put_sha256(&s, stun_key_slice(&c->key));
	stun_put_fingerprint(&s);
}


int turn_auth_client_send(struct turn_auth_client *c,
			  const struct turn_auth *auth)
{
	struct stun_message m;
	struct turn_auth_request request = {
		.message = &m, .from = &c->from, .wall_s = c->wall_s,
		.owner = c->owner, .ask_arg = c->ask_arg,
	};
	int err;

	write_request(c);
	if (c->w.err)
		return c->w.err;
	err = stun_message_parse(writer_slice(&c->w), &m);
	if (err)
		return err;

	return turn_auth_check(auth, &request, &c->identity);
}


static void learn_algorithm(struct turn_auth_client *c,
			    const struct stun_message *m)
{
	struct slice list;

	if (stun_message_find(m, STUN_PASSWORD_ALGORITHMS, &list) ||
	    list.len > sizeof(c->algorithms_copy))
		return;

	memcpy(c->algorithms_copy, list.p, list.len);
	c->algorithms = slice(c->algorithms_copy, list.len);
	c->algorithm = slice(c->algorithms_copy, 4);
}


int turn_auth_client_learn(struct turn_auth_client *c,
			   const struct turn_auth *auth, int code)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	struct writer w = writer(4096);
	struct stun_writer s = stun_begin(&w, STUN_ERROR, c->method, id);
	struct stun_message m;
	struct slice nonce;
	int err;

	turn_auth_challenge(auth, &s, code, &c->from, c->wall_s);
	err = w.err;
	if (!err)
		err = stun_message_parse(writer_slice(&w), &m);
	if (!err)
		err = stun_message_find(&m, STUN_NONCE, &nonce);
	if (!err && nonce.len != STUN_NONCE_LEN)
		err = -EBADMSG;
	if (!err) {
		memcpy(c->nonce_text, nonce.p, nonce.len);
		c->nonce = str_n(c->nonce_text, nonce.len);
		learn_algorithm(c, &m);
	}
	writer_fini(&w);

	return err;
}


int turn_auth_client_password(struct turn_auth_client *c,
			      const char *password)
{
	unsigned algorithm = c->algorithm.p ? c->algorithm.p[1]
					    : STUN_KEY_MD5;

	c->has_sha1 = !c->algorithm.p;
	c->has_sha256 = !c->has_sha1;

	return stun_key_long_term(&c->key, algorithm, str(c->name),
				  str(TURN_AUTH_TEST_REALM), str(password));
}


int turn_auth_client_log_in(struct turn_auth_client *c,
			    const struct turn_auth *auth,
			    const char *password)
{
	int err = turn_auth_client_learn(c, auth, 401);

	if (!err)
		err = turn_auth_client_password(c, password);

	return err ? err : turn_auth_client_send(c, auth);
}
