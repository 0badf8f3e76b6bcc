/* AAC: AudioSpecificConfig (ISO/IEC 14496-3 s1.6.2.1), which is the sequence
 * header of FLV and RTMP, and ADTS headers (s1.A.2.2), as in MPEG-TS. */
#ifndef AAC_H
#define AAC_H

#include "base/reader.h"

enum {
	AAC_CONFIG_MAX = 16,     /* bytes that we print */
	ADTS_HEADER_LEN = 7,     /* without CRC */
	ADTS_FRAME_MAX = 8191,   /* 13 bits, header included */
};

/* audioObjectType, table 1.17; others are passed on. */
enum aac_object_type {
	AAC_MAIN = 1,
	AAC_LC = 2,
	AAC_SSR = 3,
	AAC_LTP = 4,
	AAC_SBR = 5,
	AAC_ER_BSAC = 22,
	AAC_PS = 29,
	AAC_USAC = 42,
};

struct aac_config {
	uint8_t object_type;     /* of the core: 2 for HE-AAC */
	uint32_t core_hz;        /* rate of the core */
	uint32_t rate_hz;        /* that a decoder puts out: twice, if SBR */
	uint8_t channel_config;  /* 0: a program config element says it */
	uint8_t n_channels;      /* that a decoder puts out; 0 if unknown */
	bool has_sbr;            /* said so; it may also come unsaid */
	bool has_ps;
	unsigned frame_len;      /* samples at core_hz: 1024 or 960 */
};

struct adts_header {
	uint8_t object_type;     /* 1 to 4 */
	uint32_t rate_hz;
	uint8_t channel_config;
	unsigned header_len;     /* bytes: 7, or 9 with a CRC */
	unsigned frame_len;      /* bytes, header included */
	unsigned n_blocks;       /* raw data blocks, 1 to 4 */
};

/* Read an AudioSpecificConfig.  SBR and PS are found in the hierarchical and
 * in the backward compatible form.  Thread: any, pure.
 * config: borrowed.  c: filled on success only.
 * Returns 0, or -EBADMSG (cut, a reserved rate). */
int aac_config_parse(struct slice config, struct aac_config *c);

/* Write one, SBR and PS in the backward compatible form.  Thread: any, pure.
 * buf: AAC_CONFIG_MAX bytes.  c: object_type, core_hz, channel_config,
 * has_sbr, has_ps, rate_hz (if SBR), frame_len are looked at.
 * Returns its length, or -ENOTSUP (channel_config 0, object types other than
 * 1 to 4). */
int aac_config_print(uint8_t *buf, const struct aac_config *c);

/* Read the header of an ADTS frame.  Thread: any, pure.
 * r: borrowed; left at the raw data.  h: filled on success only.
 * Returns 0; -EAGAIN (short; nothing has changed); -EBADMSG (no syncword, a
 * reserved rate, a frame shorter than its header). */
int adts_header_parse(struct reader *r, struct adts_header *h);

/* Write the header of a frame with one raw data block and no CRC.
 * Thread: any, pure.  buf: ADTS_HEADER_LEN bytes.  c: the stream's
 * configuration.  raw_len: bytes of the raw data block.
 * Returns 0, -ENOTSUP (an object type, a rate or channels that ADTS cannot
 * say) or -EMSGSIZE (too long). */
int adts_header_print(uint8_t *buf, const struct aac_config *c,
		      size_t raw_len);

/* What an ADTS stream's AudioSpecificConfig would say. */
void adts_config(const struct adts_header *h, struct aac_config *c);

#endif
