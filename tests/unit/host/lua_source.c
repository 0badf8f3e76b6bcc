/* Files of a configuration: what may be included, and what not. */
#include "host/lua_source.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "test.h"


static int write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return -errno;
	fputs(text, f);
	fclose(f);

	return 0;
}


TEST(lua_source_files)
{
	char dir[] = "/tmp/sluice-test-XXXXXX";
	struct lua_source *source = NULL;
	int err = 0, home = open(".", O_RDONLY | O_CLOEXEC);

	TEST_OK(mkdtemp(dir));
	if (chdir(dir) || mkdir("conf", 0700) || mkdir("conf/sub", 0700))
		TEST_FAIL("folders");
	TEST_ERR(write_file("secret.lua", "x"));
	TEST_ERR(write_file("conf/t.lua", "\xef\xbb\xbf#!x\ny"));
	TEST_ERR(write_file("conf/sub/a.lua", "a"));
	if (symlink("../secret.lua", "conf/out.lua") ||
	    symlink("sub/a.lua", "conf/in.lua"))
		TEST_FAIL("links");

	TEST_ERRNO(-ENOENT, lua_source_new(&source, "conf/no.lua"));
	TEST_ERRNO(-ENOENT, lua_source_new(&source, "no/t.lua"));
	TEST_ERRNO(-ENOTSUP, lua_source_new(&source, "/dev/null"));
	TEST_ERR(lua_source_new(&source, "conf/t.lua"));
	TEST_MEM("      \ny", 8, source->files[0].text,
		 source->files[0].len);
	TEST_OK(!strcmp("t.lua", source->files[0].name));

	TEST_ERRNO(1, lua_source_include(source, 0, str("sub//./a.lua")));
	TEST_OK(!strcmp("sub/a.lua", source->files[1].name));
	TEST_EQ(1, lua_source_include(source, 1, str("a.lua")));
	TEST_EQ(0, lua_source_include(source, 1, str("../t.lua")));
	TEST_ERRNO(-EACCES, lua_source_include(source, 1,
					    str("../../secret.lua")));
	TEST_ERRNO(-EACCES, lua_source_include(source, 0, str("/etc/passwd")));
	TEST_ERRNO(-EACCES, lua_source_include(source, 0, str("out.lua")));
	TEST_ERRNO(-ENOENT, lua_source_include(source, 0, str("no.lua")));
	TEST_ERRNO(-ENOENT, lua_source_include(source, 0, str("")));
	TEST_ERRNO(-ENOENT, lua_source_include(source, 0, str_n("a\0b", 3)));

	source->is_frozen = true;
	TEST_ERRNO(-ENOENT, lua_source_include(source, 0, str("in.lua")));
	source->is_frozen = false;
	TEST_ERRNO(2, lua_source_include(source, 0, str("in.lua")));
 out:
	lua_source_unref(source);
	unlink("conf/out.lua");
	unlink("conf/in.lua");
	unlink("conf/sub/a.lua");
	unlink("conf/t.lua");
	unlink("secret.lua");
	rmdir("conf/sub");
	rmdir("conf");
	if (fchdir(home))
		err = -errno;
	close(home);
	rmdir(dir);
	return err;
}


TEST(lua_source_limits)
{
	struct lua_source *source = NULL;
	char name[20];
	int err;

	TEST_ERRNO(-EMSGSIZE, lua_source_new_text(&source, "/", "t.lua",
			str_n("", LUA_SOURCE_SIZE_MAX + 1)));
	TEST_ERR(lua_source_new_text(&source, "/", "t.lua", str("")));
	for (int i = 1; i < LUA_SOURCE_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "%d.lua", i);
		TEST_ERR(lua_source_add(source, name, str("")));
	}
	TEST_ERRNO(-EMSGSIZE, lua_source_add(source, "x", str("")));
 out:
	lua_source_unref(source);
	return err;
}
