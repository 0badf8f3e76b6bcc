/* A listening TCP socket of one loop. */
#include "io/acceptor.h"
#include <fcntl.h>
#include <unistd.h>
#include "base/error.h"


enum { RETRY_MS = 100 };


static struct acceptor *of_io(struct io *io)
{
	return CONTAINER_OF(io, struct acceptor, io);
}


static void on_accepted(struct io *io, int fd, const struct addr *peer)
{
	struct acceptor *acceptor = of_io(io);

	++acceptor->n_accepted;
	acceptor->fn(fd, peer, acceptor->arg);
}


static void retry(void *arg)
{
	struct acceptor *acceptor = arg;
	struct backend *backend = acceptor->io.loop->backend;

	backend->ops->recv_start(backend, &acceptor->io);
}


/* accept() failed: no descriptors or memory.  The connection waits in the
 * backlog; trying again at once would only spin. */
static void on_failed(struct io *io, int err)
{
	struct acceptor *acceptor = of_io(io);

	(void)err;
	++acceptor->n_refused;
	io->loop->backend->ops->recv_stop(io->loop->backend, io);
	timer_start(loop_timers(io->loop), &acceptor->retry, RETRY_MS, retry,
		    acceptor);
}


static const struct io_handler handler = {
	.accepted = on_accepted,
	.failed = on_failed,
};


int acceptor_open(struct acceptor *acceptor, struct loop *loop, int take_fd,
		  accept_fn *fn, void *arg)
{
	struct backend *backend = loop->backend;
	int err;

	acceptor->fn = fn;
	acceptor->arg = arg;
	acceptor->io.handler = &handler;
	acceptor->io.loop = loop;
	acceptor->io.kind = IO_LISTEN;
	acceptor->io.fd = take_fd;

	err = backend->ops->open(backend, &acceptor->io);
	if (err) {
		close(take_fd);
		acceptor->io.fd = -1;
		return err;
	}

	return backend->ops->recv_start(backend, &acceptor->io);
}


void acceptor_close(struct acceptor *acceptor)
{
	struct backend *backend;

	if (!acceptor->io.loop || acceptor->io.fd < 0)
		return;

	backend = acceptor->io.loop->backend;
	timer_stop(&acceptor->retry);
	backend->ops->close(backend, &acceptor->io);
}
