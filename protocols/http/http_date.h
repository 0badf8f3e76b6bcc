/* Dates (RFC 9110 s5.6.7).  Thread: any, pure. */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/error.h"
#include "base/slice.h"

enum {
	HTTP_DATE_SIZE = 30,     /* room for one, with its zero */
};

/* Read `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the old forms
 * `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
 * now_s: decides the century of two digits: at most 50 years ahead.  All in
 * seconds since 1970-01-01 UTC; the name of the day is not compared with the
 * date.  Returns 0 and *time_s, or -EBADMSG. */
int http_date_parse(int64_t *time_s, struct str s, int64_t now_s);

/* Print the first of these forms, zero-terminated.  time_s: of the years 0
 * to 9999; anything else is printed as the nearest of them.  Returns `out`. */
const char *http_date_print(char out[HTTP_DATE_SIZE], int64_t time_s);

#endif
