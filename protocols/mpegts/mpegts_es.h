/* The neutral form of frames (core/media/frame.h) into what an elementary
 * stream in a transport stream holds: Annex B with delimiters and parameter
 * sets, ADTS, Opus behind its control header.  Thread: that of the owner. */
#ifndef MPEGTS_ES_H
#define MPEGTS_ES_H

#include "base/writer.h"
#include "codec/aac.h"
#include "media/frame.h"

enum {
	MPEGTS_SETS_MAX = 1 << 16,   /* bytes of parameter sets */
	MPEGTS_DESCRIPTORS_MAX = 10, /* bytes that we print */
};

struct mpegts_es {
	enum codec codec;
	bool is_configured;      /* as far as the codec needs it */
	unsigned nal_len_size;   /* AVC, HEVC */
	uint8_t n_channels;      /* Opus: channel_config_code */
	struct aac_config aac;
	struct writer sets;      /* owned: AVC, HEVC: Annex B */
};

/* Start; what needs no configuration is configured.  sound: as far as it is
 * known.  Returns 0, or -ENOTSUP (no form for transport streams). */
int mpegts_es_init(struct mpegts_es *es, enum codec codec,
		   const struct sound *sound);
void mpegts_es_fini(struct mpegts_es *es);

/* Take a configuration: a record of AVC or HEVC, an AudioSpecificConfig, an
 * OpusHead; other codecs have none, and take any.  config: borrowed.
 * Returns 0; -EBADMSG (malformed); -EMSGSIZE (above MPEGTS_SETS_MAX and
 * other limits); -ENOTSUP (ADTS or the Opus descriptor cannot say it);
 * -ENOMEM.  On an error the configuration before it remains in force. */
int mpegts_es_configure(struct mpegts_es *es, struct slice config);

/* Append one access unit to `w`.  A key frame gets the parameter sets, if it
 * has not one of each kind itself (its own follow, and hold); delimiters of
 * the source give way to ours.
 * frame: borrowed, of the stream's codec, coded.
 * Returns 0, -EPROTO (not configured yet), -EBADMSG (a NAL unit's length
 * goes beyond the frame), -EMSGSIZE (too long for ADTS), or w->err; `w` is
 * as it was on each error but the last. */
int mpegts_es_put(const struct mpegts_es *es, const struct frame *frame,
		  struct writer *w);

/* What the program map table says of it. */
uint8_t mpegts_es_type(const struct mpegts_es *es, const struct sound *sound);
uint8_t mpegts_es_stream_id(const struct mpegts_es *es);

/* Its descriptors.  buf: MPEGTS_DESCRIPTORS_MAX bytes.  Returns how many. */
size_t mpegts_es_descriptors(const struct mpegts_es *es, uint8_t *buf);

#endif
