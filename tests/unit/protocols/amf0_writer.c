/* AMF0: writing. */
#include "amf/amf0_writer.h"
#include "amf_test.h"
#include "base/mem.h"


TEST(amf0_write_vectors)
{
	static const char want[] =
		"\x02\x00\x07" "_result"
		"\x00\x3f\xf0\0\0\0\0\0\0"
		"\x05\x06"
		"\x03"
		"\x00\x05" "level" "\x02\x00\x06" "status"
		"\x00\x01" "n" "\x00\xc0\0\0\0\0\0\0\0"
		"\x00\x01" "b" "\x01\x01"
		"\x00\x00\x09"
		"\x08\0\0\0\x01" "\x00\x01" "k\x01\x00" "\x00\x00\x09"
		"\x0a\0\0\0\x02\x05\x05"
		"\x0b\x3f\xf0\0\0\0\0\0\0\0\0"
		"\x0f\0\0\0\x01" "x"
		"\x10\x00\x01" "C\x00\x00\x09"
		"\x03\x00\x00\x09";
	struct writer w = writer(1000);
	int err = 0;

	put_amf0_string(&w, str("_result"));
	put_amf0_number(&w, 1);
	put_amf0_null(&w);
	put_amf0_undefined(&w);
	put_amf0_object_begin(&w);
	put_amf0_key_string(&w, "level", str("status"));
	put_amf0_key_number(&w, "n", -2);
	put_amf0_key_boolean(&w, "b", true);
	put_amf0_object_end(&w);
	put_amf0_ecma_array_begin(&w, 1);
	put_amf0_key_boolean(&w, "k", false);
	put_amf0_ecma_array_end(&w);
	put_amf0_strict_array_begin(&w, 2);
	put_amf0_null(&w);
	put_amf0_null(&w);
	put_amf0_date(&w, 1);
	put_amf0_xml_document(&w, str("x"));
	put_amf0_typed_object_begin(&w, str("C"));
	put_amf0_object_end(&w);
	put_amf0_typed_object_begin(&w, str(""));
	put_amf0_object_end(&w);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
 out:
	writer_fini(&w);
	return err;
}


TEST(amf0_write_long_strings)
{
	static const char text[UINT16_MAX + 1];
	struct writer w = writer(300000);
	struct amf_value v;
	struct reader r;
	int err = 0;

	put_amf0_string(&w, str_n(text, UINT16_MAX));
	put_amf0_string(&w, str_n(text, UINT16_MAX + 1));
	TEST_ERR(w.err);
	TEST_EQ(AMF_STRING, w.data[0]);
	TEST_EQ(AMF_LONG_STRING, w.data[3 + UINT16_MAX]);

	r = reader(writer_slice(&w));
	TEST_ERR(amf0_read(&r, &v));
	TEST_EQ(UINT16_MAX, v.text.len);
	TEST_ERR(amf0_read(&r, &v));
	TEST_EQ(AMF_STRING, v.type);
	TEST_EQ(UINT16_MAX + 1, v.text.len);

	put_amf0_key(&w, str_n(text, UINT16_MAX + 1));
	TEST_EQ(-EMSGSIZE, w.err);
 out:
	writer_fini(&w);
	return err;
}


/* crtmpserver 8.3 i: a comparison that was an assignment mangled the keys
 * of ten characters. */
TEST(amf_crtmpserver_i_keys_of_any_length)
{
	static const char keys[] = "abcdefghijklmnopqrstuvwxyz";
	struct writer w = writer(1000);
	struct amf_value object, v;
	struct reader r, members;
	struct str key;
	size_t n = 0;
	int err = 0;

	put_amf0_object_begin(&w);
	for (size_t len = 0; len <= 20; len++) {
		put_amf0_key(&w, str_n(keys, len));
		put_amf0_number(&w, (double)len);
	}
	put_amf0_object_end(&w);
	TEST_ERR(w.err);

	r = reader(writer_slice(&w));
	TEST_ERR(amf0_read(&r, &object));
	members = reader(object.body);
	while (amf0_object_next(&members, &key, &v)) {
		TEST_MEM(keys, n, key.p, key.len);
		TEST_OK(v.number == (double)n);
		++n;
	}
	TEST_EQ(21, n);
 out:
	writer_fini(&w);
	return err;
}
