/* What the folder of a stream holds, by name (`/<app>/<stream>/<name>`):
 *
 *	index.m3u8                   the multivariant playlist
 *	video.m3u8                   the media playlist of a rendition
 *	video-1f2e3d4c-0.mp4         an initialization section
 *	video-1f2e3d4c-1234.m4s      a segment (.ts: of MPEG-TS)
 *	video-1f2e3d4c-p5678.m4s     a part of one
 *
 * The eight digits tell one life of a stream from the next, so that a cache
 * never takes the segment 1234 of yesterday for that of today.  Parts are
 * numbered through a life, not within their segment: so the name of the next
 * one is known (EXT-X-PRELOAD-HINT) before anybody knows whether a segment
 * ends in between.  Each thing has one name and no other, and none of them
 * leaves the folder.
 * Thread: any, pure. */
#ifndef HLS_NAME_H
#define HLS_NAME_H

#include "base/error.h"
#include "base/slice.h"

enum {
	HLS_RENDITION_MAX = 32,          /* letters of a rendition's name */
	HLS_NAME_MAX = 96,               /* room for a name, with its zero */
};

enum hls_kind {
	HLS_MULTIVARIANT,
	HLS_PLAYLIST,
	HLS_INIT,                /* fragmented MP4 only */
	HLS_SEGMENT,
	HLS_PART,
};

enum hls_format {
	HLS_TS,
	HLS_FMP4,
};

/* Those fields count that the kind's name has; the others are 0. */
struct hls_name {
	enum hls_kind kind;
	enum hls_format format;          /* of segments and parts */
	struct str rendition;            /* borrowed; a-z, 0-9, never "index" */
	uint32_t life;
	uint64_t number;                 /* of the section or part; Media
					  * Sequence Number of the segment */
};

/* The media type to send it with, static. */
const char *hls_content_type(const struct hls_name *name);

/* May a rendition be called so: 1..HLS_RENDITION_MAX of a-z, 0-9, and not
 * "index"? */
bool hls_rendition_is_legal(struct str rendition);

/* Take apart the last segment of a path, percent-decoded.
 * Returns 0 and *name, borrowed from `s`, or -ENOENT: none of ours. */
int hls_name_parse(struct str s, struct hls_name *name);

/* Print what hls_name_parse takes.
 * out: HLS_NAME_MAX bytes, zero-terminated.  name->rendition is legal.
 * Returns the length. */
size_t hls_name_print(char *out, const struct hls_name *name);

#endif
