/* The bytes of a configuration: its file and the files it includes, read
 * once by main, then evaluated by main and by each worker.
 *
 * Thread: main, until it is frozen; then immutable, and any. */
#ifndef LUA_SOURCE_H
#define LUA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/slice.h"

enum {
	LUA_SOURCE_SIZE_MAX = 1 << 20,  /* bytes of one file */
	LUA_SOURCE_FILES_MAX = 32,
};

struct lua_file {
	char *name;              /* from the first file's folder: users.lua */
	char *text;              /* ends with a zero; a first line that begins
	                          * with '#' is blanked out */
	size_t len;
};

struct lua_source {
	char *dir;               /* folder of the first file, absolute, ends
	                          * with '/' */
	struct lua_file files[LUA_SOURCE_FILES_MAX]; /* 0 is the first file */
	size_t n_files;
	bool is_frozen;          /* includes come from `files` only */
};

/* Read the file at `path`.  Returns 0, -ENOMEM, -EMSGSIZE (above the limit),
 * or the negative errno of open or read. */
int lua_source_new(struct lua_source **sourcep, const char *path);

/* The same from memory (tests); `name` stands for the file, `dir` for its
 * folder.  Returns 0, -ENOMEM or -EMSGSIZE. */
int lua_source_new_text(struct lua_source **sourcep, const char *dir,
			    const char *name, struct str text);

/* Put the file `name` with a copy of `text` beside the others.  Returns 0,
 * -EEXIST, -ENOMEM or -EMSGSIZE. */
int lua_source_add(struct lua_source *source, const char *name,
		   struct str text);

/* The index of the file `name`, or -ENOENT. */
int lua_source_find(const struct lua_source *source, const char *name);

struct lua_source *lua_source_ref(struct lua_source *source);
struct lua_source *lua_source_unref(struct lua_source *source);

/* Find the file `name`, relative to the folder of the file `from` (an index)
 * and below that of the first one; it is read now unless it was before, or
 * the source is frozen.  Returns its index, -EACCES (not below the folder),
 * -ENOENT, -EMSGSIZE, -ENOMEM or another negative errno. */
int lua_source_include(struct lua_source *source, size_t from,
		       struct str name);

#endif
