/* Errors: functions return 0, a count, or a negative errno of this list:
 * -EAGAIN need more bytes or would block, -EBADMSG malformed, -EPROTO well
 * formed but at the wrong time, -EMSGSIZE above our limit, -EACCES, -ENOENT,
 * -EEXIST, -ENOMEM, -ETIMEDOUT, -ECANCELED, -ENOTSUP. */
#ifndef ERROR_H
#define ERROR_H

#include <errno.h>
#include "base/api.h"

/* What a person reads for `err` (negative or positive errno).  Thread: any.
 * The text is static. */
API const char *error_text(int err);

#endif
