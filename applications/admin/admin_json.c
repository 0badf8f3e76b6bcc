/* Bodies of requests. */
#include "admin_json.h"
#include <jansson.h>


/* jansson's own limit is far deeper than anything here. */
static bool is_too_deep(struct slice body)
{
	bool is_text = false;
	int depth = 0;

	for (size_t i = 0; i < body.len; i++) {
		const uint8_t c = body.p[i];

		if (is_text) {
			i += c == '\\';
			is_text = c != '"';
			continue;
		}
		is_text = c == '"';
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		if (depth > ADMIN_DEPTH_MAX)
			return true;
	}

	return false;
}


static struct admin_field *find(struct admin_field *fields, const char *key)
{
	for (struct admin_field *f = fields; f->name; f++) {
		if (!strcmp(f->name, key))
			return f;
	}

	return NULL;
}


static const char *read_value(struct admin_field *f, const json_t *v)
{
	if (json_is_null(v) && f->is_nullable)
		return NULL;

	switch (f->type) {

	case ADMIN_BOOL:
		if (!json_is_boolean(v))
			return "a value is not true or false";
		*(bool *)f->value = json_is_true(v);
		break;

	case ADMIN_TEXT:
		if (!json_is_string(v))
			return "a value is no text";
		if (json_string_length(v) >= ADMIN_TEXT_MAX ||
		    strlen(json_string_value(v)) != json_string_length(v))
			return "a text is too long, or has a zero in it";
		memcpy(f->value, json_string_value(v),
		       json_string_length(v) + 1);
		break;
	}

	return NULL;
}


static const char *read_object(json_t *object, struct admin_field *fields)
{
	void *it = json_object_iter(object);
	const char *why = NULL;

	for (; it && !why; it = json_object_iter_next(object, it)) {
		struct admin_field *f = find(fields,
					     json_object_iter_key(it));

		if (!f)
			return "there is a key that means nothing here";
		f->is_set = true;
		why = read_value(f, json_object_iter_value(it));
	}
	for (struct admin_field *f = fields; f->name && !why; f++) {
		if (f->is_required && !f->is_set)
			return "a key is missing";
	}

	return why;
}


int admin_json_read(struct slice body, struct admin_field *fields,
		    const char **why)
{
	json_error_t error;
	json_t *root;
	int status;

	*why = "the body is too long, or nested too deep";
	if (body.len > ADMIN_BODY_MAX || is_too_deep(body))
		return 413;

	*why = "the body is no JSON object, or has a key twice";
	root = json_loadb((const char *)body.p, body.len,
			  JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(root)) {
		json_decref(root);
		return 400;
	}

	*why = read_object(root, fields);
	status = *why ? 422 : 0;
	json_decref(root);

	return status;
}
