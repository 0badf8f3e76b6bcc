/* Bodies of requests to the API: whatever they are, they are read or refused,
 * and what is read has an end. */
#include <stdlib.h>
#include "applications/admin/admin_json.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char level[ADMIN_TEXT_MAX] = "", category[ADMIN_TEXT_MAX] = "";
	bool is_draining = false;
	struct admin_field fields[] = {
		{ .name = "level", .type = ADMIN_TEXT, .is_required = true,
		  .is_nullable = true, .value = level },
		{ .name = "category", .type = ADMIN_TEXT, .value = category },
		{ .name = "draining", .type = ADMIN_BOOL,
		  .value = &is_draining },
		{ .name = NULL }
	};
	const char *why = NULL;
	int status = admin_json_read(slice(data, len), fields, &why);

	if (status && !why)
		abort();
	if (!status && !fields[0].is_set)
		abort();
	if (!memchr(level, '\0', sizeof(level)) ||
	    !memchr(category, '\0', sizeof(category)))
		abort();

	return 0;
}
