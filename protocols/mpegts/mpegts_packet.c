/* Transport stream packets (ISO/IEC 13818-1 s2.4.3.2 to s2.4.3.5). */
#include "mpegts/mpegts_packet.h"
#include <assert.h>
#include "base/reader.h"


enum {
	HEADER_LEN = 4,
	PCR_LEN = 6,
	PCR_EXT = 300,           /* 27 MHz in 90 kHz */
	STUFFING = 0xff,

	/* with the PID, the upper two bytes behind the sync byte */
	PID_MASK = 0x1fff,
	IS_BROKEN = 0x8000,
	IS_START = 0x4000,

	/* the byte of the counter */
	SCRAMBLING_MASK = 0xc0,
	HAS_ADAPTATION = 0x20,
	HAS_PAYLOAD = 0x10,
	COUNTER_MASK = 0x0f,

	/* the first byte of the adaptation field */
	IS_DISCONTINUITY = 0x80,
	IS_RANDOM_ACCESS = 0x40,
	HAS_PCR = 0x10,
};


/* program_clock_reference_base 33 bits, reserved 6, extension 9. */
static uint64_t get_pcr(struct reader *r)
{
	uint64_t v = (uint64_t)get_be16(r) << 32;

	v |= get_be32(r);

	return (v >> 15) * PCR_EXT + (v & 0x1ff) % PCR_EXT;
}


static int adaptation_parse(struct slice field, struct mpegts_packet *p)
{
	struct reader r = reader(field);
	uint8_t flags;

	if (!field.len)
		return 0;

	flags = get_u8(&r);
	p->is_discontinuity = flags & IS_DISCONTINUITY;
	p->is_random_access = flags & IS_RANDOM_ACCESS;
	p->has_pcr = flags & HAS_PCR;
	if (p->has_pcr)
		p->pcr = get_pcr(&r);

	return r.err ? -EBADMSG : 0;
}


int mpegts_packet_parse(struct slice packet, struct mpegts_packet *p)
{
	struct reader r = reader(packet);
	uint8_t sync = get_u8(&r), control;
	uint16_t head = get_be16(&r);
	struct mpegts_packet out = {
		.pid = head & PID_MASK,
		.is_broken = head & IS_BROKEN,
		.is_start = head & IS_START,
	};
	int err = 0;

	assert(packet.len == MPEGTS_PACKET_LEN);

	control = get_u8(&r);
	if (sync != MPEGTS_SYNC || !(control & (HAS_ADAPTATION | HAS_PAYLOAD)))
		return -EBADMSG;

	out.is_scrambled = control & SCRAMBLING_MASK;
	out.counter = control & COUNTER_MASK;
	out.has_payload = control & HAS_PAYLOAD;
	if (control & HAS_ADAPTATION)
		err = adaptation_parse(get_bytes(&r, get_u8(&r)), &out);
	if (err || r.err)
		return -EBADMSG;

	if (out.has_payload)
		out.payload = get_rest(&r);
	*p = out;

	return 0;
}


static uint8_t *pcr_print(uint8_t *at, uint64_t pcr)
{
	uint64_t v = pcr / PCR_EXT << 15 | 0x7e00 | pcr % PCR_EXT;

	for (size_t i = PCR_LEN; i-- > 0; v >>= 8)
		at[i] = (uint8_t)v;

	return at + PCR_LEN;
}


/* Write an adaptation field of `len` bytes, its length byte included. */
static void adaptation_print(uint8_t *at, size_t len,
			     const struct mpegts_packet *p)
{
	const uint8_t *end = at + len;

	*at++ = (uint8_t)(len - 1);
	if (at == end)
		return;

	*at++ = (uint8_t)((p->is_discontinuity ? IS_DISCONTINUITY : 0) |
			  (p->is_random_access ? IS_RANDOM_ACCESS : 0) |
			  (p->has_pcr ? HAS_PCR : 0));
	if (p->has_pcr)
		at = pcr_print(at, p->pcr);
	memset(at, STUFFING, (size_t)(end - at));
}


size_t mpegts_packet_print(uint8_t *buf, const struct mpegts_packet *p)
{
	size_t len = p->has_payload ? p->payload.len : 0, adaptation = 0;
	unsigned control = p->counter & COUNTER_MASK;

	if (p->has_pcr)
		adaptation = 2 + PCR_LEN;
	else if (p->is_random_access || p->is_discontinuity)
		adaptation = 2;
	if (len > MPEGTS_PAYLOAD_MAX - adaptation)
		len = MPEGTS_PAYLOAD_MAX - adaptation;
	adaptation = MPEGTS_PAYLOAD_MAX - len;

	buf[0] = MPEGTS_SYNC;
	buf[1] = (uint8_t)((p->is_start ? IS_START >> 8 : 0) | p->pid >> 8);
	buf[2] = (uint8_t)p->pid;
	if (adaptation) {
		control |= HAS_ADAPTATION;
		adaptation_print(buf + HEADER_LEN, adaptation, p);
	}
	if (p->has_payload)
		control |= HAS_PAYLOAD;
	buf[3] = (uint8_t)control;
	if (len)
		memcpy(buf + HEADER_LEN + adaptation, p->payload.p, len);

	return len;
}
