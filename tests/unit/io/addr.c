/* Addresses. */
#include "io/addr.h"
#include "test.h"


TEST(addr_text)
{
	static const struct {
		const char *in;
		const char *out;
		const char *ip;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1:80", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0:80", "0.0.0.0" },
		{ "::", "[::]:80", "::" },
		{ "2001:DB8:0:0::1", "[2001:db8::1]:80", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80",
		  "::ffff:192.0.2.1" },
	};
	char buf[ADDR_TEXT_MAX];
	struct addr a;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		TEST_ERR(addr_parse(&a, str(rows[i].in), 80));
		TEST_EQ(80, addr_port(&a));
		TEST_OK(str_is(str(addr_print(&a, buf)), rows[i].out));
		TEST_OK(str_is(str(addr_print_ip(&a, buf)), rows[i].ip));
		TEST_EQ(strchr(rows[i].in, ':') ? 16 : 4, addr_ip(&a).len);
		TEST_EQ(strchr(rows[i].in, ':') ? sizeof(a.u.in6)
						: sizeof(a.u.in),
			addr_len(&a));
	}
 out:
	return err;
}


TEST(addr_malformed)
{
	static const char *const rows[] = {
		"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4 ", "[::1]",
		"::1%lo", "localhost", "1:2:3:4:5:6:7:8:9", ":::",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
	};
	struct addr a;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		TEST_EQ(-EBADMSG, addr_parse(&a, str(rows[i]), 1));

	/* A zero byte does not hide what follows. */
	TEST_EQ(-EBADMSG, addr_parse(&a, str_n("1.2.3.4\0x", 9), 1));
	TEST_EQ(-EBADMSG, addr_parse(&a, str(NULL), 1));
 out:
	return err;
}


TEST(addr_unmap)
{
	struct addr mapped, plain, other;
	int err;

	TEST_ERR(addr_parse(&mapped, str("::ffff:192.0.2.1"), 1935));
	TEST_ERR(addr_parse(&plain, str("192.0.2.1"), 1935));
	TEST_OK(!addr_eq(&mapped, &plain));
	addr_unmap(&mapped);
	TEST_OK(addr_eq(&mapped, &plain));
	addr_unmap(&mapped);
	TEST_OK(addr_eq(&mapped, &plain));

	TEST_ERR(addr_parse(&other, str("192.0.2.2"), 1935));
	TEST_OK(!addr_eq(&plain, &other));
	other = plain;
	addr_set_port(&other, 1936);
	TEST_OK(!addr_eq(&plain, &other));

	/* Compatible and loopback addresses are not mapped ones. */
	TEST_ERR(addr_parse(&other, str("::1"), 1));
	plain = other;
	addr_unmap(&other);
	TEST_OK(addr_eq(&plain, &other));
 out:
	return err;
}
