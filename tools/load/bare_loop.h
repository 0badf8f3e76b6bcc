/* The yardstick: see bare_loop.c. */
#ifndef BARE_LOOP_H
#define BARE_LOOP_H

/* Serve until a signal ends the program; the exit status otherwise.
 * argv[0] is skipped. */
int bare_loop(int argc, char **argv);

#endif
