/* The files that the module holds: those of its folder that are no code (the
 * console, the description of the API), and the library that draws charts.
 * The Makefile embeds them, see tools/embed/run. */
#ifndef ADMIN_ASSETS_H
#define ADMIN_ASSETS_H

#include "base/slice.h"

/* All static. */
struct admin_asset {
	const char *name;        /* its path in the module's folder */
	const char *type;        /* media type */
	const char *etag;        /* strong, with its quotes */
	const uint8_t *begin;
	const uint8_t *end;
};

/* The file of that name: "openapi.json", "console/index.html".  NULL: there is
 * none, as for console/chart.min.js where the build did not find it.
 * Thread: any, pure. */
const struct admin_asset *admin_assets_find(struct str name);

static inline struct slice admin_asset_bytes(const struct admin_asset *asset)
{
	return slice(asset->begin, (size_t)(asset->end - asset->begin));
}

#endif
