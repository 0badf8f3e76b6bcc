/* One attribute as text, for logs and people. */
#include <stdio.h>
#include "base/text.h"
#include "stun/stun_attr.h"


/* Both read one struct addr; the mask is told by the type. */
static int print_addr(char *out, size_t size, unsigned type,
		      struct slice value, const uint8_t *id)
{
	bool is_plain = type == STUN_MAPPED_ADDRESS ||
			type == STUN_ALTERNATE_SERVER ||
			type == STUN_RESPONSE_ORIGIN ||
			type == STUN_OTHER_ADDRESS;
	struct addr addr;
	char text[ADDR_TEXT_MAX];
	int err;

	err = is_plain ? stun_addr_read(value, &addr)
		       : stun_xor_addr_read(value, id, &addr);
	if (err)
		return err;

	return snprintf(out, size, "%s", addr_print(&addr, text));
}


static int print_text(char *out, size_t size, struct slice value)
{
	struct str s;

	if (stun_text_read(value, &s))
		return -EBADMSG;

	return (int)text_escape(out, size, s);
}


static int print_error(char *out, size_t size, unsigned type,
		       struct slice value)
{
	bool has_family = type == STUN_ADDRESS_ERROR_CODE;
	char reason[STUN_ATTR_TEXT_MAX];
	struct stun_error e;

	if (has_family ? stun_address_error_read(value, &e)
		       : stun_error_read(value, &e))
		return -EBADMSG;

	text_escape(reason, sizeof(reason), e.reason);

	return snprintf(out, size, "%s%u %s", !has_family ? "" :
			e.family == AF_INET6 ? "IPv6 " : "IPv4 ",
			e.code, reason);
}


static int print_types(char *out, size_t size, struct slice value)
{
	uint16_t types[16];
	int n = stun_unknown_read(value, types, 16);
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < n && len < size; i++) {
		int more = snprintf(out + len, size - len, "%s0x%04x",
				    i ? " " : "", types[i]);

		len += more > 0 ? (size_t)more : 0;
	}

	return n < 0 ? n : (int)len;
}


static int print_algorithms(char *out, size_t size, struct slice value)
{
	struct reader r = reader(value);
	struct stun_algorithm a;
	size_t len = 0;
	int got;

	out[0] = '\0';
	while ((got = stun_algorithm_next(&r, &a)) > 0 && len < size) {
		int more = snprintf(out + len, size - len, "%s%u",
				    len ? " " : "", a.id);

		len += more > 0 ? (size_t)more : 0;
	}

	return got < 0 ? got : (int)len;
}


static int print_number(char *out, size_t size, unsigned type,
			struct slice value)
{
	struct stun_icmp icmp;
	uint16_t n16;
	uint32_t n32;
	uint8_t n8;
	int n;
	bool flag;

	switch (type) {

	case STUN_CHANNEL_NUMBER:
		return stun_channel_read(value, &n16) ? -EBADMSG :
		       snprintf(out, size, "0x%04x", n16);

	case STUN_REQUESTED_TRANSPORT:
		return stun_transport_read(value, &n8) ? -EBADMSG :
		       snprintf(out, size, "%u", n8);

	case STUN_REQUESTED_ADDRESS_FAMILY:
	case STUN_ADDITIONAL_ADDRESS_FAMILY:
		return stun_family_read(value, &n) ? -EBADMSG :
		       snprintf(out, size, "IPv%d", n == AF_INET6 ? 6 : 4);

	case STUN_EVEN_PORT:
		return stun_even_port_read(value, &flag) ? -EBADMSG :
		       snprintf(out, size, "R=%d", flag);

	case STUN_RESPONSE_PORT:
		return stun_port_read(value, &n16) ? -EBADMSG :
		       snprintf(out, size, "%u", n16);

	case STUN_ICMP:
		return stun_icmp_read(value, &icmp) ? -EBADMSG :
		       snprintf(out, size, "type=%u code=%u data=%u",
				icmp.type, icmp.code, icmp.data);

	default:
		return stun_u32_read(value, &n32) ? -EBADMSG :
		       snprintf(out, size, "%u", n32);
	}
}


/* table */
static int print_value(char *out, size_t size, unsigned type,
		       struct slice value, const uint8_t *id)
{
	switch (type) {

	case STUN_MAPPED_ADDRESS:
	case STUN_ALTERNATE_SERVER:
	case STUN_RESPONSE_ORIGIN:
	case STUN_OTHER_ADDRESS:
	case STUN_XOR_MAPPED_ADDRESS:
	case STUN_XOR_PEER_ADDRESS:
	case STUN_XOR_RELAYED_ADDRESS:
		return print_addr(out, size, type, value, id);

	case STUN_USERNAME:
	case STUN_REALM:
	case STUN_NONCE:
	case STUN_SOFTWARE:
	case STUN_ALTERNATE_DOMAIN:
	case STUN_THIRD_PARTY_AUTHORIZATION:
		return print_text(out, size, value);

	case STUN_ERROR_CODE:
	case STUN_ADDRESS_ERROR_CODE:
		return print_error(out, size, type, value);

	case STUN_UNKNOWN_ATTRIBUTES:
		return print_types(out, size, value);

	case STUN_PASSWORD_ALGORITHM:
	case STUN_PASSWORD_ALGORITHMS:
		return print_algorithms(out, size, value);

	case STUN_CHANNEL_NUMBER:
	case STUN_LIFETIME:
	case STUN_REQUESTED_TRANSPORT:
	case STUN_REQUESTED_ADDRESS_FAMILY:
	case STUN_ADDITIONAL_ADDRESS_FAMILY:
	case STUN_EVEN_PORT:
	case STUN_RESPONSE_PORT:
	case STUN_CHANGE_REQUEST:
	case STUN_CONNECTION_ID:
	case STUN_PRIORITY:
	case STUN_ICMP:
		return print_number(out, size, type, value);

	case STUN_DONT_FRAGMENT:
	case STUN_USE_CANDIDATE:
		out[0] = '\0';
		return stun_flag_read(value);

	default:
		return snprintf(out, size, "(%zu bytes)", value.len);
	}
}


size_t stun_attr_print(char *out, size_t size, unsigned type,
		       struct slice value, const uint8_t id[STUN_ID_LEN])
{
	const char *name = stun_attr_name(type);
	char text[STUN_TEXT_READ_MAX + 1];
	char number[16];
	int n;

	if (!name) {
		snprintf(number, sizeof(number), "0x%04x", type & 0xffff);
		name = number;
	}
	if (print_value(text, sizeof(text), type, value, id) < 0)
		snprintf(text, sizeof(text), "(malformed)");

	n = snprintf(out, size, "%s%s%s", name, text[0] ? " " : "", text);
	if (n < 0)
		n = 0;

	return (size_t)n < size ? (size_t)n : size - 1;
}
