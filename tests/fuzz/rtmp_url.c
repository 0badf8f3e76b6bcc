/* RTMP names: tcUrl, app and stream name, one a line.  What is taken obeys
 * the rule for names, and taking it apart again changes nothing. */
#include <stdlib.h>
#include "base/mem.h"
#include "rtmp/rtmp_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void walk_query(struct str query)
{
	char buf[64];
	struct str key, value;
	size_t n = 0;

	while (rtmp_query_next(&query, &key, &value)) {
		int len = rtmp_unescape(buf, sizeof(buf), value);

		check(len < (int)sizeof(buf));
		if (len >= 0)
			check(strlen(buf) == (size_t)len);
		++n;
	}
	check(n <= RTMP_URL_MAX);
}


static void url_and_name(struct str tc_url, struct str app, struct str raw)
{
	char key[RTMP_NAME_MAX + 1];
	struct rtmp_name name, again;
	struct rtmp_url u;
	int len;

	if (rtmp_url_parse(&u, tc_url, app))
		u.instance = str("");
	else if (u.application.len)
		check(!rtmp_name_check(u.application));
	else
		check(!u.instance.len);
	if (rtmp_name_parse(&name, raw))
		return;

	walk_query(name.query);
	check(!rtmp_name_check(name.name));
	check(!rtmp_name_parse(&again, name.name));
	check(str_eq(name.name, again.name) && !again.query.len);

	len = rtmp_name_print(key, u.instance, name.name);
	check(len == -EMSGSIZE || (len > 0 && strlen(key) == (size_t)len));
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *copy = mem_alloc(len + 1);
	struct str parts[3];
	size_t at = 0;

	check(copy);
	if (len)
		memcpy(copy, data, len);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t from = at;

		while (at < len && copy[at] != '\n')
			++at;
		parts[i] = str_n(copy + from, at - from);
		at += at < len;
	}
	url_and_name(parts[0], parts[1], parts[2]);
	mem_free(copy);

	return 0;
}
