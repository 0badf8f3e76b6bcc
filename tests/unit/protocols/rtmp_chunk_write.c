/* rtmp/rtmp_chunk: writing, and reading it back. */
#include "rtmp/rtmp_chunk.h"
#include "rtmp_test.h"


enum { MAX = 1000 };     /* bytes of the longest body */


static int emit_to_writer(void *arg, struct slice run)
{
	struct writer *w = arg;

	if (!run.len)
		return -EINVAL;
	put_bytes(w, run);

	return w->err;
}


TEST(rtmp_chunk_write)
{
	static const uint8_t want[] = "\x03\x00\x00\x07\x00\x00\x06\x09"
		"\x01\x02\x00\x00" "abcd" "\xc3" "ef";
	const struct rtmp_header h = { 3, 7, 6, 0x201, 9 };
	const struct slice parts[] = {
		slice("a", 1), slice("", 0), slice("bcde", 4), slice("f", 1)
	};
	struct writer w = writer(100), small = writer(5);
	int err;

	TEST_ERR(rtmp_chunk_write(&h, parts, ARRAY_LEN(parts), 4,
				  emit_to_writer, &w));
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
	TEST_EQ(w.len, rtmp_chunk_written_len(&h, 4));

	TEST_EQ(-EMSGSIZE, rtmp_chunk_write(&h, parts, ARRAY_LEN(parts), 4,
					    emit_to_writer, &small));
 out:
	writer_fini(&small);
	writer_fini(&w);
	return err;
}


TEST(rtmp_chunk_write_extended)
{
	static const uint8_t want[] = "\x01\x01\x01\xff\xff\xff\x00\x00\x06"
		"\x09\x01\x00\x00\x00\x00\xff\xff\xff" "abcd"
		"\xc1\x01\x01\x00\xff\xff\xff" "ef";
	const struct rtmp_header h = { 321, 0xffffff, 6, 1, 9 };
	struct writer w = writer(100);
	int err;

	rtmp_chunk_put(&w, &h, slice("abcdef", 6), 4);
	TEST_ERR(w.err);
	TEST_MEM(want, sizeof(want) - 1, w.data, w.len);
	TEST_EQ(w.len, rtmp_chunk_written_len(&h, 4));
 out:
	writer_fini(&w);
	return err;
}


static int check_there_and_back(const struct rtmp_header *h,
				uint32_t chunk_size)
{
	static const uint8_t body[MAX] = { 1, 2, 3, [500] = 5, [999] = 9 };
	struct rtmp_message msg = { .body = NULL };
	struct writer w = writer(20 * MAX);
	struct rtmp_dechunker d;
	int err, n;

	rtmp_dechunker_init(&d, MAX);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, chunk_size));
	rtmp_chunk_put(&w, h, slice(body, h->len), chunk_size);
	TEST_ERR(w.err);
	TEST_EQ(rtmp_chunk_written_len(h, chunk_size), w.len);

	n = rtmp_dechunker_read(&d, writer_slice(&w), &msg);
	TEST_EATEN(w.len, n);
	TEST_PTR(msg.body);
	TEST_MEM(body, h->len, msg.body->data, msg.body->len);
	TEST_EQ(h->csid, msg.header.csid);
	TEST_EQ(h->timestamp, msg.header.timestamp);
	TEST_EQ(h->len, msg.header.len);
	TEST_EQ(h->type, msg.header.type);
	TEST_EQ(h->stream_id, msg.header.stream_id);
 out:
	chunk_unref(msg.body);
	rtmp_dechunker_fini(&d);
	writer_fini(&w);
	return err;
}


TEST(rtmp_chunk_there_and_back)
{
	static const uint32_t csids[] = { 2, 63, 64, 319, 320, 65599 };
	static const uint32_t times[] = { 0, 0xfffffe, 0xffffff, 0x1000000,
		0xffffffff };
	static const uint32_t lens[] = { 0, 1, 128, 129, 256, MAX };
	static const uint32_t sizes[] = { 1, 128, 0x7fffffff };
	int err = 0;

	/* For each chunk size all pairs of csid and time, with all lengths:
	 * all combinations take a minute when each allocation fails in turn. */
	for (size_t i = 0; i < 6 * 5 * 3; i++) {
		struct rtmp_header h = { csids[i % 6], times[i % 5],
			lens[(i + i / 6) % 6], 0x04030201, 9 };

		TEST_ERR(check_there_and_back(&h, sizes[i / 30]));
	}
 out:
	return err;
}
