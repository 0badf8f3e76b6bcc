/* Tokens: who may use the API, and for what. */
#include "admin_token.h"
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include "base/error.h"
#include "host/secret_file.h"
#include "host/server.h"

enum {
	FILE_TEXT_MAX = 512,     /* of a new file */
	UNIT_US = 1000000 * ADMIN_ATTEMPT_S,
};


/* -- adding -- */

static bool is_visible(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	}

	return true;
}


int admin_tokens_add(struct admin_tokens *tokens, struct str name,
		     struct str text, enum admin_role role)
{
	struct admin_token *t = &tokens->at[tokens->n];

	if (text.len < ADMIN_TOKEN_MIN || !is_visible(text))
		return -EBADMSG;
	if (text.len > ADMIN_TOKEN_MAX || tokens->n == ADMIN_TOKENS_MAX)
		return -EMSGSIZE;

	snprintf(t->name, sizeof(t->name), "%.*s", PRINT_STR(name));
	memcpy(t->text, text.p, text.len);
	t->len = text.len;
	t->role = role;
	++tokens->n;

	return 0;
}


/* Cut the first word off `line`. */
static struct str word(struct str *line)
{
	struct str w = { line->p, 0 };

	while (w.len < line->len && line->p[w.len] != ' ')
		++w.len;
	*line = str_n(line->p + w.len, line->len - w.len);
	while (line->len && *line->p == ' ')
		*line = str_n(line->p + 1, line->len - 1);

	return w;
}


int admin_tokens_add_file(struct admin_tokens *tokens, struct str text,
			  unsigned *line)
{
	struct str rest;

	for (*line = 1; (rest = secret_file_next(&text)).len; ++*line) {
		struct str role;
		int err;

		if (*rest.p == '#')
			continue;
		role = word(&rest);
		if (!str_is(role, "read") && !str_is(role, "write"))
			return -EBADMSG;
		err = admin_tokens_add(tokens, str("tokenFile"), rest,
				       str_is(role, "write") ? ADMIN_WRITE
							     : ADMIN_READ);
		if (err)
			return err;
	}

	return 0;
}


/* -- reading the configuration -- */

static int read_list(struct admin_tokens *tokens,
		     const struct application *app)
{
	const struct config_section *list = config_section(app->section,
							   "tokens");
	int failed = 0;

	for (size_t i = 0; i < config_n(list); i++) {
		const struct config_section *s = config_at(list, i);
		int err = admin_tokens_add(tokens, str(config_str(s, "name")),
					   str(config_str(s, "token")),
					   config_enum(s, "role")
						? ADMIN_WRITE : ADMIN_READ);

		if (!err)
			continue;
		config_fail(s, "token", "must be %d to %d visible "
			    "characters, and at most %d tokens there are",
			    (int)ADMIN_TOKEN_MIN, (int)ADMIN_TOKEN_MAX,
			    (int)ADMIN_TOKENS_MAX);
		failed = -EBADMSG;
	}

	return failed;
}


static int make_file(const char *path)
{
	char text[FILE_TEXT_MAX], read[SECRET_TEXT_MAX];
	char write[SECRET_TEXT_MAX];
	int err;

	snprintf(text, sizeof(text),
		 "# Tokens of the API: a role and a token on each line.\n"
		 "read %s\nwrite %s\n", secret_new(read), secret_new(write));
	err = secret_file_make(path, str(text));
	explicit_bzero(read, sizeof(read));
	explicit_bzero(write, sizeof(write));
	explicit_bzero(text, sizeof(text));

	return err;
}


static void warn_of_readers(const struct application *app, const char *path)
{
	struct stat st;

	if (!stat(path, &st) && st.st_mode & (S_IRWXG | S_IRWXO))
		log_warn(app, "%s: others may read it (mode %03o); chmod 600",
			 path, (unsigned)st.st_mode & 0777);
}


static int read_file(struct admin_tokens *tokens,
		     const struct application *app)
{
	const char *path = config_str(app->section, "tokenFile");
	char text[SECRET_FILE_MAX];
	unsigned line = 0;
	int n = 0;

	if (!path[0])
		return 0;
	if (!app->server->is_check)
		n = make_file(path);
	if (n > 0)
		log_info(app, "made tokens for the API in %s", path);
	if (n >= 0)
		n = secret_file_read(path, text);
	if (n == -ENOENT && app->server->is_check)
		return 0;

	if (n < 0) {
		config_fail(app->section, "tokenFile", "cannot make or read "
			    "'%.250s': %s", path, error_text(n));
		return -EBADMSG;
	}

	warn_of_readers(app, path);
	n = admin_tokens_add_file(tokens, str_n(text, (size_t)n), &line);
	explicit_bzero(text, sizeof(text));
	if (n)
		config_fail(app->section, "tokenFile", "line %u of '%.250s' "
			    "is not \"read TOKEN\" or \"write TOKEN\" with "
			    "%d to %d visible characters", line, path,
			    (int)ADMIN_TOKEN_MIN, (int)ADMIN_TOKEN_MAX);

	return n ? -EBADMSG : 0;
}


int admin_tokens_read(struct admin_tokens *tokens,
		      const struct application *app)
{
	int err = read_list(tokens, app);

	keyed_rate_init(&tokens->wrong);

	return err ? err : read_file(tokens, app);
}


/* -- asking -- */

const struct admin_token *admin_tokens_find(const struct admin_tokens *tokens,
					    struct str text)
{
	const struct admin_token *found = NULL;

	/* All of them, whichever it is. */
	for (size_t i = 0; i < tokens->n; i++) {
		const struct admin_token *t = &tokens->at[i];

		if (t->len == text.len &&
		    !CRYPTO_memcmp(t->text, text.p, text.len))
			found = t;
	}

	return found;
}


/* keyed_rate counts in seconds; ours are longer, so its clock is slower. */
static int64_t slow_us(int64_t now_us)
{
	return now_us / (ADMIN_ATTEMPTS * ADMIN_ATTEMPT_S);
}


bool admin_tokens_may_try(struct admin_tokens *tokens, struct slice address,
			  int64_t now_us)
{
	struct rate_spot spot = keyed_rate_spot(&tokens->wrong, 0, address);

	/* Nothing is taken: is one left, as it was one ago? */
	return keyed_rate_take(&tokens->wrong, spot,
			       slow_us(now_us - UNIT_US), 0, ADMIN_ATTEMPTS);
}


void admin_tokens_was_wrong(struct admin_tokens *tokens,
			    struct slice address, int64_t now_us)
{
	struct rate_spot spot = keyed_rate_spot(&tokens->wrong, 0, address);

	keyed_rate_take(&tokens->wrong, spot, slow_us(now_us), 1,
			ADMIN_ATTEMPTS);
}


struct str admin_token_bearer(struct str field)
{
	static const char scheme[] = "Bearer ";
	const size_t len = sizeof(scheme) - 1;

	if (field.len < len || strncasecmp(field.p, scheme, len))
		return str(NULL);
	for (field = str_n(field.p + len, field.len - len);
	     field.len && *field.p == ' ';)
		field = str_n(field.p + 1, field.len - 1);

	return field;
}
