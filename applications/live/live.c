/* live: whoever connects may publish and play, as far as the configuration's
 * hooks and limits let them.  What it decides is all in the configuration. */
#include "host/application.h"


/* What the module is, to the server that loads it. */
extern const struct application_module sluice_application;

API const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "live",
};
