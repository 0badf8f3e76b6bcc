/* What a URL says that was asked. */
#include "webhooks_answer.h"
#include <jansson.h>
#include "base/error.h"
#include "base/text.h"

/* Longer ones are as good as none. */
enum { SECONDS_MAX = 10 * 365 * 24 * 3600 };


static struct str text_of(const json_t *value)
{
	return str_n(json_string_value(value), json_string_length(value));
}


/* -EBADMSG: there is one, and it is none. */
static int read_redirect(struct verdict *verdict, const json_t *object)
{
	const json_t *value = json_object_get(object, "redirect");
	struct str name;

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return -EBADMSG;

	name = text_of(value);
	if (!name.len || name.len >= sizeof(verdict->text) ||
	    memchr(name.p, '\0', name.len))
		return -EBADMSG;
	memcpy(verdict->text, name.p, name.len);
	verdict->kind = VERDICT_REDIRECT;

	return 0;
}


static int read_options(struct verdict *verdict, const json_t *object,
			int64_t wall_us)
{
	const json_t *options = json_object_get(object, "options");
	const json_t *value;
	double seconds;

	if (!options || json_is_null(options))
		return 0;
	if (!json_is_object(options))
		return -EBADMSG;

	value = json_object_get(options, "maxSeconds");
	if (!value)
		return 0;
	seconds = json_number_value(value);
	if (!(seconds > 0))
		return -EBADMSG;
	if (seconds < SECONDS_MAX)
		verdict->ends_us = wall_us + (int64_t)(seconds * 1e6);

	return 0;
}


static int read_object(struct verdict *verdict, const json_t *object,
		       int64_t wall_us)
{
	const json_t *allow = json_object_get(object, "allow");
	const json_t *reason = json_object_get(object, "reason");
	int err;

	if (!json_is_boolean(allow))
		return -EBADMSG;

	if (json_is_true(allow)) {
		err = read_redirect(verdict, object);
		return err ? err : read_options(verdict, object, wall_us);
	}

	verdict->kind = VERDICT_DENY;
	if (json_is_string(reason))
		text_escape(verdict->text, sizeof(verdict->text),
			    text_of(reason));

	return 0;
}


int webhooks_answer_read(struct verdict *verdict, struct slice body,
			 int64_t wall_us)
{
	json_t *object;
	int err;

	*verdict = verdict_allow();
	object = json_loadb((const char *)body.p, body.len,
			    JSON_REJECT_DUPLICATES, NULL);
	err = json_is_object(object) ? read_object(verdict, object, wall_us)
				     : -EBADMSG;
	json_decref(object);

	return err;
}
