/* Where the keys of a configuration stand in its text.  Lua's tables do not
 * remember that, so the text is looked through once more: table constructors
 * and their fields, names they are assigned to, and includes.  What a
 * program builds in another way has the line of the nearest thing around.
 *
 * Thread: any. */
#ifndef CONFIG_LINES_H
#define CONFIG_LINES_H

#include <stdint.h>

struct config_lines;
struct lua_source;

struct config_spot {
	int file;                /* index in the source */
	int line;                /* from 1; 0: unknown */
	int table;               /* constructor of the value, or -1 */
};

/* Look through `source` (frozen, borrowed as long as the lines live).
 * Returns 0 or -ENOMEM. */
int config_lines_new(struct config_lines **linesp, struct lua_source *source);
struct config_lines *config_lines_free(struct config_lines *lines);

/* Where `configuration` is set. */
struct config_spot config_lines_root(const struct config_lines *lines);

/* Where the table at `in` has its field `name`, or, if that is NULL,
 * `index`; `in` itself, without a table, if that is not known. */
struct config_spot config_lines_field(const struct config_lines *lines,
				      struct config_spot in,
				      const char *name, int64_t index);

#endif
