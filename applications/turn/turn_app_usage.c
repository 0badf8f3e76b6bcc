/* What a person needs to use the server: a user name, a password, URLs. */
#include <stdio.h>
#include "base/error.h"
#include "host/secret_file.h"
#include "host/server.h"
#include "turn_app.h"


enum { HOST_MAX = 256, USER_MAX = 300 };

/* What is known of a user. */
struct credentials {
	char name[USER_MAX];
	char password[TURN_REST_PASSWORD_MAX];
	bool is_timed;
};


/* -- credentials -- */

/* The first secret there is; without any, 0 and an empty one; or an errno,
 * -ENOENT if it is not made yet. */
static int find_secret(const struct config_section *s, char *buf,
		       struct str *secret)
{
	const char *path = config_str(s, "secretFile");
	int n;

	*secret = str(config_str(s, "secret"));
	if (!secret->len && config_text_n(s, "secrets"))
		*secret = str(config_text_at(s, "secrets", 0));
	if (secret->len || !path[0])
		return 0;

	n = secret_file_read(path, buf);
	if (n < 0)
		return n;
	*secret = str_n(buf, (size_t)n);
	*secret = secret_file_next(secret);

	return 0;
}


/* "1700000000:me" and its password. */
static int make_timed(const struct config_section *s, struct str secret,
		      struct str user, int64_t wall_s, struct credentials *c)
{
	int64_t life_s = config_int(s, "secretMaxLifetime");
	enum turn_rest_digest digest = config_enum(s, "secretDigest")
		? TURN_REST_SHA256 : TURN_REST_SHA1;
	int len;

	if (!life_s || life_s > TURN_APP_USER_S)
		life_s = TURN_APP_USER_S;
	snprintf(c->name, sizeof(c->name), "%lld%s%.*s",
		 (long long)(wall_s + life_s),
		 config_str(s, "secretSeparator"), PRINT_STR(user));
	len = turn_rest_password(c->password, digest, secret, str(c->name));
	c->is_timed = true;

	return len < 0 ? len : 0;
}


/* Of the users in the list, this one, or else the first. */
static const char *find_user(const struct config_section *users,
			     struct str user)
{
	const char *name;

	for (size_t i = 0; i < config_n(users); i++) {
		name = config_str(config_at(users, i), "name");
		if (str_eq(str(name), user))
			return name;
	}

	return config_n(users) ? config_str(config_at(users, 0), "name")
			       : "NAME";
}


/* Time-limited, if there is a secret; else a user of the list, whose password
 * is not shown. */
static int find_credentials(const struct config_section *s, struct str user,
			    int64_t wall_s, struct credentials *c)
{
	char buf[SECRET_FILE_MAX];
	struct str secret;
	int err = find_secret(s, buf, &secret);

	if (err)
		return err;
	if (secret.len) {
		err = make_timed(s, secret, user, wall_s, c);
		explicit_bzero(buf, sizeof(buf));
		return err;
	}

	snprintf(c->name, sizeof(c->name), "%s",
		 find_user(config_section(s, "users"), user));
	snprintf(c->password, sizeof(c->password), "PASSWORD");

	return 0;
}


/* -- URLs -- */

static bool has_protocol(const struct binding *b, const char *name)
{
	for (size_t i = 0; i < b->recipe.n; i++) {
		if (!strcmp(b->recipe.protocols[i]->name, name))
			return true;
	}

	return false;
}


/* Where clients find `b`: by name if the server has one, at its own address
 * unless that is any, else where the relays are. */
static void find_host(const struct application *app, const struct binding *b,
		      const struct addr *relay, char host[HOST_MAX])
{
	const char *name = config_str(app->section, "serverName");
	char text[ADDR_TEXT_MAX];

	if (name[0]) {
		snprintf(host, HOST_MAX, "%s", name);
		return;
	}
	addr_print_ip(addr_is_any(&b->addr) ? relay : &b->addr, text);
	snprintf(host, HOST_MAX, strchr(text, ':') ? "[%s]" : "%s", text);
}


static void put_url(struct writer *out, bool *is_first, const char *scheme,
		    const char *host, const struct binding *b)
{
	put_fmt(out, "%s\"%s:%s:%u?transport=%s\"", *is_first ? "" : ",\n"
		"            ", scheme, host, addr_port(&b->addr),
		b->recipe.is_datagram ? "udp" : "tcp");
	*is_first = false;
}


static void put_urls(struct writer *out, const struct application *app,
		     const struct addr *relay)
{
	const struct setup *setup = app->setup;
	bool is_first = true;
	char host[HOST_MAX];

	for (size_t i = 0; i < setup->n_bindings; i++) {
		const struct binding *b = &setup->bindings[i];
		const bool has_tls = has_protocol(b, "tls") ||
			(has_protocol(b, "tlsOrPlain") &&
			 config_has(b->section, "sslCert"));

		/* No browser speaks DTLS to a TURN server. */
		if (b->app != app || has_protocol(b, "dtls"))
			continue;
		find_host(app, b, relay, host);
		if (!has_protocol(b, "tls"))
			put_url(out, &is_first, "turn", host, b);
		if (has_tls && !b->recipe.is_datagram)
			put_url(out, &is_first, "turns", host, b);
	}
}


/* For turnutils_uclient: the first plain acceptor, of UDP if there is. */
static void put_check(struct writer *out, const struct application *app,
		      const struct addr *relay, const struct credentials *c)
{
	const struct setup *setup = app->setup;
	const struct binding *found = NULL;
	char host[HOST_MAX];
	struct str name;

	for (size_t i = 0; i < setup->n_bindings; i++) {
		const struct binding *b = &setup->bindings[i];

		if (b->app == app && !has_protocol(b, "tls") &&
		    (!found || (b->recipe.is_datagram &&
				!found->recipe.is_datagram)))
			found = b;
	}
	if (!found)
		return;

	find_host(app, found, relay, host);
	name = str(host);
	if (host[0] == '[')
		name = str_n(host + 1, name.len - 2);
	put_fmt(out, "Check it (Debian has turnutils in coturn):\n"
		"  turnutils_uclient -y -s%s -u '%s' -w '%s' -p %u %.*s\n",
		found->recipe.is_datagram ? "" : " -t", c->name, c->password,
		addr_port(&found->addr), PRINT_STR(name));
}


int turn_app_usage(const struct application *app, const struct addr *relay,
		   struct str user, int64_t wall_s, struct writer *out)
{
	struct credentials c = { .is_timed = false };
	int err = find_credentials(app->section, user, wall_s, &c);

	if (err == -ENOENT) {
		put_fmt(out, "TURN (application %s): its secret is made when "
			"it starts for the first time.\n", app->name);
		return out->err;
	}
	if (err)
		return err;

	put_fmt(out, "TURN for a browser (application %s%s):\n"
		"  iceServers: [{\n    urls: [ ", app->name,
		c.is_timed ? ", good for a day at most" : "");
	put_urls(out, app, relay);
	put_fmt(out, " ],\n    username: \"%s\",\n    credential: \"%s\" }]\n",
		c.name, c.password);
	put_check(out, app, relay, &c);

	return out->err;
}
