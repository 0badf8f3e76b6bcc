/* STUN messages: written, and read back. */
#include "protocols/stun_test.h"
#include "stun/stun_key.h"
#include "stun/stun_writer.h"
#include "test.h"


/* The vectors again; only their padding, of spaces, is not ours. */
TEST(stun_write_response)
{
	struct slice key = slice(STUN_TEST_PASSWORD,
				 strlen(STUN_TEST_PASSWORD));
	struct writer w = writer(1000);
	struct stun_writer s;
	struct stun_message m;
	struct addr addr;
	int err = 0;

	put_str(&w, str("before"));
	TEST_ERR(w.err);
	TEST_ERR(addr_parse(&addr, str("192.0.2.1"), 32853));
	s = stun_begin(&w, STUN_SUCCESS, STUN_BINDING, stun_response4 + 8);
	stun_put_text(&s, STUN_SOFTWARE, str("test vector"));
	TEST_ERR(w.err);
	w.data[w.len - 1] = ' ';
	stun_put_xor_addr(&s, STUN_XOR_MAPPED_ADDRESS, &addr);
	stun_put_integrity(&s, key);
	stun_put_fingerprint(&s);
	TEST_ERR(w.err);
	writer_drop(&w, 6);
	TEST_MEM(stun_response4, sizeof(stun_response4), w.data, w.len);
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
 out:
	writer_fini(&w);
	return err;
}


TEST(stun_write_both_integrities)
{
	static const uint8_t id[STUN_ID_LEN] = { 1, 2, 3 };
	struct slice key = slice("0123456789abcdef", 16);
	struct writer w = writer(1000);
	struct stun_writer s;
	struct stun_message m;
	int err = 0;

	s = stun_begin(&w, STUN_REQUEST, STUN_ALLOCATE, id);
	stun_put_transport(&s, 17);
	stun_put_integrity(&s, key);
	stun_put_sha256(&s, key);
	stun_put_fingerprint(&s);
	TEST_ERR(w.err);

	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_EQ(w.len, m.bytes.len);
	TEST_ERR(stun_message_check_integrity(&m, key));
	TEST_ERR(stun_message_check_sha256(&m, key, 32));
	TEST_ERR(stun_message_check_fingerprint(&m));

	w.data[STUN_HEADER_LEN + 4] = 6;
	TEST_EQ(-EACCES, stun_message_check_integrity(&m, key));
	TEST_EQ(-EACCES, stun_message_check_sha256(&m, key, 32));
	TEST_EQ(-EBADMSG, stun_message_check_fingerprint(&m));
 out:
	writer_fini(&w);
	return err;
}


/* A truncated one is good only where the usage allows it. */
TEST(stun_truncated_sha256)
{
	static const uint8_t id[STUN_ID_LEN] = { 1 };
	static const uint8_t want[] = {
		0xc7, 0x8d, 0x92, 0x4d, 0x90, 0xbe, 0x40, 0x27,
		0x8b, 0x8e, 0x55, 0x0c, 0xd3, 0xb9, 0xcc, 0xef,
	};
	struct slice key = slice("key", 3);
	struct writer w = writer(1000);
	struct stun_writer s;
	struct stun_message m;
	int err = 0;

	s = stun_begin(&w, STUN_REQUEST, STUN_BINDING, id);
	stun_put_sha256(&s, key);
	TEST_ERR(w.err);

	/* NOTE: the HMAC covers the length, so it is made for 16 bytes. */
	w.data[3] = 20;
	w.data[STUN_HEADER_LEN + 3] = 16;
	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	TEST_EQ(-EACCES, stun_message_check_sha256(&m, key, 32));
	TEST_EQ(-EACCES, stun_message_check_sha256(&m, key, 16));

	memcpy(w.data + STUN_HEADER_LEN + 4, want, sizeof(want));
	TEST_ERR(stun_message_check_sha256(&m, key, 16));
	TEST_EQ(-EACCES, stun_message_check_sha256(&m, key, 20));
 out:
	writer_fini(&w);
	return err;
}


static const char *const printed[] = {
	"XOR-PEER-ADDRESS [2001:db8::1]:9",
	"ALTERNATE-SERVER [2001:db8::1]:9",
	"LIFETIME 600",
	"RESERVATION-TOKEN (8 bytes)",
	"DONT-FRAGMENT",
	"CHANNEL-NUMBER 0x4001",
	"REQUESTED-TRANSPORT 17",
	"EVEN-PORT R=1",
	"ICMP type=3 code=4 data=1500",
	"RESPONSE-PORT 99",
	"REQUESTED-ADDRESS-FAMILY IPv6",
	"ERROR-CODE 401 Un\\x1bauthorized",
	"ADDRESS-ERROR-CODE IPv6 440 no",
	"UNKNOWN-ATTRIBUTES 0x7f01 0x7f02 0x7f03",
	"PASSWORD-ALGORITHMS 2 1",
	"CONNECTION-ID (malformed)",
	"0x7fff (3 bytes)",
};

enum { N_PRINTED = sizeof(printed) / sizeof(printed[0]) };


static void put_all(struct stun_writer *s, const struct addr *addr)
{
	static const uint16_t ids[] = { STUN_KEY_SHA256, STUN_KEY_MD5 };
	static const uint16_t types[] = { 0x7f01, 0x7f02, 0x7f03 };
	const struct stun_icmp icmp = { 3, 4, 1500 };

	stun_put_xor_addr(s, STUN_XOR_PEER_ADDRESS, addr);
	stun_put_addr(s, STUN_ALTERNATE_SERVER, addr);
	stun_put_u32(s, STUN_LIFETIME, 600);
	stun_put_u64(s, STUN_RESERVATION_TOKEN, 0x0102030405060708);
	stun_put_flag(s, STUN_DONT_FRAGMENT);
	stun_put_channel(s, 0x4001);
	stun_put_transport(s, 17);
	stun_put_even_port(s, true);
	stun_put_icmp(s, &icmp);
	stun_put_port(s, 99);
	stun_put_family(s, STUN_REQUESTED_ADDRESS_FAMILY, AF_INET6);
	stun_put_error(s, AF_UNSPEC, 401, str("Un\033authorized"));
	stun_put_error(s, AF_INET6, 440, str("no"));
	stun_put_unknown(s, types, 3);
	stun_put_algorithms(s, STUN_PASSWORD_ALGORITHMS, ids, 2);
	stun_put(s, STUN_CONNECTION_ID, slice("abc", 3));
	stun_put(s, 0x7fff, slice("abc", 3));
}


TEST(stun_write_attrs)
{
	static const uint8_t id[STUN_ID_LEN] = { 9, 8, 7, 6, 5 };
	struct writer w = writer(2000);
	struct stun_writer s;
	struct stun_message m;
	struct stun_attr a;
	struct reader r;
	struct addr addr;
	char text[STUN_ATTR_TEXT_MAX];
	size_t n = 0;
	int err = 0;

	TEST_ERR(addr_parse(&addr, str("2001:db8::1"), 9));
	s = stun_begin(&w, STUN_REQUEST, STUN_ALLOCATE, id);
	put_all(&s, &addr);
	TEST_ERR(w.err);

	TEST_ERR(stun_message_parse(writer_slice(&w), &m));
	for (r = reader(m.attrs); stun_attr_next(&r, &a); n++) {
		size_t len = stun_attr_print(text, sizeof(text), a.type,
					     a.value, m.id);

		TEST_OK(n < N_PRINTED);
		TEST_MEM(printed[n], strlen(printed[n]), text, len);
		TEST_EQ(4, stun_attr_print(text, 5, a.type, a.value, m.id));
	}
	TEST_EQ(N_PRINTED, n);
 out:
	writer_fini(&w);
	return err;
}


TEST(stun_write_too_much)
{
	static const uint8_t id[STUN_ID_LEN];
	static const uint8_t data[0xfffc];
	struct writer w = writer(100000);
	struct stun_writer s;
	int err = 0;

	s = stun_begin(&w, STUN_INDICATION, STUN_SEND, id);
	stun_put(&s, STUN_DATA, slice(data, 0xfff8));
	stun_put_flag(&s, STUN_DONT_FRAGMENT);
	TEST_ERRNO(-EMSGSIZE, w.err);
	writer_fini(&w);

	s = stun_begin(&w, STUN_INDICATION, STUN_SEND, id);
	stun_put(&s, STUN_DATA, slice(data, 0xfff8));
	TEST_ERR(w.err);
	TEST_EQ(STUN_MESSAGE_MAX, stun_message_length(writer_slice(&w)));
	stun_put_integrity(&s, slice("k", 1));
	TEST_ERRNO(-EMSGSIZE, w.err);
	writer_fini(&w);

	s = stun_begin(&w, STUN_ERROR, STUN_BINDING, id);
	stun_put_text(&s, STUN_REALM,
		      str_n((const char *)data, STUN_TEXT_WRITE_MAX + 1));
	TEST_ERRNO(-EMSGSIZE, w.err);
	stun_put_fingerprint(&s);
 out:
	writer_fini(&w);
	return err;
}
