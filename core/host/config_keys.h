/* The tables of the keys that core knows; from them come the checks,
 * `sluice --help-config` and docs/configuration.md. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "host/config.h"

/* `configuration` itself. */
extern const struct config_key config_keys_top[];

/* applications[n]. */
extern const struct config_key config_keys_application[];

/* applications[n].acceptors[m]. */
extern const struct config_key config_keys_acceptor[];

#endif
