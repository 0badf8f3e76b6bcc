/* Static users: keys, names, hashes. */
#include "turn/turn_users.h"
#include <stdio.h>
#include "test.h"

/* printf %s alice:example.org:secret | md5sum, sha256sum; and of
 * alice:example.org */
#define MD5 "543e1aec5d3614f03141652d6ada51b2"
#define SHA256 \
	"d1659fff7a501be15962adc35514ca6a5868905695f2dd1093741f931e000a1f"

static const uint8_t md5[] = {
	0x54, 0x3e, 0x1a, 0xec, 0x5d, 0x36, 0x14, 0xf0,
	0x31, 0x41, 0x65, 0x2d, 0x6a, 0xda, 0x51, 0xb2,
};

static const uint8_t sha256[] = {
	0xd1, 0x65, 0x9f, 0xff, 0x7a, 0x50, 0x1b, 0xe1,
	0x59, 0x62, 0xad, 0xc3, 0x55, 0x14, 0xca, 0x6a,
	0x58, 0x68, 0x90, 0x56, 0x95, 0xf2, 0xdd, 0x10,
	0x93, 0x74, 0x1f, 0x93, 0x1e, 0x00, 0x0a, 0x1f,
};

static const uint8_t userhash[] = {
	0x43, 0x5b, 0x79, 0x33, 0x09, 0x6a, 0x30, 0x4d,
	0x3c, 0x73, 0x4c, 0xfb, 0x83, 0x3e, 0xc9, 0x07,
	0x5b, 0xd4, 0x7a, 0xb1, 0xc0, 0x16, 0x03, 0x21,
	0xae, 0xd3, 0x1c, 0x06, 0xa8, 0xc7, 0x00, 0x9e,
};


static int add(struct turn_users *users, struct turn_user_conf conf)
{
	return turn_users_add(users, str("example.org"), &conf);
}


TEST(turn_users_password_gives_both_keys)
{
	struct turn_users users;
	const struct turn_user *user;
	int err;

	turn_users_init(&users);
	TEST_ERR(add(&users, (struct turn_user_conf){
		.name = str("alice"), .password = str("secret") }));
	user = turn_users_find(&users, str("alice"));
	TEST_OK(user);
	TEST_MEM(md5, sizeof(md5), user->md5.bytes, user->md5.len);
	TEST_MEM(sha256, sizeof(sha256), user->sha256.bytes,
		 user->sha256.len);
	TEST_OK(user == turn_users_find_hash(&users, slice(userhash, 32)));
	TEST_OK(str_is(turn_user_name(user), "alice"));

	TEST_OK(!turn_users_find(&users, str("alic")));
	TEST_OK(!turn_users_find(&users, str("Alice")));
	TEST_OK(!turn_users_find(&users, str("")));
	TEST_OK(!turn_users_find_hash(&users, slice(userhash, 31)));
	TEST_EQ(0, users.n_without_md5 + users.n_without_sha256);
 out:
	turn_users_fini(&users);
	return err;
}


TEST(turn_users_stored_keys)
{
	struct turn_users users;
	const struct turn_user *user;
	int err;

	turn_users_init(&users);
	TEST_ERR(add(&users, (struct turn_user_conf){
		.name = str("a"), .md5_key = str("0x" MD5) }));
	TEST_EQ(1, users.n_without_sha256);
	TEST_EQ(0, users.n_without_md5);
	TEST_ERR(add(&users, (struct turn_user_conf){
		.name = str("b"), .sha256_key = str(SHA256) }));
	TEST_EQ(1, users.n_without_md5);
	TEST_ERR(add(&users, (struct turn_user_conf){
		.name = str("c"), .md5_key = str(MD5),
		.sha256_key = str("0X" SHA256) }));
	TEST_EQ(1, users.n_without_sha256);
	TEST_EQ(1, users.n_without_md5);

	user = turn_users_find(&users, str("c"));
	TEST_OK(user);
	TEST_MEM(md5, sizeof(md5), user->md5.bytes, user->md5.len);
	TEST_MEM(sha256, sizeof(sha256), user->sha256.bytes,
		 user->sha256.len);
 out:
	turn_users_fini(&users);
	return err;
}


TEST(turn_users_refused)
{
	static char text[2000];
	const struct turn_user_conf bad[] = {
		{ .name = str("a") },
		{ .password = str("p") },
		{ .name = str("a"), .password = str("p"),
		  .md5_key = str(MD5) },
		{ .name = str("a"), .md5_key = str(MD5 "0") },
		{ .name = str("a"), .md5_key = str("0x") },
		{ .name = str("a"), .md5_key = str(SHA256) },
		{ .name = str("a"), .sha256_key = str(MD5) },
		{ .name = str("a"),
		  .md5_key = str("543e1aec5d3614f03141652d6ada51bg") },
		{ .name = str("a"), .md5_key = str(MD5),
		  .sha256_key = str("xy") },
		{ .name = str("a\n"), .password = str("p") },
		{ .name = str("a"), .password = str("\xff") },
	};
	struct turn_users users;
	int err = 0;

	memset(text, 'x', sizeof(text));
	turn_users_init(&users);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_ERRNO(-EBADMSG, add(&users, bad[i]));
	TEST_ERRNO(-EMSGSIZE, add(&users, (struct turn_user_conf){
		.name = str_n(text, TURN_USER_NAME_MAX + 1),
		.password = str("p") }));
	TEST_ERRNO(-EMSGSIZE, add(&users, (struct turn_user_conf){
		.name = str("a"), .password = str_n(text, sizeof(text)) }));
	TEST_EQ(0, users.by_name.n + users.by_hash.n);
	TEST_EQ(0, users.n_without_md5 + users.n_without_sha256);
 out:
	turn_users_fini(&users);
	return err;
}


/* The name is the prepared one: spaces of all kinds are one. */
TEST(turn_users_same_name)
{
	struct turn_users users;
	int err;

	turn_users_init(&users);
	TEST_ERR(add(&users, (struct turn_user_conf){
		.name = str("a\u00a0b"), .password = str("p") }));
	TEST_OK(turn_users_find(&users, str("a b")));
	TEST_ERRNO(-EEXIST, add(&users, (struct turn_user_conf){
		.name = str("a b"), .md5_key = str(MD5) }));
	TEST_EQ(0, users.n_without_sha256);
	TEST_EQ(1, users.by_hash.n);
 out:
	turn_users_fini(&users);
	return err;
}


TEST(turn_users_many)
{
	struct turn_users users;
	char name[8];
	int err = 0, n = test_is_starved() ? 20 : 1000;

	turn_users_init(&users);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		TEST_ERR(add(&users, (struct turn_user_conf){
			.name = str(name), .md5_key = str(MD5) }));
	}
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		TEST_OK(turn_users_find(&users, str(name)));
	}
	TEST_EQ(n, users.n_without_sha256);
 out:
	turn_users_fini(&users);
	return err;
}
