/* Sockets that a loop makes: addresses in use, and shared on purpose. */
#include "io/loop.h"
#include "test.h"

enum { FDS = 4 };

struct rig {
	struct loop loop;
	int fds[FDS];
	struct addr addrs[FDS];  /* where they are */
};


static int rig_init(struct rig *rig)
{
	struct backend *backend;
	int err;

	memset(rig, 0, sizeof(*rig));
	for (size_t i = 0; i < FDS; i++)
		rig->fds[i] = -1;
	err = backend_new(&backend, str("epoll"));

	return err ? err : loop_init(&rig->loop, backend);
}


static void rig_fini(struct rig *rig)
{
	for (size_t i = 0; i < FDS; i++) {
		if (rig->fds[i] >= 0)
			loop_close_fd(&rig->loop, rig->fds[i]);
	}
	if (rig->loop.backend)
		loop_fini(&rig->loop);
}


/* Keep descriptor i, and note its address. */
static int keep(struct rig *rig, size_t i, int fd)
{
	rig->fds[i] = fd;

	return fd < 0 ? fd : loop_local(&rig->loop, fd, &rig->addrs[i]);
}


/* An address has one datagram socket, and one that listens; but from the
 * latter's, others may be called. */
TEST(sock_addresses)
{
	struct addr any;
	struct rig rig;
	int err;

	TEST_ERR(rig_init(&rig));
	addr_parse(&any, str("127.0.0.1"), 0);
	TEST_ERR(keep(&rig, 0, loop_bind_udp(&rig.loop, &any)));
	TEST_EQ(-EADDRINUSE, loop_bind_udp(&rig.loop, &rig.addrs[0]));

	TEST_ERR(keep(&rig, 1, loop_listen(&rig.loop, &any, 1)));
	TEST_ERR(keep(&rig, 2, loop_listen(&rig.loop, &any, 1)));
	TEST_EQ(-EADDRINUSE, loop_listen(&rig.loop, &rig.addrs[1], 1));

	TEST_ERR(keep(&rig, 3, loop_dial(&rig.loop, &rig.addrs[2],
					 &rig.addrs[1])));
	TEST_OK(addr_eq(&rig.addrs[1], &rig.addrs[3]));
 out:
	rig_fini(&rig);
	return err;
}


TEST(sock_dial)
{
	struct addr any;
	struct rig rig;
	int err;

	TEST_ERR(rig_init(&rig));
	addr_parse(&any, str("127.0.0.1"), 0);
	TEST_ERR(keep(&rig, 0, loop_listen(&rig.loop, &any, 1)));
	TEST_ERR(keep(&rig, 1, loop_dial(&rig.loop, &rig.addrs[0], NULL)));
	TEST_ERR(keep(&rig, 2, loop_dial(&rig.loop, &rig.addrs[0], &any)));
	TEST_OK(addr_port(&rig.addrs[1]) && addr_port(&rig.addrs[2]));
 out:
	rig_fini(&rig);
	return err;
}
