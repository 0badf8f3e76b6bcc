/* fmp4_box: boxes one after the other, and in each other. */
#include "base/chunk.h"
#include "fmp4/fmp4_box.h"
#include "test.h"


static const uint8_t boxes[] = {
	0, 0, 0, 9, 'f', 't', 'y', 'p', 1,
	0, 0, 0, 41, 'm', 'o', 'o', 'v',
	0, 0, 0, 8, 'm', 'v', 'h', 'd',
	0, 0, 0, 25, 'm', 'v', 'e', 'x',
	0, 0, 0, 1, 't', 'r', 'e', 'x', 0, 0, 0, 0, 0, 0, 0, 17, 7,
	0, 0, 0, 0, 'm', 'd', 'a', 't', 1, 2, 3,
};


TEST(fmp4_box_next)
{
	static const char *const types[] = { "ftyp", "moov", "mdat" };
	static const size_t lens[] = { 1, 33, 3 };
	struct slice at = slice(boxes, sizeof(boxes));
	struct fmp4_box box;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		TEST_ERR(fmp4_box_next(&at, &box));
		TEST_OK(str_is(box.type, types[i]));
		TEST_EQ(lens[i], box.body.len);
	}
	TEST_EQ(3, box.body.p[2]);
	TEST_EQ(-ENOENT, fmp4_box_next(&at, &box));
 out:
	return err;
}


/* In memory of its own, for the sanitizer: nothing is read beyond. */
TEST(fmp4_box_cut)
{
	static const size_t ends[] = { 9, 50, sizeof(boxes) };
	struct chunk *chunk = NULL;
	struct fmp4_box box;
	int err = 0;

	for (size_t len = 0; len < sizeof(boxes) - 3; len++) {
		struct slice at, was;
		size_t n_whole = 0;

		chunk = chunk_copy(slice(boxes, len));
		TEST_PTR(chunk);
		at = was = chunk_slice(chunk);
		while (!fmp4_box_next(&at, &box))
			was = at;

		while (ends[n_whole] <= len)
			++n_whole;
		if (len < sizeof(boxes) - 3 && len >= 58)
			n_whole = 3;     /* mdat reaches to the end */
		TEST_EQ(n_whole ? n_whole == 3 ? len : ends[n_whole - 1] : 0,
			len - at.len);
		TEST_OK(at.p == was.p && at.len == was.len);
		TEST_EQ(at.len ? -EAGAIN : -ENOENT,
			fmp4_box_next(&at, &box));
		chunk = chunk_unref(chunk);
	}
 out:
	chunk_unref(chunk);
	return err;
}


TEST(fmp4_box_bad)
{
	static const struct {
		int err;
		uint8_t in[16];
	} rows[] = {
		{ -EBADMSG, { 0, 0, 0, 7, 'f', 'r', 'e', 'e' } },
		{ -EBADMSG, { 0, 0, 0, 2, 'f', 'r', 'e', 'e' } },
		{ -EBADMSG, { 0, 0, 0, 1, 'f', 'r', 'e', 'e',
			      0, 0, 0, 0, 0, 0, 0, 15 } },
		{ -EAGAIN, { 0, 0, 0, 17, 'f', 'r', 'e', 'e' } },
		{ -EAGAIN, { 0, 0, 0, 1, 'f', 'r', 'e', 'e',
			     255, 255, 255, 255, 255, 255, 255, 255 } },
		{ 0, { 0, 0, 0, 1, 'f', 'r', 'e', 'e',
		       0, 0, 0, 0, 0, 0, 0, 16 } },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice at = slice(rows[i].in, sizeof(rows[i].in));
		struct fmp4_box box;

		TEST_EQ(rows[i].err, fmp4_box_next(&at, &box));
		TEST_EQ(rows[i].err ? sizeof(rows[i].in) : 0, at.len);
	}
 out:
	return err;
}


TEST(fmp4_box_find)
{
	struct slice in = slice(boxes, sizeof(boxes));
	struct fmp4_box box;
	int err = 0;

	TEST_ERR(fmp4_box_find(in, "mdat", &box));
	TEST_MEM("\1\2\3", 3, box.body.p, box.body.len);
	TEST_ERR(fmp4_box_find(in, "moov/mvex/trex", &box));
	TEST_OK(str_is(box.type, "trex"));
	TEST_MEM("\7", 1, box.body.p, box.body.len);
	TEST_ERR(fmp4_box_find(in, "moov/mvhd", &box));
	TEST_EQ(0, box.body.len);

	TEST_EQ(-ENOENT, fmp4_box_find(in, "trex", &box));
	TEST_EQ(-ENOENT, fmp4_box_find(in, "moov/mvhd/trex", &box));
	TEST_EQ(-ENOENT, fmp4_box_find(slice(NULL, 0), "moov", &box));
	TEST_EQ(-EBADMSG, fmp4_box_find(in, "mdat/moov", &box));
	TEST_EQ(-EBADMSG, fmp4_box_find(slice(boxes, 40), "moov", &box));
 out:
	return err;
}
