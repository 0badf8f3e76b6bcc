/* PES headers (ISO/IEC 13818-1 s2.4.3.6). */
#include "mpegts/mpegts_pes.h"


enum {
	START_LEN = 6,           /* prefix, stream_id, length */
	FLAGS_LEN = 3,           /* and PES_header_data_length */
	TIME_LEN = 5,
	TIME_BITS = 33,

	MARK = 0x80,             /* '10', not scrambled */
	MARK_MASK = 0xc0,
	IS_ALIGNED = 0x04,
	HAS_PTS = 0x80,
	HAS_DTS = 0x40,

	ONLY_PTS = 2,            /* the four bits before a time */
	PTS_OF_TWO = 3,
	DTS_OF_TWO = 1,
};


/* 4 bits, 3 bits of the time, 1, 15 bits, 1, 15 bits, 1. */
static uint64_t get_time(struct reader *r)
{
	uint64_t v = (uint64_t)(get_u8(r) >> 1 & 7) << 30;

	v |= (uint64_t)(get_be16(r) >> 1) << 15;
	v |= get_be16(r) >> 1;

	return v;
}


static uint8_t *time_print(uint8_t *at, unsigned prefix, uint64_t time)
{
	*at++ = (uint8_t)(prefix << 4 | (time >> 30 & 7) << 1 | 1);
	*at++ = (uint8_t)(time >> 22);
	*at++ = (uint8_t)(time >> 14 | 1);
	*at++ = (uint8_t)(time >> 7);
	*at++ = (uint8_t)(time << 1 | 1);

	return at;
}


/* Those of table 2-21 whose packets have no header of this kind. */
static bool is_plain(unsigned stream_id)
{
	switch (stream_id) {

	case 0xbc:               /* program_stream_map */
	case 0xbe:               /* padding_stream */
	case 0xbf:               /* private_stream_2 */
	case 0xf0:               /* ECM */
	case 0xf1:               /* EMM */
	case 0xf2:               /* DSM-CC */
	case 0xf8:               /* ITU-T H.222.1 type E */
	case 0xff:               /* program_stream_directory */
		return true;

	default:
		return false;
	}
}


/* PES_header_data_length bytes: the times come first. */
static int times_parse(struct slice data, unsigned flags,
		       struct mpegts_pes *h)
{
	struct reader r = reader(data);

	h->has_pts = flags & HAS_PTS;
	h->has_dts = h->has_pts && (flags & HAS_DTS);
	if (h->has_pts)
		h->dts = h->pts = get_time(&r);
	if (h->has_dts)
		h->dts = get_time(&r);

	return r.err ? -EBADMSG : 0;
}


int mpegts_pes_header_parse(struct reader *r, struct mpegts_pes *h)
{
	struct reader at = *r;
	struct mpegts_pes out = { .is_aligned = false };
	uint32_t prefix = get_be24(&at);
	uint8_t mark, flags;
	struct slice data;
	size_t len;

	out.stream_id = get_u8(&at);
	len = get_be16(&at);
	if (at.err)
		return -EAGAIN;
	if (prefix != 1)
		return -EBADMSG;
	if (is_plain(out.stream_id))
		return -ENOTSUP;

	mark = get_u8(&at);
	flags = get_u8(&at);
	data = get_bytes(&at, get_u8(&at));
	if (at.err)
		return -EAGAIN;
	if ((mark & MARK_MASK) != MARK || times_parse(data, flags, &out))
		return -EBADMSG;
	if (len && len < FLAGS_LEN + data.len)
		return -EBADMSG;

	out.is_aligned = mark & IS_ALIGNED;
	out.payload_len = len ? len - FLAGS_LEN - data.len : 0;
	*h = out;
	*r = at;

	return 0;
}


size_t mpegts_pes_header_print(uint8_t *buf, const struct mpegts_pes *h)
{
	size_t n_times = h->has_pts ? 1u + h->has_dts : 0;
	size_t len = FLAGS_LEN + n_times * TIME_LEN + h->payload_len;
	uint8_t *at = buf + START_LEN + FLAGS_LEN;

	if (len > MPEGTS_PES_LEN_MAX)
		len = 0;

	memcpy(buf, (const uint8_t[]) { 0, 0, 1, h->stream_id }, 4);
	buf[4] = (uint8_t)(len >> 8);
	buf[5] = (uint8_t)len;
	buf[6] = MARK | (h->is_aligned ? IS_ALIGNED : 0);
	buf[7] = (uint8_t)((h->has_pts ? HAS_PTS : 0) |
			   (n_times > 1 ? HAS_DTS : 0));
	buf[8] = (uint8_t)(n_times * TIME_LEN);
	if (n_times)
		at = time_print(at, n_times > 1 ? PTS_OF_TWO : ONLY_PTS,
				h->pts);
	if (n_times > 1)
		at = time_print(at, DTS_OF_TWO, h->dts);

	return (size_t)(at - buf);
}


int64_t mpegts_time_near(int64_t near_to, uint64_t time)
{
	uint64_t period = 1ull << TIME_BITS;
	uint64_t ahead = (time - (uint64_t)near_to) & (period - 1);

	if (ahead < period / 2)
		return near_to + (int64_t)ahead;

	return near_to + (int64_t)ahead - (int64_t)period;
}
