/* The yardstick for TURN: see bare_turn.c. */
#ifndef BARE_TURN_H
#define BARE_TURN_H

/* Relay until a signal ends the program; the exit status otherwise.
 * argv[0] is skipped. */
int bare_turn(int argc, char **argv);

#endif
