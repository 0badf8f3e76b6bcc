/* The configuration: any text gives a tree or errors, in bounded time. */
#include <stdlib.h>
#include "base/error.h"
#include "base/log.h"
#include "host/config.h"
#include "host/lua_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void quiet(const struct log_record *rec, void *arg)
{
	(void)rec;
	(void)arg;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lua_source *source = NULL;
	struct config *config = NULL;
	int load = -ENOMEM, check = -ENOMEM;

	log_set_sink(quiet, NULL);
	if (lua_source_new_text(&source, "/nonexistent/", "fuzz.lua",
				str_of(slice(data, size))))
		return 0;

	load = config_load(&config, source);
	if (config)
		check = config_check(config);

	/* Errors are told, and only then. */
	if (config && (check == 0) != (config_n_errors(config) == 0))
		abort();
	if (load && !check)
		abort();

	config_free(config);
	lua_source_unref(source);

	return 0;
}
