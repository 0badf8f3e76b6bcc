/* The known name that is nearest to a wrong one: "did you mean 'protocol'?".
 * Thread: any, pure. */
#ifndef CONFIG_NEAR_H
#define CONFIG_NEAR_H

#include <stddef.h>
#include "base/slice.h"

struct config_near {
	struct str want;
	const char *best;        /* NULL: nothing is near enough */
	size_t distance;         /* of `best`, in half edits */
};

/* Look for names near to `want`, which is borrowed. */
struct config_near config_near(struct str want);

/* Offer `name` (borrowed), which is taken as `best` if it is nearer. */
void config_near_try(struct config_near *near, const char *name);

#endif
