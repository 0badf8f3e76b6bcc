/* AMF3: the first bit of the input says whether it is one value or a whole
 * message; what comes out is AMF0 that can be read. */
#include <stdlib.h>
#include "amf/amf3.h"
#include "amf/amf_message.h"
#include "amf/amf_print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void check_value(struct slice in)
{
	struct writer w = writer(1 << 16);
	struct reader r = reader(in);
	struct amf_value v;
	struct amf3 a;

	amf3_init(&a);
	if (amf3_to_amf0(&a, &r, &w, 0)) {
		if (r.err == -EAGAIN)
			abort();
	}
	else {
		r = reader(writer_slice(&w));
		if (amf0_read(&r, &v) || reader_left(&r))
			abort();
	}
	writer_fini(&w);
}


static void check_message(struct slice in, bool is_amf3)
{
	struct writer w = writer(1 << 16);
	struct amf_value v;
	char text[500];
	struct reader r;
	int err = amf_message_read(&r, &w, in, is_amf3);

	while (!err && reader_left(&r) && !amf0_read(&r, &v))
		amf_value_print(text, sizeof(text), &v);
	writer_fini(&w);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice(data, size);

	if (!size)
		return 0;

	in = slice_from(in, 1);
	if (data[0] & 1)
		check_value(in);
	else
		check_message(in, data[0] & 2);

	return 0;
}
