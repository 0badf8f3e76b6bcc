/* live: whoever connects may publish and play, as far as the configuration's
 * hooks and limits let them.  What it decides is all in the configuration. */
#include "host/application.h"


API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "live",
};
