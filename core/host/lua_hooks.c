/* Hooks: the functions of the configuration that decide about sessions. */
#include "host/lua_hooks.h"
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/lua_box.h"
#include "host/lua_source.h"


struct lua_hooks {
	struct lua_box box;
};

struct finding {
	const char *path;
	int hook;
};

struct call {
	int hook;
	bool wants_text;
	const struct lua_field *fields;
	size_t n;
	struct lua_answer *answer; /* NULL: does not matter */
};


int lua_hooks_new(struct lua_hooks **hooksp, struct lua_source *source)
{
	struct lua_hooks *hooks;
	int err;

	hooks = mem_zalloc(sizeof(*hooks));
	if (!hooks)
		return -ENOMEM;

	err = lua_box_init(&hooks->box, source, "hooks");
	hooks->box.is_quiet = true;
	if (!err)
		err = lua_box_eval(&hooks->box, &lua_box_limit_load);
	hooks->box.is_quiet = false;
	if (err) {
		log_error(&hooks->box, "%s", err == -EBADMSG
			  ? hooks->box.error : error_text(err));
		lua_hooks_free(hooks);
		return err;
	}
	*hooksp = hooks;

	return 0;
}


struct lua_hooks *lua_hooks_free(struct lua_hooks *hooks)
{
	if (hooks)
		lua_box_fini(&hooks->box);

	return mem_free(hooks);
}


/* Step into the table at the top of the stack by the first part of `path`,
 * "name" or "[index]"; its value takes the table's place. */
static const char *step(lua_State *lua, const char *path)
{
	size_t n;

	if (!lua_istable(lua, -1))
		return NULL;

	if (*path == '[') {
		lua_rawgeti(lua, -1, strtoll(path + 1, NULL, 10));
		n = strcspn(path, "]");
		n += path[n] == ']';
	}
	else {
		n = strcspn(path, ".[");
		lua_pushlstring(lua, path, n);
		lua_rawget(lua, -2);
	}
	lua_replace(lua, -2);

	return path + n + (path[n] == '.');
}


static int find(lua_State *lua)
{
	struct finding *f = lua_touserdata(lua, 1);
	const char *path = f->path;

	lua_pushglobaltable(lua);
	lua_pushliteral(lua, "configuration");
	lua_rawget(lua, -2);

	while (path && *path)
		path = step(lua, path);
	if (path && lua_isfunction(lua, -1))
		f->hook = luaL_ref(lua, LUA_REGISTRYINDEX);

	return 0;
}


int lua_hooks_find(struct lua_hooks *hooks, const char *path)
{
	struct finding f = { path, -ENOENT };
	int err;

	err = lua_box_call(&hooks->box, find, &f, &lua_box_limit_load);

	return err ? err : f.hook;
}


/* Push a part of a query with its '%xx' and '+' replaced (a wrong '%' stays
 * as it is). */
static void push_decoded(lua_State *lua, struct str s)
{
	luaL_Buffer b;
	char *out = luaL_buffinitsize(lua, &b, s.len);
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		int high = -1, low = -1;

		if (s.p[i] == '%' && s.len - i > 2) {
			high = text_hex(s.p[i + 1]);
			low = text_hex(s.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			out[len++] = (char)(high << 4 | low);
			i += 2;
		}
		else {
			out[len++] = s.p[i] == '+' ? ' ' : s.p[i];
		}
	}

	luaL_pushresultsize(&b, len);
}


/* Push the part of `s` up to `mark`, and go behind it. */
static struct str cut(struct str *s, char mark)
{
	const char *p = s->len ? memchr(s->p, mark, s->len) : NULL;
	size_t len = p ? (size_t)(p - s->p) : s->len;
	struct str part = str_n(s->p, len);

	*s = str_n(s->p + len + (p != NULL), s->len - len - (p != NULL));

	return part;
}


static void push_query(lua_State *lua, struct str query)
{
	lua_newtable(lua);

	for (int i = 0; query.len && i < LUA_QUERY_PAIRS_MAX; i++) {
		struct str value = cut(&query, '&');
		struct str name = cut(&value, '=');

		if (!name.len)
			continue;
		push_decoded(lua, name);
		lua_pushvalue(lua, -1);
		if (lua_rawget(lua, -3) == LUA_TNIL) {
			lua_pop(lua, 1);
			push_decoded(lua, value);
			lua_rawset(lua, -3);
		}
		else {
			lua_pop(lua, 2);
		}
	}
}


static void push_fields(lua_State *lua, const struct call *c)
{
	lua_createtable(lua, 0, (int)c->n);

	for (size_t i = 0; i < c->n; i++) {
		const struct lua_field *f = &c->fields[i];

		switch (f->type) {

		case LUA_FIELD_TEXT:
			lua_pushlstring(lua, f->text.len ? f->text.p : "",
					f->text.len);
			break;

		case LUA_FIELD_NUMBER:
			lua_pushinteger(lua, f->number);
			break;

		case LUA_FIELD_QUERY:
			push_query(lua, f->text);
			break;
		}
		lua_setfield(lua, -2, f->name);
	}
}


static void set_text(struct lua_answer *answer, const char *text, size_t len)
{
	if (len > LUA_ANSWER_TEXT_MAX)
		len = LUA_ANSWER_TEXT_MAX;

	memcpy(answer->text, text, len);
	answer->text[len] = '\0';
	answer->len = len;
}


/* { redirect = "name" } at index 1? */
static bool read_redirect(lua_State *lua, struct lua_answer *answer)
{
	const char *name;
	size_t len;

	lua_pushliteral(lua, "redirect");
	if (lua_rawget(lua, 1) != LUA_TSTRING)
		return false;

	name = lua_tolstring(lua, -1, &len);
	if (!len || len > LUA_ANSWER_TEXT_MAX)
		luaL_error(lua, "redirect to a name of %d bytes", (int)len);
	set_text(answer, name, len);
	answer->verdict = LUA_REDIRECT;

	return true;
}


/* { later = ms } at index 1. */
static void read_later(lua_State *lua, struct lua_answer *answer,
		       const char *what_else)
{
	lua_Number ms;

	lua_pushliteral(lua, "later");
	if (lua_rawget(lua, 1) != LUA_TNUMBER)
		luaL_error(lua, "the hook returned a table that is %s",
			   what_else);
	ms = lua_tonumber(lua, -1);
	answer->later_ms = ms >= LUA_LATER_MS_MAX ? LUA_LATER_MS_MAX
		: ms >= 1 ? (int64_t)ms : 1;
	answer->verdict = LUA_LATER;
}


/* The two results of the hook are at 1 and 2. */
static void read_answer(lua_State *lua, struct lua_answer *answer)
{
	const char *reason;
	size_t len;

	switch (lua_type(lua, 1)) {

	case LUA_TNIL:
	case LUA_TBOOLEAN:
		if (lua_toboolean(lua, 1)) {
			answer->verdict = LUA_ALLOW;
		}
		else if (lua_type(lua, 2) == LUA_TSTRING) {
			reason = lua_tolstring(lua, 2, &len);
			set_text(answer, reason, len);
		}
		break;

	case LUA_TTABLE:
		if (!read_redirect(lua, answer))
			read_later(lua, answer, "neither redirect(name) nor "
				   "later(ms)");
		break;

	default:
		luaL_error(lua, "the hook returned a %s in place of true, "
			   "false, redirect(name) or later(ms)",
			   luaL_typename(lua, 1));
	}
}


/* The text that it was asked for is at 1; no error repeats it. */
static void read_text(lua_State *lua, struct lua_answer *answer)
{
	const char *text;
	size_t len;

	switch (lua_type(lua, 1)) {

	case LUA_TSTRING:
		text = lua_tolstring(lua, 1, &len);
		if (!len || len > LUA_ANSWER_TEXT_MAX)
			luaL_error(lua, "the hook returned a text of %d bytes",
				   (int)len);
		set_text(answer, text, len);
		answer->verdict = LUA_ALLOW;
		break;

	case LUA_TTABLE:
		read_later(lua, answer, "not later(ms)");
		break;

	default:
		if (lua_toboolean(lua, 1))
			luaL_error(lua, "the hook returned a %s in place of "
				   "a text, nil or later(ms)",
				   luaL_typename(lua, 1));
	}
}


static int call(lua_State *lua)
{
	const struct call *c = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, c->hook);
	push_fields(lua, c);
	lua_call(lua, 1, 2);

	lua_remove(lua, 1);
	if (c->wants_text)
		read_text(lua, c->answer);
	else if (c->answer)
		read_answer(lua, c->answer);

	return 0;
}


static int run(struct lua_hooks *hooks, struct call *c)
{
	int err;

	err = lua_box_call(&hooks->box, call, c, &lua_box_limit_hook);
	if (err)
		log_error(&hooks->box, "%s", err == -EBADMSG
			  ? hooks->box.error : error_text(err));

	return err;
}


static void ask(struct lua_hooks *hooks, struct call *c)
{
	static const struct lua_answer deny = { .verdict = LUA_DENY };

	/* An error comes before anything is filled in. */
	*c->answer = deny;
	run(hooks, c);
}


void lua_hooks_call(struct lua_hooks *hooks, int hook,
		    const struct lua_field *fields, size_t n,
		    struct lua_answer *answer)
{
	struct call c = { hook, false, fields, n, answer };

	ask(hooks, &c);
}


void lua_hooks_ask_text(struct lua_hooks *hooks, int hook,
			const struct lua_field *fields, size_t n,
			struct lua_answer *answer)
{
	struct call c = { hook, true, fields, n, answer };

	ask(hooks, &c);
}


void lua_hooks_tell(struct lua_hooks *hooks, int hook,
		    const struct lua_field *fields, size_t n)
{
	struct call c = { hook, false, fields, n, NULL };

	run(hooks, &c);
}
