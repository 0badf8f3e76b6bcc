/* AMF0: what can be read can be printed, walked and written again, and then
 * reads the same. */
#include <stdlib.h>
#include "amf/amf0_writer.h"
#include "amf/amf_print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void copy(struct writer *w, const struct amf_value *v);


static void copy_members(struct writer *w, const struct amf_value *v)
{
	struct reader r = reader(v->body);
	struct amf_value member;
	struct str key;

	while (amf0_object_next(&r, &key, &member)) {
		put_amf0_key(w, key);
		copy(w, &member);
	}
	if (r.err)
		abort();
	put_amf0_object_end(w);
}


static void copy_items(struct writer *w, const struct amf_value *v)
{
	struct reader r = reader(v->body);
	struct amf_value item;

	put_amf0_strict_array_begin(w, (uint32_t)v->number);
	while (reader_left(&r) && !amf0_read(&r, &item))
		copy(w, &item);
	if (r.err)
		abort();
}


static void copy(struct writer *w, const struct amf_value *v)
{
	switch (v->type) {

	case AMF_OBJECT:
	case AMF_TYPED_OBJECT:
		put_bytes(w, slice(v->raw.p, 1));
		if (v->type == AMF_TYPED_OBJECT)
			put_amf0_key(w, v->text);
		copy_members(w, v);
		break;
	case AMF_ECMA_ARRAY:
		put_amf0_ecma_array_begin(w, (uint32_t)v->number);
		copy_members(w, v);
		break;
	case AMF_STRICT_ARRAY:
		copy_items(w, v);
		break;
	case AMF_STRING:
		put_amf0_string(w, v->text);
		break;
	case AMF_XML_DOCUMENT:
		put_amf0_xml_document(w, v->text);
		break;
	default:
		put_bytes(w, v->raw);
		break;
	}
}


static void check_copy(const struct amf_value *v)
{
	struct writer w = writer(1 << 24);
	char text[500], again[500];
	struct amf_value v2;
	struct reader r;

	copy(&w, v);
	r = reader(writer_slice(&w));
	if (w.err || amf0_read(&r, &v2) || reader_left(&r))
		abort();
	if (strcmp(amf_value_print(text, sizeof(text), v),
		   amf_value_print(again, sizeof(again), &v2)))
		abort();
	writer_fini(&w);
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader(slice(data, size));
	struct amf_value v, found;

	while (reader_left(&r) && !amf0_read(&r, &v)) {
		check_copy(&v);
		amf_object_find(&v, "a", &found);
	}
	if (r.err && r.err != -EBADMSG && r.err != -EMSGSIZE)
		abort();

	return 0;
}
