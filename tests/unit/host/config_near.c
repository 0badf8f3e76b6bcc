/* The nearest known name. */
#include "host/config_near.h"
#include "test.h"


static const char *nearest(const char *want)
{
	static const char *const names[] = {
		"port", "protocol", "ip", "sslCert", "sslKey", "worker",
	};
	struct config_near near = config_near(str(want));

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		config_near_try(&near, names[i]);

	return near.best ? near.best : "";
}


TEST(config_near)
{
	char name[100];
	int err = 0;

	TEST_OK(!strcmp("protocol", nearest("prot")));
	TEST_OK(!strcmp("protocol", nearest("protocols")));
	TEST_OK(!strcmp("protocol", nearest("protcool")));
	TEST_OK(!strcmp("port", nearest("pot")));
	TEST_OK(!strcmp("port", nearest("prt")));
	TEST_OK(!strcmp("ip", nearest("IP")));
	TEST_OK(!strcmp("sslCert", nearest("sslcert")));
	TEST_OK(!strcmp("worker", nearest("workers")));
	TEST_OK(!strcmp("", nearest("x")));
	TEST_OK(!strcmp("", nearest("")));
	TEST_OK(!strcmp("", nearest("seekGranularity")));

	memset(name, 'p', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	TEST_OK(!strcmp("", nearest(name)));
 out:
	return err;
}
