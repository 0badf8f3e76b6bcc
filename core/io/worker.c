/* A worker: a thread with its loop, on a processor of its own. */
#include "io/worker.h"
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "base/error.h"


static void pin(const struct worker *worker)
{
	cpu_set_t allowed, one;
	unsigned n;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;

	n = worker->index % (unsigned)CPU_COUNT(&allowed);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || n-- > 0)
			continue;

		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}


static void *run(void *arg)
{
	struct worker *worker = arg;
	char name[16];

	snprintf(name, sizeof(name), "worker %u", worker->index);
	pthread_setname_np(pthread_self(), name);
	pin(worker);
	loop_run(&worker->loop);

	return NULL;
}


int worker_init_over(struct worker *worker, unsigned index,
		     struct backend *take_backend)
{
	int err = loop_init(&worker->loop, take_backend);

	worker->index = index;
	worker->loop.index = index;

	return err;
}


int worker_init(struct worker *worker, unsigned index, struct str name)
{
	struct backend *backend;
	int err;

	err = backend_new(&backend, name);
	if (err)
		return err;

	return worker_init_over(worker, index, backend);
}


void worker_fini(struct worker *worker)
{
	loop_fini(&worker->loop);
}


int worker_start(struct worker *worker)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	worker->is_started = !err;

	return err;
}


void worker_join(struct worker *worker)
{
	if (!worker->is_started)
		return;

	pthread_join(worker->thread, NULL);
	worker->is_started = false;

	/* What is left is closed from here. */
	worker->loop.thread = pthread_self();
}
