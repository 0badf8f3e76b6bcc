/* A transport stream of one program: frames of several tracks in, packets
 * with their tables and clock out (ISO/IEC 13818-1).  Nothing is allocated
 * for a packet; what a track gathers lies in a buffer that it keeps.
 * Thread: that of the owner. */
#ifndef MPEGTS_WRITER_H
#define MPEGTS_WRITER_H

#include "mpegts/mpegts_es.h"

enum {
	MPEGTS_TRACKS_MAX = 16,
	MPEGTS_UNIT_MAX = 1 << 24,   /* bytes of one PES packet */
	MPEGTS_LEAD = 45000,         /* 90 kHz: 0.5 s; see below */
	MPEGTS_TABLES_PERIOD = 45000,/* tables at least as often */
	MPEGTS_PCR_PERIOD = 7200,    /* 80 ms; s2.7.2 says 100 ms */
	MPEGTS_PID_PMT = 0x1000,
	MPEGTS_PID_TRACK = 0x100,    /* of the first track */
};

struct mpegts_track_conf {
	enum codec codec;
	struct sound sound;          /* as far as it is known */
	char language[4];            /* ISO 639-2, "eng"; empty: not said */
	uint32_t pack;               /* 90 kHz: gather audio frames for so
				      * long; 0: each has its PES packet */
};

struct mpegts_track {
	struct mpegts_track_conf conf;
	struct mpegts_es es;
	uint16_t pid;
	uint8_t counter;             /* of the next packet with payload */
	bool is_key;                 /* the unit in `pes` */
	bool is_discontinuity;       /* the counter may not follow */
	int64_t dts;                 /* 90 kHz, of the unit in `pes` */
	int64_t pts;
	struct writer pes;           /* owned: room for a header, and units */
};

struct mpegts_writer {
	uint32_t lead;               /* 90 kHz */
	uint8_t version;             /* of the PMT */
	uint8_t pat_counter;
	uint8_t pmt_counter;
	bool is_told;                /* the PMT in force was written */
	bool is_fresh;               /* nothing came after the tables */
	bool has_pcr;                /* one was written */
	bool is_discontinuity;       /* the next one jumps */
	int64_t tables_dts;          /* when the tables were written */
	int64_t pcr;                 /* the last one, in 90 kHz */
	size_t pcr_track;            /* whose packets carry it */
	struct writer section;       /* owned: scratch */
	size_t n_tracks;
	struct mpegts_track tracks[MPEGTS_TRACKS_MAX];
};

/* Start.  lead: 90 kHz; a decoder is told that a frame is decoded so long
 * after its bytes came.  The clock (PCR) shows the frames' dts, and what is
 * written as PTS and DTS is so much later, so that neither begins below 0.
 * It must exceed how much tracks lag behind each other, `pack` included. */
void mpegts_writer_init(struct mpegts_writer *m, uint32_t lead);
void mpegts_writer_fini(struct mpegts_writer *m);

/* Add a track, also later: then the tables change, which not every player
 * likes; so wait for all tracks that will come.  conf: borrowed.
 * Returns its index, -ENOTSUP (the codec has no form here) or -EMSGSIZE
 * (MPEGTS_TRACKS_MAX). */
int mpegts_writer_add(struct mpegts_writer *m,
		      const struct mpegts_track_conf *conf);

/* Track `i` goes on with what `conf` says, another codec: what it gathered
 * is written, the tables change, and a configuration has to come.  Its codec
 * is of the same kind, picture or sound.
 * Returns 0, w->err, or as above; then the track is as it was. */
int mpegts_writer_change(struct mpegts_writer *m, size_t i,
			 const struct mpegts_track_conf *conf,
			 struct writer *w);

/* Write a frame of track `i`.  A FRAME_CONFIG configures the track, FRAME_END
 * ends what it gathered.  The tables come before key frames of the track with
 * the clock, before its first frame, and after MPEGTS_TABLES_PERIOD.
 * frame: borrowed; pts and dts at clock_hz.  w: borrowed; whole packets are
 * appended, its error sticks.
 * Returns 0 (an empty one, too); -ENOTSUP (FRAME_OPAQUE, or a configuration
 * as mpegts_es_configure says); -EPROTO (no configuration yet); -EBADMSG
 * (malformed); -EMSGSIZE (too long); -ENOMEM; w->err.  The frame is left out
 * then; what others gathered may have been written all the same. */
int mpegts_writer_frame(struct mpegts_writer *m, size_t i,
			const struct frame *frame, struct writer *w);

/* Write what tracks have gathered: at the end of a segment or of all.  Here
 * and below: returns w->err, or -ENOMEM, which sticks to it. */
int mpegts_writer_flush(struct mpegts_writer *m, struct writer *w);

/* Write the tables now: at the start of a segment.  A frame that comes next
 * does not repeat them. */
int mpegts_writer_tables(struct mpegts_writer *m, struct writer *w);

/* The dts jump with the next frame, or a reader may not have seen what came
 * before: write what tracks have gathered; the next clock and the next
 * packet of each track say so (s2.4.3.5).  NOTE: without this the clock
 * stands still after a step back. */
int mpegts_writer_jump(struct mpegts_writer *m, struct writer *w);

#endif
