/* Options with a number: a table of names and the fields they set. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>

struct number {
	const char *name;
	size_t offset;           /* of an unsigned in the options */
	unsigned min;
	unsigned max;
	unsigned value;          /* unless told otherwise */
	const char *help;
};

/* Set all fields of `opt` to what they are unless told otherwise. */
void numbers_init(const struct number *numbers, size_t n, void *opt);

/* Set the field of the option `name`.  Returns 0, or -EINVAL (no such option,
 * or no such value) and has said why. */
int numbers_read(const struct number *numbers, size_t n, void *opt,
		 const char *name, const char *text);

/* One line for each, for --help. */
void numbers_print(const struct number *numbers, size_t n);

#endif
