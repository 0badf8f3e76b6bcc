/* Packets, PES headers and times of transport streams. */
#include "mpegts/mpegts_packet.h"
#include "mpegts/mpegts_pes.h"
#include "random.h"
#include "test.h"


TEST(mpegts_packet_parse)
{
	uint8_t buf[MPEGTS_PACKET_LEN] = {
		0x47, 0x41, 0x00, 0x37, 7, 0xd0,
		0x80, 0, 0, 0, 0xfe, 0x07, /* PCR: base 2^32 + 1, ext 7 */
		0xab,
	};
	struct mpegts_packet p;
	int err = 0;

	TEST_ERR(mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	TEST_EQ(0x100, p.pid);
	TEST_EQ(7, p.counter);
	TEST_OK(p.is_start && p.has_payload && p.is_discontinuity);
	TEST_OK(p.is_random_access && p.has_pcr);
	TEST_OK(!p.is_broken && !p.is_scrambled);
	TEST_EQ(((1ull << 32) + 1) * 300 + 7, p.pcr);
	TEST_EQ(MPEGTS_PACKET_LEN - 12, p.payload.len);
	TEST_EQ(0xab, p.payload.p[0]);

	buf[1] |= 0x80;
	buf[3] |= 0x80;
	TEST_ERR(mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	TEST_OK(p.is_broken && p.is_scrambled);

	buf[4] = 183;            /* fills the packet */
	TEST_ERR(mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	TEST_EQ(0, p.payload.len);
	buf[4] = 184;
	TEST_ERRNO(-EBADMSG, mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	buf[4] = 6;              /* the clock needs one more */
	TEST_ERRNO(-EBADMSG, mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	buf[3] = 0x07;           /* neither field nor payload */
	TEST_ERRNO(-EBADMSG, mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
	buf[3] = 0x17;
	buf[0] = 0x48;
	TEST_ERRNO(-EBADMSG, mpegts_packet_parse(slice(buf, sizeof(buf)), &p));
 out:
	return err;
}


/* Each length of payload with each kind of field: stuffed exactly. */
TEST(mpegts_packet_print)
{
	uint8_t data[MPEGTS_PACKET_LEN], buf[MPEGTS_PACKET_LEN];
	struct mpegts_packet p, got;
	int err = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i ^ 0x5a);

	for (size_t len = 0; len <= sizeof(data); len++) {
		for (unsigned kind = 0; kind < 8; kind++) {
			size_t room = MPEGTS_PAYLOAD_MAX, n;

			p = (struct mpegts_packet) {
				.pid = 0x1ffe,
				.counter = len & 15,
				.is_start = kind & 1,
				.has_payload = true,
				.is_random_access = kind & 2,
				.has_pcr = kind & 4,
				.pcr = 1234567890123,
				.payload = slice(data, len),
			};
			room -= kind & 4 ? 8 : kind & 2 ? 2 : 0;
			n = mpegts_packet_print(buf, &p);
			TEST_EQ(len < room ? len : room, n);
			TEST_ERR(mpegts_packet_parse(slice(buf, sizeof(buf)),
						     &got));
			TEST_EQ(p.pid, got.pid);
			TEST_EQ(p.counter, got.counter);
			TEST_EQ(p.is_start, got.is_start);
			TEST_EQ(p.is_random_access, got.is_random_access);
			TEST_EQ(p.has_pcr, got.has_pcr);
			if (p.has_pcr)
				TEST_EQ(p.pcr, got.pcr);
			TEST_MEM(data, n, got.payload.p, got.payload.len);
		}
	}
 out:
	return err;
}


TEST(mpegts_pes_header)
{
	static const uint8_t wire[] = {
		0, 0, 1, 0xe0, 0, 0, 0x84, 0xc0, 10,
		0x3f, 0xff, 0xff, 0xff, 0xff, /* 2^33 - 1 */
		0x11, 0x00, 0x01, 0x00, 0x03, /* 1 */
	};
	struct mpegts_pes h = {
		.stream_id = MPEGTS_VIDEO_0,
		.is_aligned = true,
		.has_pts = true,
		.has_dts = true,
		.pts = (1ull << 33) - 1,
		.dts = 1,
		.payload_len = 1 << 16, /* too long to say */
	}, got;
	uint8_t buf[MPEGTS_PES_HEADER_MAX];
	struct reader r;
	int err = 0;

	TEST_EQ(sizeof(wire), mpegts_pes_header_print(buf, &h));
	TEST_MEM(wire, sizeof(wire), buf, sizeof(buf));

	for (size_t len = 0; len < sizeof(wire); len++) {
		r = reader(slice(wire, len));
		TEST_ERRNO(-EAGAIN, mpegts_pes_header_parse(&r, &got));
		TEST_EQ(len, reader_left(&r));
	}
	r = reader(slice(wire, sizeof(wire)));
	TEST_ERR(mpegts_pes_header_parse(&r, &got));
	TEST_EQ(0, reader_left(&r));
	TEST_EQ(h.pts, got.pts);
	TEST_EQ(h.dts, got.dts);
	TEST_EQ(0, got.payload_len);
	TEST_OK(got.is_aligned);

	h.has_dts = false;
	h.payload_len = 0xffff - 8;
	TEST_EQ(14, mpegts_pes_header_print(buf, &h));
	TEST_EQ(0xff, buf[4]);
	r = reader(slice(buf, 14));
	TEST_ERR(mpegts_pes_header_parse(&r, &got));
	TEST_EQ(h.payload_len, got.payload_len);
	TEST_EQ(h.pts, got.dts);
	TEST_OK(!got.has_dts);
 out:
	return err;
}


TEST(mpegts_pes_wrong)
{
	static const struct {
		int want;
		uint8_t wire[16];
	} cases[] = {
		{ -EBADMSG, { 0, 0, 2, 0xe0, 0, 0, 0x80, 0, 0 } },
		{ -EBADMSG, { 0, 0, 1, 0xe0, 0, 0, 0x40, 0, 0 } },
		{ -EBADMSG, { 0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 4 } },
		{ -EBADMSG, { 0, 0, 1, 0xe0, 0, 7, 0x80, 0x80, 5 } },
		{ -ENOTSUP, { 0, 0, 1, 0xbe, 0, 0, 0x80, 0, 0 } },
		{ 0, { 0, 0, 1, 0xe0, 0, 8, 0x80, 0x80, 5 } },
		/* dts without pts is none; extensions are skipped */
		{ 0, { 0, 0, 1, 0xe0, 0, 0, 0x80, 0x41, 5 } },
	};
	struct mpegts_pes h;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reader r = reader(slice(cases[i].wire, 16));

		TEST_ERRNO(cases[i].want, mpegts_pes_header_parse(&r, &h));
	}
	TEST_OK(!h.has_pts && !h.has_dts);
 out:
	return err;
}


TEST(mpegts_time_near)
{
	static const int64_t wrap = 1ll << 33;
	struct test_random random = { 7 };
	int err = 0;

	TEST_EQ(wrap, mpegts_time_near(wrap - 10, 0));
	TEST_EQ(wrap - 1, mpegts_time_near(wrap + 10, (uint64_t)wrap - 1));
	TEST_EQ(-1, mpegts_time_near(0, (uint64_t)wrap - 1));
	TEST_EQ(5, mpegts_time_near(5, 5));

	for (int i = 0; i < 1000; i++) {
		int64_t time = (int64_t)test_below(&random, 1ull << 40);
		int64_t near = time - (1ll << 31) +
			(int64_t)test_below(&random, 1ull << 32);

		TEST_EQ(time, mpegts_time_near(near, (uint64_t)time &
					       ((1ull << 33) - 1)));
	}
 out:
	return err;
}
