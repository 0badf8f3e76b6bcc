/* log_appender: the whole sink, with its helper thread. */
#include "host/log_appender.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "host/log_ring.h"
#include "log_files.h"
#include "test.h"


enum { N_THREADS = 3, N_LINES = 1000, TEXT_MAX = 1 << 18 };

struct object {
	struct log_tag log;
};

static const struct object obj = { { "appender", 7 } };


static int n_of(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		++n;

	return n;
}


/* The number before `word`, or 0. */
static int number_before(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	while (at && at > text && at[-1] >= '0' && at[-1] <= '9')
		--at;

	return at ? atoi(at) : 0;
}


static void finish(struct log_appenders *appenders, struct files *files)
{
	log_appenders_close(appenders);
	log_set_level(LOG_LEVEL_INFO);
	log_set_budget(LOG_BUDGET);
	files_fini(files);
}


static void *log_lines(void *arg)
{
	for (int i = 0; i < N_LINES; i++)
		log_info(&obj, "flood");

	return arg;
}


/* Each line is written, or told to be dropped. */
TEST(log_appender_flood)
{
	struct log_appenders *appenders = NULL;
	struct log_appender_conf conf = { 0 };
	static char text[TEXT_MAX];
	char path[FILES_PATH_MAX];
	pthread_t threads[N_THREADS];
	struct files files;
	int err, n = 0;

	TEST_ERR(files_init(&files));
	conf.type = LOG_APPENDER_FILE;
	conf.level = LOG_LEVEL_INFO;
	conf.file_name = files_path(&files, path, "log");
	TEST_ERR(log_appenders_open(&appenders, &conf, 1));

	log_set_budget(0);
	while (n < N_THREADS &&
	       !pthread_create(&threads[n], NULL, log_lines, NULL))
		++n;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	log_info(&obj, "last");
	log_appenders_close(appenders);
	appenders = NULL;

	TEST_EQ(N_THREADS, n);
	TEST_OK(files_read(&files, "log", text, sizeof(text)) > 0);
	for (int n_dropped; (n_dropped = number_before(text,
						" lines dropped"));) {
		n += n_dropped;
		*strstr(text, " lines dropped") = '-';
	}
	TEST_EQ(N_THREADS + N_THREADS * N_LINES + 1,
		n + n_of(text, " flood\n") + n_of(text, " last\n"));
 out:
	finish(appenders, &files);
	return err;
}


TEST(log_appender_levels)
{
	struct log_appenders *appenders = NULL;
	struct log_appender_conf confs[2] = { { 0 } };
	char paths[2][FILES_PATH_MAX], text[1000];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	for (int i = 0; i < 2; i++) {
		confs[i].type = LOG_APPENDER_FILE;
		confs[i].file_name = files_path(&files, paths[i],
						i ? "warn" : "debug");
		confs[i].level = i ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
	}
	TEST_ERR(log_appenders_open(&appenders, confs, 2));

	log_debug(&obj, "one");
	log_warn(&obj, "two");
	log_appenders_flush(appenders);
	files_read(&files, "debug", text, sizeof(text));
	TEST_OK(strstr(text, "Z debug appender#7 one\n"));
	TEST_OK(strstr(text, "Z warn  appender#7 two\n"));
	files_read(&files, "warn", text, sizeof(text));
	TEST_OK(!strstr(text, "one") && strstr(text, "two"));

	/* A new configuration: only the second one goes on. */
	TEST_ERR(log_appenders_set(appenders, &confs[1], 1));
	TEST_OK(!log_is_on(LOG_LEVEL_INFO));
	log_warn(&obj, "three");
	log_appenders_flush(appenders);
	files_read(&files, "debug", text, sizeof(text));
	TEST_OK(!strstr(text, "three"));
	files_read(&files, "warn", text, sizeof(text));
	TEST_OK(strstr(text, "three"));
 out:
	finish(appenders, &files);
	return err;
}


TEST(log_appender_reopen)
{
	struct log_appenders *appenders = NULL;
	struct log_appender_conf conf = { 0 };
	char path[FILES_PATH_MAX], moved[FILES_PATH_MAX], text[1000];
	struct files files;
	int err;

	TEST_ERR(files_init(&files));
	files_path(&files, moved, "moved");
	conf.type = LOG_APPENDER_FILE;
	conf.level = LOG_LEVEL_INFO;
	conf.file_name = files_path(&files, path, "log");
	TEST_ERR(log_appenders_open(&appenders, &conf, 1));
	log_appenders_flush(appenders);

	TEST_EQ(0, rename(path, moved));
	log_info(&obj, "before");
	log_appenders_reopen(appenders);
	log_appenders_flush(appenders);
	log_info(&obj, "after");
	log_appenders_close(appenders);
	appenders = NULL;

	files_read(&files, "moved", text, sizeof(text));
	TEST_OK(strstr(text, "before\n") && !strstr(text, "after"));
	files_read(&files, "log", text, sizeof(text));
	TEST_OK(strstr(text, "after\n") && !strstr(text, "before"));
 out:
	finish(appenders, &files);
	return err;
}


/* A path that cannot be opened and a full disk are told once each. */
TEST(log_appender_tells_once)
{
	struct log_appenders *appenders = NULL;
	struct log_appender_conf confs[2] = { { 0 } };
	char path[FILES_PATH_MAX], errors[FILES_PATH_MAX], text[1000];
	struct files files;
	int err, fd = -1;

	TEST_ERR(files_init(&files));
	fd = open(files_path(&files, errors, "errors"),
		  O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	files_set_stderr(&files, fd);

	confs[0].type = confs[1].type = LOG_APPENDER_FILE;
	confs[0].level = confs[1].level = LOG_LEVEL_INFO;
	confs[0].file_name = files_path(&files, path, "missing/log");
	confs[1].file_name = "/dev/full";
	TEST_ERR(log_appenders_open(&appenders, confs, 2));
	for (int i = 0; i < 3; i++) {
		log_info(&obj, "line");
		log_appenders_flush(appenders);
	}
	log_appenders_close(appenders);
	appenders = NULL;
	files_set_stderr(&files, -1);

	TEST_OK(files_read(&files, "errors", text, sizeof(text)) > 0);
	TEST_EQ(2, n_of(text, "sluice: log file "));
	TEST_EQ(1, n_of(text, "missing/log: not found "
			"(does its folder exist?)\n"));
	TEST_EQ(1, n_of(text, "/dev/full: no space left\n"));
 out:
	if (fd >= 0)
		close(fd);
	finish(appenders, &files);
	return err;
}


/* What standard error was given when it is `fd`. */
static int log_to_console(struct files *files, int fd, int read_fd,
			  char *text, size_t size)
{
	const struct log_appender_conf conf = {
		.type = LOG_APPENDER_COLOURED, .level = LOG_LEVEL_INFO,
	};
	struct log_appenders *appenders;
	ssize_t n;
	int err;

	files_set_stderr(files, fd);
	err = log_appenders_open(&appenders, &conf, 1);
	if (!err) {
		log_error(&obj, "told");
		log_appenders_close(appenders);
	}
	files_set_stderr(files, -1);
	if (err)
		return err;

	n = read(read_fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';

	return 0;
}


TEST(log_appender_colours_on_a_tty_only)
{
	int pipes[2] = { -1, -1 }, master = -1, slave = -1, err;
	struct files files;
	char text[500];

	TEST_ERR(files_init(&files));

	TEST_EQ(0, pipe(pipes));
	TEST_ERR(log_to_console(&files, pipes[1], pipes[0], text,
				sizeof(text)));
	TEST_OK(strstr(text, "Z error appender#7 told\n"));
	TEST_OK(!strchr(text, '\x1b'));

	master = posix_openpt(O_RDWR | O_NOCTTY);
	TEST_OK(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	TEST_OK(slave >= 0);
	TEST_ERR(log_to_console(&files, slave, master, text, sizeof(text)));
	TEST_OK(strstr(text, "\x1b[31m"));
	TEST_OK(strstr(text, "told\x1b[0m"));
 out:
	for (int i = 0; i < 2; i++) {
		if (pipes[i] >= 0)
			close(pipes[i]);
	}
	if (master >= 0)
		close(master);
	if (slave >= 0)
		close(slave);
	finish(NULL, &files);
	return err;
}


/* Nobody reads the console: who logs does not wait, nor does the end. */
TEST(log_appender_console_is_stuck)
{
	const struct log_appender_conf conf = {
		.type = LOG_APPENDER_CONSOLE, .level = LOG_LEVEL_INFO,
	};
	struct log_appenders *appenders = NULL;
	static const char junk[4096];
	int pipes[2] = { -1, -1 }, err;
	struct files files;
	int64_t start_us;

	TEST_ERR(files_init(&files));
	TEST_EQ(0, pipe2(pipes, O_NONBLOCK));
	while (write(pipes[1], junk, sizeof(junk)) > 0)
		;
	TEST_EQ(0, fcntl(pipes[1], F_SETFL, 0));

	start_us = clock_now_us();
	files_set_stderr(&files, pipes[1]);
	err = log_appenders_open(&appenders, &conf, 1);
	log_set_budget(0);
	for (int i = 0; !err && i < 10 * LOG_RING_LINES; i++)
		log_info(&obj, "%900d", i);
	log_appenders_close(appenders);
	appenders = NULL;
	files_set_stderr(&files, -1);
	TEST_ERR(err);
	TEST_OK(clock_now_us() - start_us < 2000000);
 out:
	for (int i = 0; i < 2; i++) {
		if (pipes[i] >= 0)
			close(pipes[i]);
	}
	finish(appenders, &files);
	return err;
}
