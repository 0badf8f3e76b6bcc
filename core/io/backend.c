/* Backends by name. */
#include "io/backend.h"
#include "base/error.h"


int backend_new(struct backend **backend, struct str name)
{
	if (str_is(name, "epoll"))
		return epoll_backend_new(backend);
	if (str_is(name, "select"))
		return select_backend_new(backend);

	return -ENOENT;
}
