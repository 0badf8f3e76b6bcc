/* A sandbox for Lua 5.4: a state that cannot use more than its share of
 * memory or time, and has no way out of itself.
 *
 * It has the base functions without load, loadfile, dofile, require,
 * collectgarbage and warn; string (without dump; pattern functions refuse
 * what could take long), table, math and utf8; and include "file",
 * env("NAME" [, default]) and print, which logs.  Metatables with __gc are
 * refused, since no limit holds inside a finalizer.
 *
 * Thread: the one that uses it. */
#ifndef LUA_BOX_H
#define LUA_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <lua.h>
#include "base/log.h"

struct lua_source;

enum {
	LUA_BOX_MEMORY_MAX = 32 << 20,  /* bytes of a state */
	LUA_BOX_BLOCK_MAX = 4 << 20,    /* of one string or table in it */
	LUA_BOX_INCLUDE_DEPTH_MAX = 8,
	LUA_BOX_ERROR_MAX = 500,
};

/* How much one call may do: the first is exact, the second is there for
 * instructions that take long (long strings). */
struct lua_box_limit {
	int64_t n_steps;         /* instructions of the virtual machine */
	int64_t cpu_us;          /* of the thread */
};

extern const struct lua_box_limit lua_box_limit_load; /* evaluating files */
extern const struct lua_box_limit lua_box_limit_hook; /* one hook */

struct lua_box {
	lua_State *lua;
	struct lua_source *source; /* owned reference */
	struct log_tag log;
	size_t used;             /* bytes of memory */
	int64_t steps_left;
	int64_t cpu_end_us;      /* of clock_thread_us */
	size_t file;             /* of the source: the one being evaluated */
	int include_depth;
	bool is_full;            /* memory was refused by a limit of ours */
	bool is_quiet;           /* print does nothing */
	char error[LUA_BOX_ERROR_MAX]; /* of the last call, "file:line: text" */
};

/* A state with nothing evaluated yet.  `category` is for the log (static).
 * Returns 0 or -ENOMEM; lua_box_fini is right after both. */
int lua_box_init(struct lua_box *box, struct lua_source *source,
		 const char *category);
void lua_box_fini(struct lua_box *box);

/* Evaluate the source's first file.  Returns 0, -ENOMEM, or -EBADMSG and
 * box->error. */
int lua_box_eval(struct lua_box *box, const struct lua_box_limit *limit);

/* Call `fn` with the light userdata `arg` in protected mode: it may use all
 * of Lua's API, and raise errors.  Returns as lua_box_eval. */
int lua_box_call(struct lua_box *box, lua_CFunction fn, void *arg,
		 const struct lua_box_limit *limit);

/* The box of a state. */
struct lua_box *lua_box_of(lua_State *lua);

/* Fill the globals (lua_lib.c); raises Lua errors. */
void lua_lib_open(lua_State *lua);

#endif
