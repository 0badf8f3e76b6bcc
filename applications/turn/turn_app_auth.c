/* Who may use the server: users, secrets, keys of tokens, the hook. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "host/secret_file.h"
#include "turn_app.h"


enum {
	SECRET_SHORT = 16,       /* bytes: less can be guessed from what is
				  * seen on the wire */
	MD5_DIGITS = 32,
	SHA256_DIGITS = 64,
	FOLDER_MAX = 4096,
};

enum algorithms { ALGORITHMS_ANY, ALGORITHMS_MD5, ALGORITHMS_SHA256 };


static bool has_text(const struct config_section *section, const char *key)
{
	return config_str(section, key)[0] != '\0';
}


/* Does the file say anything about it, be it wrong? */
static bool has_any(const struct config_section *section,
		    const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (config_has(section, keys[i]))
			return true;
	}

	return false;
}


/* -- users -- */

static bool is_key(struct turn_app_reading *r,
		   const struct config_section *user, const char *key,
		   size_t n_digits)
{
	const char *p = config_str(user, key);
	size_t n = 0;

	p += p[0] == '0' && (p[1] | 0x20) == 'x' ? 2 : 0;
	while (isxdigit((unsigned char)p[n]))
		++n;
	if (!p[n] && n == n_digits)
		return true;

	turn_app_fail(r, user, key, "must be %zu hexadecimal digits",
		      n_digits);

	return false;
}


/* Keys and passwords: one or the other, and what the algorithms need. */
static bool is_complete(struct turn_app_reading *r,
			const struct config_section *user)
{
	bool has_md5 = config_has(user, "key");
	bool has_sha256 = config_has(user, "keySha256");
	bool has_password = config_has(user, "password");
	int algorithms = config_enum(r->section, "algorithms");

	if (!has_password && !has_md5 && !has_sha256) {
		turn_app_fail(r, user, NULL, "needs a password (env() of a "
			      "variable that is not set is none), or key or "
			      "keySha256");
		return false;
	}
	if (has_password && (has_md5 || has_sha256)) {
		turn_app_fail(r, user, "password", "is one too many: the user "
			      "has a key");
		return false;
	}
	if ((has_md5 && !is_key(r, user, "key", MD5_DIGITS)) ||
	    (has_sha256 && !is_key(r, user, "keySha256", SHA256_DIGITS)))
		return false;

	if (!has_password && algorithms == ALGORITHMS_SHA256 && !has_sha256)
		turn_app_fail(r, user, "key", "is of no use without "
			      "keySha256: algorithms is \"sha256\"");
	else if (!has_password && algorithms == ALGORITHMS_MD5 && !has_md5)
		turn_app_fail(r, user, "keySha256", "is of no use without "
			      "key: algorithms is \"md5\"");
	else
		return true;

	return false;
}


static void add_user(struct turn_app_reading *r, struct turn_auth *auth,
		     const struct config_section *user)
{
	const struct turn_user_conf conf = {
		.name = str(config_str(user, "name")),
		.password = str(config_str(user, "password")),
		.md5_key = str(config_str(user, "key")),
		.sha256_key = str(config_str(user, "keySha256")),
	};
	int err;

	/* A name that is missing was told. */
	if (!is_complete(r, user) || !config_has(user, "name"))
		return;

	err = turn_auth_add_user(auth, &conf);
	if (err == -EBADMSG)
		turn_app_fail(r, user, NULL, "its name or password is empty, "
			      "or has characters that neither may have");
	else if (err == -EEXIST)
		turn_app_fail(r, user, "name", "'%s' is there already",
			      conf.name.p);
	else if (err == -EMSGSIZE)
		turn_app_fail(r, user, "name", "is too long (%d bytes), or "
			      "there are too many users",
			      (int)TURN_USER_NAME_MAX);
	else if (err && !r->err)
		r->err = err;
}


static void read_users(struct turn_app_reading *r, struct turn_auth *auth)
{
	static const char *const stored[] = { "key", "keySha256" };
	const struct config_section *users =
		config_section(r->section, "users");
	bool has_keys = false;

	for (size_t i = 0; i < config_n(users); i++) {
		const struct config_section *user = config_at(users, i);

		add_user(r, auth, user);
		has_keys |= has_any(user, stored, ARRAY_LEN(stored));
	}

	if (has_keys && !config_has(r->section, "realm"))
		turn_app_fail(r, r->section, "realm", "must be set: the keys "
			      "of users are made with it");
}


/* -- secrets -- */

/* False if it was told why not: of a file that is something else, once. */
static bool add_secret(struct turn_app_reading *r, struct turn_auth *auth,
		       const char *key, struct str secret)
{
	int err = turn_auth_add_secret(auth, secret);

	if (err == -EBADMSG)
		turn_app_fail(r, r->section, key, "is empty");
	else if (err == -EMSGSIZE)
		turn_app_fail(r, r->section, key, "is too long (%d bytes), "
			      "or there are more than %d",
			      (int)TURN_REST_SECRET_LEN_MAX,
			      (int)TURN_REST_SECRETS_MAX);
	else if (err && !r->err)
		r->err = err;
	else if (!err && secret.len < SECRET_SHORT && !r->is_quiet)
		log_warn(r, "%s: a secret of %zu bytes can be guessed by who "
			 "sees one request: take %d or more", key,
			 secret.len, (int)SECRET_SHORT);

	return !err;
}


static void read_secret_text(struct turn_app_reading *r,
			     struct turn_auth *auth, struct str text)
{
	struct str secret = secret_file_next(&text);

	if (!secret.len)
		turn_app_fail(r, r->section, "secretFile",
			      "there is no secret in it");
	while (secret.len && add_secret(r, auth, "secretFile", secret))
		secret = secret_file_next(&text);
}


/* What to do about a file that `err` keeps us from. */
static const char *secret_advice(int err)
{
	switch (err) {
	case -ENOENT: return "; make its folder";
	case -EACCES:
	case -EPERM:  return "; the user who starts the server must be able "
			     "to read it, and to make it the first time";
	case -EROFS:  return "; name a place that can be written";
	default:      return "";
	}
}


/* It is made at the start; may it be? */
static void check_folder(struct turn_app_reading *r, const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;
	char folder[FOLDER_MAX];

	snprintf(folder, sizeof(folder), "%.*s/", len, path);
	if (access(slash ? folder : ".", W_OK)) {
		int err = -errno;

		turn_app_fail(r, r->section, "secretFile",
			      "cannot make '%.250s': %s%s", path,
			      error_text(err), secret_advice(err));
	}
}


static void warn_of_readers(struct turn_app_reading *r, const char *path)
{
	struct stat st;

	if (!r->is_quiet && !stat(path, &st) &&
	    st.st_mode & (S_IRWXG | S_IRWXO))
		log_warn(r, "%s: others may read it (mode %03o); chmod 600",
			 path, (unsigned)st.st_mode & 0777);
}


static int make_secret(const char *path)
{
	char text[SECRET_TEXT_MAX + 1];
	int err;

	secret_new(text);
	strcat(text, "\n");
	err = secret_file_make(path, str(text));
	explicit_bzero(text, sizeof(text));

	return err;
}


static void read_secret_file(struct turn_app_reading *r,
			     struct turn_auth *auth)
{
	const char *path = config_str(r->section, "secretFile");
	char text[SECRET_FILE_MAX];
	int n = 0;

	/* A file is not made for a configuration that is wrong. */
	if (!r->is_check && !r->is_wrong && !r->err)
		n = make_secret(path);
	if (n > 0 && !r->is_quiet)
		log_info(r, "made a secret for time-limited users in %s",
			 path);
	if (n >= 0)
		n = secret_file_read(path, text);
	if (n == -ENOENT && (r->is_check || r->is_wrong || r->err)) {
		check_folder(r, path);
		return;
	}

	if (n == -EMSGSIZE)
		turn_app_fail(r, r->section, "secretFile",
			      "'%.400s' is too long for a secret", path);
	else if (n < 0)
		turn_app_fail(r, r->section, "secretFile",
			      "cannot make or read '%.250s': %s%s", path,
			      error_text(n), secret_advice(n));
	else
		read_secret_text(r, auth, str_n(text, (size_t)n));

	if (n >= 0)
		warn_of_readers(r, path);
	explicit_bzero(text, sizeof(text));
}


static void read_secrets(struct turn_app_reading *r, struct turn_auth *auth)
{
	size_t n = config_text_n(r->section, "secrets");

	if (config_has(r->section, "secret"))
		add_secret(r, auth, "secret",
			   str(config_str(r->section, "secret")));
	for (size_t i = 0; i < n; i++)
		add_secret(r, auth, "secrets",
			   str(config_text_at(r->section, "secrets", i)));
	if (has_text(r->section, "secretFile"))
		read_secret_file(r, auth);
}


/* -- tokens -- */

static void add_token_key(struct turn_app_reading *r, struct turn_auth *auth,
			  const struct config_section *section)
{
	struct turn_token_key key;
	int err;

	err = turn_token_key_parse(&key, str(config_str(section, "kid")),
				   str(config_str(section, "algorithm")),
				   str(config_str(section, "key")));
	if (!err)
		err = turn_auth_add_token_key(auth, &key);
	explicit_bzero(&key, sizeof(key));

	if (err == -EBADMSG)
		turn_app_fail(r, section, "key", "must be base64 of 32 bytes "
			      "(A128GCM: 16) or more, and kid not empty");
	else if (err == -EEXIST)
		turn_app_fail(r, section, "kid", "'%.200s' is there already",
			      config_str(section, "kid"));
	else if (err == -EMSGSIZE)
		turn_app_fail(r, section, "kid", "is too long, or the key is, "
			      "or there are more than %d keys",
			      (int)TURN_TOKEN_KEYS_MAX);
	else if (err && !r->err)
		r->err = err;
}


static void read_token_keys(struct turn_app_reading *r,
			    struct turn_auth *auth)
{
	const struct config_section *keys =
		config_section(r->section, "oauthKeys");

	for (size_t i = 0; i < config_n(keys); i++) {
		const struct config_section *key = config_at(keys, i);

		/* What is missing was told. */
		if (config_has(key, "kid") && config_has(key, "key"))
			add_token_key(r, auth, key);
	}

	if (config_n(keys) && !has_text(r->section, "serverName"))
		turn_app_fail(r, r->section, "serverName", "must be set: "
			      "tokens are sealed for a server's name");
}


/* -- all -- */

static void check_anonymity(struct turn_app_reading *r)
{
	static const char *const others[] = { "secret", "secrets",
		"secretFile", "oauthKeys", "onCredentials" };

	if (config_bool(r->section, "anonymity") &&
	    has_any(r->section, others, ARRAY_LEN(others)))
		turn_app_fail(r, r->section, "anonymity", "only users with "
			      "a name in users can hide it: set no secrets, "
			      "oauthKeys or onCredentials");
}


static void check_any(struct turn_app_reading *r)
{
	static const char *const ways[] = { "secret", "secretFile",
					    "onCredentials" };
	const struct config_section *s = r->section;

	if (!has_any(s, ways, ARRAY_LEN(ways)) &&
	    !config_text_n(s, "secrets") &&
	    !config_n(config_section(s, "users")) &&
	    !config_n(config_section(s, "oauthKeys")))
		turn_app_fail(r, s, NULL, "nobody could use it: set "
			      "secretFile, secret, users, oauthKeys or "
			      "onCredentials (env() of a variable that is not "
			      "set is nothing)");
}


static char separator(struct turn_app_reading *r)
{
	const char *text = config_str(r->section, "secretSeparator");

	if (!text[0] || text[1] || !ispunct((unsigned char)text[0]))
		turn_app_fail(r, r->section, "secretSeparator",
			      "must be one character that is no letter or "
			      "digit");

	return text[0];
}


/* With another realm, if need be, so that the rest can be looked at. */
static struct turn_auth *new_auth(struct turn_app_reading *r,
				  struct turn_auth_conf *conf)
{
	struct turn_auth *auth = NULL;
	int err = turn_auth_new(&auth, conf);

	if (err == -EBADMSG || (err == -EMSGSIZE &&
				conf->realm.len > TURN_AUTH_REALM_MAX)) {
		turn_app_fail(r, r->section, "realm", "must be of 1 to %d "
			      "bytes, without control characters",
			      (int)TURN_AUTH_REALM_MAX);
		conf->realm = str(TURN_APP_REALM);
		err = turn_auth_new(&auth, conf);
	}
	if (err == -EMSGSIZE) {
		turn_app_fail(r, r->section, "serverName", "is longer than %d "
			      "bytes", (int)TURN_TOKEN_SERVER_MAX);
		conf->server_name = str("");
		err = turn_auth_new(&auth, conf);
	}
	if (err == -ENOTSUP) {
		turn_app_fail(r, r->section, "algorithms", "this OpenSSL has "
			      "no MD5");
		conf->has_only_md5 = false;
		err = turn_auth_new(&auth, conf);
	}
	if (err && !r->err)
		r->err = err;

	return auth;
}


void turn_app_read_auth(struct turn_app_reading *r)
{
	const struct config_section *s = r->section;
	const int algorithms = config_enum(s, "algorithms");
	struct turn_auth_conf conf = {
		.realm = str(config_str(s, "realm")),
		.nonce_s = config_int(s, "nonceLifetime"),
		.has_only_md5 = algorithms == ALGORITHMS_MD5,
		.has_only_sha256 = algorithms == ALGORITHMS_SHA256,
		.has_anonymity = config_bool(s, "anonymity"),
		.rest = {
			.separator = separator(r),
			.horizon_s = config_int(s, "secretMaxLifetime"),
			.has_only_sha256 = config_enum(s, "secretDigest"),
		},
		.server_name = str(config_str(s, "serverName")),
		.ask = config_hook(s, "onCredentials") ? r->ask : NULL,
	};
	struct turn_auth *auth = new_auth(r, &conf);

	r->conf.auth = auth;
	if (!auth)
		return;

	read_users(r, auth);
	read_token_keys(r, auth);
	check_anonymity(r);
	check_any(r);
	read_secrets(r, auth);
}
