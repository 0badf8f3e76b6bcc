/* rtmp/rtmp_aggregate. */
#include "rtmp/rtmp_aggregate.h"
#include "test.h"


/* Three messages as in an FLV file, the high byte of the timestamp behind the
 * others: 0x01000064, ...78, 0x0200005a.  The stream id is to be ignored. */
static const uint8_t body[] = {
	8, 0, 0, 3, 0, 0, 100, 1, 9, 9, 9, 'a', 'b', 'c', 0, 0, 0, 14,
	9, 0, 0, 0, 0, 0, 120, 1, 0, 0, 0, 0, 0, 0, 11,
	18, 0, 0, 1, 0, 0, 90, 2, 0, 0, 0, 'd', 0, 0, 0, 12,
};


/* What a walk met. */
struct found {
	struct rtmp_header h[4];
	uint8_t body[4][4];
	int n;
	int end;                 /* how it ended: 0 or an error */
};


/* Walk an aggregate of `len` bytes at `timestamp`. */
static int walk(struct found *f, const uint8_t *p, size_t len,
		uint32_t timestamp)
{
	struct rtmp_message msg = { { 7, timestamp, (uint32_t)len, 5, 22 },
		NULL };
	struct rtmp_aggregate a;
	struct slice s;

	memset(f, 0, sizeof(*f));
	msg.body = chunk_copy(slice(p, len));
	if (!msg.body)
		return -ENOMEM;

	rtmp_aggregate_init(&a, &msg);
	while (f->n < 4) {
		f->end = rtmp_aggregate_next(&a, &f->h[f->n], &s);
		if (f->end <= 0)
			break;
		if (s.len && s.len <= sizeof(f->body[0]))
			memcpy(f->body[f->n], s.p, s.len);
		++f->n;
	}
	chunk_unref(msg.body);

	return 0;
}


TEST(rtmp_aggregate_next)
{
	struct found f;
	int err = 0;

	TEST_ERR(walk(&f, body, sizeof(body), 0x01000064));
	TEST_EQ(3, f.n);
	TEST_EQ(0, f.end);
	for (int i = 0; i < 3; i++) {
		TEST_EQ(7, f.h[i].csid);
		TEST_EQ(5, f.h[i].stream_id);
	}
	TEST_EQ(8, f.h[0].type);
	TEST_EQ(0x01000064, f.h[0].timestamp);
	TEST_MEM("abc", 3, f.body[0], f.h[0].len);
	TEST_EQ(9, f.h[1].type);
	TEST_EQ(0x01000078, f.h[1].timestamp);
	TEST_EQ(0, f.h[1].len);
	TEST_EQ(18, f.h[2].type);
	TEST_EQ(0x0200005a, f.h[2].timestamp);
	TEST_MEM("d", 1, f.body[2], f.h[2].len);
 out:
	return err;
}


/* The first one is where the aggregate is; the others keep their distance,
 * also over the wrap. */
TEST(rtmp_aggregate_timestamps)
{
	struct found f;
	int err = 0;

	TEST_ERR(walk(&f, body, sizeof(body), 0xfffffff0));
	TEST_EQ(3, f.n);
	TEST_EQ(0, f.end);
	TEST_EQ(0xfffffff0, f.h[0].timestamp);
	TEST_EQ(4, f.h[1].timestamp);
	TEST_EQ(0x00ffffe6, f.h[2].timestamp);
 out:
	return err;
}


TEST(rtmp_aggregate_cut)
{
	struct found f;
	int err = 0;

	/* Within the first back pointer there is one message, whole. */
	for (size_t len = 0; len <= 18; len++) {
		TEST_ERR(walk(&f, body, len, 0));
		TEST_EQ(len < 14 ? 0 : 1, f.n);
		TEST_EQ(!len || len >= 14 ? 0 : -EBADMSG, f.end);
	}

	TEST_ERR(walk(&f, body, 20, 0));
	TEST_EQ(1, f.n);
	TEST_EQ(-EBADMSG, f.end);
 out:
	return err;
}


TEST(rtmp_aggregate_hostile)
{
	static const uint8_t nested[] = { 22, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t long_one[] = { 8, 0xff, 0xff, 0xff, 0, 0, 0, 0,
		0, 0, 0, 1, 2 };
	struct found f;
	int err = 0;

	TEST_ERR(walk(&f, nested, sizeof(nested), 0));
	TEST_EQ(0, f.n);
	TEST_EQ(-EBADMSG, f.end);
	TEST_ERR(walk(&f, long_one, sizeof(long_one), 0));
	TEST_EQ(0, f.n);
	TEST_EQ(-EBADMSG, f.end);
 out:
	return err;
}
