/* The known name that is nearest to a wrong one. */
#include "host/config_near.h"
#include <ctype.h>
#include <stdint.h>
#include "base/text.h"


enum { PREFIX_MIN = 3 };


static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}


static bool is_prefix(struct str a, struct str b)
{
	if (a.len < PREFIX_MIN || a.len > b.len)
		return false;

	for (size_t i = 0; i < a.len; i++)
		if (!is_same(a.p[i], b.p[i]))
			return false;

	return true;
}


struct config_near config_near(struct str want)
{
	struct config_near near = { want, NULL, SIZE_MAX };

	return near;
}


void config_near_try(struct config_near *near, const char *name)
{
	struct str want = near->want, s = str(name);
	size_t d = text_distance(want, s);

	if (d == SIZE_MAX)
		return;

	/* In half edits: an abbreviation is nearer than any mistake. */
	d *= 2;
	if (d > 1 && (is_prefix(want, s) || is_prefix(s, want)))
		d = 1;
	if (d > 2 * ((want.len + 1) / 3) || d >= near->distance)
		return;

	near->best = name;
	near->distance = d;
}
