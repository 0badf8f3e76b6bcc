/* Options with a number. */
#include "number.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static unsigned *field(void *opt, size_t offset)
{
	return (unsigned *)(void *)((char *)opt + offset);
}


void numbers_init(const struct number *numbers, size_t n, void *opt)
{
	for (size_t i = 0; i < n; i++)
		*field(opt, numbers[i].offset) = numbers[i].value;
}


int numbers_read(const struct number *numbers, size_t n, void *opt,
		 const char *name, const char *text)
{
	unsigned long v;
	char *end;

	for (size_t i = 0; i < n; i++) {
		const struct number *number = &numbers[i];

		if (strcmp(name, number->name))
			continue;

		v = strtoul(text, &end, 10);
		if (*end || end == text || v < number->min ||
		    v > number->max) {
			fprintf(stderr, "%s: %s is not %u to %u\n", name,
				text, number->min, number->max);
			return -EINVAL;
		}
		*field(opt, number->offset) = (unsigned)v;
		return 0;
	}

	fprintf(stderr, "unknown option %s (see --help)\n", name);

	return -EINVAL;
}


void numbers_print(const struct number *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("  %-16s %s [%u]\n", numbers[i].name, numbers[i].help,
		       numbers[i].value);
}
