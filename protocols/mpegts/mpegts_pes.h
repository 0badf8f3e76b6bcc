/* Headers of packetized elementary streams, and the times in them
 * (ISO/IEC 13818-1 s2.4.3.6, s2.4.3.7).  Thread: any, pure. */
#ifndef MPEGTS_PES_H
#define MPEGTS_PES_H

#include "base/reader.h"

enum {
	MPEGTS_PES_HEADER_MAX = 19,  /* that we print */
	MPEGTS_PES_LEN_MAX = 0xffff, /* PES_packet_length has 16 bits */
};

/* stream_id, table 2-22. */
enum mpegts_stream_id {
	MPEGTS_PRIVATE_1 = 0xbd,     /* AC-3, Opus */
	MPEGTS_AUDIO_0 = 0xc0,
	MPEGTS_VIDEO_0 = 0xe0,
};

struct mpegts_pes {
	uint8_t stream_id;
	bool is_aligned;         /* an access unit begins here */
	bool has_pts;
	bool has_dts;            /* else it is the pts */
	uint64_t pts;            /* 33 bits, in 90 kHz */
	uint64_t dts;
	size_t payload_len;      /* bytes behind the header; 0: unbounded */
};

/* Read the header of a PES packet; extensions are skipped.
 * r: borrowed, at the start code prefix; left at the payload.
 * h: filled on success only; dts is the pts if there is none.
 * Returns 0; -EAGAIN (short; nothing has changed); -EBADMSG (no start code,
 * no such header, a length below the header's); -ENOTSUP (a stream_id
 * without these fields: padding and the like). */
int mpegts_pes_header_parse(struct reader *r, struct mpegts_pes *h);

/* Write a header.  buf: MPEGTS_PES_HEADER_MAX bytes.  h: payload_len may be
 * too long for its field: then it is unbounded, which only video may be.
 * Returns its length, 9 to MPEGTS_PES_HEADER_MAX. */
size_t mpegts_pes_header_print(uint8_t *buf, const struct mpegts_pes *h);

/* The time near `near_to` whose lower 33 bits are those of `time`; both in
 * 90 kHz. */
int64_t mpegts_time_near(int64_t near_to, uint64_t time);

#endif
