/* The configuration: a tree of sections with typed, checked values.
 *
 * It is made in three steps, all on the main thread, before workers start:
 *
 *	config_load     evaluates the file; reads what core's own tables of
 *	                keys describe (config_keys.h) and applies defaults
 *	config_extend   a module or a chain adds its table to a section
 *	config_check    whatever no table knows is an error
 *
 * Errors are collected, so that one run tells all of them.  Afterwards the
 * tree is immutable and may be read from any thread. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/api.h"
#include "base/slice.h"

struct config;
struct config_section;
struct lua_source;

enum config_type {
	CONFIG_BOOL,
	CONFIG_INT,      /* config_int: a number within min..max */
	CONFIG_DURATION, /* config_int, in `unit` ("ms", "s"): 1500, "1500ms",
	                  * "10s", "5min", "1h" */
	CONFIG_SIZE,     /* config_int, in bytes: 65536, "64K", "4M", "1G" */
	CONFIG_PORT,     /* config_int: 1..65535 */
	CONFIG_STRING,   /* config_str */
	CONFIG_ENUM,     /* config_enum and config_str: one of `choices` */
	CONFIG_PATH,     /* config_str: made relative to the file's folder */
	CONFIG_IP,       /* config_str: an IPv4 or IPv6 address */
	CONFIG_STRINGS,  /* config_text_n, config_text_at: a list of strings */
	CONFIG_CHAIN,    /* the same: a chain's name, or a list of protocols */
	CONFIG_SECTION,  /* config_section: a table with the keys `keys` */
	CONFIG_LIST,     /* config_section: a list of tables with `items` */
	CONFIG_HOOK,     /* config_hook: a function */
};

enum config_flags {
	CONFIG_REQUIRED = 1 << 0,
	CONFIG_OR_AUTO  = 1 << 1, /* numbers: "auto" too, read as CONFIG_AUTO */
	CONFIG_READABLE = 1 << 2, /* paths: a file that can be read now */
	CONFIG_SECRET   = 1 << 3, /* its value is never shown in an error */
	CONFIG_OR_ONE   = 1 << 4, /* lists of strings: or a string alone */
	CONFIG_OR_URL   = 1 << 5, /* hooks: or a URL, http or https */
	CONFIG_LIVE     = 1 << 6, /* a change counts when the file is read
	                           * again; others wait for a restart */
	CONFIG_OR_EMPTY = 1 << 7, /* paths: or "", which stays so */
};

enum { CONFIG_AUTO = -1 };

/* One key.  A table of keys is a static array, ended by an empty element. */
struct config_key {
	const char *name;
	enum config_type type;
	unsigned flags;
	const char *def;         /* default, as in the file, without quotes;
	                          * NULL: 0, false, empty */
	int64_t min, max;        /* of numbers, checked if min < max */
	const char *unit;        /* "ms", "bytes", "streams"; may be NULL */
	const char *choices;     /* "epoll select": separated by blanks */
	const struct config_key *keys;  /* of a section, or beside a list */
	const struct config_key *items; /* of each section of a list */
	const char *doc;         /* one line */
};

/* Evaluate `source` (lua_source.h; a reference is taken) and read what core
 * knows.  *configp is set whenever there was memory, also on errors, which
 * config_error tells.  Returns 0, -EBADMSG (see the errors) or -ENOMEM. */
int config_load(struct config **configp, struct lua_source *source);

/* Forget all; NULL is allowed.  Returns NULL. */
struct config *config_free(struct config *config);

/* Read the keys of the table `keys` (static, or living as long as the
 * config) in `section` too.  Returns 0, -EBADMSG (errors were added; also if
 * the section knows one of these keys already) or -ENOMEM. */
int config_extend(const struct config_section *section,
		  const struct config_key *keys);

/* Add an error for each key in the file that no table knows.  Returns 0 if
 * there are no errors at all, else -EBADMSG or -ENOMEM. */
int config_check(struct config *config);

/* Call fn(section, key, arg) for each key whose value in `next` is another
 * than in `now`, but for those of CONFIG_LIVE; of lists that differ in length
 * for the list alone.  section: of `next`.  Thread: main. */
typedef void (config_diff_fn)(const struct config_section *section,
			      const struct config_key *key, void *arg);
void config_diff(const struct config *now, const struct config *next,
		 config_diff_fn *fn, void *arg);

/* Add an error, shown with file, line and path of `section`'s `key` (NULL:
 * of the section itself): "config.lua:12: applications[1].name: <text>". */
API void config_fail(const struct config_section *section, const char *key,
		     const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The errors so far, without a line end; at most CONFIG_ERRORS_MAX. */
enum { CONFIG_ERRORS_MAX = 20 };
size_t config_n_errors(const struct config *config);
const char *config_error(const struct config *config, size_t i);

/* The section `configuration`; never NULL once config_load gave a config. */
API const struct config_section *config_top(const struct config *config);

/* Values.  `key` is of the type that stands beside its type above; another
 * one, or a key that no table of the section has, is an assert.  Texts are
 * borrowed from the config, and end with a zero. */
API bool config_bool(const struct config_section *section, const char *key);
API int64_t config_int(const struct config_section *section, const char *key);
API const char *config_str(const struct config_section *section,
			   const char *key);

/* The index of the value among the key's choices. */
API int config_enum(const struct config_section *section, const char *key);

/* True if the file has the key: its value is not the default. */
API bool config_has(const struct config_section *section, const char *key);

/* The path under which lua_hooks_find finds the function, such as
 * "applications[1].onPublish"; NULL if the file has none. */
API const char *config_hook(const struct config_section *section,
			    const char *key);

/* The URL that stands in the place of a function, or NULL. */
API const char *config_hook_url(const struct config_section *section,
				const char *key);

/* The strings of a list or chain; `i` is below their number. */
API size_t config_text_n(const struct config_section *section,
			 const char *key);
API const char *config_text_at(const struct config_section *section,
			       const char *key, size_t i);

/* The section or list of `key`; never NULL, all defaults (an empty list) if
 * the file has none. */
API const struct config_section *
config_section(const struct config_section *section, const char *key);

/* The sections of a list: acceptors, say.  `applications` is a section and a
 * list at once. */
API size_t config_n(const struct config_section *list);
API const struct config_section *
config_at(const struct config_section *list, size_t i);

/* Where `section` stands: "applications[1].acceptors[2]"; and the file's
 * name and line (0 if unknown) of its `key` (NULL: of itself). */
API const char *config_path(const struct config_section *section);
API const char *config_file(const struct config_section *section);
API int config_line(const struct config_section *section, const char *key);

#endif
