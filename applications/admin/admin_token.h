/* Tokens: who may use the API, and for what. */
#ifndef ADMIN_TOKEN_H
#define ADMIN_TOKEN_H

#include "admin_route.h"
#include "host/application.h"
#include "host/rate.h"

enum {
	ADMIN_TOKENS_MAX = 64,
	ADMIN_TOKEN_MIN = 16,    /* bytes: less can be guessed */
	ADMIN_TOKEN_MAX = 256,
	ADMIN_ATTEMPTS = 10,     /* wrong ones of one address at once, then */
	ADMIN_ATTEMPT_S = 1,     /* one in so many seconds */
};

struct admin_token {
	char name[64];           /* for the log: never the token */
	char text[ADMIN_TOKEN_MAX + 1];
	size_t len;
	enum admin_role role;
};

struct admin_tokens {
	size_t n;
	struct admin_token at[ADMIN_TOKENS_MAX];
	struct keyed_rate wrong; /* attempts, by address */
};

/* Add one.  0, -EBADMSG (shorter than ADMIN_TOKEN_MIN, or not visible ASCII
 * alone) or -EMSGSIZE (longer than ADMIN_TOKEN_MAX, or there are too many).
 * Thread: main, here and below. */
int admin_tokens_add(struct admin_tokens *tokens, struct str name,
		     struct str text, enum admin_role role);

/* Add those of a file: a line "read TOKEN" or "write TOKEN" each; empty ones
 * and those that begin with "#" are passed over.  0, or as above for the
 * first wrong line, whose number is *line. */
int admin_tokens_add_file(struct admin_tokens *tokens, struct str text,
			  unsigned *line);

/* Read the keys of the section, make its file if it is to be made; faults are
 * told by config_fail.  0, -EBADMSG or -ENOMEM. */
int admin_tokens_read(struct admin_tokens *tokens,
		      const struct application *app);

/* Whose token `text` is, or NULL; takes as long for each that is wrong.
 * Thread: any, pure. */
const struct admin_token *admin_tokens_find(const struct admin_tokens *tokens,
					    struct str text);

/* May an address try yet another token, and: it tried a wrong one.
 * Thread: any. */
bool admin_tokens_may_try(struct admin_tokens *tokens, struct slice address,
			  int64_t now_us);
void admin_tokens_was_wrong(struct admin_tokens *tokens,
			    struct slice address, int64_t now_us);

/* What an Authorization field says: the token, or the empty text if it is of
 * another scheme (RFC 6750 s2.1).  Borrowed.  Thread: any, pure. */
struct str admin_token_bearer(struct str field);

#endif
