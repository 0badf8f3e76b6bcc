/* jwt: tokens decide, without asking anybody.  An application without
 * acceptors: to name it is to load it, for the key `jwt` of the others. */
#include <fcntl.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "host/decider.h"
#include "host/session.h"
#include "jwt_app_token.h"


/* What one application wants, for one kind of question. */
struct checker {
	const struct config_section *section;    /* its key `jwt` */
	const char *action;
	bool is_needed;                  /* for this action at all */
	struct jwt_app_keys keys;
};


/* -- keys -- */

static int read_file(const char *path, uint8_t *buf, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	*len = 0;
	if (fd < 0)
		return -errno;
	while (n > 0 && *len < JWT_APP_KEY_FILE_MAX) {
		n = read(fd, buf + *len, JWT_APP_KEY_FILE_MAX - *len);
		*len += n > 0 ? (size_t)n : 0;
	}
	close(fd);

	return n < 0 ? -EIO : *len == JWT_APP_KEY_FILE_MAX ? -EMSGSIZE : 0;
}


/* An editor's line end is not part of a secret. */
static struct slice trim(struct slice s)
{
	while (s.len && (s.p[s.len - 1] == '\n' || s.p[s.len - 1] == '\r'))
		--s.len;

	return s;
}


static int add_file(struct checker *c, const char *key, const char **why)
{
	uint8_t *buf = mem_alloc(JWT_APP_KEY_FILE_MAX);
	size_t len;
	int err;

	if (!buf)
		return -ENOMEM;

	err = read_file(config_str(c->section, key), buf, &len);
	if (err) {
		*why = error_text(err);
		err = -EBADMSG;
	} else if (!strcmp(key, "jwksFile")) {
		err = jwt_app_keys_add_set(&c->keys, slice(buf, len), why);
	} else {
		err = jwt_app_keys_add(&c->keys, trim(slice(buf, len)), why);
	}
	explicit_bzero(buf, JWT_APP_KEY_FILE_MAX);
	mem_free(buf);

	return err;
}


static int add_keys(struct checker *c, const char *key)
{
	const char *why = "has too many keys";
	struct str secret;
	int err;

	if (strcmp(key, "secret")) {
		err = add_file(c, key, &why);
	} else {
		secret = str(config_str(c->section, key));
		err = jwt_app_keys_add(&c->keys, slice(secret.p, secret.len),
				       &why);
	}
	if (err && err != -ENOMEM)
		config_fail(c->section, key, "%s", why);

	return err == -EMSGSIZE ? -EBADMSG : err;
}


/* Exactly one of the keys that give keys. */
static int read_keys(struct checker *c)
{
	static const char *const keys[] = { "secret", "keyFile", "jwksFile" };
	const char *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!config_has(c->section, keys[i]))
			continue;
		found = keys[i];
		++n;
	}
	if (n != 1) {
		config_fail(c->section, found, "needs one of secret, keyFile "
			    "and jwksFile");
		return -EBADMSG;
	}
	if (!strcmp(found, "secret") &&
	    strncmp(config_str(c->section, "algorithm"), "HS", 2)) {
		config_fail(c->section, found, "is for HS* alone");
		return -EBADMSG;
	}

	return add_keys(c, found);
}


/* -- the decider -- */

static int read_actions(struct checker *c)
{
	const size_t n = config_text_n(c->section, "actions");
	int err = 0;

	c->is_needed = !n;
	for (size_t i = 0; i < n; i++) {
		const char *action = config_text_at(c->section, "actions", i);

		if (!strcmp(action, c->action))
			c->is_needed = true;
		else if (strcmp(action, "publish") && strcmp(action, "play")) {
			config_fail(c->section, "actions", "'%.64s' is neither "
				    "publish nor play", action);
			err = -EBADMSG;
		}
	}

	return err;
}


static void checker_close(void *conf)
{
	struct checker *c = conf;

	jwt_app_keys_fini(&c->keys);
	mem_free(c);
}


static int checker_open(struct application *of_module,
			const struct application *app,
			enum question_type type, void **conf)
{
	struct checker *c = mem_zalloc(sizeof(*c));
	int err;

	(void)of_module;
	if (!c)
		return -ENOMEM;

	c->section = config_section(app->section, "jwt");
	c->action = type == QUESTION_PUBLISH ? "publish" : "play";
	c->keys.alg = jwt_str_alg(config_str(c->section, "algorithm"));
	err = read_actions(c);
	if (!err)
		err = read_keys(c);
	if (err) {
		checker_close(c);
		return err;
	}
	*conf = c;

	return 0;
}


static struct verdict checker_ask(void *conf, const struct question *q)
{
	const struct checker *c = conf;
	const struct jwt_app_want want = {
		.application = str(q->session->app->name),
		.stream = q->stream,
		.action = c->action,
		.issuer = config_str(c->section, "issuer"),
		.audience = config_str(c->section, "audience"),
		.now_s = clock_wall_us() / 1000000,
		.leeway_s = config_int(c->section, "leewaySeconds"),
	};
	struct verdict verdict = verdict_allow();
	struct str token;
	int64_t expires_s;
	const char *why;

	if (!c->is_needed)
		return verdict;

	token = jwt_app_token_find(q->query);
	if (!token.len)
		token = jwt_app_token_find(str(q->session->texts.query));
	why = jwt_app_token_refuse(token, &c->keys, &want, &expires_s);
	if (why)
		return verdict_deny("%s", why);

	if (expires_s && config_bool(c->section, "endAtExpiry"))
		verdict.ends_us = (expires_s + want.leeway_s) * 1000000;

	return verdict;
}


static const struct decider decider = {
	.kind = DECIDER_TOKEN,
	.open = checker_open,
	.ask = checker_ask,
	.close = checker_close,
};


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "jwt",
	.decider = &decider,
};
