/* AMF0 values as text. */
#include "amf/amf_print.h"
#include "amf_test.h"


TEST(amf_print_escapes)
{
	struct reader r = reader(BYTES("\x03\x00\x03" "k\n\"\x02\x00\x05"
				       "a\\\"\x00\xc3" "\x00\x00\x09"));
	struct amf_value v;
	int err = 0;

	TEST_ERR(amf0_read(&r, &v));
	TEST_PRINT("{k\\x0a\\x22:\"a\\x5c\\x22\\x00\\xc3\"}", &v);
 out:
	return err;
}


TEST(amf_print_never_overruns)
{
	struct reader r = reader(BYTES("\x03\x00\x03" "app\x02\x00\x04" "live"
				       "\x00\x01" "n\x00\x3f\xf8\0\0\0\0\0\0"
				       "\x00\x00\x09"));
	static const char whole[] = "{app:\"live\",n:1.5}";
	char buf[40];
	struct amf_value v;
	int err = 0;

	TEST_ERR(amf0_read(&r, &v));
	for (size_t size = 4; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		amf_value_print(buf, size, &v);
		TEST_EQ('#', buf[size]);

		if (size > strlen(whole)) {
			TEST_OK(!strcmp(buf, whole));
			continue;
		}
		TEST_EQ(size - 1, strlen(buf));
		TEST_OK(!strcmp(buf + size - 4, "..."));
		TEST_OK(!memcmp(buf, whole, size - 4));
	}
 out:
	return err;
}
