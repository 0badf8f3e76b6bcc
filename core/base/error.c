/* Errors: their text. */
#include "base/error.h"
#include <string.h>


const char *error_text(int err)
{
	switch (err < 0 ? -err : err) {

	case 0:          return "success";
	case EAGAIN:     return "would block";
	case EBADMSG:    return "malformed";
	case EPROTO:     return "protocol error";
	case EMSGSIZE:   return "above the limit";
	case EACCES:     return "not allowed";
	case ENOENT:     return "not found";
	case EEXIST:     return "already exists";
	case ENOMEM:     return "out of memory";
	case ETIMEDOUT:  return "timed out";
	case ECANCELED:  return "cancelled";
	case ENOTSUP:    return "not supported";
	case ECONNRESET: return "connection reset by peer";
	case ECONNREFUSED: return "connection refused";
	case EHOSTUNREACH: return "host unreachable";
	case ENETUNREACH: return "network unreachable";
	case EIO:        return "input/output error";
	case ENOSPC:     return "no space left";
	case EFBIG:      return "file too large";
	case EROFS:      return "read-only file system";
	case EISDIR:     return "is a folder";
	case ENOTDIR:    return "not a folder";
	case EMFILE:
	case ENFILE:     return "too many open files";
	case EPIPE:      return "connection closed by peer";
	case EADDRINUSE: return "address in use";
	case EADDRNOTAVAIL: return "not an address of this machine";
	default:         return "system error";
	}
}
