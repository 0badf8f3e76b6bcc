/* The process: background, user, pid file, signals.  Thread: main. */
#ifndef PROCESS_H
#define PROCESS_H

#include "base/api.h"

/* Go into the background: returns in the child only, whose parent waits for
 * its verdict.  Must be called before any thread is started.  0 or a negative
 * errno. */
int process_daemonize(void);

/* The child's verdict, 0 or an exit status: its parent exits with it.
 * Nothing happens if there was no process_daemonize. */
void process_verdict(int status);

/* Write the process id into the file.  0 or a negative errno. */
int process_write_pid(const char *path);

/* Become that user and group (names or numbers, NULL: stay).  0, -ENOENT (no
 * such user or group) or another negative errno. */
int process_drop_privileges(const char *uid, const char *gid);

/* Allow as many open descriptors as the system lets us. */
void process_raise_limits(void);

/* From now on signals wait for process_wait_signal; no thread gets them. */
void process_block_signals(void);

/* Wait for SIGTERM, SIGINT, SIGHUP or SIGUSR1, and return it. */
int process_wait_signal(void);

#endif
