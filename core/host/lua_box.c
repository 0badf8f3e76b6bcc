/* A sandbox for Lua: memory, time, evaluation. */
#include "host/lua_box.h"
#include <assert.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "host/lua_source.h"


enum { STEPS_PER_LOOK = 100 }; /* instructions between two looks */

const struct lua_box_limit lua_box_limit_load = { 20000000, 5000000 };
const struct lua_box_limit lua_box_limit_hook = { 200000, 100000 };


struct lua_box *lua_box_of(lua_State *lua)
{
	void *box;

	lua_getallocf(lua, &box);

	return box;
}


/* Lua's own books say how large a block is; a NULL `p` comes with a type in
 * place of its size. */
static void *resize(void *arg, void *p, size_t old_size, size_t size)
{
	struct lua_box *box = arg;
	void *q;

	if (!p)
		old_size = 0;

	if (!size) {
		box->used -= old_size;
		return mem_free(p);
	}
	if (size > old_size && (size > LUA_BOX_BLOCK_MAX ||
	    box->used - old_size + size > LUA_BOX_MEMORY_MAX)) {
		box->is_full = true;
		return NULL;
	}

	q = mem_resize(p, size);
	if (q)
		box->used = box->used - old_size + size;

	return q;
}


/* Once the limit is reached, each instruction fails: a pcall cannot save a
 * loop around it. */
static void on_count(lua_State *lua, lua_Debug *ar)
{
	struct lua_box *box = lua_box_of(lua);

	box->steps_left -= STEPS_PER_LOOK;
	if (box->steps_left > 0 && clock_thread_us() < box->cpu_end_us)
		return;

	box->steps_left = 0;
	lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
	lua_getinfo(lua, "Sl", ar);
	lua_pushfstring(lua, "%s:%d: takes too long", ar->short_src,
			ar->currentline);
	lua_error(lua);
}


/* Lua's parser quotes the token where it gave up, and what is in a text (or
 * had its quotes forgotten, and begins with a digit) may be a password. */
static void hide_text(char *error, size_t size)
{
	static const char near[] = " near '";
	char *p = strstr(error, near);

	if (p && p[strlen(near)] && strchr("\"'[0123456789", p[strlen(near)]))
		snprintf(p, (size_t)(error + size - p),
			 " near a text or number");
}


/* The error on the top of the stack may be any value. */
static void keep_error(struct lua_box *box)
{
	lua_State *lua = box->lua;
	const char *text = "an error that is no text";

	if (lua_type(lua, -1) == LUA_TSTRING)
		text = lua_tostring(lua, -1);

	snprintf(box->error, sizeof(box->error), "%s", text);
	hide_text(box->error, sizeof(box->error));
}


int lua_box_call(struct lua_box *box, lua_CFunction fn, void *arg,
		 const struct lua_box_limit *limit)
{
	lua_State *lua = box->lua;
	int status;

	box->steps_left = limit->n_steps;
	box->cpu_end_us = clock_thread_us() + limit->cpu_us;
	box->file = 0;
	box->include_depth = 0;
	box->is_full = false;
	box->error[0] = '\0';
	lua_sethook(lua, on_count, LUA_MASKCOUNT, STEPS_PER_LOOK);

	lua_settop(lua, 0);
	lua_pushcfunction(lua, fn);
	lua_pushlightuserdata(lua, arg);
	status = lua_pcall(lua, 1, 0, 0);
	if (status)
		keep_error(box);
	lua_settop(lua, 0);

	if (status == LUA_ERRMEM && !box->is_full)
		return -ENOMEM;

	return status ? -EBADMSG : 0;
}


static int eval(lua_State *lua)
{
	const struct lua_source *source = lua_touserdata(lua, 1);
	const struct lua_file *file = &source->files[0];

	lua_pushfstring(lua, "@%s", file->name);
	if (luaL_loadbufferx(lua, file->text, file->len,
			     lua_tostring(lua, -1), "t"))
		return lua_error(lua);
	lua_call(lua, 0, 0);

	return 0;
}


int lua_box_eval(struct lua_box *box, const struct lua_box_limit *limit)
{
	return lua_box_call(box, eval, box->source, limit);
}


static int open_lib(lua_State *lua)
{
	lua_lib_open(lua);

	return 0;
}


int lua_box_init(struct lua_box *box, struct lua_source *source,
		 const char *category)
{
	memset(box, 0, sizeof(*box));
	box->log.category = category;
	box->source = lua_source_ref(source);

	box->lua = lua_newstate(resize, box);
	if (!box->lua)
		return -ENOMEM;

	return lua_box_call(box, open_lib, NULL, &lua_box_limit_load);
}


void lua_box_fini(struct lua_box *box)
{
	if (box->lua)
		lua_close(box->lua);
	box->lua = NULL;
	box->source = lua_source_unref(box->source);
	assert(!box->used);
}
