/* AMF0: reading.  The vectors are written by hand from amf0.txt. */
#include "amf/amf0.h"
#include "amf_test.h"
#include "base/mem.h"


/* What a client says first: all but the rarer types. */
static const char connect[] =
	"\x02\x00\x07" "connect"
	"\x00\x3f\xf0\0\0\0\0\0\0"
	"\x03"
	"\x00\x03" "app" "\x02\x00\x04" "live"
	"\x00\x04" "fpad" "\x01\x00"
	"\x00\x0e" "objectEncoding" "\x00\x40\x08\0\0\0\0\0\0"
	"\x00\x00\x09"
	"\x05";


TEST(amf0_scalars)
{
	const struct {
		struct slice in;
		const char *want;
	} vectors[] = {
		{ BYTES("\x00\x3f\xf8\0\0\0\0\0\0"), "1.5" },
		{ BYTES("\x00\xc0\x08\0\0\0\0\0\0"), "-3" },
		{ BYTES("\x00\x7f\xf0\0\0\0\0\0\0"), "inf" },
		{ BYTES("\x01\x00"), "false" },
		{ BYTES("\x01\x01"), "true" },
		{ BYTES("\x01\xff"), "true" },
		{ BYTES("\x02\x00\x00"), "\"\"" },
		{ BYTES("\x02\x00\x02" "ab"), "\"ab\"" },
		{ BYTES("\x03\x00\x00\x09"), "{}" },
		{ BYTES("\x05"), "null" },
		{ BYTES("\x06"), "undefined" },
		{ BYTES("\x07\x01\x02"), "reference(258)" },
		{ BYTES("\x0a\0\0\0\x02\x05\x02\x00\x01" "x"), "[null,\"x\"]" },
		{ BYTES("\x0a\0\0\0\0"), "[]" },
		{ BYTES("\x0b\x40\x8f\x40\0\0\0\0\0\0\0"), "date(1000)" },
		{ BYTES("\x0c\0\0\0\x03" "abc"), "\"abc\"" },
		{ BYTES("\x0d"), "unsupported" },
		{ BYTES("\x0f\0\0\0\x04" "<a/>"), "xml\"<a/>\"" },
		{ BYTES("\x10\x00\x01" "C\x00\x01" "k\x05\x00\x00\x09"),
		  "C{k:null}" },
	};
	struct amf_value v;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct reader r = reader(vectors[i].in);

		TEST_ERR(amf0_read(&r, &v));
		TEST_EQ(0, reader_left(&r));
		TEST_OK(v.raw.p == vectors[i].in.p);
		TEST_EQ(vectors[i].in.len, v.raw.len);
		TEST_PRINT(vectors[i].want, &v);
	}
 out:
	return err;
}


TEST(amf0_connect)
{
	struct reader r = reader(BYTES(connect));
	struct amf_value name, transaction, object, args, v;
	int err = 0;

	amf0_read(&r, &name);
	amf0_read(&r, &transaction);
	amf0_read(&r, &object);
	amf0_read(&r, &args);
	TEST_ERR(r.err);
	TEST_EQ(0, reader_left(&r));

	TEST_OK(str_is(name.text, "connect"));
	TEST_OK(transaction.number == 1);
	TEST_EQ(AMF_NULL, args.type);
	TEST_OK(str_is(amf_object_text(&object, "app"), "live"));
	TEST_EQ(false, amf_object_boolean(&object, "fpad", true));
	TEST_OK(amf_object_number(&object, "objectEncoding", 0) == 3);
	TEST_EQ(true, amf_object_boolean(&object, "objectEncoding", false));

	TEST_EQ(-ENOENT, amf_object_find(&object, "ap", &v));
	TEST_EQ(AMF_UNDEFINED, v.type);
	TEST_OK(amf_object_number(&object, "app", 7) == 7);
	TEST_EQ(0, amf_object_text(&object, "fpad").len);
 out:
	return err;
}


TEST(amf0_members_in_order)
{
	static const char in[] =
		"\x08\0\0\0\x02"
		"\x00\x01" "a" "\x05"
		"\x00\x00" "\x06"
		"\x00\x01" "o" "\x03\x00\x01" "a\x01\x01\x00\x00\x09"
		"\x00\x00\x09";
	struct reader r = reader(BYTES(in)), members;
	struct amf_value object, v;
	struct str key;
	int err = 0;

	TEST_ERR(amf0_read(&r, &object));
	TEST_OK(object.number == 2);

	members = reader(object.body);
	TEST_OK(amf0_object_next(&members, &key, &v) && str_is(key, "a"));
	TEST_OK(amf0_object_next(&members, &key, &v) && !key.len);
	TEST_OK(amf0_object_next(&members, &key, &v) && str_is(key, "o"));
	TEST_EQ(true, amf_object_boolean(&v, "a", false));
	TEST_OK(!amf0_object_next(&members, &key, &v));
	TEST_EQ(0, members.err);
 out:
	return err;
}


TEST(amf0_of_duplicate_keys_the_last_counts)
{
	struct reader r = reader(BYTES("\x03" "\x00\x01" "a\x02\x00\x01" "x"
				       "\x00\x01" "a\x02\x00\x01" "y"
				       "\x00\x00\x09"));
	struct amf_value object;
	int err = 0;

	TEST_ERR(amf0_read(&r, &object));
	TEST_OK(str_is(amf_object_text(&object, "a"), "y"));
 out:
	return err;
}


/* The count of an ECMA array is not believed, whichever way it is wrong. */
TEST(amf0_ecma_array_count_is_a_hint)
{
	const struct slice inputs[] = {
		BYTES("\x08\0\0\0\0" "\x00\x01" "a\x05\x00\x01" "b\x05"
		      "\x00\x00\x09" "\x01\x01"),
		BYTES("\x08\xff\xff\xff\xff" "\x00\x01" "a\x05\x00\x01" "b\x05"
		      "\x00\x00\x09" "\x01\x01"),
	};
	struct amf_value v;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		struct reader r = reader(inputs[i]);

		TEST_ERR(amf0_read(&r, &v));
		TEST_PRINT("{a:null,b:null}", &v);
		TEST_ERR(amf0_read(&r, &v));
		TEST_PRINT("true", &v);
	}
 out:
	return err;
}


TEST(amf0_ecma_array_may_lack_its_end)
{
	struct reader r = reader(BYTES("\x08\0\0\0\x01" "\x00\x01" "a\x05"));
	struct reader empty = reader(BYTES("\x08\0\0\0\0"));
	struct reader object = reader(BYTES("\x03" "\x00\x01" "a\x05"));
	struct amf_value v;
	int err = 0;

	TEST_ERR(amf0_read(&r, &v));
	TEST_PRINT("{a:null}", &v);
	TEST_EQ(0, reader_left(&r));
	TEST_ERR(amf0_read(&empty, &v));
	TEST_PRINT("{}", &v);
	TEST_EQ(-EBADMSG, amf0_read(&object, &v));
 out:
	return err;
}


TEST(amf0_malformed)
{
	const struct slice inputs[] = {
		BYTES(""),
		BYTES("\x04"),                          /* reserved */
		BYTES("\x09"),
		BYTES("\x0e"),
		BYTES("\x11\x01"),                      /* AMF3 */
		BYTES("\x12"),
		BYTES("\xff"),
		BYTES("\x03\x00\x01" "a\x09"),          /* no value */
		BYTES("\x03\x00\x01" "a\x05\x00\x00"),
		BYTES("\x02\xff\xff" "a"),              /* too long claims */
		BYTES("\x0c\xff\xff\xff\xff" "a"),
		BYTES("\x0f\x7f\xff\xff\xff" "a"),
		BYTES("\x0a\xff\xff\xff\xff\x05\x05"),
		BYTES("\x03\xff\xff" "a\x05\x00\x00\x09"),
		BYTES("\x10\xff\xff" "a\x05\x00\x00\x09"),
		BYTES("\x08\0\0\0\x01\x00\x01" "a"),
		BYTES("\x08\0\0\0\x01\x00\x01"),
	};
	struct amf_value v;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		struct reader r = reader(inputs[i]);

		TEST_EQ(-EBADMSG, amf0_read(&r, &v));
		TEST_EQ(AMF_UNDEFINED, v.type);
		TEST_EQ(0, v.body.len);
		TEST_EQ(-EBADMSG, amf0_read(&r, &v));
	}
 out:
	return err;
}


/* In a block of its own size, so that ASan sees a read beyond it. */
static int read_prefix(struct slice in, size_t len, int *result)
{
	uint8_t *p = mem_alloc(len + !len);
	struct amf_value v;
	struct reader r;

	if (!p)
		return -ENOMEM;

	memcpy(p, in.p, len);
	r = reader(slice(p, len));
	while (!amf0_read(&r, &v) && reader_left(&r))
		;
	*result = r.err;
	mem_free(p);

	return 0;
}


TEST(amf0_cut_anywhere)
{
	static const char in[] =
		"\x03"
		"\x00\x01" "n" "\x00\x3f\xf0\0\0\0\0\0\0"
		"\x00\x01" "s" "\x02\x00\x02" "ab"
		"\x00\x01" "b" "\x01\x01"
		"\x00\x01" "r" "\x07\x00\x00"
		"\x00\x01" "d" "\x0b\x3f\xf0\0\0\0\0\0\0\0\0"
		"\x00\x01" "l" "\x0c\0\0\0\x02" "ab"
		"\x00\x01" "x" "\x0f\0\0\0\x02" "ab"
		"\x00\x01" "a" "\x0a\0\0\0\x02\x05\x06"
		"\x00\x01" "t" "\x10\x00\x01" "T\x00\x01" "k\x05\x00\x00\x09"
		"\x00\x01" "e" "\x08\0\0\0\x01\x00\x01" "k\x05\x00\x00\x09"
		"\x00\x00\x09";
	int err = 0, result = 0;

	for (size_t len = 0; len < sizeof(in) - 1; len++) {
		TEST_ERR(read_prefix(BYTES(in), len, &result));
		TEST_EQ(-EBADMSG, result);
	}
	TEST_ERR(read_prefix(BYTES(in), sizeof(in) - 1, &result));
	TEST_EQ(0, result);
 out:
	return err;
}


TEST(amf0_an_error_sticks)
{
	struct reader r = reader(BYTES("\x12\x05\x05"));
	struct amf_value v;
	int err = 0;

	TEST_EQ(-EBADMSG, amf0_read(&r, &v));
	TEST_EQ(-EBADMSG, amf0_read(&r, &v));
	TEST_EQ(AMF_UNDEFINED, v.type);
 out:
	return err;
}


/* `n` times the bytes `unit`, then `tail`. */
static struct slice nest(uint8_t *buf, struct slice unit, size_t n,
			 struct slice tail)
{
	for (size_t i = 0; i < n; i++)
		memcpy(buf + i * unit.len, unit.p, unit.len);
	if (tail.len)
		memcpy(buf + n * unit.len, tail.p, tail.len);

	return slice(buf, n * unit.len + tail.len);
}


TEST(amf0_nesting_has_a_limit)
{
	uint8_t buf[1000];
	const struct slice siblings[] = {
		BYTES("\x03\x00\x00\x09"), BYTES("\x0a\0\0\0\0"),
	};
	struct slice item = BYTES("\x0a\0\0\0\x01"), leaf = BYTES("\x05");
	struct amf_value v;
	struct reader r;
	int err = 0;

	r = reader(nest(buf, item, AMF_DEPTH_MAX, leaf));
	TEST_ERR(amf0_read(&r, &v));
	r = reader(nest(buf, item, AMF_DEPTH_MAX + 1, leaf));
	TEST_EQ(-EMSGSIZE, amf0_read(&r, &v));

	/* One after the other is not one in the other. */
	for (size_t i = 0; i < ARRAY_LEN(siblings); i++) {
		memcpy(buf, "\x0a\0\0\0\x64", 5);
		nest(buf + 5, siblings[i], 100, leaf);
		r = reader(slice(buf, 5 + 100 * siblings[i].len));
		TEST_ERR(amf0_read(&r, &v));
	}
 out:
	return err;
}


/* crtmpserver 8.3 g: nesting without a limit overran the stack, and the
 * object's end was looked for beyond the input. */
TEST(amf_crtmpserver_g_unlimited_nesting)
{
	enum { N = 200000 };
	const struct slice units[] = {
		BYTES("\x03\x00\x01" "a"),
		BYTES("\x08\0\0\0\x01\x00\x01" "a"),
		BYTES("\x0a\0\0\0\x01"),
		BYTES("\x10\x00\x01" "C\x00\x01" "a"),
	};
	uint8_t *buf = mem_alloc(10 * N);
	struct amf_value v;
	int err, result = 0;

	TEST_PTR(buf);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct reader r = reader(nest(buf, units[i], N, BYTES("")));

		TEST_EQ(-EMSGSIZE, amf0_read(&r, &v));
	}

	for (size_t len = 1; len <= 7; len++) {
		TEST_ERR(read_prefix(BYTES("\x03\x00\x01" "a\x05\x00\x00"),
				     len, &result));
		TEST_EQ(-EBADMSG, result);
	}
	err = 0;
 out:
	mem_free(buf);
	return err;
}


/* ZLMediaKit #4787: the depth of AMF recursion was the peer's choice, also
 * where containers of several kinds take turns. */
TEST(amf_zlmediakit_recursion_depth)
{
	static const char unit[] = "\x03\x00\x01" "a"
				   "\x08\0\0\0\x01\x00\x01" "b"
				   "\x0a\0\0\0\x01";
	uint8_t buf[2000];
	struct slice in = nest(buf, BYTES(unit), 100, BYTES("\x05"));
	struct reader r = reader(in);
	struct amf_value v;
	int err = 0;

	TEST_EQ(-EMSGSIZE, amf0_read(&r, &v));
	TEST_EQ(-EMSGSIZE, r.err);
 out:
	return err;
}


/* nginx-rtmp (2021-05): a command whose object is absent, or is something
 * else, was used as if it were there. */
TEST(amf_nginx_rtmp_null_dereference)
{
	const struct slice inputs[] = {
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0\x05"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"
		      "\x02\x00\x03" "app"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"
		      "\x0a\0\0\0\x01\x05"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"
		      "\x03\x00\x00\x09"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"
		      "\x03\x00\x03" "app\x05\x00\x00\x09"),
		BYTES("\x02\x00\x07" "connect" "\x00\x3f\xf0\0\0\0\0\0\0"
		      "\x03\x00\x03" "app\x02\x00\x00\x00\x00\x09"),
	};
	struct amf_value name, transaction, object;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
		struct reader r = reader(inputs[i]);

		amf0_read(&r, &name);
		amf0_read(&r, &transaction);
		amf0_read(&r, &object);
		TEST_EQ(i ? 0 : -EBADMSG, r.err);
		TEST_EQ(0, amf_object_text(&object, "app").len);
		TEST_EQ(0, amf_object_number(&object, "app", 0));
		TEST_EQ(true, amf_object_boolean(&object, "app", true));
	}

	TEST_EQ(-EBADMSG, amf0_read(&(struct reader){ 0 }, &name));
 out:
	return err;
}
