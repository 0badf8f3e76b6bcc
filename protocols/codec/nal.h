/* NAL units of H.264 and HEVC in their length-prefixed form, as in MP4, FLV
 * and RTMP (ISO/IEC 14496-15 s4.3, s5.3, s8.3).  Thread: any, pure. */
#ifndef NAL_H
#define NAL_H

#include "base/error.h"
#include "base/slice.h"

/* nal_unit_type, H.264 table 7-1. */
enum nal_avc_type {
	NAL_AVC_SLICE = 1,
	NAL_AVC_IDR = 5,
	NAL_AVC_SEI = 6,
	NAL_AVC_SPS = 7,
	NAL_AVC_PPS = 8,
	NAL_AVC_AUD = 9,
	NAL_AVC_FILLER = 12,
	NAL_AVC_SPS_EXT = 13,
};

/* nal_unit_type, HEVC table 7-1; 16 to 23 are random access points. */
enum nal_hevc_type {
	NAL_HEVC_BLA_W_LP = 16,
	NAL_HEVC_IDR_W_RADL = 19,
	NAL_HEVC_IDR_N_LP = 20,
	NAL_HEVC_CRA = 21,
	NAL_HEVC_IRAP_LAST = 23,
	NAL_HEVC_VPS = 32,
	NAL_HEVC_SPS = 33,
	NAL_HEVC_PPS = 34,
	NAL_HEVC_AUD = 35,
	NAL_HEVC_FILLER = 38,
	NAL_HEVC_SEI_PREFIX = 39,
	NAL_HEVC_SEI_SUFFIX = 40,
};

/* Take the next NAL unit off the front of *frame.  Empty units, which
 * encoders do send, are skipped.
 * frame: borrowed; moved behind the unit on success, else as it was.
 * len_size: bytes of each length, 1 to 4, as the configuration record says.
 * nal: filled on success: at least one byte, borrowed.
 * Returns 0, -ENOENT (the frame is at its end) or -EBADMSG (a length beyond
 * the frame). */
int nal_next(struct slice *frame, unsigned len_size, struct slice *nal);

/* The type of a unit, which has at least one byte (HEVC's header has two,
 * its type lies in the first). */
enum nal_avc_type nal_avc_type(struct slice nal);
enum nal_hevc_type nal_hevc_type(struct slice nal);

/* Whether a decoder can start at the frame that holds this unit: IDR, and
 * with HEVC any IRAP. */
bool nal_avc_is_key(struct slice nal);
bool nal_hevc_is_key(struct slice nal);

#endif
