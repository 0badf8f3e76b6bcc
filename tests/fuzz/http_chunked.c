/* A chunked body: the same data and the same end however it is cut, never
 * more than is allowed. */
#include <stdlib.h>
#include "http/http_chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MAX = 1000 };

struct outcome {
	int err;
	bool is_done;
	size_t used;
	size_t n_data;
	uint32_t sum;
};


static struct outcome decode(struct slice all, size_t step)
{
	struct outcome o = { 0 };
	struct http_chunked c;

	http_chunked_init(&c, MAX);
	while (o.used < all.len && !o.err && !o.is_done) {
		struct slice in = slice_from(all, o.used), out;
		size_t n = in.len < step ? in.len : step;

		in.len = n;
		o.err = http_chunked_read(&c, &in, &out);
		o.used += n - in.len;
		o.n_data += out.len;
		for (size_t i = 0; i < out.len; i++)
			o.sum = o.sum * 31 + out.p[i];
		o.is_done = c.state == HTTP_CHUNKED_DONE;
	}

	return o;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct outcome a = decode(slice(data, len), len + 1);
	struct outcome b = decode(slice(data, len), 1);

	if (a.n_data > MAX || a.err != b.err || a.is_done != b.is_done ||
	    a.used != b.used || a.n_data != b.n_data || a.sum != b.sum)
		abort();

	return 0;
}
