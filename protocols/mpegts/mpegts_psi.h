/* The tables that say what is in a transport stream: sections, the program
 * association table and the program map table (ISO/IEC 13818-1 s2.4.4).
 * Thread: any, pure. */
#ifndef MPEGTS_PSI_H
#define MPEGTS_PSI_H

#include "base/error.h"
#include "base/slice.h"

struct writer;

enum {
	MPEGTS_SECTION_MAX = 1024,   /* bytes, header and CRC included */
	MPEGTS_PROGRAMS_MAX = 253,   /* what a PAT of one section can hold */
	MPEGTS_STREAMS_MAX = 32,     /* in a PMT; more is -EMSGSIZE */
};

/* stream_type, table 2-34, and what ATSC A/53 and A/52 add to it. */
enum mpegts_stream_type {
	MPEGTS_MPEG1_AUDIO = 0x03,
	MPEGTS_MPEG2_AUDIO = 0x04,   /* the lower rates of MP3 */
	MPEGTS_PRIVATE = 0x06,       /* a descriptor says what: Opus */
	MPEGTS_ADTS = 0x0f,
	MPEGTS_AVC = 0x1b,
	MPEGTS_HEVC = 0x24,
	MPEGTS_AC3 = 0x81,
	MPEGTS_EAC3 = 0x87,
};

/* descriptor_tag, table 2-45. */
enum mpegts_descriptor {
	MPEGTS_REGISTRATION = 0x05,
	MPEGTS_LANGUAGE = 0x0a,
	MPEGTS_EXTENSION = 0x7f,     /* DVB's: ETSI EN 300 468 s6.4 */
};

struct mpegts_pat {
	uint16_t transport_stream_id;
	uint8_t version;             /* 5 bits */
	bool is_current;             /* else it will be the next one */
	size_t n_programs;
	struct mpegts_program {
		uint16_t number;     /* 0: the network's PID */
		uint16_t pid;        /* of its PMT */
	} programs[MPEGTS_PROGRAMS_MAX];
};

struct mpegts_stream {
	uint8_t type;                /* enum mpegts_stream_type, or other */
	uint16_t pid;
	struct slice descriptors;    /* borrowed */
};

struct mpegts_pmt {
	uint16_t program;
	uint8_t version;             /* 5 bits */
	bool is_current;
	uint16_t pcr_pid;
	size_t n_streams;
	struct mpegts_stream streams[MPEGTS_STREAMS_MAX];
};

/* The CRC of sections, Annex A: 0 over a whole one. */
uint32_t mpegts_crc32(struct slice s);

/* Read a whole section.  section: borrowed.  The result is filled on success
 * only; slices of it are borrowed from `section`.
 * Returns 0, -EBADMSG (another table, a wrong length or CRC), -ENOTSUP (a
 * table of several sections) or -EMSGSIZE (more than MPEGTS_STREAMS_MAX). */
int mpegts_pat_parse(struct slice section, struct mpegts_pat *pat);
int mpegts_pmt_parse(struct slice section, struct mpegts_pmt *pmt);

/* Write a whole section.  w: borrowed; its error sticks, and is -EMSGSIZE if
 * the section would be longer than MPEGTS_SECTION_MAX. */
void mpegts_pat_print(struct writer *w, const struct mpegts_pat *pat);
void mpegts_pmt_print(struct writer *w, const struct mpegts_pmt *pmt);

/* The first descriptor of a tag: its content, borrowed; empty if there is
 * none. */
struct slice mpegts_descriptor_find(struct slice descriptors, unsigned tag);

/* -- sections out of packets -- */

/* Zeroed, it waits for the start of one. */
struct mpegts_section {
	bool is_open;                /* between a start and a loss */
	bool is_given;               /* `data` was lent to the caller */
	size_t len;
	uint8_t data[MPEGTS_SECTION_MAX];
};

/* Take the next whole section out of a packet's payload, which may end one,
 * hold several, and begin one (s2.4.4.1).  Call it until it says -EAGAIN.
 * payload: borrowed; moved behind what was eaten.  is_start: the packet's
 * payload_unit_start_indicator, true before its first call; cleared here.
 * section: borrowed from `s` until the next call.
 * Returns 0, -EAGAIN (all is eaten) or -EBADMSG (what cannot be one; the
 * rest of the payload is eaten, the next start is waited for). */
int mpegts_section_next(struct mpegts_section *s, struct slice *payload,
			bool *is_start, struct slice *section);

#endif
