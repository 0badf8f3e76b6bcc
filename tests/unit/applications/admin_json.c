/* The application admin: bodies of requests. */
#include "applications/admin/admin_json.h"
#include "test.h"

struct values {
	bool is_on;
	char text[ADMIN_TEXT_MAX];
	char more[ADMIN_TEXT_MAX];
};


static int read(struct values *v, struct slice body)
{
	struct admin_field fields[] = {
		{ .name = "on", .type = ADMIN_BOOL, .value = &v->is_on },
		{ .name = "text", .type = ADMIN_TEXT, .is_required = true,
		  .is_nullable = true, .value = v->text },
		{ .name = "more", .type = ADMIN_TEXT, .value = v->more },
		{ .name = NULL }
	};
	const char *why;
	int status;

	*v = (struct values){ .text = "as it was" };
	status = admin_json_read(body, fields, &why);

	return status && !why ? -EINVAL : status;
}


TEST(admin_json_reads)
{
	struct values v;
	int err = 0;

	TEST_EQ(0, read(&v, slice("{\"text\":\"\\u00e9\\n\",\"on\":true}",
				  29)));
	TEST_OK(v.is_on);
	TEST_OK(!strcmp(v.text, "\xc3\xa9\n"));
	TEST_EQ(0, read(&v, slice(" { \"text\" : null } ", 19)));
	TEST_OK(!strcmp(v.text, "as it was"));
 out:
	return err;
}


TEST(admin_json_refuses)
{
	static const struct {
		int status;
		const char *body;
	} cases[] = {
		{ 400, "" }, { 400, "{" }, { 400, "null" }, { 400, "[]" },
		{ 400, "{\"text\":\"a\"} x" }, { 400, "{'text':'a'}" },
		{ 400, "{\"text\":\"a\",\"text\":\"b\"}" },
		{ 400, "{\"text\":\"\xff\"}" }, { 400, "{\"text\":\"" },
		{ 413, "{\"text\":[[[[[[[[1]]]]]]]]}" },
		{ 413, "[[[[[[[[[[[[[[" },
		{ 422, "{}" }, { 422, "{\"text\":1}" }, { 422, "{\"on\":true}" },
		{ 422, "{\"text\":\"a\",\"on\":1}" },
		{ 422, "{\"text\":\"a\",\"on\":null}" },
		{ 422, "{\"text\":\"a\",\"other\":1}" },
		{ 422, "{\"text\":{\"a\":[\"[[[[[[[[[[[[\"]}}" },
	};
	static char large[ADMIN_BODY_MAX + 1];
	struct values v;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *body = cases[i].body;
		int status = read(&v, slice(body, strlen(body)));

		if (status != cases[i].status)
			TEST_FAIL("%s: %d", body, status);
	}

	memset(large, ' ', sizeof(large));
	memcpy(large, "{\"text\":\"a\"}", 12);
	TEST_EQ(413, read(&v, slice(large, sizeof(large))));
	TEST_EQ(0, read(&v, slice(large, sizeof(large) - 1)));

	/* A text that has no room. */
	memset(large, 'x', sizeof(large));
	memcpy(large, "{\"text\":\"", 9);
	memcpy(large + 9 + ADMIN_TEXT_MAX, "\"}", 2);
	TEST_EQ(422, read(&v, slice(large, 11 + ADMIN_TEXT_MAX)));
	memcpy(large + 8 + ADMIN_TEXT_MAX, "\"}", 2);
	TEST_EQ(0, read(&v, slice(large, 10 + ADMIN_TEXT_MAX)));
 out:
	return err;
}
