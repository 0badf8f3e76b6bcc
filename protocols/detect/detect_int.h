/* What an acceptor line has prepared for its detect nodes. */
#ifndef DETECT_INT_H
#define DETECT_INT_H

#include "detect/detect_node.h"
#include "detect/detect_start.h"

struct detect_conf {
	unsigned mask;           /* of what is looked for */

	/* Who each becomes; NULL: nobody.  Behind TLS one looks again. */
	const struct protocol *protocols[DETECT_STARTS];
};

/* Read what the line says, and prepare the protocols.  0 and *conf, owned by
 * the caller, for mem_free; or a negative errno: told by config_fail, or
 * -ENOMEM.  Thread: main. */
int detect_configure(struct detect_conf **conf, struct binding *binding);

#endif
