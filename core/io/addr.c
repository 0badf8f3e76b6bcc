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


/* Decimal digits, without an end.  Returns behind the last one. */
static char *print_number(char *out, unsigned v)
{
	char digits[8];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*out++ = digits[--n];

	return out;
}


/* inet_ntop prints by sprintf, which is most of what a list of thousands of
 * sessions would cost. */
static char *print_ipv4(char *out, const uint8_t ip[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*out++ = '.';
		out = print_number(out, ip[i]);
	}
	*out = '\0';

	return out;
}


const char *addr_print_ip(const struct addr *addr, char *buf)
{
	const uint8_t *ip = addr_ip(addr).p;

	if (addr->u.sa.sa_family == AF_INET)
		print_ipv4(buf, ip);
	else if (!inet_ntop(addr->u.sa.sa_family, ip, buf, ADDR_TEXT_MAX))
		snprintf(buf, ADDR_TEXT_MAX, "?");

	return buf;
}


const char *addr_print(const struct addr *addr, char *buf)
{
	bool is_ipv6 = addr->u.sa.sa_family == AF_INET6;
	char *end = buf;

	if (is_ipv6)
		*end++ = '[';
	addr_print_ip(addr, end);
	end += strlen(end);
	if (is_ipv6)
		*end++ = ']';
	*end++ = ':';
	*print_number(end, addr_port(addr)) = '\0';

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
