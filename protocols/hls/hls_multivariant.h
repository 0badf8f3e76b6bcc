/* Multivariant playlists as text (draft-pantos-hls-rfc8216bis-22 s4.4.6).
 * Thread: any, pure. */
#ifndef HLS_MULTIVARIANT_H
#define HLS_MULTIVARIANT_H

#include "hls/hls_name.h"

struct writer;

/* EXT-X-MEDIA with TYPE=AUDIO: one rendition of a group.  Texts may be what
 * a peer said. */
struct hls_audio {
	struct str rendition;    /* its playlist; empty: within the variant */
	struct str group;        /* GROUP-ID */
	struct str name;         /* for people, required */
	struct str language;     /* RFC 5646, or empty */
	unsigned n_channels;     /* 0: not said */
	bool is_default;
	bool is_autoselect;      /* a default one always is */
};

/* EXT-X-STREAM-INF */
struct hls_variant {
	struct str rendition;    /* its playlist */
	struct str codecs;       /* RFC 6381, with commas between; or empty */
	struct str audio;        /* the group it goes with, or empty */
	uint64_t peak_bps;       /* BANDWIDTH: with its audio group's */
	uint64_t average_bps;    /* 0: not said */
	unsigned width, height;  /* 0: no video, or unknown */
	unsigned frames_per_ks;  /* frames in 1000 s: 29970; 0: unknown */
};

struct hls_multivariant {
	const struct hls_variant *variants;      /* the best first choice
						  * stands first */
	size_t n_variants;
	const struct hls_audio *audio;
	size_t n_audio;
	struct str query;        /* hls_query_print: for all it lists */
	bool is_independent;     /* all segments begin with a key frame */
};

/* Print the playlist.  Appended to `w`, whose error sticks: -ENOMEM or
 * -EMSGSIZE. */
void hls_multivariant_print(struct writer *w,
			    const struct hls_multivariant *p);

#endif
