/* AMF3: reading.  The vectors are written by hand from amf3.txt. */
#include "amf/amf3.h"
#include "amf_test.h"
#include "base/mem.h"


enum { OUT_MAX = 4096 };

struct vector {
	struct slice in;
	const char *want;        /* as amf_value_print() has it */
};


/* Read all values of `in` as those of one message.  w: gets them as AMF0. */
static int convert(struct slice in, struct writer *w)
{
	struct amf3 *a = mem_alloc(sizeof(*a));
	struct reader r = reader(in);
	int err;

	if (!a)
		return -ENOMEM;

	amf3_init(a);
	do
		err = amf3_to_amf0(a, &r, w, 0);
	while (!err && reader_left(&r));
	mem_free(a);

	return err;
}


/* Convert one value, and print it. */
static int print(struct slice in, char *text, size_t size)
{
	struct writer w = writer(OUT_MAX);
	struct amf_value v;
	struct reader r;
	int err = convert(in, &w);

	if (!err) {
		r = reader(writer_slice(&w));
		err = amf0_read(&r, &v);
	}
	if (!err && reader_left(&r))
		err = -EPROTO;
	if (!err)
		amf_value_print(text, size, &v);
	writer_fini(&w);

	return err;
}


static int check(const struct vector *vectors, size_t n)
{
	char text[100];
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		TEST_ERR(print(vectors[i].in, text, sizeof(text)));
		if (strcmp(vectors[i].want, text))
			TEST_FAIL("want %s, got %s", vectors[i].want, text);
	}
 out:
	return err;
}


TEST(amf3_scalars)
{
	const struct vector vectors[] = {
		{ BYTES("\x00"), "undefined" },
		{ BYTES("\x01"), "null" },
		{ BYTES("\x02"), "false" },
		{ BYTES("\x03"), "true" },
		/* Integers: each length's first and last. */
		{ BYTES("\x04\x00"), "0" },
		{ BYTES("\x04\x7f"), "127" },
		{ BYTES("\x04\x81\x00"), "128" },
		{ BYTES("\x04\xff\x7f"), "16383" },
		{ BYTES("\x04\x81\x80\x00"), "16384" },
		{ BYTES("\x04\xff\xff\x7f"), "2097151" },
		{ BYTES("\x04\x80\xc0\x80\x00"), "2097152" },
		{ BYTES("\x04\xbf\xff\xff\xff"), "268435455" },
		{ BYTES("\x04\xc0\x80\x80\x00"), "-268435456" },
		{ BYTES("\x04\xff\xff\xff\xff"), "-1" },
		{ BYTES("\x05\x3f\xf8\0\0\0\0\0\0"), "1.5" },
		{ BYTES("\x06\x01"), "\"\"" },
		{ BYTES("\x06\x07" "abc"), "\"abc\"" },
		{ BYTES("\x07\x09" "<a/>"), "xml\"<a/>\"" },
		{ BYTES("\x08\x01\x40\x8f\x40\0\0\0\0\0"), "date(1000)" },
		{ BYTES("\x0b\x09" "<b/>"), "xml\"<b/>\"" },
		{ BYTES("\x0c\x05" "ab"), "unsupported" },
	};

	return check(vectors, ARRAY_LEN(vectors));
}


TEST(amf3_containers)
{
	const struct vector vectors[] = {
		/* Arrays: empty, dense, associative, both. */
		{ BYTES("\x09\x01\x01"), "[]" },
		{ BYTES("\x09\x05\x01\x01\x04\x07"), "[null,7]" },
		{ BYTES("\x09\x01\x03" "k\x04\x05\x01"), "{k:5}" },
		{ BYTES("\x09\x05\x03" "k\x01\x01\x02\x03"),
		  "{k:null,0:false,1:true}" },
		/* Objects: anonymous dynamic, sealed, both. */
		{ BYTES("\x0a\x0b\x01\x01"), "{}" },
		{ BYTES("\x0a\x0b\x01\x03" "a\x04\x01\x03" "b\x01\x01"),
		  "{a:1,b:null}" },
		{ BYTES("\x0a\x23\x03" "C\x03" "x\x03" "y\x04\x01\x04\x02"),
		  "C{x:1,y:2}" },
		{ BYTES("\x0a\x1b\x03" "C\x03" "x\x04\x01\x03" "y\x04\x02\x01"),
		  "C{x:1,y:2}" },
		/* Vectors, a dictionary. */
		{ BYTES("\x0d\x05\x00\xff\xff\xff\xff\x00\x00\x00\x02"),
		  "[-1,2]" },
		{ BYTES("\x0e\x03\x01\xff\xff\xff\xff"), "[4294967295]" },
		{ BYTES("\x0f\x03\x00\x3f\xf8\0\0\0\0\0\0"), "[1.5]" },
		{ BYTES("\x10\x05\x00\x03*\x01\x03"), "[null,true]" },
		{ BYTES("\x11\x03\x00\x04\x01\x06\x03" "v"), "[1,\"v\"]" },
		{ BYTES("\x11\x01\x00"), "[]" },
	};

	return check(vectors, ARRAY_LEN(vectors));
}


TEST(amf3_references)
{
	const struct vector vectors[] = {
		/* A string; the empty one is not in the table. */
		{ BYTES("\x09\x09\x01\x06\x01\x06\x03" "a\x06\x03" "b\x06\x02"),
		  "[\"\",\"a\",\"b\",\"b\"]" },
		/* A key names the value of another. */
		{ BYTES("\x0a\x0b\x01\x03" "a\x06\x03" "b\x02\x06\x00\x01"),
		  "{a:\"b\",b:\"a\"}" },
		/* Traits: 3 members, then the same of the same class. */
		{ BYTES("\x09\x05\x01\x0a\x23\x03" "C\x03" "x\x03" "y"
			"\x04\x01\x04\x02\x0a\x01\x04\x03\x04\x04"),
		  "[C{x:1,y:2},C{x:3,y:4}]" },
		/* Each complex type is an object of the table. */
		{ BYTES("\x09\x05\x01\x09\x01\x01\x09\x02"), "[[],[]]" },
		{ BYTES("\x09\x05\x01\x08\x01\x3f\xf0\0\0\0\0\0\0\x08\x02"),
		  "[date(1),date(1)]" },
		{ BYTES("\x09\x05\x01\x0b\x03" "x\x07\x02"),
		  "[xml\"x\",xml\"x\"]" },
		{ BYTES("\x09\x05\x01\x0c\x03" "x\x0c\x02"),
		  "[unsupported,unsupported]" },
		{ BYTES("\x09\x05\x01\x0d\x01\x00\x0d\x02"), "[[],[]]" },
		{ BYTES("\x09\x05\x01\x11\x01\x00\x11\x02"), "[[],[]]" },
		{ BYTES("\x09\x05\x01\x0a\x0b\x01\x03" "a\x03\x01\x0a\x02"),
		  "[{a:true},{a:true}]" },
		/* What would hold itself holds null. */
		{ BYTES("\x09\x03\x01\x09\x00"), "[null]" },
		{ BYTES("\x0a\x0b\x01\x03" "a\x0a\x00\x01"), "{a:null}" },
	};

	return check(vectors, ARRAY_LEN(vectors));
}


TEST(amf3_ecma_array_count)
{
	static const char want[] =
		"\x08\0\0\0\x02" "\x00\x01" "k\x05" "\x00\x01" "0\x06"
		"\x00\x00\x09";
	struct writer w = writer(OUT_MAX);
	int err = 0;

	TEST_ERR(convert(BYTES("\x09\x03\x03" "k\x01\x01\x00"), &w));
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
 out:
	writer_fini(&w);
	return err;
}


TEST(amf3_malformed)
{
	const struct {
		struct slice in;
		int want;
	} vectors[] = {
		{ BYTES(""), -EBADMSG },
		{ BYTES("\x12"), -EBADMSG },
		{ BYTES("\xff"), -EBADMSG },
		{ BYTES("\x06\x00"), -EBADMSG },          /* no such string */
		{ BYTES("\x09\x00"), -EBADMSG },          /* no such object */
		{ BYTES("\x0a\x01"), -EBADMSG },          /* no such traits */
		{ BYTES("\x06\xff\xff\xff\xff" "a"), -EBADMSG },
		{ BYTES("\x09\xff\xff\xff\xff\x01\x01"), -EBADMSG },
		{ BYTES("\x0c\xff\xff\xff\xff" "a"), -EBADMSG },
		{ BYTES("\x0d\xff\xff\xff\xff\x00\0\0\0\1"), -EBADMSG },
		{ BYTES("\x10\xff\xff\xff\xff\x00\x01\x01"), -EBADMSG },
		{ BYTES("\x11\xff\xff\xff\xff\x00\x01\x01"), -EBADMSG },
		{ BYTES("\x0a\x07\x03" "C\x01"), -ENOTSUP },
		{ BYTES("\x0a\xff\xff\xff\xfb\x01"), -EMSGSIZE },
	};
	char text[100];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		TEST_WANT(vectors[i].want,
			  print(vectors[i].in, text, sizeof(text)));
 out:
	return err;
}


TEST(amf3_cut_anywhere)
{
	static const char in[] =
		"\x09\x15\x03" "k\x03\x01"
		"\x04\xff\xff\xff\xff"
		"\x05\x3f\xf8\0\0\0\0\0\0"
		"\x06\x05" "ab"
		"\x08\x01\x3f\xf8\0\0\0\0\0\0"
		"\x0a\x1b\x03" "C\x03" "x\x04\x01\x03" "y\x04\x02\x01"
		"\x0a\x02"
		"\x0b\x03" "x"
		"\x0c\x03" "x"
		"\x0e\x03\x01\xff\xff\xff\xff"
		"\x11\x03\x00\x04\x01\x06\x03" "v";
	char text[200];
	uint8_t *p = NULL;
	int err = 0;

	for (size_t len = 0; len < sizeof(in) - 1; len++) {
		/* Of its own size, so that ASan sees a read beyond it. */
		p = mem_alloc(len + !len);
		TEST_PTR(p);
		memcpy(p, in, len);
		TEST_WANT(-EBADMSG, print(slice(p, len), text, sizeof(text)));
		p = mem_free(p);
	}
	TEST_ERR(print(BYTES(in), text, sizeof(text)));
 out:
	mem_free(p);
	return err;
}


/* As crtmpserver 8.3 g, in AMF3: each kind of container. */
TEST(amf_crtmpserver_g_unlimited_nesting_amf3)
{
	enum { N = 100000 };
	const struct slice units[] = {
		BYTES("\x09\x03\x01"),
		BYTES("\x09\x01\x03" "a"),
		BYTES("\x0a\x0b\x01\x03" "a"),
		BYTES("\x10\x03\x00\x01"),
		BYTES("\x11\x03\x00"),
	};
	uint8_t *buf = mem_alloc(5 * N);
	struct writer w = writer(1 << 20);
	int err = 0;

	TEST_PTR(buf);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct slice unit = units[i];

		for (size_t n = 0; n < N; n++)
			memcpy(buf + n * unit.len, unit.p, unit.len);
		TEST_WANT(-EMSGSIZE, convert(slice(buf, N * unit.len), &w));
		w.len = 0;
	}
 out:
	writer_fini(&w);
	mem_free(buf);
	return err;
}


TEST(amf3_nesting_has_a_limit)
{
	uint8_t buf[200], *p = buf;
	char text[200];
	int err = 0;

	for (int n = 0; n < AMF_DEPTH_MAX; n++, p += 3)
		memcpy(p, "\x09\x03\x01", 3);
	*p++ = 0x01;
	TEST_ERR(print(slice(buf, (size_t)(p - buf)), text, sizeof(text)));

	memmove(buf + 3, buf, (size_t)(p - buf));
	TEST_WANT(-EMSGSIZE, print(slice(buf, (size_t)(p - buf) + 3), text,
				   sizeof(text)));
 out:
	return err;
}


/* Two shallow values, the second of which names the first at its bottom. */
TEST(amf3_references_do_not_nest_deeper)
{
	enum { HALF = AMF_DEPTH_MAX / 2 };
	uint8_t buf[300], *p = buf;
	struct writer w = writer(OUT_MAX);
	int err = 0;

	for (int i = 0; i <= HALF; i++, p += 3)
		memcpy(p, "\x09\x03\x01", 3);
	*p++ = 0x01;
	for (int i = 0; i < HALF; i++, p += 3)
		memcpy(p, "\x09\x03\x01", 3);
	memcpy(p, "\x09\x00", 2);
	p += 2;
	TEST_WANT(-EMSGSIZE, convert(slice(buf, (size_t)(p - buf)), &w));
 out:
	writer_fini(&w);
	return err;
}


/* 30 arrays, each of which names the one before twice: 2^30 values. */
TEST(amf3_reference_bomb)
{
	uint8_t buf[300], *p = buf;
	struct writer w = writer(OUT_MAX);
	int err = 0;

	memcpy(p, "\x09\x01\x01", 3);
	p += 3;
	for (uint8_t i = 0; i < 30; i++, p += 7) {
		memcpy(p, "\x09\x05\x01\x09\x00\x09\x00", 7);
		p[4] = p[6] = (uint8_t)(i << 1);
	}
	TEST_WANT(-EMSGSIZE, convert(slice(buf, (size_t)(p - buf)), &w));
	TEST_OK(w.len <= OUT_MAX && w.size <= OUT_MAX);
 out:
	writer_fini(&w);
	return err;
}


/* One entry more than a table holds. */
TEST(amf3_tables_have_limits)
{
	enum { N = AMF3_STRINGS_MAX + AMF3_OBJECTS_MAX };
	const struct {
		struct slice value;
		size_t max;
	} tables[] = {
		{ BYTES("\x06\x03" "a"), AMF3_STRINGS_MAX },
		{ BYTES("\x0c\x01"), AMF3_OBJECTS_MAX },
		{ BYTES("\x0a\x03\x01"), AMF3_TRAITS_MAX },
	};
	uint8_t *buf = mem_alloc(4 * N);
	struct writer w = writer(1 << 20);
	int err = 0;

	TEST_PTR(buf);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct slice unit = tables[i].value;

		for (size_t n = 0; n < N; n++)
			memcpy(buf + n * unit.len, unit.p, unit.len);
		TEST_ERR(convert(slice(buf, tables[i].max * unit.len), &w));
		w.len = 0;
		TEST_WANT(-EMSGSIZE, convert(slice(buf, (tables[i].max + 1) *
						   unit.len), &w));
		w.len = 0;
	}
 out:
	writer_fini(&w);
	mem_free(buf);
	return err;
}
