/* Files with secrets: made at the first start, for their owner alone.
 * Thread: main. */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include "base/slice.h"

enum {
	SECRET_FILE_MAX = 8192,  /* bytes */
	SECRET_BYTES = 32,
	SECRET_TEXT_MAX = 2 * SECRET_BYTES + 1,  /* room for secret_new */
};

/* A new secret, hexadecimal, ended by a zero, into `out` of SECRET_TEXT_MAX
 * bytes, which is returned: to be wiped. */
API char *secret_new(char *out);

/* Read the file at `path` into `out` (SECRET_FILE_MAX bytes, ended by a zero):
 * to be wiped.  Returns the length, -EMSGSIZE, or the errno of open or
 * read. */
API int secret_file_read(const char *path, char *out);

/* Make that file with `text` in it, of mode 600, if it is not there.
 * Returns 1 (made), 0 (it was there) or a negative errno. */
API int secret_file_make(const char *path, struct str text);

/* Take the next line that is not empty off `text`, without blanks at its end;
 * an empty one behind the last. */
API struct str secret_file_next(struct str *text);

#endif
