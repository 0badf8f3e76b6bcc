/* Static users and their keys (RFC 8489 s9.2.2, s14.4, s18.5). */
#include "turn/turn_users.h"
#include <openssl/crypto.h>
#include "base/mem.h"
#include "base/text.h"
#include "stun/stun_attr.h"

enum { PASSWORD_MAX = 1024 };


void turn_users_init(struct turn_users *users)
{
	memset(users, 0, sizeof(*users));
	hash_init(&users->by_name, TURN_USERS_MAX);
	hash_init(&users->by_hash, TURN_USERS_MAX);
}


static void user_free(struct turn_user *user)
{
	hash_del(&user->by_name);
	hash_del(&user->by_hash);
	OPENSSL_cleanse(user, sizeof(*user));
	mem_free(user);
}


void turn_users_fini(struct turn_users *users)
{
	HASH_EACH(&users->by_name, it)
		user_free(CONTAINER_OF(it, struct turn_user, by_name));

	hash_fini(&users->by_name);
	hash_fini(&users->by_hash);
}


/* Empty text is no key. */
static int key_parse(struct stun_key *key, struct str hex, size_t len)
{
	if (!hex.len)
		return 0;
	if (hex.len > 2 && hex.p[0] == '0' && (hex.p[1] | 0x20) == 'x')
		hex = str_n(hex.p + 2, hex.len - 2);
	if (hex.len != 2 * len)
		return -EBADMSG;

	for (size_t i = 0; i < len; i++) {
		int high = text_hex(hex.p[2 * i]);
		int low = text_hex(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		key->bytes[i] = (uint8_t)(high << 4 | low);
	}
	key->len = len;

	return 0;
}


/* Both keys of a password; a digest that is not to be had gives none. */
static int keys_make(struct turn_user *user, struct str realm,
		     struct str password)
{
	char text[PASSWORD_MAX];
	struct str name = turn_user_name(user);
	int len = stun_opaque_string(password, text, sizeof(text));
	int err;

	if (len < 0)
		return len;

	err = stun_key_long_term(&user->md5, STUN_KEY_MD5, name, realm,
				 str_n(text, (size_t)len));
	if (!err || err == -ENOTSUP)
		err = stun_key_long_term(&user->sha256, STUN_KEY_SHA256, name,
					 realm, str_n(text, (size_t)len));
	OPENSSL_cleanse(text, sizeof(text));

	return err;
}


static int keys_fill(struct turn_user *user, struct str realm,
		     const struct turn_user_conf *conf)
{
	bool has_key = conf->md5_key.len || conf->sha256_key.len;
	int err;

	if (has_key == (conf->password.len > 0))
		return -EBADMSG;
	if (!has_key)
		return keys_make(user, realm, conf->password);

	err = key_parse(&user->md5, conf->md5_key, 16);
	if (!err)
		err = key_parse(&user->sha256, conf->sha256_key, 32);

	return err;
}


static int user_new(struct turn_user **userp, struct str realm,
		    const struct turn_user_conf *conf)
{
	char name[TURN_USER_NAME_MAX];
	int len = stun_opaque_string(conf->name, name, sizeof(name));
	struct turn_user *user;
	int err;

	if (len < 0)
		return len;

	user = mem_zalloc(sizeof(*user) + (size_t)len);
	if (!user)
		return -ENOMEM;
	user->name_len = (size_t)len;
	memcpy(user->name, name, (size_t)len);

	err = keys_fill(user, realm, conf);
	if (!err)
		err = stun_userhash(user->userhash, turn_user_name(user),
				    realm);
	if (err)
		user_free(user);
	else
		*userp = user;

	return err;
}


int turn_users_add(struct turn_users *users, struct str realm,
		   const struct turn_user_conf *conf)
{
	struct turn_user *user;
	int err = user_new(&user, realm, conf);

	if (err)
		return err;

	err = hash_add(&users->by_name, &user->by_name,
		       slice(user->name, user->name_len));
	if (!err)
		err = hash_add(&users->by_hash, &user->by_hash,
			       slice(user->userhash, sizeof(user->userhash)));
	if (err) {
		user_free(user);
		return err;
	}

	users->n_without_md5 += !user->md5.len;
	users->n_without_sha256 += !user->sha256.len;

	return 0;
}


const struct turn_user *turn_users_find(const struct turn_users *users,
					struct str name)
{
	struct hash_node *node = hash_find(&users->by_name,
					   slice(name.p, name.len));

	return node ? CONTAINER_OF(node, struct turn_user, by_name) : NULL;
}


const struct turn_user *
turn_users_find_hash(const struct turn_users *users, struct slice userhash)
{
	struct hash_node *node = hash_find(&users->by_hash, userhash);

	return node ? CONTAINER_OF(node, struct turn_user, by_hash) : NULL;
}
