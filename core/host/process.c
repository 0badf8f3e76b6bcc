/* The process: background, user, pid file, signals. */
#include "host/process.h"
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/error.h"
#include "base/text.h"


/* Where a parent waits for the verdict; -1: there is none.  The second
 * exception to "no globals": like the signals, it is the process's own. */
static int verdict_fd = -1;


static void close_standard_files(void)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd < 0)
		return;

	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}


static void await_verdict(int fd)
{
	unsigned char status = EXIT_FAILURE;

	/* No byte: it died before it could tell. */
	if (read(fd, &status, 1) < 0)
		status = EXIT_FAILURE;

	_exit(status);
}


int process_daemonize(void)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;

	pid = fork();
	if (pid < 0)
		return -errno;

	if (pid > 0) {
		close(fds[1]);
		await_verdict(fds[0]);
	}

	close(fds[0]);
	verdict_fd = fds[1];
	setsid();

	return 0;
}


void process_verdict(int status)
{
	unsigned char byte = (unsigned char)status;

	if (verdict_fd < 0)
		return;

	if (!status)
		close_standard_files();
	if (write(verdict_fd, &byte, 1) != 1)
		return;
	close(verdict_fd);
	verdict_fd = -1;
}


int process_write_pid(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;

	fprintf(file, "%ld\n", (long)getpid());

	return fclose(file) ? -errno : 0;
}


/* The number that `text` is, or the one of the name that it is. */
static int find_group(const char *text, gid_t *gid)
{
	const struct group *group = getgrnam(text);
	int64_t n;

	if (group) {
		*gid = group->gr_gid;
		return 0;
	}

	if (text_parse_int(str(text), 0, INT32_MAX, &n))
		return -ENOENT;
	*gid = (gid_t)n;

	return 0;
}


static int find_user(const char *text, uid_t *uid, gid_t *gid)
{
	const struct passwd *user = getpwnam(text);
	int64_t n;

	if (!user && !text_parse_int(str(text), 0, INT32_MAX, &n))
		user = getpwuid((uid_t)n);

	if (user) {
		*uid = user->pw_uid;
		*gid = user->pw_gid;
		return 0;
	}

	if (text_parse_int(str(text), 0, INT32_MAX, &n))
		return -ENOENT;
	*uid = (uid_t)n;
	*gid = (gid_t)n;

	return 0;
}


int process_drop_privileges(const char *uid_text, const char *gid_text)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	int err = 0;

	if (!uid_text && !gid_text)
		return 0;
	if (uid_text)
		err = find_user(uid_text, &uid, &gid);
	if (!err && gid_text)
		err = find_group(gid_text, &gid);
	if (err)
		return err;

	/* The user last: after it the others are not allowed any more. */
	if ((!geteuid() && setgroups(1, &gid)) || setgid(gid) || setuid(uid))
		return -errno;

	return 0;
}


void process_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;

	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}


static sigset_t awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);

	return set;
}


void process_block_signals(void)
{
	sigset_t set = awaited();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}


int process_wait_signal(void)
{
	sigset_t set = awaited();
	int signal = 0;

	while (sigwait(&set, &signal))
		;

	return signal;
}
