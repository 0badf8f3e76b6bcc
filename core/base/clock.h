/* Clocks.  Thread: any. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include "base/api.h"

/* Microseconds of a clock that never jumps, from an unknown origin. */
API int64_t clock_now_us(void);

/* Microseconds since 1970-01-01 UTC. */
API int64_t clock_wall_us(void);

/* Microseconds of CPU time that the calling thread has used. */
API int64_t clock_thread_us(void);

#endif
