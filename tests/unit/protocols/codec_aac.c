/* aac: AudioSpecificConfig and ADTS. */
#include "base/chunk.h"
#include "codec/aac.h"
#include "test.h"


/* The first five are ffmpeg's (-c:a aac, from sine or anullsrc: -ac 2,
 * -ac 1 -ar 22050, cl=5.1, cl=2.1, which makes a program config element);
 * the others are those of fdk-aac's HE-AAC v1 and v2, and ISO's examples. */
static const struct row {
	const char *name;
	uint8_t in[24];
	size_t len;
	size_t needed;           /* bytes without which it is malformed */
	struct aac_config want;
} rows[] = {
	{ "48 kHz stereo", { 0x11, 0x90, 0x56, 0xe5, 0x00 }, 5, 2,
	  { 2, 48000, 48000, 2, 2, false, false, 1024 } },
	{ "22 kHz mono", { 0x13, 0x88, 0x56, 0xe5, 0x00 }, 5, 2,
	  { 2, 22050, 22050, 1, 1, false, false, 1024 } },
	{ "5.1", { 0x11, 0xb0, 0x56, 0xe5, 0x00 }, 5, 2,
	  { 2, 48000, 48000, 6, 6, false, false, 1024 } },
	{ "2.1 by PCE",
	  { 0x11, 0x80, 0x04, 0xc4, 0x01, 0x00, 0x20, 0x00, 0x0d, 0x4c, 0x61,
	    0x76, 0x63, 0x35, 0x39, 0x2e, 0x33, 0x37, 0x2e, 0x31, 0x30, 0x30,
	  }, 22, 22,
	  { 2, 48000, 48000, 0, 3, false, false, 1024 } },
	{ "plain", { 0x12, 0x10 }, 2, 2,
	  { 2, 44100, 44100, 2, 2, false, false, 1024 } },
	{ "HE-AAC, hierarchical", { 0x2b, 0x92, 0x08, 0x00 }, 4, 3,
	  { 2, 22050, 44100, 2, 2, true, false, 1024 } },
	{ "HE-AAC v2, hierarchical", { 0xeb, 0x8a, 0x08, 0x00 }, 4, 3,
	  { 2, 22050, 44100, 1, 2, true, true, 1024 } },
	{ "HE-AAC, compatible", { 0x13, 0x90, 0x56, 0xe5, 0xa0 }, 5, 2,
	  { 2, 22050, 44100, 2, 2, true, false, 1024 } },
	{ "HE-AAC v2, compatible",
	  { 0x13, 0x88, 0x56, 0xe5, 0xa5, 0x48, 0x80 }, 7, 2,
	  { 2, 22050, 44100, 1, 2, true, true, 1024 } },
	{ "a rate of its own", { 0x17, 0x80, 0x56, 0xb8, 0x90 }, 5, 5,
	  { 2, 44401, 44401, 2, 2, false, false, 1024 } },
	{ "960 samples", { 0x12, 0x14 }, 2, 2,
	  { 2, 44100, 44100, 2, 2, false, false, 960 } },
	{ "USAC", { 0xf9, 0x48, 0x40 }, 3, 3,
	  { 42, 44100, 44100, 2, 2, false, false, 1024 } },
};


static bool is_equal(const struct aac_config *a, const struct aac_config *b)
{
	return a->object_type == b->object_type && a->core_hz == b->core_hz &&
		a->rate_hz == b->rate_hz &&
		a->channel_config == b->channel_config &&
		a->n_channels == b->n_channels && a->has_sbr == b->has_sbr &&
		a->has_ps == b->has_ps && a->frame_len == b->frame_len;
}


TEST(aac_configs)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct aac_config c;

		err = aac_config_parse(slice(row->in, row->len), &c);
		if (err || !is_equal(&c, &row->want))
			TEST_FAIL("%s: %s type %u %u %u Hz channels %u %u "
				  "sbr %d ps %d", row->name, error_text(err),
				  c.object_type, c.core_hz, c.rate_hz,
				  c.channel_config, c.n_channels, c.has_sbr,
				  c.has_ps);
	}
 out:
	return err;
}


TEST(aac_config_print)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		uint8_t buf[AAC_CONFIG_MAX];
		struct aac_config c;
		int n = aac_config_print(buf, &row->want);

		if (!row->want.channel_config ||
		    row->want.object_type > AAC_LTP) {
			TEST_EQ(-ENOTSUP, n);
			continue;
		}

		TEST_OK(n > 0);
		TEST_ERR(aac_config_parse(slice(buf, (size_t)n), &c));
		TEST_OK(is_equal(&c, &row->want));
	}
 out:
	return err;
}


TEST(aac_truncated)
{
	struct chunk *alone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t len = 0; len <= rows[i].len; len++) {
			struct aac_config c;

			alone = chunk_copy(slice(rows[i].in, len));
			TEST_PTR(alone);
			TEST_EQ(len < rows[i].needed ? -EBADMSG : 0,
				aac_config_parse(chunk_slice(alone), &c));
			alone = chunk_unref(alone);
		}
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(aac_config_bad)
{
	static const uint8_t reserved[] = { 0x16, 0x90 };
	static const uint8_t no_rate[] = { 0x17, 0x80, 0, 0, 0x10 };
	static const uint8_t high[] = { 0x17, 0xff, 0xff, 0xff, 0x90 };
	struct aac_config c;
	int err = 0;

	TEST_EQ(-EBADMSG,
		aac_config_parse(slice(reserved, sizeof(reserved)), &c));
	TEST_EQ(-EBADMSG,
		aac_config_parse(slice(no_rate, sizeof(no_rate)), &c));
	TEST_EQ(-EBADMSG, aac_config_parse(slice(high, sizeof(high)), &c));
 out:
	return err;
}


/* ffmpeg -f lavfi -i sine=d=0.2:r=48000 -c:a aac -ac 2 a.adts */
static const uint8_t adts[] = {
	0xff, 0xf1, 0x4c, 0x80, 0x24, 0xff, 0xfc, 0xde, 0x02, 0x00,
};


TEST(adts_header)
{
	static const uint8_t crc[] = {
		0xff, 0xf8, 0x4c, 0x80, 0x24, 0xff, 0xfd, 0xaa, 0xbb,
	};
	struct reader r = reader(slice(adts, sizeof(adts)));
	struct adts_header h;
	struct aac_config c;
	uint8_t out[ADTS_HEADER_LEN], config[AAC_CONFIG_MAX];
	int err = 0;

	TEST_ERR(adts_header_parse(&r, &h));
	TEST_EQ(AAC_LC, h.object_type);
	TEST_EQ(48000, h.rate_hz);
	TEST_EQ(2, h.channel_config);
	TEST_EQ(ADTS_HEADER_LEN, h.header_len);
	TEST_EQ(295, h.frame_len);
	TEST_EQ(1, h.n_blocks);
	TEST_EQ(3, reader_left(&r));

	adts_config(&h, &c);
	TEST_EQ(2, aac_config_print(config, &c));
	TEST_MEM("\x11\x90", 2, config, 2);
	TEST_ERR(adts_header_print(out, &c, h.frame_len - h.header_len));
	TEST_MEM(adts, ADTS_HEADER_LEN, out, sizeof(out));

	for (size_t len = 0; len < ADTS_HEADER_LEN; len++) {
		r = reader(slice(adts, len));
		TEST_EQ(-EAGAIN, adts_header_parse(&r, &h));
		TEST_OK(r.p == adts && !r.err);
	}

	for (size_t len = ADTS_HEADER_LEN; len < sizeof(crc); len++) {
		r = reader(slice(crc, len));
		TEST_EQ(-EAGAIN, adts_header_parse(&r, &h));
		TEST_OK(r.p == crc && !r.err);
	}
	r = reader(slice(crc, sizeof(crc)));
	TEST_ERR(adts_header_parse(&r, &h));
	TEST_EQ(9, h.header_len);
	TEST_EQ(2, h.n_blocks);
	TEST_EQ(0, reader_left(&r));
 out:
	return err;
}


TEST(adts_bad)
{
	static const uint8_t bad[][ADTS_HEADER_LEN] = {
		{ 0xff, 0xe1, 0x4c, 0x80, 0x24, 0xff, 0xfc },  /* sync */
		{ 0xff, 0xf3, 0x4c, 0x80, 0x24, 0xff, 0xfc },  /* layer */
		{ 0xff, 0xf1, 0x74, 0x80, 0x24, 0xff, 0xfc },  /* rate */
		{ 0xff, 0xf1, 0x4c, 0x80, 0x00, 0xdf, 0xfc },  /* length 6 */
	};
	struct aac_config c = { .object_type = AAC_LC, .core_hz = 48000,
				.channel_config = 2 };
	uint8_t out[ADTS_HEADER_LEN];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct reader r = reader(slice(bad[i], sizeof(bad[i])));
		struct adts_header h;

		TEST_EQ(-EBADMSG, adts_header_parse(&r, &h));
	}

	TEST_ERR(adts_header_print(out, &c, ADTS_FRAME_MAX - 7));
	TEST_EQ(-EMSGSIZE, adts_header_print(out, &c, ADTS_FRAME_MAX - 6));
	c.channel_config = 0;
	TEST_EQ(-ENOTSUP, adts_header_print(out, &c, 1));
	c.channel_config = 2;
	c.core_hz = 44101;
	TEST_EQ(-ENOTSUP, adts_header_print(out, &c, 1));
	c.core_hz = 44100;
	c.object_type = AAC_USAC;
	TEST_EQ(-ENOTSUP, adts_header_print(out, &c, 1));
 out:
	return err;
}
