/* A stream, a packager, and the messages that it made so far. */
#ifndef PACK_TEST_H
#define PACK_TEST_H

#include "media/packager.h"

struct fake;
struct stream;

enum { PACK_TEST_MAX = 1024 };

struct pack_test {
	struct fake *fake;
	struct loop loop;
	struct stream *stream;
	struct stream_log *log;  /* a reference */
	int err;                 /* of the viewer; 0 while it waits */
	int64_t cts;             /* pts - dts of the pictures, ms */
	uint8_t n_frames;        /* in all, the last byte of each payload */
	size_t n_entries;
	struct log_entry entries[PACK_TEST_MAX];
	struct slice messages[PACK_TEST_MAX];
};

/* A stream without media, watched from now on; NULL: by nobody.  Here and
 * below: 0 or -ENOMEM. */
int pack_test_init(struct pack_test *t, const struct packager *packager);
void pack_test_fini(struct pack_test *t);

/* Somebody watches from now on. */
int pack_test_open(struct pack_test *t, const struct packager *packager);

/* Push the codec's configuration, at time 0; or a frame. */
int pack_test_config(struct pack_test *t, enum media_kind kind,
		     enum codec codec);
int pack_test_frame(struct pack_test *t, enum media_kind kind,
		    enum codec codec, int64_t ms, unsigned flags);

/* End the stream. */
void pack_test_flush(struct pack_test *t);

/* Does each epoch begin with its configuration? */
bool pack_test_epochs_are_told(const struct pack_test *t);

#endif
