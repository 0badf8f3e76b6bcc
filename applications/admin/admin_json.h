/* Bodies of requests: one flat JSON object, read into what the route knows.
 * Thread: any, pure. */
#ifndef ADMIN_JSON_H
#define ADMIN_JSON_H

#include "base/slice.h"

enum {
	ADMIN_BODY_MAX = 4096,   /* bytes */
	ADMIN_DEPTH_MAX = 8,     /* of what is in it, even if it is refused */
	ADMIN_TEXT_MAX = 256,    /* of one text, with its zero */
};

enum admin_field_type {
	ADMIN_BOOL,              /* bool */
	ADMIN_TEXT,              /* char[ADMIN_TEXT_MAX] */
};

struct admin_field {
	const char *name;        /* NULL: the end */
	enum admin_field_type type;
	bool is_required;
	bool is_nullable;        /* null is as if it was not there */
	void *value;             /* unchanged if it is not there */
	bool is_set;             /* it is there, and may be null */
};

/* Read `body`; *why: what is wrong, static.  Returns 0, or the status to
 * answer: 400 (no JSON object), 413 (too long or too deep), 422 (another key
 * or type, or one is missing). */
int admin_json_read(struct slice body, struct admin_field *fields,
		    const char **why);

#endif
