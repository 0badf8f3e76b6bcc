/* log_output. */
#include "host/log_output.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/mem.h"
#include "log_files.h"
#include "test.h"


/* Lines of ten bytes. */
static void put_lines(struct log_output *out, int from, int to)
{
	char line[16];

	for (int i = from; i < to; i++) {
		snprintf(line, sizeof(line), "line %04d\n", i);
		log_output_put(out, str(line));
	}
}


/* Defect (l) of the ancestor: with a history of two, old files are really
 * deleted, also after a restart, and the youngest lines are kept. */
TEST(log_file_deletes_old_files)
{
	struct log_output *out = mem_zalloc(sizeof(*out));
	char path[FILES_PATH_MAX], text[256];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	TEST_PTR(out);
	files_path(&files, path, "log");

	for (int start = 0; start < 60; start += 20) {
		TEST_ERR(log_output_init(out, path, 50, 2));
		TEST_ERR(log_output_reopen(out));
		put_lines(out, start, start + 20);
		TEST_ERR(log_output_flush(out));
		log_output_fini(out);
		TEST_EQ(3, files_n(&files));
	}

	TEST_EQ(50, files_read(&files, "log", text, sizeof(text)));
	TEST_OK(!memcmp(text, "line 0055\n", 10));
	TEST_EQ(50, files_read(&files, "log.1", text, sizeof(text)));
	TEST_OK(!memcmp(text, "line 0050\n", 10));
	TEST_EQ(50, files_read(&files, "log.2", text, sizeof(text)));
	TEST_OK(!memcmp(text, "line 0045\n", 10));
 out:
	if (out && out->path)
		log_output_fini(out);
	mem_free(out);
	files_fini(&files);
	return err;
}


TEST(log_file_history)
{
	struct log_output *out = mem_zalloc(sizeof(*out));
	char path[FILES_PATH_MAX], text[256];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	TEST_PTR(out);
	files_path(&files, path, "log");

	/* All are kept. */
	TEST_ERR(log_output_init(out, path, 20, 0));
	TEST_ERR(log_output_reopen(out));
	put_lines(out, 0, 20);
	log_output_fini(out);
	TEST_EQ(10, files_n(&files));
	files_read(&files, "log.9", text, sizeof(text));
	TEST_OK(!strcmp(text, "line 0000\nline 0001\n"));

	/* The history was made shorter. */
	TEST_ERR(log_output_init(out, path, 20, 3));
	TEST_ERR(log_output_reopen(out));
	put_lines(out, 20, 21);
	log_output_fini(out);
	TEST_EQ(4, files_n(&files));
	files_read(&files, "log.3", text, sizeof(text));
	TEST_OK(!strcmp(text, "line 0014\nline 0015\n"));
	files_read(&files, "log", text, sizeof(text));
	TEST_OK(!strcmp(text, "line 0020\n"));
 out:
	if (out && out->path)
		log_output_fini(out);
	mem_free(out);
	files_fini(&files);
	return err;
}


TEST(log_file_reopen)
{
	struct log_output *out = mem_zalloc(sizeof(*out));
	char path[FILES_PATH_MAX], moved[FILES_PATH_MAX], text[256];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	TEST_PTR(out);
	files_path(&files, path, "log");
	files_path(&files, moved, "moved");

	TEST_ERR(log_output_init(out, path, 0, 0));
	put_lines(out, 0, 1);
	TEST_ERR(log_output_flush(out));
	TEST_EQ(0, rename(path, moved));
	put_lines(out, 1, 2);
	TEST_ERR(log_output_reopen(out));
	put_lines(out, 2, 3);
	TEST_ERR(log_output_flush(out));

	files_read(&files, "moved", text, sizeof(text));
	TEST_OK(!strcmp(text, "line 0000\nline 0001\n"));
	files_read(&files, "log", text, sizeof(text));
	TEST_OK(!strcmp(text, "line 0002\n"));
 out:
	if (out && out->path)
		log_output_fini(out);
	mem_free(out);
	files_fini(&files);
	return err;
}


TEST(log_file_without_folder)
{
	struct log_output *out = mem_zalloc(sizeof(*out));
	char path[FILES_PATH_MAX], dir[FILES_PATH_MAX], text[512];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	TEST_PTR(out);
	files_path(&files, dir, "dir");
	files_path(&files, path, "dir/log");

	TEST_ERR(log_output_init(out, path, 100, 1));
	put_lines(out, 0, 1000);
	TEST_EQ(-ENOENT, log_output_flush(out));
	TEST_EQ(-ENOENT, log_output_flush(out));
	TEST_EQ(-ENOENT, log_output_reopen(out));
	TEST_EQ(1000, out->n_lost);

	TEST_EQ(0, mkdir(dir, 0700));
	TEST_ERR(log_output_reopen(out));
	put_lines(out, 1000, 1001);
	TEST_ERR(log_output_flush(out));
	TEST_OK(files_read(&files, "dir/log", text, sizeof(text)) > 0);
	TEST_OK(strstr(text, " log 1000 lines lost: not found\nline 1000\n"));
	unlink(path);
 out:
	if (out && out->path)
		log_output_fini(out);
	mem_free(out);
	files_fini(&files);
	return err;
}


TEST(log_file_on_full_disk)
{
	struct log_output *out = mem_zalloc(sizeof(*out));
	char path[FILES_PATH_MAX], text[512];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	TEST_PTR(out);
	files_path(&files, path, "log");
	TEST_EQ(0, symlink("/dev/full", path));

	TEST_ERR(log_output_init(out, path, 100, 1));
	put_lines(out, 0, 1000);
	TEST_EQ(-ENOSPC, log_output_flush(out));
	put_lines(out, 0, 1);
	TEST_EQ(-ENOSPC, log_output_flush(out));
	TEST_EQ(1001, out->n_lost);

	TEST_EQ(0, unlink(path));
	TEST_ERR(log_output_reopen(out));
	put_lines(out, 1001, 1002);
	TEST_ERR(log_output_flush(out));
	files_read(&files, "log", text, sizeof(text));
	TEST_OK(strstr(text, " log 1001 lines lost: no space left\nline"));
 out:
	if (out && out->path)
		log_output_fini(out);
	mem_free(out);
	files_fini(&files);
	return err;
}
