/* What a URL says that was asked (docs/events.md): JSON (RFC 8259)
 *
 *	{ "allow": true, "redirect": "name", "options": { "maxSeconds": 60 } }
 *	{ "allow": false, "reason": "..." }
 */
#ifndef WEBHOOKS_ANSWER_H
#define WEBHOOKS_ANSWER_H

#include "host/application.h"

enum { WEBHOOKS_ANSWER_MAX = 16 * 1024 };

/* Read the answer `body` that came at `wall_us`.  0 and *verdict, or -EBADMSG:
 * it is no answer.  Thread: any. */
int webhooks_answer_read(struct verdict *verdict, struct slice body,
			 int64_t wall_us);

#endif
