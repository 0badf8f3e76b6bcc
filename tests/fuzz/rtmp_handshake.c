/* RTMP handshake: the bytes eaten and the kind of answer must not depend on
 * how the input is cut.  The first byte says how, the second which role. */
#include <stdlib.h>
#include "base/mem.h"
#include "rtmp/rtmp_handshake.h"

/* What must be the same; the answer itself is random in part. */
struct result {
	struct rtmp_handshake hs;
	size_t eaten;
	size_t out_len;
	int err;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


/* Of a copy of `in`, so that a read past its end is seen. */
static int input(struct rtmp_handshake *hs, struct slice in,
		 struct writer *out)
{
	uint8_t *copy = mem_alloc(in.len);
	int n;

	check(copy);
	memcpy(copy, in.p, in.len);
	n = rtmp_handshake_input(hs, slice(copy, in.len), out);
	check(n <= (int)in.len);
	mem_free(copy);

	return n;
}


static struct result run(struct slice in, size_t step, enum rtmp_role role)
{
	struct writer out = writer(16384);
	struct result res;
	size_t seen = 0;
	int n;

	memset(&res, 0, sizeof(res));
	rtmp_handshake_init(&res.hs, role);

	while (seen < in.len && !res.err) {
		seen = in.len - seen < step ? in.len : seen + step;
		n = input(&res.hs, slice(in.p + res.eaten, seen - res.eaten),
			  &out);
		if (n < 0)
			res.err = n;
		else
			res.eaten += (size_t)n;
		check(n < 0 || rtmp_handshake_is_done(&res.hs) ||
		      seen - res.eaten < RTMP_HANDSHAKE_LEN);
	}

	res.out_len = out.len;
	writer_fini(&out);

	return res;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct result whole, cut;
	enum rtmp_role role;
	struct slice in;

	if (len < 3)
		return 0;

	role = data[1] & 1 ? RTMP_ROLE_CLIENT : RTMP_ROLE_SERVER;
	in = slice(data + 2, len - 2);
	whole = run(in, len, role);
	cut = run(in, data[0] * 13u + 1, role);
	check(whole.err == cut.err && whole.hs.state == cut.hs.state);
	check(whole.hs.has_digest == cut.hs.has_digest);
	check(whole.eaten == cut.eaten && whole.out_len == cut.out_len);

	return 0;
}
