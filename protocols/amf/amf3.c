/* AMF3 (amf3.txt): reading, by rewriting as AMF0.
 *
 * What makes references cheap: an object's AMF0 form is in the writer when a
 * reference to it comes, so that the reference is a copy of those bytes. */
#include "amf/amf3.h"
#include <stdio.h>
#include "amf/amf0_writer.h"
#include "amf/amf_int.h"


/* The type markers (amf3.txt s3.1). */
enum {
	AMF3_UNDEFINED = 0x00,
	AMF3_NULL = 0x01,
	AMF3_FALSE = 0x02,
	AMF3_TRUE = 0x03,
	AMF3_INTEGER = 0x04,
	AMF3_DOUBLE = 0x05,
	AMF3_STRING = 0x06,
	AMF3_XML_DOC = 0x07,
	AMF3_DATE = 0x08,
	AMF3_ARRAY = 0x09,
	AMF3_OBJECT = 0x0a,
	AMF3_XML = 0x0b,
	AMF3_BYTE_ARRAY = 0x0c,
	AMF3_VECTOR_INT = 0x0d,
	AMF3_VECTOR_UINT = 0x0e,
	AMF3_VECTOR_DOUBLE = 0x0f,
	AMF3_VECTOR_OBJECT = 0x10,
	AMF3_DICTIONARY = 0x11,
};


static void read_value(struct amf3 *a);


/* s1.3.1: the fourth byte counts whole. */
static uint32_t get_u29(struct reader *r)
{
	uint32_t v = 0;
	uint8_t b;

	for (int i = 0; i < 3; i++) {
		b = get_u8(r);
		v = v << 7 | (b & 0x7f);
		if (!(b & 0x80))
			return v;
	}

	return v << 8 | get_u8(r);
}


/* s3.6: the same bits, as two's complement. */
static int32_t get_i29(struct reader *r)
{
	int32_t v = (int32_t)get_u29(r);

	return v & 1 << 28 ? v - (1 << 29) : v;
}


/* s1.3.2: a literal, which enters the table unless empty, or a reference. */
static struct str get_utf8_vr(struct amf3 *a)
{
	uint32_t head = get_u29(a->r);
	struct str s = { NULL, 0 };

	if (a->r->err)
		return s;

	if (!(head & 1)) {
		if (head >> 1 < a->n_strings)
			return a->strings[head >> 1];
		amf_fail(a->r, -EBADMSG);
		return s;
	}

	s = str_of(get_bytes(a->r, head >> 1));
	if (!s.len)
		return s;

	if (a->n_strings < AMF3_STRINGS_MAX)
		a->strings[a->n_strings++] = s;
	else
		amf_fail(a->r, -EMSGSIZE);

	return s;
}


static void read_member(struct amf3 *a)
{
	++a->depth;
	read_value(a);
	--a->depth;
}


/* A value takes a byte at least, so the input bounds the claimed count. */
static void read_members(struct amf3 *a, uint32_t n)
{
	for (uint32_t i = 0; i < n && !a->r->err; i++)
		read_member(a);
}


/* NOTE: what was shallow where it was sent may be too deep where it is named
 * again, so the copy's depth is measured. */
static void read_reference(struct amf3 *a, uint32_t index)
{
	struct amf0_walk walk = { a->depth, NULL, NULL };
	const struct amf3_object *object;
	struct amf_value v;
	struct reader copy;
	uint8_t *p;
	size_t len;

	if (index >= a->n_objects) {
		amf_fail(a->r, -EBADMSG);
		return;
	}

	object = &a->objects[index];
	if (!object->end) {
		put_amf0_null(a->w);
		return;
	}

	len = object->end - object->start;
	p = put_room(a->w, len);
	if (!p)
		return;
	memcpy(p, a->w->data + object->start, len);

	copy = reader(slice(p, len));
	if (amf0_read_walk(&copy, &v, &walk))
		amf_fail(a->r, copy.err);
}


/* The number that each complex value begins with: either a reference, which
 * is done with here (false), or an object of its own, which enters the table;
 * the other bits are then its `head`. */
static bool get_instance(struct amf3 *a, uint32_t *head)
{
	uint32_t u = get_u29(a->r);

	if (a->r->err)
		return false;

	if (!(u & 1)) {
		read_reference(a, u >> 1);
		return false;
	}

	if (a->n_objects == AMF3_OBJECTS_MAX || a->depth >= AMF_DEPTH_MAX) {
		amf_fail(a->r, -EMSGSIZE);
		return false;
	}

	*head = u >> 1;
	a->objects[a->n_objects].start = a->w->len;
	a->objects[a->n_objects++].end = 0;

	return true;
}


static void read_xml(struct amf3 *a)
{
	uint32_t len;

	if (get_instance(a, &len))
		put_amf0_xml_document(a->w, str_of(get_bytes(a->r, len)));
}


static void read_date(struct amf3 *a)
{
	uint32_t unused;

	if (get_instance(a, &unused))
		put_amf0_date(a->w, amf_get_double(a->r));
}


static void read_byte_array(struct amf3 *a)
{
	uint32_t len;

	if (!get_instance(a, &len))
		return;

	get_bytes(a->r, len);
	put_u8(a->w, AMF_UNSUPPORTED);
}


/* Set the count of an ECMA array, once it is known. */
static void set_count(struct writer *w, size_t at, uint32_t n)
{
	if (w->err)
		return;

	for (size_t i = 4; i-- > 0; n >>= 8)
		w->data[at + i] = (uint8_t)n;
}


/* An array of both kinds of members: the dense ones get their index as key. */
static void read_ecma_array(struct amf3 *a, struct str key, uint32_t n_dense)
{
	size_t count_at = a->w->len + 1;
	uint32_t n = 0;
	char digits[16];

	put_amf0_ecma_array_begin(a->w, 0);
	for (; key.len; key = get_utf8_vr(a)) {
		put_amf0_key(a->w, key);
		read_member(a);
		++n;
	}
	for (uint32_t i = 0; i < n_dense && !a->r->err; i++) {
		snprintf(digits, sizeof(digits), "%u", i);
		put_amf0_key(a->w, str(digits));
		read_member(a);
		++n;
	}
	put_amf0_ecma_array_end(a->w);
	set_count(a->w, count_at, n);
}


static void read_array(struct amf3 *a)
{
	struct str key;
	uint32_t n;

	if (!get_instance(a, &n))
		return;

	key = get_utf8_vr(a);
	if (key.len) {
		read_ecma_array(a, key, n);
		return;
	}

	put_amf0_strict_array_begin(a->w, n);
	read_members(a, n);
}


/* s3.12; flags: 1 the traits are here, 2 externalizable, 4 dynamic. */
static const struct amf3_traits *get_traits(struct amf3 *a, uint32_t head)
{
	struct amf3_traits *traits;
	uint32_t n = head >> 3;

	if (!(head & 1)) {
		if (head >> 1 < a->n_traits)
			return &a->traits[head >> 1];
		amf_fail(a->r, -EBADMSG);
		return NULL;
	}

	if (head & 2) {
		amf_fail(a->r, -ENOTSUP);
		return NULL;
	}

	if (a->n_traits == AMF3_TRAITS_MAX || n > AMF3_NAMES_MAX - a->n_names) {
		amf_fail(a->r, -EMSGSIZE);
		return NULL;
	}

	traits = &a->traits[a->n_traits++];
	traits->class_name = get_utf8_vr(a);
	traits->is_dynamic = head & 4;
	traits->name = a->n_names;
	traits->n_names = n;
	while (n--)
		a->names[a->n_names++] = get_utf8_vr(a);

	return a->r->err ? NULL : traits;
}


static void read_object(struct amf3 *a)
{
	const struct amf3_traits *traits;
	struct str key;
	uint32_t head;

	if (!get_instance(a, &head))
		return;

	traits = get_traits(a, head);
	if (!traits)
		return;

	put_amf0_typed_object_begin(a->w, traits->class_name);
	for (size_t i = 0; i < traits->n_names && !a->r->err; i++) {
		put_amf0_key(a->w, a->names[traits->name + i]);
		read_member(a);
	}
	while (traits->is_dynamic && (key = get_utf8_vr(a)).len) {
		put_amf0_key(a->w, key);
		read_member(a);
	}
	put_amf0_object_end(a->w);
}


static double get_item(struct reader *r, uint8_t marker)
{
	if (marker == AMF3_VECTOR_DOUBLE)
		return amf_get_double(r);
	if (marker == AMF3_VECTOR_INT)
		return (int32_t)get_be32(r);

	return get_be32(r);
}


static void read_vector(struct amf3 *a, uint8_t marker)
{
	uint32_t n;

	if (!get_instance(a, &n))
		return;

	get_u8(a->r);           /* is its length fixed? */
	put_amf0_strict_array_begin(a->w, n);
	if (marker == AMF3_VECTOR_OBJECT) {
		get_utf8_vr(a);  /* the items' class */
		read_members(a, n);
		return;
	}

	for (uint32_t i = 0; i < n && !a->r->err && !a->w->err; i++)
		put_amf0_number(a->w, get_item(a->r, marker));
}


/* AMF0 has text keys only: key, value, key, value. */
static void read_dictionary(struct amf3 *a)
{
	uint32_t n;

	if (!get_instance(a, &n))
		return;

	get_u8(a->r);           /* are its keys weak? */
	put_amf0_strict_array_begin(a->w, 2 * n);
	read_members(a, 2 * n);
}


static void read_body(struct amf3 *a, uint8_t marker) /* table */
{
	switch (marker) {

	case AMF3_UNDEFINED:
		put_amf0_undefined(a->w);
		break;
	case AMF3_NULL:
		put_amf0_null(a->w);
		break;
	case AMF3_FALSE:
	case AMF3_TRUE:
		put_amf0_boolean(a->w, marker == AMF3_TRUE);
		break;
	case AMF3_INTEGER:
		put_amf0_number(a->w, get_i29(a->r));
		break;
	case AMF3_DOUBLE:
		put_amf0_number(a->w, amf_get_double(a->r));
		break;
	case AMF3_STRING:
		put_amf0_string(a->w, get_utf8_vr(a));
		break;
	case AMF3_XML_DOC:
	case AMF3_XML:
		read_xml(a);
		break;
	case AMF3_DATE:
		read_date(a);
		break;
	case AMF3_ARRAY:
		read_array(a);
		break;
	case AMF3_OBJECT:
		read_object(a);
		break;
	case AMF3_BYTE_ARRAY:
		read_byte_array(a);
		break;
	case AMF3_VECTOR_INT:
	case AMF3_VECTOR_UINT:
	case AMF3_VECTOR_DOUBLE:
	case AMF3_VECTOR_OBJECT:
		read_vector(a, marker);
		break;
	case AMF3_DICTIONARY:
		read_dictionary(a);
		break;
	default:
		amf_fail(a->r, -EBADMSG);
		break;
	}
}


/* The writer's error becomes the reader's, so that all loops look at one. */
static void read_value(struct amf3 *a)
{
	uint8_t marker = get_u8(a->r);
	size_t index = a->n_objects;

	if (a->r->err)
		return;

	read_body(a, marker);
	if (a->n_objects > index)
		a->objects[index].end = a->w->len;
	if (a->w->err)
		amf_fail(a->r, a->w->err);
}


void amf3_init(struct amf3 *a)
{
	a->n_strings = a->n_objects = a->n_traits = a->n_names = 0;
}


int amf3_to_amf0(struct amf3 *a, struct reader *r, struct writer *w, int depth)
{
	a->r = r;
	a->w = w;
	a->depth = depth;

	read_value(a);
	if (r->err == -EAGAIN)
		r->err = -EBADMSG;

	return r->err;
}
