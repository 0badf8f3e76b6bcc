/* Network addresses, IPv4 and IPv6. */
#include "io/addr.h"
#include <arpa/inet.h>
#include <stdio.h>
#include "base/error.h"


int addr_parse(struct addr *addr, struct str ip, uint16_t port)
{
	char z[INET6_ADDRSTRLEN];

	if (!ip.len || ip.len >= sizeof(z) || memchr(ip.p, '\0', ip.len))
		return -EBADMSG;
	memcpy(z, ip.p, ip.len);
	z[ip.len] = '\0';

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, z, &addr->u.in.sin_addr) == 1)
		addr->u.sa.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, z, &addr->u.in6.sin6_addr) == 1)
		addr->u.sa.sa_family = AF_INET6;
	else
		return -EBADMSG;

	addr_set_port(addr, port);

	return 0;
}


const char *addr_print_ip(const struct addr *addr, char *buf)
{
	const void *ip = addr_ip(addr).p;

	if (!inet_ntop(addr->u.sa.sa_family, ip, buf, ADDR_TEXT_MAX))
		snprintf(buf, ADDR_TEXT_MAX, "?");

	return buf;
}


const char *addr_print(const struct addr *addr, char *buf)
{
	char ip[ADDR_TEXT_MAX];
	const char *fmt = addr->u.sa.sa_family == AF_INET6 ? "[%s]:%u"
							   : "%s:%u";

	addr_print_ip(addr, ip);
	if (snprintf(buf, ADDR_TEXT_MAX, fmt, ip, addr_port(addr)) < 0)
		buf[0] = '\0';

	return buf;
}


uint16_t addr_port(const struct addr *addr)
{
	return ntohs(addr->u.sa.sa_family == AF_INET6 ? addr->u.in6.sin6_port
						      : addr->u.in.sin_port);
}


void addr_set_port(struct addr *addr, uint16_t port)
{
	if (addr->u.sa.sa_family == AF_INET6)
		addr->u.in6.sin6_port = htons(port);
	else
		addr->u.in.sin_port = htons(port);
}


bool addr_is_any(const struct addr *addr)
{
	static const uint8_t zeros[16];
	const struct slice ip = addr_ip(addr);

	return !memcmp(ip.p, zeros, ip.len);
}


socklen_t addr_len(const struct addr *addr)
{
	return addr->u.sa.sa_family == AF_INET6 ? sizeof(addr->u.in6)
						: sizeof(addr->u.in);
}


void addr_unmap(struct addr *addr)
{
	struct addr v4 = { 0 };

	if (addr->u.sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&addr->u.in6.sin6_addr))
		return;

	v4.u.in.sin_family = AF_INET;
	v4.u.in.sin_port = addr->u.in6.sin6_port;
	memcpy(&v4.u.in.sin_addr, addr->u.in6.sin6_addr.s6_addr + 12, 4);
	*addr = v4;
}


void addr_map(struct addr *addr)
{
	struct addr v6 = { 0 };

	if (addr->u.sa.sa_family != AF_INET)
		return;

	v6.u.in6.sin6_family = AF_INET6;
	v6.u.in6.sin6_port = addr->u.in.sin_port;
	memset(v6.u.in6.sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(v6.u.in6.sin6_addr.s6_addr + 12, &addr->u.in.sin_addr, 4);
	*addr = v6;
}


bool addr_eq(const struct addr *a, const struct addr *b)
{
	return a->u.sa.sa_family == b->u.sa.sa_family &&
	       addr_port(a) == addr_port(b) &&
	       str_eq(str_of(addr_ip(a)), str_of(addr_ip(b)));
}


struct slice addr_ip(const struct addr *addr)
{
	if (addr->u.sa.sa_family == AF_INET6)
		return slice(&addr->u.in6.sin6_addr, 16);

	return slice(&addr->u.in.sin_addr, 4);
}
