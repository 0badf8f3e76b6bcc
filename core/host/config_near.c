/* The known name that is nearest to a wrong one. */
#include "host/config_near.h"
#include <ctype.h>
#include <stdint.h>


enum { NAME_MAX_LEN = 64, PREFIX_MIN = 3 };


static bool is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}


static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}


/* Insertions, deletions, replacements, and swaps of two neighbours, each
 * costs one; the case of letters costs nothing (Damerau's distance, in its
 * restricted form). */
static size_t distance(struct str a, struct str b)
{
	size_t row[3][NAME_MAX_LEN + 1];
	size_t *old = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;

	for (size_t i = 1; i <= a.len; i++) {
		size_t *spare = old;

		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = is_same(a.p[i - 1], b.p[j - 1]);

			now[j] = min(last[j - 1] + !same,
				     1 + min(last[j], now[j - 1]));
			if (i > 1 && j > 1 && !same &&
			    is_same(a.p[i - 1], b.p[j - 2]) &&
			    is_same(a.p[i - 2], b.p[j - 1]))
				now[j] = min(now[j], old[j - 2] + 1);
		}
		old = last;
		last = now;
		now = spare;
	}

	return last[b.len];
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
	size_t d;

	if (want.len > NAME_MAX_LEN || s.len > NAME_MAX_LEN)
		return;

	/* In half edits: an abbreviation is nearer than any mistake. */
	d = 2 * distance(want, s);
	if (d > 1 && (is_prefix(want, s) || is_prefix(s, want)))
		d = 1;
	if (d > 2 * ((want.len + 1) / 3) || d >= near->distance)
		return;

	near->best = name;
	near->distance = d;
}
