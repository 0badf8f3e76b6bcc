/* text. */
#include "base/mem.h"
#include "base/text.h"
#include <time.h>
#include "test.h"

#define SAME(want, got) TEST_MEM(want, strlen(want), got, strlen(got))


TEST(text_parse_int)
{
	static const char *const bad[] = {
		"", "-", "+", " 1", "1 ", "0x1", "1.5", "--1", "1e3",
		"9999999999999999999999x", "\xd9\xa1",
	};
	int64_t v = 77;
	int err = 0;

	TEST_EQ(0, text_parse_int(str("+042"), 0, 42, &v));
	TEST_EQ(42, v);
	TEST_EQ(0, text_parse_int(str("-0"), 0, 0, &v));
	TEST_EQ(0, v);
	TEST_EQ(0, text_parse_int(str("9223372036854775807"), INT64_MIN,
				  INT64_MAX, &v));
	TEST_EQ(INT64_MAX, v);
	TEST_EQ(0, text_parse_int(str("-9223372036854775808"), INT64_MIN,
				  INT64_MAX, &v));
	TEST_EQ(INT64_MIN, v);

	TEST_EQ(-EMSGSIZE, text_parse_int(str("9223372036854775808"),
					  INT64_MIN, INT64_MAX, &v));
	TEST_EQ(-EMSGSIZE, text_parse_int(str("-9223372036854775809"),
					  INT64_MIN, INT64_MAX, &v));
	TEST_EQ(-EMSGSIZE, text_parse_int(str("184467440737095516160"),
					  INT64_MIN, INT64_MAX, &v));
	TEST_EQ(-EMSGSIZE, text_parse_int(str("5"), 6, 9, &v));
	TEST_EQ(-EMSGSIZE, text_parse_int(str("10"), 6, 9, &v));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_EQ(-EBADMSG, text_parse_int(str(bad[i]), INT64_MIN,
						 INT64_MAX, &v));
	TEST_EQ(INT64_MIN, v);
 out:
	return err;
}


TEST(text_utf8)
{
	static const char *const bad[] = {
		"", "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xc3(",
	};
	uint32_t code = 0;
	int err = 0;

	TEST_EQ(1, text_utf8(str_n("\0", 1), &code));
	TEST_EQ(0, code);
	TEST_EQ(2, text_utf8(str("\xc3\xa9x"), &code));
	TEST_EQ(0xe9, code);
	TEST_EQ(3, text_utf8(str("\xef\xbf\xbd"), &code));
	TEST_EQ(0xfffd, code);
	TEST_EQ(4, text_utf8(str("\xf4\x8f\xbf\xbf"), &code));
	TEST_EQ(0x10ffff, code);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_EQ(0, text_utf8(str(bad[i]), &code));
 out:
	return err;
}


TEST(text_escape)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", "" },
		{ "d\xc3\xa9mo \xe2\x82\xac", "d\xc3\xa9mo \xe2\x82\xac" },
		{ "a\nerror forged", "a\\x0aerror forged" },
		{ "\x1b[2J\r\t\x7f", "\\x1b[2J\\x0d\\x09\\x7f" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\\x0a", "\\x0a" },
	};
	char out[64], twice[64];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = text_escape(out, sizeof(out), str(cases[i].in));

		TEST_MEM(cases[i].want, strlen(cases[i].want) + 1, out, n + 1);
		text_escape(twice, sizeof(twice), str(out));
		SAME(out, twice);
	}

	TEST_EQ(2, text_escape(out, sizeof(out), str_n("a\0b", 3)) - 4);

	/* Cut at any place, it is whole characters, and ended. */
	for (size_t size = 1; size < 14; size++) {
		size_t n = text_escape(out, size,
				       str("\xe2\x82\xac\n\xc3\xa9Z"));

		TEST_OK(n < size && !out[n]);
		TEST_EQ(size < 4 ? 0 : size < 8 ? 3 : size < 10 ? 7 :
			size < 11 ? 9 : 10, n);
	}
 out:
	return err;
}


TEST(text_near)
{
	static const char *const keys[] = {
		"ip", "port", "protocol", "sslCert", "sslKey", "sendBuffer",
	};
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "prot", "port" }, { "Port", "port" },
		{ "protocl", "protocol" },
		{ "sslcrt", "sslCert" }, { "sendBufer", "sendBuffer" },
		{ "banana", NULL }, { "", NULL }, { "x", NULL },
	};
	char longest[TEXT_WORD_MAX + 1];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_near near = text_near(str(cases[i].word));

		for (size_t j = 0; j < ARRAY_LEN(keys); j++)
			text_near_try(&near, keys[j]);
		TEST_EQ(!cases[i].want, !near.best);
		if (near.best)
			SAME(cases[i].want, near.best);
	}

	TEST_EQ(3, text_distance(str("kitten"), str("sitting")));
	TEST_EQ(1, text_distance(str("ab"), str("ba")));
	TEST_EQ(2, text_distance(str(""), str("ba")));
	TEST_EQ(2, text_distance(str("ba"), str("")));

	memset(longest, 'a', sizeof(longest));
	TEST_EQ(0, text_distance(str_n(longest, TEXT_WORD_MAX),
				 str_n(longest, TEXT_WORD_MAX)));
	TEST_EQ((int64_t)SIZE_MAX,
		text_distance(str_n(longest, sizeof(longest)), str("a")));
 out:
	return err;
}


TEST(text_dup)
{
	char *a = NULL, *b = NULL;
	int err = 0;

	a = text_dup(str_n("abcdef", 3));
	TEST_PTR(a);
	SAME("abc", a);
	b = text_dup(str(NULL));
	TEST_PTR(b);
	SAME("", b);
 out:
	mem_free(a);
	mem_free(b);
	return err;
}


TEST(text_print_amounts)
{
	char out[TEXT_AMOUNT_MAX];
	int err = 0;

	SAME("0 B", text_print_bytes(out, 0));
	SAME("1023 B", text_print_bytes(out, 1023));
	SAME("1.5 KiB", text_print_bytes(out, 1536));
	SAME("2 MiB", text_print_bytes(out, 2 << 20));
	SAME("8191 PiB", text_print_bytes(out, INT64_MAX));

	SAME("999 us", text_print_us(out, 999));
	SAME("1.2 ms", text_print_us(out, 1250));
	SAME("59.9 s", text_print_us(out, 59999999));
	SAME("1 min 00 s", text_print_us(out, 60000000));
	SAME("3 h 05 min", text_print_us(out, 185ll * 60000000));
	SAME("2 d 03 h", text_print_us(out, 51ll * 3600000000));
 out:
	return err;
}


TEST(text_time)
{
	static const int64_t some_s[] = {
		0, 951782399, 951782400, 951868800, 1709164800, 1709251199,
		1735689599, 1735689600, 4107542400, 253402300799,
	};
	char want[TEXT_TIME_MAX], got[TEXT_TIME_MAX];
	int err = 0;

	for (int64_t s = 0; s < 5000000000; s += 86399 * 7)
		TEST_EQ(24, strlen(text_print_time(got, s * 1000000)));
	for (size_t i = 0; i < ARRAY_LEN(some_s); i++) {
		time_t s = (time_t)some_s[i];
		struct tm tm;

		gmtime_r(&s, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.042Z", &tm);
		text_print_time(got, some_s[i] * 1000000 + 42999);
		if (strcmp(want, got))
			TEST_FAIL("want %s, got %s", want, got);
	}
 out:
	return err;
}


TEST(text_hex_digits)
{
	static const char digits[] = "0123456789abcdef";
	static const char none[] = "/:@G`g %\xe1";
	int err = 0;

	for (int i = 0; i < 16; i++) {
		char c = digits[i];

		TEST_EQ(i, text_hex(c));
		TEST_EQ(i, text_hex(c >= 'a' ? (char)(c - 'a' + 'A') : c));
	}
	for (const char *c = none; *c; c++)
		TEST_EQ(-1, text_hex(*c));
	TEST_EQ(-1, text_hex('\0'));
 out:
	return err;
}
