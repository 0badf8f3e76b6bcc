/* An AMF0 value as short text for a debug log. */
#include "amf/amf_print.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>


struct text {
	char *p;
	size_t len;
	size_t size;
	bool is_full;    /* ends in "...", takes no more */
};


static void print_value(struct text *t, const struct amf_value *v);


static void add(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);


static void add(struct text *t, const char *fmt, ...)
{
	size_t room = t->size - t->len;
	va_list ap;
	int n;

	if (t->is_full)
		return;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, room, fmt, ap);
	va_end(ap);

	if (n >= 0 && (size_t)n < room) {
		t->len += (size_t)n;
		return;
	}

	t->is_full = true;
	memcpy(t->p + t->size - 4, "...", 4);
}


static void print_text(struct text *t, struct str s)
{
	for (size_t i = 0; i < s.len && !t->is_full; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\')
			add(t, "\\x%02x", (unsigned)(uint8_t)s.p[i]);
		else
			add(t, "%c", s.p[i]);
	}
}


static void print_quoted(struct text *t, struct str s)
{
	add(t, "\"");
	print_text(t, s);
	add(t, "\"");
}


static void print_members(struct text *t, const struct amf_value *object)
{
	struct reader r = reader(object->body);
	const char *comma = "";
	struct amf_value v;
	struct str key;

	print_text(t, object->text);
	add(t, "{");
	while (!t->is_full && amf0_object_next(&r, &key, &v)) {
		add(t, "%s", comma);
		print_text(t, key);
		add(t, ":");
		print_value(t, &v);
		comma = ",";
	}
	add(t, "}");
}


static void print_items(struct text *t, const struct amf_value *array)
{
	struct reader r = reader(array->body);
	const char *comma = "";
	struct amf_value v;

	add(t, "[");
	while (!t->is_full && reader_left(&r) && !amf0_read(&r, &v)) {
		add(t, "%s", comma);
		print_value(t, &v);
		comma = ",";
	}
	add(t, "]");
}


static void print_value(struct text *t, const struct amf_value *v) /* table */
{
	switch (v->type) {

	case AMF_NUMBER:
		add(t, "%.15g", v->number);
		break;
	case AMF_BOOLEAN:
		add(t, v->boolean ? "true" : "false");
		break;
	case AMF_STRING:
	case AMF_LONG_STRING:
		print_quoted(t, v->text);
		break;
	case AMF_OBJECT:
	case AMF_TYPED_OBJECT:
	case AMF_ECMA_ARRAY:
		print_members(t, v);
		break;
	case AMF_NULL:
		add(t, "null");
		break;
	case AMF_REFERENCE:
		add(t, "reference(%.0f)", v->number);
		break;
	case AMF_STRICT_ARRAY:
		print_items(t, v);
		break;
	case AMF_DATE:
		add(t, "date(%.15g)", v->number);
		break;
	case AMF_UNSUPPORTED:
		add(t, "unsupported");
		break;
	case AMF_XML_DOCUMENT:
		add(t, "xml");
		print_quoted(t, v->text);
		break;
	case AMF_UNDEFINED:
	case AMF_MOVIECLIP:
	case AMF_OBJECT_END:
	case AMF_RECORDSET:
	case AMF_AVMPLUS:
	default:
		add(t, "undefined");
		break;
	}
}


const char *amf_value_print(char *buf, size_t size, const struct amf_value *v)
{
	struct text t = { buf, 0, size, false };

	assert(size >= 4);
	buf[0] = '\0';
	print_value(&t, v);

	return buf;
}
