/* Hooks: the functions of the configuration that decide about sessions.
 *
 * Each worker has its own handle: the same bytes, evaluated anew, so that
 * globals are per worker and start anew at a reload.  A hook gets one table
 * and answers
 *
 *	true                      ALLOW
 *	false or nil [, reason]   DENY, and the peer is told the reason
 *	redirect("name")          REDIRECT to that stream
 *	later(ms)                 LATER: ask again after ms, attempt + 1
 *
 * A hook that is asked for a text (a password) answers
 *
 *	"text"                    ALLOW, with this text
 *	false or nil              DENY: there is none
 *	later(ms)                 LATER
 *
 * Anything else, an error, or more work than the limit allows is a DENY and
 * a line in the log.  Thread: the worker that made it. */
#ifndef LUA_HOOKS_H
#define LUA_HOOKS_H

#include <stddef.h>
#include <stdint.h>
#include "base/slice.h"

struct lua_hooks;
struct lua_source;

enum {
	LUA_ANSWER_TEXT_MAX = 255,
	LUA_LATER_MS_MAX = 60000,
	LUA_QUERY_PAIRS_MAX = 64,
};

enum lua_verdict {
	LUA_ALLOW,
	LUA_DENY,
	LUA_REDIRECT,
	LUA_LATER,
};

struct lua_answer {
	enum lua_verdict verdict;
	int64_t later_ms;        /* of LATER, 1..LUA_LATER_MS_MAX */
	size_t len;              /* of `text` */
	char text[LUA_ANSWER_TEXT_MAX + 1]; /* DENY: reason, may be empty;
	                          * REDIRECT: stream name; ALLOW: the text
	                          * asked for; ends with a zero */
};

enum lua_field_type {
	LUA_FIELD_TEXT,
	LUA_FIELD_NUMBER,
	LUA_FIELD_QUERY,  /* text "key=secret&x=%20": a table { key = "secret",
	                   * x = " " }; the first of equal names counts */
};

/* One field of the hook's table: id, address, application, stream, query,
 * userAgent, vhost, attempt, ... */
struct lua_field {
	const char *name;
	enum lua_field_type type;
	struct str text;
	int64_t number;
};

/* Evaluate `source` (frozen; a reference is taken).  Returns 0, -ENOMEM, or
 * -EBADMSG: it cannot be evaluated here, which was logged. */
int lua_hooks_new(struct lua_hooks **hooksp, struct lua_source *source);

/* Forget all; NULL is allowed.  Returns NULL. */
struct lua_hooks *lua_hooks_free(struct lua_hooks *hooks);

/* The number of the function at `path` (config_hook), for lua_hooks_call.
 * Returns -ENOENT (no function there) or -ENOMEM. */
API int lua_hooks_find(struct lua_hooks *hooks, const char *path);

/* Ask hook number `hook`; `answer` is always filled. */
void lua_hooks_call(struct lua_hooks *hooks, int hook,
		    const struct lua_field *fields, size_t n,
		    struct lua_answer *answer);

/* Ask hook number `hook` for a text; `answer` is always filled.  What it
 * holds may be a secret: wipe it. */
API void lua_hooks_ask_text(struct lua_hooks *hooks, int hook,
			    const struct lua_field *fields, size_t n,
			    struct lua_answer *answer);

/* Tell hook number `hook`; what it returns does not matter (onClose). */
void lua_hooks_tell(struct lua_hooks *hooks, int hook,
		    const struct lua_field *fields, size_t n);

#endif
