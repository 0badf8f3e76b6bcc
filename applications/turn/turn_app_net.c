/* What addresses the machine has. */
#include "turn_app.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>
#include "base/error.h"


enum { ANY_PORT = 9 };           /* of the discard service: never reached */

/* Addresses of the Internet, to see which way the routes to it go. */
static const char *const far_away[] = { "198.41.0.4", "2001:503:ba3e::2:30" };


static int add_own(struct turn_app_net *net, const struct sockaddr *sa)
{
	struct addr addr = { .u.sa.sa_family = AF_UNSPEC };

	if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6))
		return 0;

	if (sa->sa_family == AF_INET)
		memcpy(&addr.u.in, sa, sizeof(addr.u.in));
	else
		memcpy(&addr.u.in6, sa, sizeof(addr.u.in6));
	if (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&addr.u.in6.sin6_addr))
		return 0;

	if (net->n_own == TURN_APP_OWN_MAX)
		return -EMSGSIZE;
	net->own[net->n_own++] = addr;

	return 0;
}


static int read_interfaces(struct turn_app_net *net)
{
	struct ifaddrs *list, *i;
	int err = 0;

	if (getifaddrs(&list))
		return -errno;

	for (i = list; i && !err; i = i->ifa_next) {
		err = add_own(net, i->ifa_addr);
		if (!err && i->ifa_addr && i->ifa_flags & IFF_BROADCAST &&
		    i->ifa_addr->sa_family == AF_INET)
			err = add_own(net, i->ifa_broadaddr);
	}
	freeifaddrs(list);

	return err;
}


/* To connect a datagram socket sends nothing; it chooses an address. */
static void read_route(struct addr *from, const char *to)
{
	struct addr addr;
	socklen_t len = sizeof(from->u);
	int fd;

	addr_parse(&addr, str(to), ANY_PORT);
	fd = socket(addr.u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;

	if (connect(fd, &addr.u.sa, addr_len(&addr)) ||
	    getsockname(fd, &from->u.sa, &len))
		memset(from, 0, sizeof(*from));
	else
		addr_set_port(from, 0);
	close(fd);
}


static bool can_bind(const struct addr *addr)
{
	struct addr any_port = *addr;
	int fd = socket(addr->u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_bound;

	addr_set_port(&any_port, 0);
	is_bound = fd >= 0 && !bind(fd, &any_port.u.sa, addr_len(&any_port));
	if (fd >= 0)
		close(fd);

	return is_bound;
}


int turn_app_net_read(struct turn_app_net *net)
{
	memset(net, 0, sizeof(*net));
	net->can_bind = can_bind;
	for (size_t i = 0; i < ARRAY_LEN(net->route); i++)
		read_route(&net->route[i], far_away[i]);

	return read_interfaces(net);
}


bool turn_app_net_has(const struct turn_app_net *net,
		      const struct addr *addr)
{
	struct slice ip = addr_ip(addr);

	for (size_t i = 0; i < net->n_own; i++) {
		struct slice own = addr_ip(&net->own[i]);

		if (own.len == ip.len && !memcmp(own.p, ip.p, ip.len))
			return true;
	}

	/* 127.0.0.2, and what keepalived and its like announce. */
	return net->can_bind && net->can_bind(addr);
}


bool turn_app_is_loopback(const struct addr *addr)
{
	struct slice ip = addr_ip(addr);

	if (ip.len == sizeof(struct in_addr))
		return ip.p[0] == 127;

	return IN6_IS_ADDR_LOOPBACK(&addr->u.in6.sin6_addr);
}
