/* rtmp/rtmp_chunk: what a peer can make it hold. */
#include "rtmp/rtmp_chunk.h"
#include "rtmp_test.h"


/* A fmt 0 header of `csid` that claims `len` bytes; the first of them. */
static struct slice claim(uint8_t *buf, uint8_t csid, uint32_t len)
{
	const uint8_t h[] = {
		0, (uint8_t)(csid - 64), 0, 0, 0, (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len, 9, 1, 0, 0, 0, 'a'
	};

	memcpy(buf, h, sizeof(h));

	return slice(buf, sizeof(h));
}


TEST(rtmp_chunk_streams_max)
{
	struct rtmp_dechunker d;
	struct rtmp_message msg;
	uint8_t buf[16];
	int err = 0, n;

	rtmp_dechunker_init(&d, RTMP_MESSAGE_MAX);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, 1));

	/* What is claimed is not allocated. */
	for (int i = 0; i < RTMP_CHUNK_STREAMS_MAX; i++) {
		n = rtmp_dechunker_read(&d, claim(buf, (uint8_t)(64 + i),
						  RTMP_MESSAGE_MAX), &msg);
		TEST_EATEN(14, n);
	}
	TEST_EQ((size_t)RTMP_CHUNK_STREAMS_MAX * RTMP_PARTIAL_FIRST, d.held);

	n = rtmp_dechunker_read(&d, claim(buf, 200, 1), &msg);
	TEST_EQ(-EMSGSIZE, n);
 out:
	rtmp_dechunker_fini(&d);
	return err;
}


/* Many messages that never end: each grows as its bytes come, all together
 * to the limit. */
TEST(rtmp_chunk_partial_max)
{
	static const uint8_t body[300 << 10];
	const struct slice zeros = slice(body, sizeof(body) - 1);
	struct rtmp_dechunker d;
	struct rtmp_message msg;
	uint8_t buf[16];
	int err = 0, n = 0, n_begun = 0;

	rtmp_dechunker_init(&d, RTMP_MESSAGE_MAX_DEFAULT);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, sizeof(body)));

	while (n >= 0 && n_begun < RTMP_CHUNK_STREAMS_MAX) {
		struct slice in = claim(buf, (uint8_t)(64 + n_begun), 1 << 20);

		n = rtmp_dechunker_read(&d, in, &msg);
		if (n >= 0)
			n = rtmp_dechunker_read(&d, zeros, &msg);
		++n_begun;
	}
	if (n == -ENOMEM)
		TEST_ERR(n);

	TEST_EQ(-EMSGSIZE, n);
	TEST_EQ(RTMP_PARTIAL_MAX / (512 << 10) + 1, n_begun);
	TEST_OK(d.held <= RTMP_PARTIAL_MAX);
 out:
	rtmp_dechunker_fini(&d);
	return err;
}


/* A big message arrives whole, whatever its memory did on the way. */
TEST(rtmp_chunk_big_message)
{
	enum { LEN = 200000, CHUNK = 60000 };
	struct rtmp_header h = { 6, 5, LEN, 1, 9 };
	struct writer w = writer(2 * LEN), body = writer(LEN);
	struct rtmp_dechunker d;
	struct rtmp_message msg = { .body = NULL };
	uint8_t *p;
	int err, n;

	rtmp_dechunker_init(&d, LEN);
	TEST_ERR(rtmp_dechunker_set_chunk_size(&d, CHUNK));

	p = put_room(&body, LEN);
	TEST_ERR(body.err);
	for (uint32_t i = 0; i < LEN; i++)
		p[i] = (uint8_t)(i * 2654435761u >> 24);
	rtmp_chunk_put(&w, &h, writer_slice(&body), CHUNK);
	TEST_ERR(w.err);

	for (size_t at = 0; at < w.len && !msg.body; at += (size_t)n) {
		size_t left = w.len - at < 1400 ? w.len - at : 1400;

		n = rtmp_dechunker_read(&d, slice(w.data + at, left), &msg);
		if (n < 0)
			TEST_ERR(n);
		TEST_OK(n > 0);
	}
	TEST_PTR(msg.body);
	TEST_MEM(body.data, body.len, msg.body->data, msg.body->len);
	TEST_EQ(0, d.held);
 out:
	chunk_unref(msg.body);
	rtmp_dechunker_fini(&d);
	writer_fini(&w);
	writer_fini(&body);
	return err;
}
