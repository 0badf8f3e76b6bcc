/* STUN attributes: only values of the right length and form are read. */
#include "stun/stun_attr.h"
#include "test.h"

enum { LENGTHS = 24 };

static const uint8_t id[STUN_ID_LEN] = { 1, 2, 3, 4 };


/* How each reader takes `v`, by its place in the table below. */
static int read_as(int what, struct slice v)
{
	struct stun_icmp icmp;
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;
	uint8_t n8;
	bool flag;
	int n;

	switch (what) {

	case 0: return stun_u32_read(v, &n32);
	case 1: return stun_u64_read(v, &n64);
	case 2: return stun_channel_read(v, &n16);
	case 3: return stun_transport_read(v, &n8);
	case 4: return stun_family_read(v, &n);
	case 5: return stun_even_port_read(v, &flag);
	case 6: return stun_flag_read(v);
	case 7: return stun_icmp_read(v, &icmp);
	default: return stun_port_read(v, &n16);
	}
}


TEST(stun_attr_fixed)
{
	static const size_t want[][2] = {
		{ 4, 4 }, { 8, 8 }, { 4, 4 }, { 4, 4 }, { 4, 4 }, { 1, 1 },
		{ 0, 0 }, { 8, 8 }, { 2, 4 },
	};
	static const uint8_t in[LENGTHS] = { 1, 1, 1, 1 };
	int err = 0;

	for (int i = 0; i < 9; i++) {
		for (size_t len = 0; len <= LENGTHS; len++)
			TEST_EQ(len == want[i][0] || len == want[i][1] ?
				0 : -EBADMSG, read_as(i, slice(in, len)));
	}
 out:
	return err;
}


TEST(stun_attr_addresses)
{
	uint8_t in[LENGTHS] = { 0xff, 1, 0, 80, 192, 0, 2, 1 };
	struct addr addr, want;
	int err = 0;

	TEST_ERR(addr_parse(&want, str("192.0.2.1"), 80));
	TEST_ERR(stun_addr_read(slice(in, 8), &addr));
	TEST_OK(addr_eq(&want, &addr));

	for (uint8_t family = 0; family < 4; family++) {
		size_t right = family == 1 ? 8 : family == 2 ? 20 : 99;

		in[1] = family;
		for (size_t len = 4; len <= LENGTHS; len++) {
			int got = stun_xor_addr_read(slice(in, len), id,
						     &addr);

			TEST_EQ(right == 99 ? -ENOTSUP :
				right == len ? 0 : -EBADMSG, got);
		}
		TEST_EQ(-EBADMSG, stun_addr_read(slice(in, 3), &addr));
	}
 out:
	return err;
}


TEST(stun_attr_families)
{
	static const uint8_t v4[] = { 1, 0, 0, 0 }, v6[] = { 2, 9, 9, 9 };
	static const uint8_t v9[] = { 9, 0, 0, 0 };
	int family = 0, err = 0;

	TEST_ERR(stun_family_read(slice(v4, 4), &family));
	TEST_EQ(AF_INET, family);
	TEST_ERR(stun_family_read(slice(v6, 4), &family));
	TEST_EQ(AF_INET6, family);
	TEST_EQ(-ENOTSUP, stun_family_read(slice(v9, 4), &family));
	TEST_EQ(AF_INET6, family);

	TEST_OK(!stun_channel_is_valid(0x3fff));
	TEST_OK(stun_channel_is_valid(0x4000));
	TEST_OK(stun_channel_is_valid(0x4fff));
	TEST_OK(!stun_channel_is_valid(0x5000));
	TEST_OK(stun_attr_is_required(0x7fff));
	TEST_OK(!stun_attr_is_required(0x8000));
	TEST_OK(!strcmp("CONNECTION-ID", stun_attr_name(0x2a)));
	TEST_OK(!stun_attr_name(0x2b));
 out:
	return err;
}


TEST(stun_attr_errors)
{
	uint8_t in[STUN_TEXT_READ_MAX + 5] = { 2, 0, 0xfc, 1, 'n', 'o' };
	struct stun_error e;
	int err = 0;

	TEST_ERR(stun_error_read(slice(in, 6), &e));
	TEST_EQ(401, e.code);
	TEST_EQ(AF_UNSPEC, e.family);
	TEST_MEM("no", 2, e.reason.p, e.reason.len);
	TEST_ERR(stun_address_error_read(slice(in, 4), &e));
	TEST_EQ(AF_INET6, e.family);
	TEST_EQ(0, e.reason.len);

	TEST_EQ(-EBADMSG, stun_error_read(slice(in, 3), &e));
	TEST_ERR(stun_error_read(slice(in, sizeof(in) - 1), &e));
	TEST_EQ(-EMSGSIZE, stun_error_read(slice(in, sizeof(in)), &e));
	in[0] = 3;
	TEST_EQ(-ENOTSUP, stun_address_error_read(slice(in, 6), &e));
	in[3] = 100;
	TEST_EQ(-EBADMSG, stun_error_read(slice(in, 6), &e));
	in[3] = 99;
	for (uint8_t hundreds = 0; hundreds < 8; hundreds++) {
		in[2] = hundreds;
		TEST_EQ(hundreds >= 3 && hundreds <= 6 ? 0 : -EBADMSG,
			stun_error_read(slice(in, 6), &e));
	}
 out:
	return err;
}


TEST(stun_attr_texts)
{
	char in[STUN_TEXT_READ_MAX + 1];
	struct str s = str("as before");
	int err = 0;

	memset(in, 'a', sizeof(in));
	TEST_EQ(-EBADMSG, stun_text_read(slice(in, 0), &s));
	TEST_EQ(-EMSGSIZE, stun_text_read(slice(in, sizeof(in)), &s));
	TEST_EQ(-EBADMSG, stun_text_read(slice("a\xff", 2), &s));
	TEST_OK(str_is(s, "as before"));
	TEST_ERR(stun_text_read(slice(in, STUN_TEXT_READ_MAX), &s));
	TEST_EQ(STUN_TEXT_READ_MAX, s.len);

	TEST_OK(str_is(stun_text_unquote(str("\"realm\"")), "realm"));
	TEST_OK(str_is(stun_text_unquote(str_n("realm\0\0", 7)), "realm"));
	TEST_OK(str_is(stun_text_unquote(str("\"")), "\""));
	TEST_OK(str_is(stun_text_unquote(str("a\"b\"")), "a\"b\""));
	TEST_OK(str_is(stun_text_unquote(str("")), ""));
 out:
	return err;
}


TEST(stun_attr_lists)
{
	static const uint8_t in[] = {
		0, 2, 0, 1, 'p', 0, 0, 0, 0, 1, 0, 3, 'a', 'b', 'c'
	};
	static const uint8_t beyond[] = { 0, 2, 0, 4, 1, 2, 3 };
	struct stun_algorithm a;
	struct reader r = reader(slice(in, sizeof(in)));
	uint16_t types[2];
	int err = 0;

	TEST_EQ(1, stun_algorithm_next(&r, &a));
	TEST_EQ(2, a.id);
	TEST_MEM("p", 1, a.params.p, a.params.len);
	TEST_EQ(1, stun_algorithm_next(&r, &a));
	TEST_EQ(1, a.id);
	TEST_MEM("abc", 3, a.params.p, a.params.len);
	TEST_EQ(0, stun_algorithm_next(&r, &a));

	for (size_t len = 1; len <= sizeof(beyond); len++) {
		r = reader(slice(beyond, len));
		TEST_EQ(-EBADMSG, stun_algorithm_next(&r, &a));
		TEST_EQ(len, reader_left(&r));
	}

	TEST_EQ(2, stun_unknown_read(slice(in, 8), types, 2));
	TEST_EQ(2, types[0]);
	TEST_EQ(0, stun_unknown_read(slice(in, 0), types, 2));
	TEST_EQ(-EBADMSG, stun_unknown_read(slice(in, 3), types, 2));
 out:
	return err;
}
