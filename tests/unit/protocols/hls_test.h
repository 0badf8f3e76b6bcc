/* Streams for the HLS tests: frames of VP9 or H.264 and AAC, each of which
 * carries its number. */
#ifndef HLS_TEST_H
#define HLS_TEST_H

#include "hls/hls_mux.h"
#include "test.h"

enum { HLS_TEST_PIECES = 400 };

/* What a muxer gave. */
struct hls_test_piece {
	struct hls_piece piece;  /* bytes and tracks: a reference each */
};

struct hls_test {
	struct hls_mux *mux;
	struct hls_test_piece pieces[HLS_TEST_PIECES];
	size_t n;
	enum codec video;        /* CODEC_VP9, unless it is set */
	int64_t wall_us;         /* when the frame at 0 came */
};

int hls_test_init(struct hls_test *t, const struct hls_mux_conf *conf);
void hls_test_fini(struct hls_test *t);

/* Push a configuration; `variant` makes another one of it. */
int hls_test_config(struct hls_test *t, enum media_kind kind,
		    unsigned variant);

/* Push a frame at so many milliseconds. */
int hls_test_frame(struct hls_test *t, enum media_kind kind, int64_t ms,
		   bool is_key);

/* Push `n` pictures from from_ms on, `fps` a second with rounded times, each
 * gop-th of them a key frame; and sound beside them. */
int hls_test_clip(struct hls_test *t, int64_t from_ms, unsigned fps,
		  unsigned gop, unsigned n, bool has_sound);

#endif
