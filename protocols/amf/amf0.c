/* AMF0 (amf0.txt): reading. */
#include "amf/amf0.h"
#include "amf/amf_int.h"


enum { OBJECT_END_LEN = 3 };    /* an empty key and its marker */


static void read_value(struct reader *r, struct amf_value *v,
		       struct amf0_walk *walk);


static bool is_at_object_end(const struct reader *r)
{
	static const uint8_t end[OBJECT_END_LEN] = { 0, 0, AMF_OBJECT_END };

	return reader_left(r) >= sizeof(end) && !memcmp(r->p, end, sizeof(end));
}


static struct str get_utf8(struct reader *r)
{
	return str_of(get_bytes(r, get_be16(r)));
}


static struct str get_utf8_long(struct reader *r)
{
	return str_of(get_bytes(r, get_be32(r)));
}


static void enter(struct reader *r, struct amf0_walk *walk)
{
	if (++walk->depth > AMF_DEPTH_MAX)
		amf_fail(r, -EMSGSIZE);
}


/* NOTE: the count of an ECMA array is a hint that encoders get wrong, so only
 * the end marker ends it; some leave that out when the array is the last of
 * the message, which librtmp and SRS accept too. */
static void read_members(struct reader *r, struct amf_value *v,
			 struct amf0_walk *walk)
{
	const uint8_t *start = r->p;
	struct amf_value member;

	enter(r, walk);
	while (!r->err && reader_left(r) && !is_at_object_end(r)) {
		get_utf8(r);
		read_value(r, &member, walk);
	}
	v->body = slice(start, (size_t)(r->p - start));
	--walk->depth;

	if (reader_left(r) || v->type != AMF_ECMA_ARRAY)
		get_bytes(r, OBJECT_END_LEN);
}


/* An item takes a byte at least, so the input bounds the claimed count. */
static void read_items(struct reader *r, struct amf_value *v,
		       struct amf0_walk *walk)
{
	uint32_t n = get_be32(r);
	const uint8_t *start = r->p;
	struct amf_value item;

	enter(r, walk);
	for (uint32_t i = 0; i < n && !r->err; i++)
		read_value(r, &item, walk);
	v->number = n;
	v->body = slice(start, (size_t)(r->p - start));
	--walk->depth;
}


static void read_avmplus(struct reader *r, struct amf0_walk *walk)
{
	if (r->err)
		return;

	if (walk->on_avmplus)
		walk->on_avmplus(r, walk->depth, walk->arg);
	else
		amf_fail(r, -EBADMSG);
}


static void read_body(struct reader *r, struct amf_value *v,
		      struct amf0_walk *walk) /* table */
{
	switch (v->type) {

	case AMF_NUMBER:
		v->number = amf_get_double(r);
		break;
	case AMF_BOOLEAN:
		v->boolean = get_u8(r) != 0;
		break;
	case AMF_STRING:
		v->text = get_utf8(r);
		break;
	case AMF_OBJECT:
		read_members(r, v, walk);
		break;
	case AMF_NULL:
	case AMF_UNDEFINED:
	case AMF_UNSUPPORTED:
		break;
	case AMF_REFERENCE:
		v->number = get_be16(r);
		break;
	case AMF_ECMA_ARRAY:
		v->number = get_be32(r);
		read_members(r, v, walk);
		break;
	case AMF_STRICT_ARRAY:
		read_items(r, v, walk);
		break;
	case AMF_DATE:
		v->number = amf_get_double(r);
		get_be16(r);    /* time zone: reserved, s2.13 */
		break;
	case AMF_LONG_STRING:
		v->type = AMF_STRING;
		v->text = get_utf8_long(r);
		break;
	case AMF_XML_DOCUMENT:
		v->text = get_utf8_long(r);
		break;
	case AMF_TYPED_OBJECT:
		v->text = get_utf8(r);
		read_members(r, v, walk);
		break;
	case AMF_AVMPLUS:
		read_avmplus(r, walk);
		break;
	case AMF_MOVIECLIP:
	case AMF_OBJECT_END:
	case AMF_RECORDSET:
	default:
		amf_fail(r, -EBADMSG);
		break;
	}
}


static void read_value(struct reader *r, struct amf_value *v,
		       struct amf0_walk *walk)
{
	const uint8_t *start = r->p;

	memset(v, 0, sizeof(*v));
	v->type = (enum amf_type)get_u8(r);
	if (!r->err)
		read_body(r, v, walk);
	v->raw = slice(start, (size_t)(r->p - start));
}


static bool find(const struct amf_value *object, const char *key,
		 struct amf_value *member)
{
	return !amf_object_find(object, key, member);
}


int amf0_read_walk(struct reader *r, struct amf_value *v,
		   struct amf0_walk *walk)
{
	read_value(r, v, walk);
	if (!r->err)
		return 0;

	if (r->err == -EAGAIN)
		r->err = -EBADMSG;
	memset(v, 0, sizeof(*v));
	v->type = AMF_UNDEFINED;

	return r->err;
}


int amf0_read(struct reader *r, struct amf_value *v)
{
	struct amf0_walk walk = { 0, NULL, NULL };

	return amf0_read_walk(r, v, &walk);
}


bool amf0_object_next(struct reader *members, struct str *key,
		      struct amf_value *value)
{
	if (!reader_left(members))
		return false;

	*key = get_utf8(members);

	return !amf0_read(members, value);
}


bool amf_is_object(const struct amf_value *v)
{
	return v->type == AMF_OBJECT || v->type == AMF_TYPED_OBJECT ||
	       v->type == AMF_ECMA_ARRAY;
}


int amf_object_find(const struct amf_value *object, const char *key,
		    struct amf_value *member)
{
	struct reader r = reader(slice(NULL, 0));
	struct amf_value v;
	struct str name;
	int err = -ENOENT;

	memset(member, 0, sizeof(*member));
	member->type = AMF_UNDEFINED;

	if (amf_is_object(object))
		r = reader(object->body);

	while (amf0_object_next(&r, &name, &v)) {
		if (!str_is(name, key))
			continue;
		*member = v;
		err = 0;
	}

	return err;
}


struct str amf_object_text(const struct amf_value *object, const char *key)
{
	struct amf_value v;

	if (find(object, key, &v) && v.type == AMF_STRING)
		return v.text;

	return str_n(NULL, 0);
}


double amf_object_number(const struct amf_value *object, const char *key,
			 double otherwise)
{
	struct amf_value v;

	if (!find(object, key, &v))
		return otherwise;
	if (v.type == AMF_NUMBER)
		return v.number;

	return v.type == AMF_BOOLEAN ? v.boolean : otherwise;
}


bool amf_object_boolean(const struct amf_value *object, const char *key,
			bool otherwise)
{
	struct amf_value v;

	if (!find(object, key, &v))
		return otherwise;
	if (v.type == AMF_BOOLEAN)
		return v.boolean;

	return v.type == AMF_NUMBER ? v.number != 0 : otherwise;
}
