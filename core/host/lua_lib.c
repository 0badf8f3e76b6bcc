/* What a configuration can call.  A count of instructions does not interrupt
 * a function in C, so those that could loop for long are wrapped: each
 * wrapper has the original as its first upvalue, refuses what would take too
 * much, and calls it otherwise. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/error.h"
#include "host/lua_box.h"
#include "host/lua_source.h"


enum {
	PATTERN_STEPS_MAX = 10000000,
	PLAIN_STEPS_MAX = 100000000,
	PATTERN_SHOWN_MAX = 60,
	LIST_MAX = 1 << 20,
};

/* What makes matching a pattern slow. */
struct pattern {
	bool is_anchored;
	int n_loops;             /* items that can take 0 to n bytes */
	int n_options;           /* items with '?' */
};


static int call_original(lua_State *lua)
{
	lua_pushvalue(lua, lua_upvalueindex(1));
	lua_insert(lua, 1);
	lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);

	return lua_gettop(lua);
}


/* The index after the set that starts at p[i] = '['. */
static size_t skip_set(const char *p, size_t len, size_t i)
{
	i += i + 1 < len && p[i + 1] == '^' ? 2 : 1;

	/* The first ']' of a set stands for itself. */
	do {
		i += i < len && p[i] == '%' ? 2 : 1;
	} while (i < len && p[i] != ']');

	return i + 1;
}


static struct pattern measure(const char *p, size_t len)
{
	struct pattern pat = { len && p[0] == '^', 0, 0 };
	size_t i = pat.is_anchored;

	while (i < len) {
		if (p[i] == '%' && i + 1 < len) {
			/* %bxy and %1 take any length, but only one. */
			if (p[i + 1] == 'b' ||
			    (p[i + 1] >= '0' && p[i + 1] <= '9'))
				++pat.n_loops;
			i += p[i + 1] == 'b' ? 4 : 2;
		}
		else if (p[i] == '[') {
			i = skip_set(p, len, i);
		}
		else {
			++i;
		}

		if (i < len && p[i] && strchr("*+-", p[i]))
			++pat.n_loops;
		else if (i < len && p[i] == '?')
			++pat.n_options;
	}

	return pat;
}


/* At most this many steps to match on `n` bytes: the ways to share them out
 * among the loops, and the start of the match if it is free. */
static double worst_case(const struct pattern *pat, size_t n, size_t len)
{
	int k = pat->n_loops + !pat->is_anchored;
	double steps = 1 + (double)len / 32;

	for (int i = 1; i <= k; i++)
		steps *= ((double)n + i) / i;
	for (int i = 0; i < pat->n_options; i++)
		steps *= 2;

	return steps;
}


/* find, match, gmatch, gsub (subject, pattern, ...). */
static int bounded_pattern(lua_State *lua)
{
	bool is_gmatch = lua_toboolean(lua, lua_upvalueindex(2));
	bool is_find = lua_toboolean(lua, lua_upvalueindex(3));
	char shown[PATTERN_SHOWN_MAX + 1];
	struct pattern pat;
	const char *p;
	size_t n, len;
	bool is_long;

	luaL_checklstring(lua, 1, &n);
	p = luaL_checklstring(lua, 2, &len);

	if (is_find && lua_toboolean(lua, 4)) {
		is_long = (double)n * (double)len > PLAIN_STEPS_MAX;
	}
	else {
		pat = measure(p, len);
		if (is_gmatch)
			pat.is_anchored = false;
		is_long = worst_case(&pat, n, len) > PATTERN_STEPS_MAX;
	}

	if (!is_long)
		return call_original(lua);

	snprintf(shown, sizeof(shown), "%s", p);

	return luaL_error(lua, "pattern '%s' could take too long on a text "
			  "of %d bytes", shown, (int)n);
}


/* rep("", n) loops n times for nothing. */
static int bounded_rep(lua_State *lua)
{
	size_t len, sep_len;

	luaL_checklstring(lua, 1, &len);
	luaL_optlstring(lua, 3, "", &sep_len);

	if (!len && !sep_len) {
		luaL_checkinteger(lua, 2);
		lua_pushliteral(lua, "");
		return 1;
	}

	return call_original(lua);
}


/* insert, remove, concat, sort, unpack: the list is a plain one. */
static int bounded_list(lua_State *lua)
{
	luaL_checktype(lua, 1, LUA_TTABLE);
	if (luaL_getmetafield(lua, 1, "__len"))
		return luaL_error(lua, "a list with __len is not allowed");
	if (lua_rawlen(lua, 1) > LIST_MAX)
		return luaL_error(lua, "the list is too long");

	return call_original(lua);
}


/* Wraps bounded_list for concat, and move: a range from argument i to j. */
static int bounded_range(lua_State *lua)
{
	int i = (int)lua_tointeger(lua, lua_upvalueindex(2));
	lua_Integer first = luaL_optinteger(lua, i, 1);
	lua_Integer last = luaL_optinteger(lua, i + 1, first);

	if (first < -LIST_MAX || last > LIST_MAX)
		return luaL_error(lua, "the range is too long");

	return call_original(lua);
}


static int safe_setmetatable(lua_State *lua)
{
	if (lua_istable(lua, 2)) {
		lua_pushliteral(lua, "__gc");
		if (lua_rawget(lua, 2) != LUA_TNIL)
			return luaL_error(lua, "__gc is not allowed");
		lua_pop(lua, 1);
	}

	return call_original(lua);
}


static int print(lua_State *lua)
{
	struct lua_box *box = lua_box_of(lua);
	int n = lua_gettop(lua);
	luaL_Buffer b;

	if (box->is_quiet)
		return 0;

	luaL_buffinit(lua, &b);
	for (int i = 1; i <= n; i++) {
		if (i > 1)
			luaL_addchar(&b, ' ');
		luaL_tolstring(lua, i, NULL);
		luaL_addvalue(&b);
	}
	luaL_pushresult(&b);
	log_info(box, "%s", lua_tostring(lua, -1));

	return 0;
}


/* env("NAME" [, default]) */
static int env(lua_State *lua)
{
	const char *name = luaL_checkstring(lua, 1);
	const char *value = getenv(name);

	lua_settop(lua, 2);
	if (value)
		lua_pushstring(lua, value);

	return 1;
}


/* The file whose text called the running function. */
static size_t calling_file(lua_State *lua)
{
	struct lua_box *box = lua_box_of(lua);
	lua_Debug ar;
	int i = -1;

	/* "return include ..." has left no trace of its caller. */
	if (lua_getstack(lua, 0, &ar) && lua_getinfo(lua, "t", &ar) &&
	    !ar.istailcall && lua_getstack(lua, 1, &ar) &&
	    lua_getinfo(lua, "S", &ar) && ar.source[0] == '@')
		i = lua_source_find(box->source, ar.source + 1);

	return i < 0 ? box->file : (size_t)i;
}


static const char *include_error(int err)
{
	if (err == -EACCES)
		return "not allowed, or not below the configuration's folder";
	if (err == -EMSGSIZE)
		return "too large, or too many files";

	return error_text(err);
}


/* include "file": what the file returns. */
static int include(lua_State *lua)
{
	struct lua_box *box = lua_box_of(lua);
	const struct lua_file *file;
	size_t len, caller = box->file;
	const char *name = luaL_checklstring(lua, 1, &len);
	int i, status;

	if (box->include_depth == LUA_BOX_INCLUDE_DEPTH_MAX)
		return luaL_error(lua, "include '%s': nested too deep", name);

	i = lua_source_include(box->source, calling_file(lua),
			       str_n(name, len));
	if (i < 0)
		return luaL_error(lua, "include '%s': %s", name,
				  include_error(i));

	file = &box->source->files[i];
	lua_settop(lua, 0);
	lua_pushfstring(lua, "@%s", file->name);
	status = luaL_loadbufferx(lua, file->text, file->len,
				  lua_tostring(lua, 1), "t");
	if (status)
		return lua_error(lua);

	box->file = (size_t)i;
	++box->include_depth;
	status = lua_pcall(lua, 0, LUA_MULTRET, 0);
	--box->include_depth;
	box->file = caller;
	if (status)
		return lua_error(lua);

	return lua_gettop(lua) - 1;
}


/* redirect("name") and later(ms): answers of hooks, as tables. */
static int redirect(lua_State *lua)
{
	luaL_checkstring(lua, 1);
	lua_createtable(lua, 0, 1);
	lua_pushvalue(lua, 1);
	lua_setfield(lua, -2, "redirect");

	return 1;
}


static int later(lua_State *lua)
{
	luaL_checknumber(lua, 1);
	lua_createtable(lua, 0, 1);
	lua_pushvalue(lua, 1);
	lua_setfield(lua, -2, "later");

	return 1;
}


/* Replace `name` of the table on the top by `fn` over it, with the upvalues
 * `a` and `b`. */
static void wrap(lua_State *lua, const char *name, lua_CFunction fn,
		 lua_Integer a, lua_Integer b)
{
	lua_getfield(lua, -1, name);
	if (fn == bounded_pattern) {
		lua_pushboolean(lua, (int)a);
		lua_pushboolean(lua, (int)b);
	}
	else {
		lua_pushinteger(lua, a);
		lua_pushinteger(lua, b);
	}
	lua_pushcclosure(lua, fn, 3);
	lua_setfield(lua, -2, name);
}


static void remove_all(lua_State *lua, const char *const *names)
{
	for (; *names; ++names) {
		lua_pushnil(lua);
		lua_setfield(lua, -2, *names);
	}
}


static void open_base(lua_State *lua)
{
	static const char *const gone[] = {
		"load", "loadfile", "dofile", "collectgarbage", "warn", NULL
	};
	static const luaL_Reg added[] = {
		{ "print", print },
		{ "env", env },
		{ "include", include },
		{ "redirect", redirect },
		{ "later", later },
		{ NULL, NULL }
	};

	luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
	remove_all(lua, gone);
	luaL_setfuncs(lua, added, 0);
	wrap(lua, "setmetatable", safe_setmetatable, 0, 0);
	lua_pop(lua, 1);
}


static void open_string(lua_State *lua)
{
	static const char *const gone[] = { "dump", NULL };

	luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
	remove_all(lua, gone);
	wrap(lua, "find", bounded_pattern, false, true);
	wrap(lua, "match", bounded_pattern, false, false);
	wrap(lua, "gmatch", bounded_pattern, true, false);
	wrap(lua, "gsub", bounded_pattern, false, false);
	wrap(lua, "rep", bounded_rep, 0, 0);
	lua_pop(lua, 1);
}


static void open_table(lua_State *lua)
{
	static const char *const lists[] = {
		"insert", "remove", "concat", "sort", "unpack",
	};

	luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		wrap(lua, lists[i], bounded_list, 0, 0);
	wrap(lua, "concat", bounded_range, 3, 0);
	wrap(lua, "move", bounded_range, 2, 0);
	lua_pop(lua, 1);
}


void lua_lib_open(lua_State *lua)
{
	open_base(lua);
	open_string(lua);
	open_table(lua);
	luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 1);
	luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 1);
	lua_pop(lua, 2);
}
