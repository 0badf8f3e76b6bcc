/* An AMF0 value as short text for a debug log. */
#ifndef AMF_PRINT_H
#define AMF_PRINT_H

#include "amf/amf0.h"

/* Print a value with all inside it, like {app:"live",fpad:false}; what does
 * not fit ends in "...".  Quotes, backslashes and all bytes but printable
 * ASCII come out as \xNN.  Thread: any, pure.
 * buf: zero-terminated in any case.  size: at least 4.
 * Returns the text that is in buf.
 * NOTE: names of streams are often their keys: what to print is the
 * caller's choice. */
const char *amf_value_print(char *buf, size_t size, const struct amf_value *v);

#endif
