/* Network addresses, IPv4 and IPv6.  Thread: any, pure. */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "base/slice.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
};

enum { ADDR_TEXT_MAX = 64 };  /* room that addr_print needs */

/* Read a numeric IPv4 or IPv6 address (without brackets).
 * Returns 0, or -EBADMSG. */
API int addr_parse(struct addr *addr, struct str ip, uint16_t port);

/* "192.0.2.1:80" or "[2001:db8::1]:80" into `buf` of ADDR_TEXT_MAX bytes,
 * which is returned. */
API const char *addr_print(const struct addr *addr, char *buf);

/* The same without the port and brackets. */
API const char *addr_print_ip(const struct addr *addr, char *buf);

API uint16_t addr_port(const struct addr *addr);
API void addr_set_port(struct addr *addr, uint16_t port);

/* 0.0.0.0 or ::, with any port. */
API bool addr_is_any(const struct addr *addr);

/* The bytes that the socket calls want. */
API socklen_t addr_len(const struct addr *addr);

/* An IPv4 address mapped into IPv6 becomes IPv4; others stay. */
API void addr_unmap(struct addr *addr);

/* An IPv4 address becomes one mapped into IPv6, as sockets for both want it;
 * others stay. */
API void addr_map(struct addr *addr);

/* Same family, address and port. */
API bool addr_eq(const struct addr *a, const struct addr *b);

/* The address alone, 4 or 16 bytes, as a key for tables. */
API struct slice addr_ip(const struct addr *addr);

#endif
