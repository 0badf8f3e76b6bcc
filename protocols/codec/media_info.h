/* What is told of a track to people, playlists and players, whatever its
 * codec: size, rate, profile, the codecs parameter.  Thread: any, pure. */
#ifndef MEDIA_INFO_H
#define MEDIA_INFO_H

#include "media/frame.h"

enum {
	MEDIA_INFO_TEXT_MAX = 48, /* with the zero at its end */
};

/* What is not known is 0, or empty. */
struct media_info {
	char codecs[MEDIA_INFO_TEXT_MAX];  /* RFC 6381: "avc1.64001f" */
	const char *profile;     /* "High", "Main 10", "HE-AAC"; static */
	char level[8];           /* "3.1" */

	/* Video. */
	uint32_t width;          /* pixels, cropped */
	uint32_t height;
	uint32_t rate_num;       /* frames per second, as it is announced */
	uint32_t rate_den;
	uint8_t bit_depth;

	/* Audio. */
	uint32_t rate_hz;        /* that a decoder puts out */
	uint8_t n_channels;
};

/* Find out what a track is.  A configuration that makes no sense leaves
 * unknown what it would have said.
 * sound: as its container said it; borrowed, may be NULL.
 * config: the track's configuration, or empty; borrowed.
 * key: a key frame (VP8 and VP9 say their size there), or a frame of sound
 * (AC-3, E-AC-3), or empty; borrowed. */
API void media_info_read(struct media_info *info, enum codec codec,
			 const struct sound *sound, struct slice config,
			 struct slice key);

#endif
