/* What is published: H.264 and AAC in FLV bodies, made up or from a clip,
 * each frame with a stamp that lets the far end verify order, time and
 * content.
 *
 * The stamp is where a decoder skips it: in an SEI message (H.264 s7.3.2.3,
 * user data unregistered) in front of the coded slice, in a data stream
 * element (ISO 14496-3 s4.4.2.2) in front of the audio.  It has no zero byte,
 * so it needs no emulation prevention, and a clip stays playable.  What
 * follows it is the clip's frame, or a stretch of one fixed random pattern,
 * as the stamp's numbers say. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MEDIA_FRAME_MAX = 512 * 1024,
	MEDIA_VIDEO_HEAD = 68,   /* tag and stamp */
	MEDIA_AUDIO_HEAD = 43,
	MEDIA_VIDEO_MIN = MEDIA_VIDEO_HEAD + 5,
	MEDIA_AUDIO_HZ = 48000,
	MEDIA_AUDIO_SAMPLES = 1024,      /* of one AAC frame */
	MEDIA_AUDIO_LEN = 2 + 341,       /* 128 kb/s */
};

struct stamp {
	uint32_t publisher;
	uint32_t n_video;        /* frames of each kind published before */
	uint32_t n_audio;
	uint32_t media_ms;       /* the RTMP timestamp it was sent with */
	uint32_t len;            /* of the whole frame */
	int64_t sent_us;         /* CLOCK_MONOTONIC */
	bool is_video;
	bool is_key;
};

struct clip;

/* What all streams publish. */
struct media;

/* clip: borrowed until media_free; NULL for made-up media.  Returns NULL if
 * there is no memory. */
struct media *media_new(const struct clip *clip);
void media_free(struct media *media);

/* Describe the next frame of a clip, after s->n_video and s->n_audio: its
 * kind, length and media_ms. */
void media_next(const struct media *media, struct stamp *s);

/* Write the frame of s->len bytes (made up: MEDIA_VIDEO_MIN or
 * MEDIA_AUDIO_HEAD at least, at most MEDIA_FRAME_MAX) that `s` describes. */
void media_write(const struct media *media, const struct stamp *s, uint8_t *p);

/* Read the stamp from the first bytes of a frame of `len` bytes, of which
 * `head_len` are there.  Returns 0, -EAGAIN (more bytes needed), -EBADMSG. */
int media_read(struct stamp *s, bool is_video, const uint8_t *head,
	       size_t head_len, size_t len);

/* True if the bytes `p` are what stands at `offset` in the frame of `s`.
 * Bytes of the head are not looked at; without `is_thorough`, only both ends
 * of the run are, which finds a run in the wrong place. */
bool media_check(const struct media *media, const struct stamp *s,
		 size_t offset, const uint8_t *p, size_t len,
		 bool is_thorough);

/* The sequence headers: the clip's (NULL if it has no audio), or made up: an
 * AVCDecoderConfigurationRecord of a 640x360 High stream, and an
 * AudioSpecificConfig of AAC-LC, 48 kHz, stereo. */
const uint8_t *media_video_config(const struct media *media, size_t *len);
const uint8_t *media_audio_config(const struct media *media, size_t *len);

#endif
