/* A whole request: the input, as it is and with integrities that its maker
 * could have made.  Without a key of ours nobody is let in; every refusal is
 * one that can be told. */
#include <stdlib.h>
#include "base/writer.h"
#include "turn/turn_auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { NOW = 1700000000 };

static struct turn_auth *auth;


static void check(bool ok)
{
	if (!ok)
		abort();
}


/* Says "p", to every other. */
static int ask(void *arg, const struct turn_auth_question *question,
	       struct turn_auth_answer *answer)
{
	(void)arg;
	check(question->username.len);
	answer->password[0] = 'p';
	answer->len = 1;

	return question->username.len & 1 ? 0 : -EAGAIN;
}


static void make(void)
{
	const struct turn_auth_conf conf = {
		.realm = str("r"), .server_name = str("s"), .ask = ask,
	};
	const struct turn_user_conf user = {
		.name = str("u"), .password = str("p"),
	};
	const struct turn_token_key key = { .kid = "k" };

	check(!turn_auth_new(&auth, &conf));
	check(!turn_auth_add_user(auth, &user));
	check(!turn_auth_add_secret(auth, str("s")));
	check(!turn_auth_add_token_key(auth, &key));
}


static void refuse(int code, const struct addr *from)
{
	static const uint8_t id[STUN_ID_LEN];
	struct writer w = writer(1000);
	struct stun_writer s = stun_begin(&w, STUN_ERROR, STUN_ALLOCATE, id);

	turn_auth_challenge(auth, &s, code, from, NOW);
	check(!w.err);
	writer_fini(&w);
}


/* The nonces of this run are not known to the input: 438 is as far as it
 * gets. */
static void ask_auth(struct slice in)
{
	struct addr from = { 0 };
	struct turn_identity owner = { .kind = TURN_IDENTITY_TIMED };
	struct turn_identity identity;
	struct stun_message m;
	struct turn_auth_request request = {
		.message = &m, .from = &from, .wall_s = NOW,
		.owner = in.len & 4 ? &owner : NULL,
	};
	int code;

	from.u.sa.sa_family = AF_INET;
	if (stun_message_parse(in, &m) || m.class != STUN_REQUEST)
		return;

	code = turn_auth_check(auth, &request, &identity);
	check(code == 400 || code == 401 || code == 438 || code == -EAGAIN);
	if (code > 0)
		refuse(code, &from);
}


/* The same attributes, with the integrity of user "u". */
static void sign(const struct stun_message *m)
{
	struct writer w = writer(2 * STUN_MESSAGE_MAX);
	struct stun_writer s = stun_begin(&w, STUN_REQUEST, m->method, m->id);
	struct reader r = reader(m->attrs);
	struct stun_attr a;
	struct stun_key key;

	check(!stun_key_long_term(&key, m->id[0] & 1 ? STUN_KEY_MD5
						     : STUN_KEY_SHA256,
				  str("u"), str("r"), str("p")));
	while (stun_attr_next(&r, &a))
		stun_put(&s, a.type, a.value);
	if (m->id[0] & 2)
		stun_put_integrity(&s, stun_key_slice(&key));
	if (m->id[0] & 4)
		stun_put_sha256(&s, stun_key_slice(&key));
	if (!w.err)
		ask_auth(writer_slice(&w));
	writer_fini(&w);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);
	struct stun_message m;

	if (!auth)
		make();

	ask_auth(in);
	if (!stun_message_parse(in, &m))
		sign(&m);

	return 0;
}
