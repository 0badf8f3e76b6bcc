/* Tables of transport streams, and sections cut anywhere. */
#include "mpegts/mpegts_psi.h"
#include "base/writer.h"
#include "random.h"
#include "test.h"

/* As ffmpeg 5.1 wrote them. */
static const uint8_t ffmpeg_pat[] = {
	0x00, 0xb0, 0x0d, 0x00, 0x01, 0xc1, 0x00, 0x00, 0x00, 0x01, 0xf0,
	0x00, 0x2a, 0xb1, 0x04, 0xb2,
};


TEST(mpegts_crc32)
{
	int err = 0;

	TEST_EQ(0x0376e6e7, mpegts_crc32(slice("123456789", 9)));
	TEST_EQ(0xffffffff, mpegts_crc32(slice(NULL, 0)));
	TEST_EQ(0, mpegts_crc32(slice(ffmpeg_pat, sizeof(ffmpeg_pat))));
 out:
	return err;
}


TEST(mpegts_pat)
{
	uint8_t bytes[sizeof(ffmpeg_pat)];
	struct writer w = writer(MPEGTS_SECTION_MAX);
	struct mpegts_pat pat;
	int err = 0;

	TEST_ERR(mpegts_pat_parse(slice(ffmpeg_pat, sizeof(ffmpeg_pat)),
				  &pat));
	TEST_EQ(1, pat.transport_stream_id);
	TEST_EQ(0, pat.version);
	TEST_OK(pat.is_current);
	TEST_EQ(1, pat.n_programs);
	TEST_EQ(1, pat.programs[0].number);
	TEST_EQ(0x1000, pat.programs[0].pid);

	mpegts_pat_print(&w, &pat);
	TEST_ERR(w.err);
	TEST_MEM(ffmpeg_pat, sizeof(ffmpeg_pat), w.data, w.len);

	/* one bit, anywhere */
	for (size_t i = 0; i < 8 * sizeof(bytes); i++) {
		memcpy(bytes, ffmpeg_pat, sizeof(bytes));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		TEST_ERRNO(-EBADMSG, mpegts_pat_parse(slice(bytes,
						sizeof(bytes)), &pat));
	}

	writer_drop(&w, w.len);
	pat.n_programs = MPEGTS_PROGRAMS_MAX;
	mpegts_pat_print(&w, &pat);
	TEST_ERR(w.err);
	TEST_ERR(mpegts_pat_parse(writer_slice(&w), &pat));
	TEST_EQ(MPEGTS_PROGRAMS_MAX, pat.n_programs);
 out:
	writer_fini(&w);
	return err;
}


TEST(mpegts_pmt)
{
	static const uint8_t opus[] = {
		5, 4, 'O', 'p', 'u', 's', 0x7f, 2, 0x80, 2,
	};
	static const uint8_t many[1000];
	struct writer w = writer(MPEGTS_SECTION_MAX);
	struct mpegts_pmt pmt = {
		.program = 7,
		.version = 31,
		.is_current = true,
		.pcr_pid = 0x100,
		.n_streams = 2,
		.streams = {
			{ MPEGTS_AVC, 0x100, { NULL, 0 } },
			{ MPEGTS_PRIVATE, 0x1ffe, { opus, sizeof(opus) } },
		},
	}, got;
	struct slice d;
	int err;

	mpegts_pmt_print(&w, &pmt);
	TEST_ERR(w.err);
	for (size_t len = 0; len < w.len; len++)
		TEST_ERRNO(-EBADMSG, mpegts_pmt_parse(slice(w.data, len),
						      &got));
	TEST_ERR(mpegts_pmt_parse(writer_slice(&w), &got));
	TEST_EQ(7, got.program);
	TEST_EQ(31, got.version);
	TEST_EQ(0x100, got.pcr_pid);
	TEST_EQ(2, got.n_streams);
	TEST_EQ(MPEGTS_AVC, got.streams[0].type);
	TEST_EQ(0x1ffe, got.streams[1].pid);
	d = mpegts_descriptor_find(got.streams[1].descriptors,
				   MPEGTS_EXTENSION);
	TEST_MEM("\x80\x02", 2, d.p, d.len);
	d = mpegts_descriptor_find(got.streams[1].descriptors,
				   MPEGTS_LANGUAGE);
	TEST_EQ(0, d.len);
	d = mpegts_descriptor_find(slice("\x0a\x05 1", 4), MPEGTS_LANGUAGE);
	TEST_EQ(0, d.len);

	/* more than a section holds */
	writer_drop(&w, w.len);
	w.max = 1 << 16;
	pmt.streams[0].descriptors = slice(many, sizeof(many));
	mpegts_pmt_print(&w, &pmt);
	TEST_ERRNO(-EMSGSIZE, w.err);
 out:
	writer_fini(&w);
	return err;
}


enum {
	N_SECTIONS = 40,
	CARRIED = 64,            /* bytes of payload in a packet here */
};

/* Sections of random lengths, put one after the other into payloads with
 * pointer fields, come out again. */
TEST(mpegts_section)
{
	struct test_random random = { 11 };
	struct writer all = writer(1 << 16);
	struct mpegts_section s = { .len = 0 };
	size_t starts[N_SECTIONS + 1], n_found = 0, next = 0;
	int err = 0;

	for (size_t i = 0; i < N_SECTIONS; i++) {
		size_t len = test_below(&random, i % 8 ? 40 : 1022);

		starts[i] = all.len;
		put_u8(&all, 2);
		put_be16(&all, (unsigned)(0xb000 | len));
		for (size_t j = 0; j < len; j++)
			put_u8(&all, (unsigned)test_random(&random));
	}
	TEST_ERR(all.err);
	starts[N_SECTIONS] = all.len;

	for (size_t at = 0; at < all.len; ) {
		uint8_t payload[CARRIED];
		bool is_start = starts[next] < at + CARRIED - 1 &&
			next < N_SECTIONS;
		size_t n = CARRIED - is_start;
		struct slice left = slice(payload, CARRIED), section;

		memset(payload, 0xff, CARRIED);
		payload[0] = (uint8_t)(starts[next] - at);
		if (n > all.len - at)
			n = all.len - at;
		memcpy(payload + is_start, all.data + at, n);
		if (!is_start)
			left.len = n;
		at += n;
		while (next < N_SECTIONS && starts[next] < at)
			++next;

		while (!(err = mpegts_section_next(&s, &left, &is_start,
						   &section))) {
			size_t begin = starts[n_found++];

			TEST_MEM(all.data + begin, starts[n_found] - begin,
				 section.p, section.len);
		}
		TEST_ERRNO(-EAGAIN, err);
	}
	TEST_EQ(N_SECTIONS, n_found);
 out:
	writer_fini(&all);
	return err;
}


TEST(mpegts_section_wrong)
{
	static const uint8_t too_long[] = { 0, 2, 0xbf, 0xff, 1, 2 };
	static const uint8_t outside[] = { 9, 2, 0xb0, 0x01 };
	static const uint8_t fine[] = { 0, 2, 0xb0, 0x01, 7, 0xff, 2, 0xb0 };
	struct mpegts_section s = { .len = 0 };
	struct slice left = slice(fine + 1, 4), section;
	bool is_start = false;
	int err = 0;

	/* nothing before a start */
	TEST_ERRNO(-EAGAIN, mpegts_section_next(&s, &left, &is_start,
						&section));
	left = slice(too_long, sizeof(too_long));
	is_start = true;
	TEST_ERRNO(-EBADMSG, mpegts_section_next(&s, &left, &is_start,
						 &section));
	left = slice(outside, sizeof(outside));
	is_start = true;
	TEST_ERRNO(-EBADMSG, mpegts_section_next(&s, &left, &is_start,
						 &section));
	left = slice(fine, 0);
	is_start = true;
	TEST_ERRNO(-EBADMSG, mpegts_section_next(&s, &left, &is_start,
						 &section));

	/* behind stuffing nothing is looked for */
	left = slice(fine, sizeof(fine));
	is_start = true;
	TEST_ERR(mpegts_section_next(&s, &left, &is_start, &section));
	TEST_MEM(fine + 1, 4, section.p, section.len);
	TEST_ERRNO(-EAGAIN, mpegts_section_next(&s, &left, &is_start,
						&section));
	TEST_OK(!s.is_open);
 out:
	return err;
}
