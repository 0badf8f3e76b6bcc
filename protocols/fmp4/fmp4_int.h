/* Writing boxes, and what stands inside of stsd. */
#ifndef FMP4_INT_H
#define FMP4_INT_H

#include "base/slice.h"

struct fmp4_track;
struct writer;

/* Start a box whose size is not known yet.  Returns where it starts, for
 * fmp4_box_close().  type: four letters. */
size_t fmp4_box_open(struct writer *w, const char *type);

/* The same with version and flags. */
size_t fmp4_full_box_open(struct writer *w, const char *type,
			  unsigned version, uint32_t flags);

/* All since fmp4_box_open() belongs to the box that starts `at`. */
void fmp4_box_close(struct writer *w, size_t at);

/* Replace four bytes that were written; nothing happens after an error. */
void fmp4_set_be32(struct writer *w, size_t at, uint32_t v);

void fmp4_put_zeros(struct writer *w, size_t n);

/* Write the track's sample entry with its configuration box; w->err becomes
 * -EBADMSG if the configuration cannot be read. */
void fmp4_entry_print(struct writer *w, const struct fmp4_track *t);

/* dac3 and dec3 (ETSI TS 102 366 Annex F.4, F.6), read from a frame. */
void fmp4_ac3_print(struct writer *w, struct slice frame);
void fmp4_eac3_print(struct writer *w, struct slice frame);

enum fmp4_mp3 {
	FMP4_MP3_MPEG2 = 0x69,   /* objectTypeIndication: up to 24 kHz */
	FMP4_MP3_MPEG1 = 0x6b,
};

/* ISO/IEC 14496-1 table 5. */
enum fmp4_mp3 fmp4_mp3_type(const struct fmp4_track *t);

#endif
