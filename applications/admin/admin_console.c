/* The console's files, and what browsers may do with them. */
#include "admin_console.h"
#include "admin_assets.h"
#include "httpd/http_exchange.h"

#define CONSOLE "/console/"

/* Content Security Policy: nothing inline, nothing of others, no page around
 * it.  Pictures come by WebSocket, and play from a URL of the page's own;
 * ws: and wss: are for browsers whose 'self' does not mean them. */
#define POLICY								\
	"default-src 'none'; script-src 'self'; style-src 'self'; "	\
	"img-src 'self'; connect-src 'self' ws: wss:; "			\
	"media-src 'self' blob:; base-uri 'none'; form-action 'none'; "	\
	"frame-ancestors 'none'"


/* "/console/main.js" is the file "console/main.js"; "/" is the page. */
static const struct admin_asset *find(struct str path)
{
	size_t len = strlen(CONSOLE);

	if (str_is(path, "/"))
		return admin_assets_find(str("console/index.html"));
	if (path.len < len || memcmp(path.p, CONSOLE, len))
		return NULL;

	return admin_assets_find(str_n(path.p + 1, path.len - 1));
}


bool admin_console_on_http(struct http_exchange *x)
{
	const struct admin_asset *asset = find(x->path);

	if (!asset)
		return false;
	if (!http_exchange_allows(x, "GET"))
		return true;

	http_exchange_answer(x, &(struct http_answer){
		.type = asset->type,
		.body = admin_asset_bytes(asset),
		.etag = str(asset->etag),
		.max_age_s = -1,
		.headers = {
			{ "Content-Security-Policy", str(POLICY) },
			{ "Referrer-Policy", str("no-referrer") },
			{ "Cross-Origin-Opener-Policy", str("same-origin") },
			{ "Cross-Origin-Resource-Policy", str("same-origin") },
		},
	});

	return true;
}
