/* The load: see rtmp_load.c. */
#ifndef RTMP_LOAD_H
#define RTMP_LOAD_H

/* Publish and play as the options say (--help), and print what was found.
 * Returns the exit status: 0, 1 if a message is missing or wrong, 2 for a
 * bad option.  argv[0] is skipped. */
int rtmp_load(int argc, char **argv);

#endif
