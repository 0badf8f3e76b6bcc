/* STUN: what is parsed must walk, print and write back to the same
 * attributes, and no cut may be taken for a message. */
#include <stdlib.h>
#include "stun/stun_key.h"
#include "stun/stun_nonce.h"
#include "stun/stun_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void walk(const struct stun_message *m, struct stun_writer *s)
{
	struct reader r = reader(m->attrs);
	struct stun_attr a;
	struct slice v;
	char text[STUN_ATTR_TEXT_MAX];

	while (stun_attr_next(&r, &a)) {
		check(stun_attr_print(text, sizeof(text), a.type, a.value,
				      m->id) < sizeof(text));
		check(!stun_message_find(m, a.type, &v));
		stun_put(s, a.type, a.value);
	}
	check(!reader_left(&r) && !r.err);
}


static void write_back(const struct stun_message *m)
{
	struct slice key = slice("key", 3);
	struct writer w = writer(2 * STUN_MESSAGE_MAX);
	struct stun_writer s;
	struct stun_message back;

	s = stun_begin(&w, m->class, m->method, m->id);
	walk(m, &s);
	stun_put_integrity(&s, key);
	stun_put_sha256(&s, key);
	stun_put_fingerprint(&s);
	if (!w.err) {
		check(!stun_message_parse(writer_slice(&w), &back));
		check(back.attrs.len == m->attrs.len);
		check(back.class == m->class && back.method == m->method);
		check(!stun_message_check_integrity(&back, key));
		check(!stun_message_check_sha256(&back, key, 32));
		check(!stun_message_check_fingerprint(&back));
	}
	writer_fini(&w);
}


static void texts(struct slice in)
{
	struct stun_nonce_keys keys = { { 1 }, { 2 } };
	struct addr from = { 0 };
	char out[STUN_TEXT_READ_MAX], again[STUN_TEXT_READ_MAX];
	uint32_t features;
	int n = stun_opaque_string(str_of(in), out, sizeof(out));

	from.u.sa.sa_family = AF_INET;
	check(n < 0 || ((size_t)n <= in.len && n > 0));
	if (n > 0)
		check(stun_opaque_string(str_n(out, (size_t)n), again,
					 sizeof(again)) == n);
	stun_nonce_features(str_of(in), &features);
	check(stun_nonce_check(str_of(in), &keys, 0, &from) < 0);
	stun_text_unquote(str_of(in));
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice in = slice(data, len);
	uint16_t unknown[STUN_UNKNOWN_MAX];
	struct stun_message m, cut;

	texts(in);
	if (stun_message_parse(in, &m))
		return 0;

	check(stun_message_length(in) == (int)m.bytes.len);
	check(stun_message_parse(slice(data, m.bytes.len - 1), &cut) ==
	      -EAGAIN);
	check(!stun_message_parse(m.bytes, &cut));
	check(cut.attrs.len == m.attrs.len);
	check(stun_message_unknown(&m, NULL, 0, unknown) <= STUN_UNKNOWN_MAX);
	stun_message_check_fingerprint(&m);
	stun_message_check_integrity(&m, slice("key", 3));
	stun_message_check_sha256(&m, slice("key", 3), 16);
	write_back(&m);

	return 0;
}
