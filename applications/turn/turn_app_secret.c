/* The file with the secret of time-limited users. */
#include "turn_app.h"
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/error.h"
#include "base/random.h"


enum { SECRET_BYTES = 32 };


int turn_app_secret_read(const char *path, char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;

	do {
		n = read(fd, out + len, TURN_APP_SECRET_FILE_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < TURN_APP_SECRET_FILE_MAX);
	if (n < 0)
		n = -errno;
	close(fd);

	if (n < 0)
		return (int)n;
	if (len == TURN_APP_SECRET_FILE_MAX)
		return -EMSGSIZE;
	out[len] = '\0';

	return (int)len;
}


struct str turn_app_secret_next(struct str *text)
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


static int write_secret(int fd)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SECRET_BYTES];
	char text[2 * SECRET_BYTES + 1];
	int err = 0;

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < SECRET_BYTES; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * SECRET_BYTES] = '\n';

	errno = ENOSPC;
	if (write(fd, text, sizeof(text)) != (ssize_t)sizeof(text) ||
	    fsync(fd))
		err = -errno;
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));

	return err;
}


/* Under a name of its own first, then by link, which replaces nothing: nobody
 * ever reads half a secret, or one that another server's replaced. */
int turn_app_secret_make(const char *path)
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

	err = write_secret(fd);
	if (close(fd) && !err)
		err = -errno;
	if (!err && link(temporary, path))
		err = -errno;
	unlink(temporary);

	return err == -EEXIST ? 0 : err ? err : 1;
}
