/* An FLV file of H.264 and AAC, as something to publish again and again
 * (Video File Format 10.1 annex E). */
#ifndef CLIP_H
#define CLIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clip_frame {
	const uint8_t *p;        /* body of the tag: borrowed of the clip */
	uint32_t len;
	uint32_t ms;
	bool is_video;
	bool is_key;
};

/* A body that is sent once, in front of all frames. */
struct clip_config {
	const uint8_t *p;        /* NULL if the file has none */
	uint32_t len;
};

struct clip {
	uint8_t *bytes;          /* owned: the file */
	struct clip_frame *frames;       /* owned, as in the file */
	size_t n_frames;
	const struct clip_frame **video; /* owned: the frames of each kind */
	const struct clip_frame **audio;
	uint32_t n_video;
	uint32_t n_audio;
	uint32_t duration_ms;    /* from one start to the next */
	struct clip_config metadata;
	struct clip_config video_config;
	struct clip_config audio_config;
};

/* Read the file.  Returns 0, or -EBADMSG (no FLV), -ENOTSUP (other codecs,
 * or no video), -EMSGSIZE (a frame above MEDIA_FRAME_MAX), -ENOMEM, or what
 * opening it gave. */
int clip_open(struct clip *clip, const char *path);
void clip_close(struct clip *clip);

#endif
