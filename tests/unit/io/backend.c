/* epoll and select over socket pairs: bytes, ends, back-pressure, datagrams,
 * handlers that close themselves and others. */
#include <sys/socket.h>
#include <unistd.h>
#include "io/loop.h"
#include "test.h"

enum { ENDS = 3 };

struct end {
	struct io io;
	int far;                 /* the test's descriptor */
	char got[64];
	size_t n_got;
	size_t longest;          /* that came at once; too long for `got` */
	int n_ends;
	int n_writable;
	int failed;
	struct end *close;       /* as soon as something comes */
};

struct pairs {
	struct loop loop;
	struct end ends[ENDS];
};


static void close_io(struct io *io)
{
	if (io->fd >= 0)
		io->loop->backend->ops->close(io->loop->backend, io);
}


static void on_recv(struct io *io, struct slice in,
		    const struct io_meta *meta)
{
	struct end *e = CONTAINER_OF(io, struct end, io);

	(void)meta;
	if (!in.len) {
		++e->n_ends;
		io->loop->backend->ops->recv_stop(io->loop->backend, io);
	}
	if (in.len > e->longest)
		e->longest = in.len;
	if (in.len <= sizeof(e->got) - e->n_got) {
		memcpy(e->got + e->n_got, in.p, in.len);
		e->n_got += in.len;
	}
	if (e->close)
		close_io(&e->close->io);
}


static void on_writable(struct io *io)
{
	++CONTAINER_OF(io, struct end, io)->n_writable;
}


static void on_failed(struct io *io, int err)
{
	struct end *e = CONTAINER_OF(io, struct end, io);

	e->failed = err;
	close_io(io);
}


static const struct io_handler handler = {
	.recv = on_recv,
	.writable = on_writable,
	.failed = on_failed,
};


static int pairs_init(struct pairs *p, const char *name, enum io_kind kind)
{
	struct backend *backend;
	int err;

	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < ENDS; i++)
		p->ends[i].io.fd = p->ends[i].far = -1;

	err = backend_new(&backend, str(name));
	if (!err)
		err = loop_init(&p->loop, backend);
	if (err)
		return err;

	for (size_t i = 0; i < ENDS; i++) {
		struct end *e = &p->ends[i];
		int fds[2];

		if (socketpair(AF_UNIX, (kind == IO_DATAGRAM ? SOCK_DGRAM
							     : SOCK_STREAM) |
			       SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
			return -errno;

		e->far = fds[1];
		e->io.handler = &handler;
		e->io.loop = &p->loop;
		e->io.kind = kind;
		e->io.fd = fds[0];
		err = backend->ops->open(backend, &e->io);
		if (!err)
			err = backend->ops->recv_start(backend, &e->io);
		if (err)
			return err;
	}

	return 0;
}


static void pairs_fini(struct pairs *p)
{
	for (size_t i = 0; i < ENDS; i++) {
		close_io(&p->ends[i].io);
		if (p->ends[i].far >= 0)
			close(p->ends[i].far);
	}
	if (p->loop.backend)
		loop_fini(&p->loop);
}


static void close_far(struct end *e)
{
	close(e->far);
	e->far = -1;
}


static int bytes_and_end(struct pairs *p)
{
	struct end *e = &p->ends[0];
	int err = 0;

	TEST_EQ(3, write(e->far, "abc", 3));
	loop_pulse(&p->loop, 0);
	TEST_MEM("abc", 3, e->got, e->n_got);

	/* Not while it is stopped, and then the rest. */
	p->loop.backend->ops->recv_stop(p->loop.backend, &e->io);
	TEST_EQ(2, write(e->far, "de", 2));
	loop_pulse(&p->loop, 0);
	TEST_EQ(3, e->n_got);
	p->loop.backend->ops->recv_start(p->loop.backend, &e->io);
	loop_pulse(&p->loop, 0);
	TEST_MEM("abcde", 5, e->got, e->n_got);

	p->loop.backend->ops->shutdown(p->loop.backend, &e->io);
	TEST_EQ(0, read(e->far, e->got, 1));
	close_far(e);
	loop_pulse(&p->loop, 0);
	TEST_EQ(1, e->n_ends);
 out:
	return err;
}


static int short_send(struct pairs *p)
{
	static uint8_t block[65536];
	struct end *e = &p->ends[1];
	struct backend *backend = p->loop.backend;
	struct iovec iov[2] = { { block, sizeof(block) },
				{ block, sizeof(block) } };
	const struct io_packet packet = { .iov = iov, .n_iov = 2 };
	ssize_t n = 1;
	int err = 0;

	for (int i = 0; i < 1000 && !e->io.is_send_blocked; i++) {
		n = backend->ops->send(backend, &e->io, &packet, 1);
		TEST_OK(n >= 0);
	}
	TEST_OK(e->io.is_send_blocked);
	loop_pulse(&p->loop, 0);
	TEST_EQ(0, e->n_writable);

	while (read(e->far, block, sizeof(block)) > 0)
		;
	loop_pulse(&p->loop, 0);
	TEST_EQ(1, e->n_writable);
	loop_pulse(&p->loop, 0);
	TEST_EQ(1, e->n_writable);

	/* To nobody: an error, not a signal. */
	close_far(e);
	TEST_OK(backend->ops->send(backend, &e->io, &packet, 1) < 0);
 out:
	return err;
}


static int streams(const char *name)
{
	struct pairs p;
	int err;

	TEST_ERR(pairs_init(&p, name, IO_STREAM));
	TEST_ERR(bytes_and_end(&p));
	TEST_ERR(short_send(&p));
 out:
	pairs_fini(&p);
	return err;
}


/* Whichever is delivered first closes the others, then itself. */
static int closing(const char *name)
{
	struct pairs p;
	size_t n = 0;
	int err;

	TEST_ERR(pairs_init(&p, name, IO_STREAM));
	for (size_t i = 0; i < ENDS; i++) {
		p.ends[i].close = &p.ends[(i + 1) % ENDS];
		TEST_EQ(1, write(p.ends[i].far, "x", 1));
	}

	loop_pulse(&p.loop, 0);
	for (size_t i = 0; i < ENDS; i++)
		n += p.ends[i].n_got;
	TEST_EQ(2, n);

	p.ends[0].close = &p.ends[0];
	p.ends[0].n_got = 0;
	pairs_fini(&p);
	TEST_ERR(pairs_init(&p, name, IO_STREAM));
	p.ends[0].close = &p.ends[0];
	TEST_EQ(1, write(p.ends[0].far, "x", 1));
	loop_pulse(&p.loop, 0);
	loop_pulse(&p.loop, 0);
	TEST_EQ(1, p.ends[0].n_got);
	TEST_EQ(-1, p.ends[0].io.fd);
 out:
	pairs_fini(&p);
	return err;
}


/* Long ones are not cut. */
static int datagrams(const char *name)
{
	static uint8_t large[10000];
	struct pairs p;
	struct end *e = &p.ends[0];
	struct iovec iov = { large, 100 };
	const struct io_packet packets[] = {
		{ .iov = &iov, .n_iov = 1 }, { .iov = &iov, .n_iov = 1 },
	};
	int err;

	TEST_ERR(pairs_init(&p, name, IO_DATAGRAM));
	TEST_EQ(2, send(e->far, "ab", 2, 0));
	TEST_EQ(sizeof(large), send(e->far, large, sizeof(large), 0));
	TEST_EQ(2, send(e->far, "cd", 2, 0));
	loop_pulse(&p.loop, 0);
	TEST_MEM("abcd", 4, e->got, e->n_got);
	TEST_EQ(sizeof(large), e->longest);

	TEST_EQ(2, p.loop.backend->ops->send(p.loop.backend, &e->io, packets,
					     2));
	TEST_EQ(100, recv(e->far, large, sizeof(large), 0));
	TEST_EQ(100, recv(e->far, large, sizeof(large), 0));
 out:
	pairs_fini(&p);
	return err;
}


/* One that is released has its bytes for whoever opens it next. */
static int releasing(const char *name)
{
	struct pairs p;
	struct end *e = &p.ends[0];
	struct backend *backend;
	int err;

	TEST_ERR(pairs_init(&p, name, IO_STREAM));
	backend = p.loop.backend;
	backend->ops->recv_stop(backend, &e->io);
	TEST_EQ(2, write(e->far, "ab", 2));
	loop_pulse(&p.loop, 0);
	close_io(&p.ends[1].io);
	p.ends[1].io.fd = loop_release(&p.loop, &e->io);
	TEST_OK(p.ends[1].io.fd >= 0);
	TEST_EQ(-1, e->io.fd);
	loop_pulse(&p.loop, 0);
	TEST_EQ(0, e->n_got);

	p.ends[1].io.watched = 0;
	p.ends[1].io.is_receiving = true;
	TEST_ERR(backend->ops->open(backend, &p.ends[1].io));
	loop_pulse(&p.loop, 0);
	TEST_MEM("ab", 2, p.ends[1].got, p.ends[1].n_got);
 out:
	pairs_fini(&p);
	return err;
}


/* Both sides say no more, and what came before is read later. */
static int hung_up(const char *name)
{
	struct pairs p;
	struct end *e = &p.ends[0];
	struct backend *backend;
	int err;

	TEST_ERR(pairs_init(&p, name, IO_STREAM));
	backend = p.loop.backend;
	backend->ops->recv_stop(backend, &e->io);
	TEST_EQ(2, write(e->far, "ab", 2));
	backend->ops->shutdown(backend, &e->io);
	close_far(e);
	loop_pulse(&p.loop, 0);
	loop_pulse(&p.loop, 0);
	TEST_EQ(0, e->failed);

	TEST_ERR(backend->ops->recv_start(backend, &e->io));
	loop_pulse(&p.loop, 0);
	loop_pulse(&p.loop, 0);
	TEST_MEM("ab", 2, e->got, e->n_got);
	TEST_EQ(1, e->n_ends);
	TEST_EQ(0, e->failed);
 out:
	pairs_fini(&p);
	return err;
}


TEST(backend_epoll_streams)
{
	return streams("epoll");
}


TEST(backend_select_streams)
{
	return streams("select");
}


TEST(backend_epoll_closing)
{
	return closing("epoll");
}


TEST(backend_select_closing)
{
	return closing("select");
}


TEST(backend_epoll_releasing)
{
	return releasing("epoll");
}


TEST(backend_select_releasing)
{
	return releasing("select");
}


TEST(backend_epoll_hung_up)
{
	return hung_up("epoll");
}


TEST(backend_select_hung_up)
{
	return hung_up("select");
}


TEST(backend_epoll_datagrams)
{
	return datagrams("epoll");
}


TEST(backend_select_datagrams)
{
	return datagrams("select");
}
