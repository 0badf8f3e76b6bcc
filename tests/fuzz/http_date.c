/* Dates: what is taken is printed as a date that says the same. */
#include <stdlib.h>
#include "http/http_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[HTTP_DATE_SIZE];
	int64_t t, again;

	if (http_date_parse(&t, str_of(slice(data, len)), 1700000000))
		return 0;

	http_date_print(text, t);
	if (http_date_parse(&again, str(text), 0))
		abort();
	if (again != t && t != 253402300800)     /* a leap second of 9999 */
		abort();

	return 0;
}
