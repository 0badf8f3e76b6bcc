/* What modules may call: the server is built with -fvisibility=hidden, and
 * only what is marked API is seen by an application's .so.  The list of
 * these names is checked in as tools/check/api.txt. */
#ifndef API_H
#define API_H

#define API __attribute__((visibility("default")))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* The struct that holds `member` at address `ptr`. */
#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
