/* The bytes of a configuration. */
#include "host/lua_source.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "base/mem.h"


static char *copy(struct str s)
{
	char *z = mem_alloc(s.len + 1);

	if (z) {
		if (s.len)
			memcpy(z, s.p, s.len);
		z[s.len] = '\0';
	}

	return z;
}


static void destroy(void *arg)
{
	struct lua_source *source = arg;

	for (size_t i = 0; i < source->n_files; i++) {
		mem_free(source->files[i].name);
		mem_free(source->files[i].text);
	}
	mem_free(source->dir);
}


/* A byte order mark and a line "#!..." are not Lua; blanks in their place
 * keep the numbers of the lines. */
static void blank_out_head(char *text)
{
	size_t n = 0;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		n = 3;
	if (text[n] == '#')
		n += strcspn(text + n, "\r\n");

	memset(text, ' ', n);
}


/* Takes `take_text`, also on error. */
static int add(struct lua_source *source, const char *name, char *take_text,
	       size_t len)
{
	struct lua_file *file = &source->files[source->n_files];
	int err = -EMSGSIZE;

	if (source->n_files == LUA_SOURCE_FILES_MAX)
		goto text;

	err = -ENOMEM;
	file->name = copy(str(name));
	if (!file->name)
		goto text;

	blank_out_head(take_text);
	file->text = take_text;
	file->len = len;
	++source->n_files;

	return 0;

 text:
	mem_free(take_text);
	return err;
}


static int read_all(int fd, char **textp, size_t *lenp)
{
	struct stat st;
	ssize_t n = 1;
	size_t len = 0, size;
	char *text;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_size > LUA_SOURCE_SIZE_MAX)
		return -EMSGSIZE;

	size = (size_t)st.st_size;
	text = mem_alloc(size + 1);
	if (!text)
		return -ENOMEM;

	while (len < size && (n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	if (n < 0) {
		mem_free(text);
		return -errno;
	}

	text[len] = '\0';
	*textp = text;
	*lenp = len;

	return 0;
}


static int add_from_disk(struct lua_source *source, const char *path,
			 const char *name)
{
	char *text = NULL;
	size_t len = 0;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;

	err = read_all(fd, &text, &len);
	close(fd);

	return err ? err : add(source, name, text, len);
}


/* The absolute folder of `path`, with a '/' at its end, in out[PATH_MAX]. */
static int folder_of(char *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len;

	len = slash ? (size_t)(slash - path) + 1 : 0;
	if (len >= sizeof(dir))
		return -EMSGSIZE;

	memcpy(dir, path, len);
	dir[len] = '\0';
	if (!realpath(len ? dir : ".", out))
		return -errno;

	len = strlen(out);
	if (len + 1 >= PATH_MAX)
		return -EMSGSIZE;
	if (out[len - 1] != '/')
		memcpy(out + len, "/", 2);

	return 0;
}


static int source_new(struct lua_source **sourcep, const char *dir)
{
	struct lua_source *source;

	source = mem_new(sizeof(*source), destroy);
	if (!source)
		return -ENOMEM;

	source->dir = copy(str(dir));
	if (!source->dir) {
		mem_unref(source);
		return -ENOMEM;
	}
	*sourcep = source;

	return 0;
}


int lua_source_new(struct lua_source **sourcep, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct lua_source *source = NULL;
	char dir[PATH_MAX];
	int err;

	err = folder_of(dir, path);
	if (!err)
		err = source_new(&source, dir);
	if (!err)
		err = add_from_disk(source, path, slash ? slash + 1 : path);
	if (err) {
		lua_source_unref(source);
		return err;
	}
	*sourcep = source;

	return 0;
}


int lua_source_new_text(struct lua_source **sourcep, const char *dir,
			const char *name, struct str text)
{
	struct lua_source *source = NULL;
	int err;

	err = source_new(&source, dir);
	if (!err)
		err = lua_source_add(source, name, text);
	if (err) {
		lua_source_unref(source);
		return err;
	}
	*sourcep = source;

	return 0;
}


int lua_source_add(struct lua_source *source, const char *name,
		   struct str text)
{
	char *z;

	if (text.len > LUA_SOURCE_SIZE_MAX)
		return -EMSGSIZE;
	if (lua_source_find(source, name) >= 0)
		return -EEXIST;

	z = copy(text);

	return z ? add(source, name, z, text.len) : -ENOMEM;
}


int lua_source_find(const struct lua_source *source, const char *name)
{
	for (size_t i = 0; i < source->n_files; i++)
		if (!strcmp(source->files[i].name, name))
			return (int)i;

	return -ENOENT;
}


struct lua_source *lua_source_ref(struct lua_source *source)
{
	return mem_ref(source);
}


struct lua_source *lua_source_unref(struct lua_source *source)
{
	return mem_unref(source);
}


/* Append the parts of `s` to the path of length `len` in out[PATH_MAX],
 * taking "." and ".." out.  Returns the new length, -EACCES (above the
 * start) or -EMSGSIZE. */
static int append_parts(char *out, size_t len, struct str s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t start = i;
		struct str part;

		while (i < s.len && s.p[i] != '/')
			++i;
		part = str_n(s.p + start, i - start);
		i += i < s.len;

		if (!part.len || str_is(part, "."))
			continue;
		if (str_is(part, "..")) {
			if (!len)
				return -EACCES;
			while (len && out[--len] != '/')
				;
			continue;
		}
		if (len + part.len + 2 > PATH_MAX)
			return -EMSGSIZE;
		if (len)
			out[len++] = '/';
		memcpy(out + len, part.p, part.len);
		len += part.len;
	}

	return (int)len;
}


/* A link inside the folder may not lead out of it. */
static int check_below(const char *dir, const char *path)
{
	char real[PATH_MAX];

	if (!realpath(path, real))
		return -errno;

	return strncmp(real, dir, strlen(dir)) ? -EACCES : 0;
}


int lua_source_include(struct lua_source *source, size_t from,
		       struct str name)
{
	char rel[PATH_MAX], path[PATH_MAX];
	const char *base = source->files[from].name;
	const char *slash = strrchr(base, '/');
	int n, i, err;

	if (!name.len || memchr(name.p, '\0', name.len))
		return -ENOENT;
	if (name.p[0] == '/')
		return -EACCES;

	n = slash ? append_parts(rel, 0, str_n(base, (size_t)(slash - base)))
		  : 0;
	if (n >= 0)
		n = append_parts(rel, (size_t)n, name);
	if (n < 0)
		return n;
	rel[n] = '\0';

	i = lua_source_find(source, rel);
	if (i >= 0 || source->is_frozen)
		return i;

	n = snprintf(path, sizeof(path), "%s%s", source->dir, rel);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -EMSGSIZE;
	err = check_below(source->dir, path);
	if (!err)
		err = add_from_disk(source, path, rel);

	return err ? err : (int)source->n_files - 1;
}
