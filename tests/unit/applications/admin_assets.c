/* The application admin: the files it holds. */
#include "applications/admin/admin_assets.h"
#include <stdio.h>
#include "test.h"


/* What was embedded is the file as it stands in the tree. */
TEST(admin_assets_are_files)
{
	const struct admin_asset *asset =
		admin_assets_find(str("console/index.html"));
	struct slice bytes;
	uint8_t buf[64];
	FILE *f = NULL;
	int err = 0;

	TEST_OK(asset);
	bytes = admin_asset_bytes(asset);
	TEST_OK(bytes.len > sizeof(buf));
	TEST_OK(!strcmp("text/html; charset=utf-8", asset->type));
	TEST_EQ(34, strlen(asset->etag));
	TEST_EQ('"', asset->etag[0]);
	TEST_EQ('"', asset->etag[33]);

	f = fopen("applications/admin/console/index.html", "r");
	TEST_OK(f);
	while (!feof(f)) {
		size_t n = fread(buf, 1, sizeof(buf), f);

		TEST_OK(n <= bytes.len);
		TEST_MEM(buf, n, bytes.p, n);
		bytes = slice_from(bytes, n);
	}
	TEST_EQ(0, bytes.len);
 out:
	if (f)
		fclose(f);
	return err;
}


TEST(admin_assets_of_other_names)
{
	int err = 0;

	TEST_OK(!admin_assets_find(str("")));
	TEST_OK(!admin_assets_find(str("console/")));
	TEST_OK(!admin_assets_find(str("console/index.htm")));
	TEST_OK(!admin_assets_find(str("console/index.html/")));
	TEST_OK(!admin_assets_find(str("admin_assets.c")));
	TEST_OK(!admin_assets_find(str("../live/live.c")));
 out:
	return err;
}
