/* What both kinds of playlists print. */
#ifndef HLS_INT_H
#define HLS_INT_H

#include "hls/hls_name.h"

struct writer;

/* Seconds with 3 to 6 decimals, as many as it takes. */
void put_hls_seconds(struct writer *w, int64_t us);

/* A name, and the query for who fetches it. */
void put_hls_uri(struct writer *w, const struct hls_name *name,
		 struct str query);

/* ,KEY="text", where quotes and controls, which a peer may have put there,
 * become "_" (s4.2).  Nothing for the empty text. */
void put_hls_quoted(struct writer *w, const char *key, struct str s);

#endif
