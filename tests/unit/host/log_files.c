/* For the tests of the log: files. */
#include "log_files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


int files_init(struct files *files)
{
	const char *tmp = getenv("TMPDIR");

	files->saved_stderr = -1;
	snprintf(files->dir, sizeof(files->dir), "%s/sluice-log-XXXXXX",
		 tmp ? tmp : P_tmpdir);

	return mkdtemp(files->dir) ? 0 : -errno;
}


static int walk(const struct files *files, int is_to_delete)
{
	DIR *dir = opendir(files->dir);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir))) {
		char path[FILES_PATH_MAX * 2];

		if (entry->d_name[0] == '.')
			continue;
		++n;
		snprintf(path, sizeof(path), "%s/%s", files->dir,
			 entry->d_name);
		if (is_to_delete)
			remove(path);
	}
	if (dir)
		closedir(dir);

	return n;
}


void files_fini(struct files *files)
{
	files_set_stderr(files, -1);
	walk(files, 1);
	rmdir(files->dir);
}


const char *files_path(const struct files *files, char *out,
		       const char *name)
{
	snprintf(out, FILES_PATH_MAX, "%s/%s", files->dir, name);

	return out;
}


void files_set_stderr(struct files *files, int fd)
{
	if (files->saved_stderr < 0 && fd >= 0)
		files->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0) {
		dup2(fd, STDERR_FILENO);
	}
	else if (files->saved_stderr >= 0) {
		dup2(files->saved_stderr, STDERR_FILENO);
		close(files->saved_stderr);
		files->saved_stderr = -1;
	}
}


int files_read(const struct files *files, const char *name, char *out,
	       size_t size)
{
	char path[FILES_PATH_MAX];
	FILE *f = fopen(files_path(files, path, name), "r");
	size_t n;

	out[0] = '\0';
	if (!f)
		return -1;

	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);

	return (int)n;
}


int files_n(const struct files *files)
{
	return walk(files, 0);
}
