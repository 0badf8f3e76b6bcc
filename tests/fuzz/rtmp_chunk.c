/* RTMP chunks: what comes out must not depend on how the input is cut, and
 * must come out again when it is written as chunks.  The first byte says how
 * to cut. */
#include <stdlib.h>
#include "base/mem.h"
#include "rtmp/rtmp_aggregate.h"
#include "rtmp/rtmp_chunk.h"
#include "rtmp/rtmp_control.h"

enum { MESSAGE_MAX = 100000 };

/* A sum over all that came out, and how it ended. */
struct result {
	uint64_t sum;
	int err;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void add(struct result *res, const void *p, size_t len)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < len; i++)
		res->sum = (res->sum ^ bytes[i]) * 0x100000001b3;
}


static void add_header(struct result *res, const struct rtmp_header *h)
{
	const uint32_t fields[] = { h->csid, h->timestamp, h->len,
		h->stream_id, h->type };

	add(res, fields, sizeof(fields));
}


static int count(void *arg, struct slice run)
{
	size_t *n = arg;

	check(run.len);
	*n += run.len;

	return 0;
}


/* Written and read again it is the same. */
static void there_and_back(const struct rtmp_message *msg, uint32_t size)
{
	const struct slice body = chunk_slice(msg->body);
	struct writer w = writer(20 * MESSAGE_MAX);
	struct rtmp_message got;
	struct rtmp_dechunker d;
	size_t n = 0;

	rtmp_chunk_write(&msg->header, &body, 1, size, count, &n);
	check(n == rtmp_chunk_written_len(&msg->header, size));

	rtmp_chunk_put(&w, &msg->header, body, size);
	check(!w.err && w.len == n);

	rtmp_dechunker_init(&d, MESSAGE_MAX);
	rtmp_dechunker_set_chunk_size(&d, size);
	check(rtmp_dechunker_read(&d, writer_slice(&w), &got) == (int)n);
	check(got.body && got.body->len == body.len);
	check(!memcmp(got.body->data, body.p, body.len));
	check(got.header.timestamp == msg->header.timestamp);

	chunk_unref(got.body);
	rtmp_dechunker_fini(&d);
	writer_fini(&w);
}


static void walk_aggregate(struct result *res, const struct rtmp_message *msg)
{
	struct rtmp_aggregate a;
	struct rtmp_header h;
	struct slice body;

	rtmp_aggregate_init(&a, msg);
	while (rtmp_aggregate_next(&a, &h, &body) > 0) {
		add_header(res, &h);
		add(res, body.p, body.len);
	}
}


static int on_message(struct result *res, struct rtmp_dechunker *d,
		      const struct rtmp_message *msg)
{
	struct rtmp_control c;
	int err;

	check(msg->body->len == msg->header.len);
	add_header(res, &msg->header);
	add(res, msg->body->data, msg->body->len);

	if (msg->header.type == RTMP_AGGREGATE)
		walk_aggregate(res, msg);
	if (msg->header.len < 2000)
		there_and_back(msg, 1 + msg->header.len % 130);

	err = rtmp_control_read(&c, msg->header.type, chunk_slice(msg->body));
	if (err)
		return 0;
	if (c.type == RTMP_SET_CHUNK_SIZE)
		return rtmp_dechunker_set_chunk_size(d, c.value);
	if (c.type == RTMP_ABORT)
		rtmp_dechunker_abort(d, c.value);

	return 0;
}


/* Eat what can be eaten of a copy of `in`, so that a read past its end is
 * seen.  Returns the bytes, or an error. */
static int eat(struct result *res, struct rtmp_dechunker *d, struct slice in)
{
	uint8_t *copy = mem_alloc(in.len);
	struct rtmp_message msg;
	size_t at = 0;
	int n, err = 0;

	check(copy);
	memcpy(copy, in.p, in.len);

	do {
		n = rtmp_dechunker_read(d, slice(copy + at, in.len - at), &msg);
		check(d->held <= RTMP_PARTIAL_MAX);
		check(n <= (int)(in.len - at));
		at += n > 0 ? (size_t)n : 0;
		if (n >= 0 && msg.body) {
			err = on_message(res, d, &msg);
			chunk_unref(msg.body);
		}
	} while (n > 0 && !err);
	mem_free(copy);

	return n < 0 ? n : err ? err : (int)at;
}


static struct result run(struct slice in, size_t step)
{
	struct result res = { 0xcbf29ce484222325, 0 };
	struct rtmp_dechunker d;
	size_t at = 0, seen = 0;

	rtmp_dechunker_init(&d, MESSAGE_MAX);
	while (seen < in.len && !res.err) {
		int n;

		seen = in.len - seen < step ? in.len : seen + step;
		n = eat(&res, &d, slice(in.p + at, seen - at));
		if (n < 0)
			res.err = n;
		else
			at += (size_t)n;
		check(n < 0 || seen - at < RTMP_CHUNK_HEADER_MAX);
	}
	rtmp_dechunker_fini(&d);

	return res;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct result whole, cut;

	if (len < 2)
		return 0;

	whole = run(slice(data + 1, len - 1), len);
	cut = run(slice(data + 1, len - 1), data[0] % 64 + 1u);
	check(whole.sum == cut.sum && whole.err == cut.err);

	return 0;
}
