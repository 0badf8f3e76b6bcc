/* What a process uses, from the kernel's accounting. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

/* CPU time of the process so far, user and system, of all threads that still
 * live.  Microseconds; 0 if it cannot be told. */
int64_t cpu_us(unsigned pid);

#endif
