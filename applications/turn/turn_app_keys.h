/* The keys of the application turn, beside those of all applications. */
#ifndef TURN_APP_KEYS_H
#define TURN_APP_KEYS_H

#include "host/config.h"

extern const struct config_key turn_app_keys[];

#endif
