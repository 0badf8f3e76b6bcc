/* bits, nal. */
#include "base/chunk.h"
#include "codec/bits.h"
#include "codec/nal.h"
#include "test.h"


TEST(bits_fields)
{
	static const uint8_t in[] = { 0xa5, 0x0f, 0x12, 0x34, 0x56, 0x78 };
	struct bits b = bits(slice(in, sizeof(in)));
	int err = 0;

	TEST_EQ(0, bits_get(&b, 0));
	TEST_EQ(1, bits_get(&b, 1));
	TEST_EQ(1, bits_get(&b, 2));
	TEST_EQ(0x50, bits_get(&b, 9));
	TEST_EQ(36, bits_left(&b));
	TEST_EQ(0, bits_rest(&b).len);
	TEST_EQ(0xf1234567u, bits_get(&b, 32));
	TEST_EQ(8, bits_get(&b, 4));
	TEST_ERR(b.err);
	TEST_EQ(0, bits_left(&b));
	TEST_EQ(0, bits_get(&b, 1));
	TEST_EQ(-EBADMSG, b.err);
	TEST_EQ(0, bits_ue(&b));

	b = bits(slice(in, sizeof(in)));
	bits_skip(&b, 40);
	TEST_EQ(1, bits_rest(&b).len);
	TEST_EQ(0x78, bits_get(&b, 8));
	TEST_ERR(b.err);

	b = bits(slice(in, sizeof(in)));
	bits_skip(&b, (size_t)-1);
	TEST_EQ(-EBADMSG, b.err);

	b = bits(slice(NULL, 0));
	TEST_EQ(0, bits_get(&b, 1));
	TEST_EQ(-EBADMSG, b.err);
 out:
	return err;
}


/* H.264 table 9-2 and 9-3: 1, 010, 011, 00100, 00101. */
TEST(bits_golomb)
{
	static const uint8_t in[] = { 0xa6, 0x42, 0x80 };
	static const uint8_t longest[] = {
		0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe,
	};
	static const uint8_t endless[8] = { 0 };
	struct bits b = bits(slice(in, sizeof(in)));
	int err = 0;

	for (unsigned want = 0; want < 5; want++)
		TEST_EQ(want, bits_ue(&b));
	TEST_ERR(b.err);

	b = bits(slice(in, sizeof(in)));
	TEST_EQ(0, bits_se(&b));
	TEST_EQ(1, bits_se(&b));
	TEST_EQ(-1, bits_se(&b));
	TEST_EQ(2, bits_se(&b));
	TEST_EQ(-2, bits_se(&b));

	b = bits(slice(longest, sizeof(longest)));
	TEST_EQ(0xfffffffeu, bits_ue(&b));
	TEST_ERR(b.err);

	b = bits(slice(endless, sizeof(endless)));
	bits_ue(&b);
	TEST_EQ(-EBADMSG, b.err);
 out:
	return err;
}


TEST(bits_emulation_prevention)
{
	static const uint8_t in[] = { 0, 0, 3, 1, 0, 0, 0, 3, 0, 0, 3 };
	static const uint8_t want[] = { 0, 0, 1, 0, 0, 0, 3, 0, 0 };
	struct bits b = bits_of_nal(slice(in, sizeof(in)));
	int err = 0;

	for (size_t i = 0; i < 6; i++)
		TEST_EQ(want[i], bits_get(&b, 8));

	/* The run of zeros goes on through a third one. */
	TEST_EQ(0, bits_get(&b, 16));
	TEST_ERR(b.err);
	bits_get(&b, 1);
	TEST_EQ(-EBADMSG, b.err);
 out:
	return err;
}


TEST(nal_frame)
{
	static const uint8_t in[] = {
		0, 0, 0, 2, 0x09, 0xf0,
		0, 0, 0, 0,
		0, 0, 0, 1, 0x65,
	};
	struct slice frame = slice(in, sizeof(in)), nal;
	int err = 0;

	TEST_ERR(nal_next(&frame, 4, &nal));
	TEST_EQ(2, nal.len);
	TEST_EQ(NAL_AVC_AUD, nal_avc_type(nal));
	TEST_OK(!nal_avc_is_key(nal));
	TEST_ERR(nal_next(&frame, 4, &nal));
	TEST_EQ(NAL_AVC_IDR, nal_avc_type(nal));
	TEST_OK(nal_avc_is_key(nal));
	TEST_EQ(-ENOENT, nal_next(&frame, 4, &nal));
	TEST_EQ(-ENOENT, nal_next(&frame, 4, &nal));

	for (size_t len = 0; len < sizeof(in); len++) {
		int n;

		frame = slice(in, len);
		do {
			n = nal_next(&frame, 4, &nal);
		} while (!n);
		TEST_EQ(!len || len == 6 || len == 10 ? -ENOENT : -EBADMSG, n);
	}
 out:
	return err;
}


TEST(nal_length_sizes)
{
	static const uint8_t in[] = { 0, 0, 0, 3, 0x26, 0x01, 0xaf };
	int err = 0;

	for (unsigned size = 1; size <= 4; size++) {
		struct slice frame = slice(in + 4 - size, size + 3), nal;

		TEST_ERR(nal_next(&frame, size, &nal));
		TEST_EQ(3, nal.len);
		TEST_EQ(0, frame.len);
		TEST_EQ(NAL_HEVC_IDR_W_RADL, nal_hevc_type(nal));
		TEST_OK(nal_hevc_is_key(nal));
	}

	TEST_OK(nal_hevc_is_key(slice("\x2a\1", 2)));
	TEST_OK(!nal_hevc_is_key(slice("\x02\1", 2)));
	TEST_OK(!nal_hevc_is_key(slice("\x40\1", 2)));
 out:
	return err;
}
