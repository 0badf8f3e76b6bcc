/* Files with secrets. */
#include "host/secret_file.h"
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/error.h"
#include "base/random.h"



int secret_file_read(const char *path, char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;

	do {
		n = read(fd, out + len, SECRET_FILE_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < SECRET_FILE_MAX);
	if (n < 0)
		n = -errno;
	close(fd);

	if (n < 0)
		return (int)n;
	if (len == SECRET_FILE_MAX)
		return -EMSGSIZE;
	out[len] = '\0';

	return (int)len;
}


struct str secret_file_next(struct str *text)
{
	struct str line = { text->p, 0 };

	while (text->len && !line.len) {
		const char *end = memchr(text->p, '\n', text->len);
		size_t len = end ? (size_t)(end - text->p) : text->len;

		line = str_n(text->p, len);
		len += end != NULL;
		*text = str_n(text->p + len, text->len - len);
		while (line.len && isspace((unsigned char)
					   line.p[line.len - 1]))
			--line.len;
	}

	return line;
}


char *secret_new(char *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SECRET_BYTES];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < SECRET_BYTES; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * SECRET_BYTES] = '\0';
	explicit_bzero(bytes, sizeof(bytes));

	return out;
}


static int write_text(int fd, struct str text)
{
	errno = ENOSPC;
	if (write(fd, text.p, text.len) != (ssize_t)text.len || fsync(fd))
		return -errno;

	return 0;
}


/* Under a name of its own first, then by link, which replaces nothing: nobody
 * ever reads half a secret, or one that another server's replaced. */
int secret_file_make(const char *path, struct str text)
{
	char temporary[PATH_MAX];
	int fd, err;

	if (!access(path, F_OK))
		return 0;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC); /* of mode 600 */
	if (fd < 0)
		return -errno;

	err = write_text(fd, text);
	if (close(fd) && !err)
		err = -errno;
	if (!err && link(temporary, path))
		err = -errno;
	unlink(temporary);

	return err == -EEXIST ? 0 : err ? err : 1;
}
