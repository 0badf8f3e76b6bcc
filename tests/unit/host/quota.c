/* Limits: of a thing, of an address, each application by itself. */
#include "host/quota.h"
#include "base/mem.h"
#include "test.h"


TEST(quota_holds_its_limit)
{
	struct quota quota = { .max = 2 };
	struct quota unlimited = { .max = 0 };
	int err = 0;

	TEST_OK(quota_take(&quota));
	TEST_OK(quota_take(&quota));
	TEST_OK(!quota_take(&quota));
	quota_give(&quota);
	TEST_OK(quota_take(&quota));
	TEST_OK(quota_take(&unlimited));
	TEST_OK(quota_take(&unlimited));
 out:
	return err;
}


/* An IPv4 address counts alone, an IPv6 one with its /64; and what one
 * application has open is no other's business. */
TEST(quota_counts_addresses)
{
	struct address_quota *quota = mem_zalloc(sizeof(*quota));
	struct addr v4, other, v6, near_v6;
	int err;

	TEST_PTR(quota);
	address_quota_init(quota);
	TEST_ERR(addr_parse(&v4, str("192.0.2.1"), 1));
	TEST_ERR(addr_parse(&other, str("192.0.2.2"), 1));
	TEST_ERR(addr_parse(&v6, str("2001:db8::1"), 1));
	TEST_ERR(addr_parse(&near_v6, str("2001:db8::2"), 2));

	TEST_OK(address_quota_take(quota, 0, &v4, 1));
	TEST_OK(!address_quota_take(quota, 0, &v4, 1));
	TEST_OK(address_quota_take(quota, 0, &v4, 0));
	TEST_OK(address_quota_take(quota, 0, &other, 1));
	TEST_OK(address_quota_take(quota, 1, &v4, 1));
	TEST_OK(address_quota_take(quota, 0, &v6, 1));
	TEST_OK(!address_quota_take(quota, 0, &near_v6, 1));
	address_quota_give(quota, 0, &v6);
	TEST_OK(address_quota_take(quota, 0, &near_v6, 1));
 out:
	mem_free(quota);
	return err;
}
