/* Reading a transport stream that comes in pieces of any size: the units of
 * the first program's elementary streams, each as one PES packet had it.
 * Memory grows with the bytes that came, up to a limit for each stream.
 * Thread: that of the owner. */
#ifndef MPEGTS_READER_H
#define MPEGTS_READER_H

#include "base/writer.h"
#include "mpegts/mpegts_packet.h"
#include "mpegts/mpegts_pes.h"
#include "mpegts/mpegts_psi.h"

struct mpegts_unit {
	uint16_t pid;
	uint8_t type;            /* enum mpegts_stream_type, or other */
	bool is_random_access;
	bool is_broken;          /* packets were lost in it */
	struct mpegts_pes header;
	struct slice payload;    /* borrowed until the next call */
};

/* What did not go as it should. */
struct mpegts_counts {
	uint64_t n_packets;
	uint64_t n_skipped;      /* bytes without a sync byte before them */
	uint64_t n_malformed;    /* packets, sections, PES headers */
	uint64_t n_lost;         /* times that a counter did not follow */
	uint64_t n_repeated;     /* packets that came twice (s2.4.3.3) */
	uint64_t n_scrambled;
	uint64_t n_too_long;     /* units above the limit, left out */
};

struct mpegts_input {
	uint16_t pid;
	uint8_t type;
	uint8_t counter;         /* of the last packet */
	bool has_counter;
	bool is_open;            /* `pes` began with a start */
	bool is_random_access;
	bool is_broken;
	struct writer pes;       /* owned: header and payload so far */
};

struct mpegts_reader {
	size_t unit_max;
	bool has_program;        /* a PAT has come; the first one in it: */
	uint16_t program;
	uint16_t pmt_pid;
	uint16_t pcr_pid;
	bool has_pcr;
	uint64_t pcr;            /* the last one, 27 MHz */
	uint32_t pmt_crc;        /* of the PMT in force; 0: none */
	struct mpegts_section pat;
	struct mpegts_section pmt;
	struct mpegts_counts counts;
	size_t n_inputs;
	struct mpegts_input inputs[MPEGTS_STREAMS_MAX];
	struct writer given;     /* owned: what was lent to the caller */
	size_t n_held;
	uint8_t held[MPEGTS_PACKET_LEN];  /* a packet not yet whole */
	int err;                 /* -ENOMEM, which ended it, or 0 */
};

/* Start.  unit_max: bytes of a PES packet, header included; longer ones are
 * left out and counted. */
void mpegts_reader_init(struct mpegts_reader *m, size_t unit_max);
void mpegts_reader_fini(struct mpegts_reader *m);

/* Eat bytes up to where a unit is whole: one that says its length at its
 * last byte, others where the next one of their stream starts.
 * r: borrowed; moved behind what was eaten: all, if no unit is whole.
 * unit: filled if one is.
 * Returns 1 (a unit), 0 (none yet) or -ENOMEM, which sticks. */
int mpegts_reader_next(struct mpegts_reader *m, struct reader *r,
		       struct mpegts_unit *unit);

/* The input has ended: what is left, a unit a call.  Returns 1, or 0. */
int mpegts_reader_flush(struct mpegts_reader *m, struct mpegts_unit *unit);

#endif
