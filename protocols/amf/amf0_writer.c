/* AMF0 (amf0.txt): writing. */
#include "amf/amf0_writer.h"
#include "amf/amf0.h"


static void put_utf8(struct writer *w, struct str s)
{
	if (s.len > UINT16_MAX) {
		w->err = w->err ? w->err : -EMSGSIZE;
		return;
	}

	put_be16(w, (unsigned)s.len);
	put_str(w, s);
}


static void put_utf8_long(struct writer *w, struct str s)
{
	if (s.len > UINT32_MAX) {
		w->err = w->err ? w->err : -EMSGSIZE;
		return;
	}

	put_be32(w, (uint32_t)s.len);
	put_str(w, s);
}


static void put_double(struct writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_be64(w, bits);
}


void put_amf0_number(struct writer *w, double v)
{
	put_u8(w, AMF_NUMBER);
	put_double(w, v);
}


void put_amf0_boolean(struct writer *w, bool v)
{
	put_u8(w, AMF_BOOLEAN);
	put_u8(w, v);
}


void put_amf0_null(struct writer *w)
{
	put_u8(w, AMF_NULL);
}


void put_amf0_undefined(struct writer *w)
{
	put_u8(w, AMF_UNDEFINED);
}


void put_amf0_string(struct writer *w, struct str s)
{
	if (s.len <= UINT16_MAX) {
		put_u8(w, AMF_STRING);
		put_utf8(w, s);
	}
	else {
		put_u8(w, AMF_LONG_STRING);
		put_utf8_long(w, s);
	}
}


void put_amf0_date(struct writer *w, double ms)
{
	put_u8(w, AMF_DATE);
	put_double(w, ms);
	put_be16(w, 0);
}


void put_amf0_xml_document(struct writer *w, struct str s)
{
	put_u8(w, AMF_XML_DOCUMENT);
	put_utf8_long(w, s);
}


void put_amf0_object_begin(struct writer *w)
{
	put_u8(w, AMF_OBJECT);
}


void put_amf0_typed_object_begin(struct writer *w, struct str class_name)
{
	if (!class_name.len) {
		put_amf0_object_begin(w);
		return;
	}

	put_u8(w, AMF_TYPED_OBJECT);
	put_utf8(w, class_name);
}


void put_amf0_key(struct writer *w, struct str key)
{
	put_utf8(w, key);
}


void put_amf0_object_end(struct writer *w)
{
	put_utf8(w, str_n(NULL, 0));
	put_u8(w, AMF_OBJECT_END);
}


void put_amf0_ecma_array_begin(struct writer *w, uint32_t n)
{
	put_u8(w, AMF_ECMA_ARRAY);
	put_be32(w, n);
}


void put_amf0_ecma_array_end(struct writer *w)
{
	put_amf0_object_end(w);
}


void put_amf0_strict_array_begin(struct writer *w, uint32_t n)
{
	put_u8(w, AMF_STRICT_ARRAY);
	put_be32(w, n);
}


void put_amf0_key_string(struct writer *w, const char *key, struct str v)
{
	put_amf0_key(w, str(key));
	put_amf0_string(w, v);
}


void put_amf0_key_number(struct writer *w, const char *key, double v)
{
	put_amf0_key(w, str(key));
	put_amf0_number(w, v);
}


void put_amf0_key_boolean(struct writer *w, const char *key, bool v)
{
	put_amf0_key(w, str(key));
	put_amf0_boolean(w, v);
}
