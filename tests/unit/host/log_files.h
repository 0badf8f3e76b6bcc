/* For the tests of the log: a folder of one's own, and standard error put
 * elsewhere for a while. */
#ifndef LOG_FILES_H
#define LOG_FILES_H

#include <stddef.h>

enum { FILES_PATH_MAX = 256 };

struct files {
	char dir[FILES_PATH_MAX / 2];
	int saved_stderr;        /* or -1 */
};

/* Make the folder; 0 or a negative errno. */
int files_init(struct files *files);

/* Give standard error back; delete the folder with the files in it. */
void files_fini(struct files *files);

/* The path of the file `name` in the folder, in `out` of FILES_PATH_MAX. */
const char *files_path(const struct files *files, char *out,
		       const char *name);

/* Let standard error be `fd` (borrowed) until files_fini, or -1: until
 * then. */
void files_set_stderr(struct files *files, int fd);

/* Read the file `name`, at most size - 1 bytes; the length, or -1. */
int files_read(const struct files *files, const char *name, char *out,
	       size_t size);

/* How many files are there. */
int files_n(const struct files *files);

#endif
