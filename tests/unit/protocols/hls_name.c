/* Names in a stream's folder, and what a query asks for. */
#include "hls/hls_name.h"
#include "hls/hls_request.h"
#include "test.h"


TEST(hls_name_good)
{
	static const struct {
		const char *text, *type;
		struct hls_name name;
	} cases[] = {
		{ "index.m3u8", "application/vnd.apple.mpegurl",
			{ .kind = HLS_MULTIVARIANT } },
		{ "v0.m3u8", "application/vnd.apple.mpegurl",
			{ .kind = HLS_PLAYLIST } },
		{ "v0-1f2e3d4c-0.mp4", "video/mp4",
			{ .kind = HLS_INIT, .format = HLS_FMP4,
			  .life = 0x1f2e3d4c } },
		{ "v0-00000000-1234.m4s", "video/mp4",
			{ .kind = HLS_SEGMENT, .format = HLS_FMP4,
			  .number = 1234 } },
		{ "v0-ffffffff-9223372036854775807.ts", "video/mp2t",
			{ .kind = HLS_SEGMENT, .format = HLS_TS,
			  .life = UINT32_MAX, .number = INT64_MAX } },
		{ "v0-0000000a-p10.m4s", "video/mp4",
			{ .kind = HLS_PART, .format = HLS_FMP4, .life = 10,
			  .number = 10 } },
		{ "v0-0000000a-p0.ts", "video/mp2t",
			{ .kind = HLS_PART, .format = HLS_TS, .life = 10 } },
	};
	char out[HLS_NAME_MAX];
	struct hls_name got;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct hls_name *want = &cases[i].name;

		TEST_ERR(hls_name_parse(str(cases[i].text), &got));
		TEST_EQ(want->kind, got.kind);
		TEST_EQ(want->format, got.format);
		TEST_EQ(want->life, got.life);
		TEST_EQ(want->number, got.number);
		TEST_OK(str_is(got.rendition, i ? "v0" : ""));
		TEST_EQ(strlen(cases[i].text), hls_name_print(out, &got));
		TEST_OK(!strcmp(cases[i].text, out));
		TEST_OK(!strcmp(cases[i].type, hls_content_type(&got)));
	}
 out:
	return err;
}


/* Nothing but the one form of each name; nothing that leaves the folder. */
TEST(hls_name_bad)
{
	static const char *const cases[] = {
		"", ".", "..", "../index.m3u8", "/index.m3u8", "a/index.m3u8",
		"index.m3u", "INDEX.m3u8", "index.m3u8 ", ".m3u8", "-.m3u8",
		"V.m3u8", "v..m3u8", "v.m3u8.m3u8", "v%2f.m3u8", "v\\.m3u8",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.m3u8",
		"v-1f2e3d4c.m4s", "v-1f2e3d4c-.m4s", "v-1f2e3d4c-1",
		"v-1f2e3d4c-1.", "v-1f2e3d4c-1.mp3", "v-1f2e3d4c-1.m4s.",
		"v-1f2e3d4c-01.m4s", "v-1f2e3d4c-+1.m4s", "v-1f2e3d4c--1.m4s",
		"v-1f2e3d4c- 1.m4s", "v-1F2e3d4c-1.m4s", "v-1f2e3d4-1.m4s",
		"v-1f2e3d4cc-1.m4s", "v-1f2e3d4c-p1.mp4", "v-1f2e3d4c-pp1.ts",
		"v-1f2e3d4c-p.ts", "v-1f2e3d4c-1p.ts", "v-1f2e3d4c-1.1.ts",
		"v-1f2e3d4c-9223372036854775808.ts", "-1f2e3d4c-1.ts",
		"index-1f2e3d4c-1.ts", "a.b-1f2e3d4c-1.ts", "v-v-1f2e3d4c-1.ts",
		"..-1f2e3d4c-1.ts",
	};
	struct hls_name name = { .number = 77 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (hls_name_parse(str(cases[i]), &name) != -ENOENT ||
		    name.number != 77)
			TEST_FAIL("%s", cases[i]);
	}
	TEST_ERRNO(-ENOENT, hls_name_parse(str_n("v\0.m3u8", 7), &name));
 out:
	return err;
}


TEST(hls_request)
{
	static const struct {
		int err;
		const char *query;
		struct hls_request want;
	} cases[] = {
		{ 0, "", { .skip = HLS_SKIP_NO } },
		{ 0, "token=_HLS_msn", { .skip = HLS_SKIP_NO } },
		{ 0, "_HLS_msn=273&_HLS_part=2&_HLS_skip=YES",
			{ true, true, 273, 2, HLS_SKIP_YES } },
		{ 0, "a=b&_HLS_skip=v2&&_HLS_msn=0",
			{ true, false, 0, 0, HLS_SKIP_V2 } },
		{ 0, "_HLS_msn=18446744073709551615&_HLS_part=007",
			{ true, true, UINT64_MAX, 7, HLS_SKIP_NO } },
		{ 0, "_HLS_skip=no&_HLS_new=1", { .skip = HLS_SKIP_NO } },
		{ -EBADMSG, "_HLS_part=0", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=-1", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=+1", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=1x", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=18446744073709551616", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=000000000000000000001", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=1&_HLS_part=", { .msn = 0 } },
		{ -EBADMSG, "_HLS_msn=1&_HLS_msn=1", { .msn = 0 } },
		{ -EBADMSG, "_HLS_skip=YES&_HLS_skip=v2", { .msn = 0 } },
	};
	static const char huge[HLS_QUERY_MAX + 1] = "a";
	struct hls_request q;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct hls_request *want = &cases[i].want;

		memset(&q, 0, sizeof(q));
		if (hls_request_parse(str(cases[i].query), &q) !=
		    cases[i].err)
			TEST_FAIL("%s", cases[i].query);
		TEST_EQ(want->has_msn, q.has_msn);
		TEST_EQ(want->has_part, q.has_part);
		TEST_OK(want->msn == q.msn);
		TEST_EQ(want->part, q.part);
		TEST_EQ(want->skip, q.skip);
	}
	TEST_ERRNO(-EMSGSIZE,
		   hls_request_parse(str_n(huge, sizeof(huge)), &q));
 out:
	return err;
}


TEST(hls_query)
{
	static char huge[HLS_QUERY_MAX + 1];
	static const struct { const char *in, *want; } cases[] = {
		{ "", "" },
		{ "_HLS_msn=1&_HLS_part=2", "" },
		{ "token=a%2Fb&_HLS_msn=1&&user=[x|y]",
			"token=a%2Fb&user=[x|y]" },
		{ "a=\"", NULL },
		{ "a=\n#EXT-X-ENDLIST", NULL },
		{ "a=b c", NULL },
		{ "a=<b>", NULL },
		{ "a=\xc3\xa9", NULL },
	};
	char out[HLS_QUERY_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int got = hls_query_print(out, str(cases[i].in));

		if (!cases[i].want) {
			TEST_EQ(-EBADMSG, got);
			continue;
		}
		TEST_EQ(strlen(cases[i].want), got);
		TEST_OK(!strcmp(cases[i].want, out));
	}
	TEST_EQ(-EBADMSG, hls_query_print(out, str_n("a\0b", 3)));

	memset(huge, 'a', sizeof(huge));
	TEST_EQ(HLS_QUERY_MAX - 2,
		hls_query_print(out, str_n(huge, HLS_QUERY_MAX - 2)));
	TEST_EQ(-EMSGSIZE, hls_query_print(out, str_n(huge, HLS_QUERY_MAX)));
 out:
	return err;
}
