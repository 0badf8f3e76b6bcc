/* The command line of the load. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "load.h"

/* Read it into *opt.  Returns 0, or -EINVAL and has said why; --help prints
 * the options and ends the program. */
int options_read(struct options *opt, int argc, char **argv);

#endif
