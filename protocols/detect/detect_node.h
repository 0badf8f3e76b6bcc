/* One port for all: a node that looks at the first bytes and becomes who
 * speaks like that: "tcp detect" is the chain inboundAny. */
#ifndef DETECT_NODE_H
#define DETECT_NODE_H

#include "stack/protocol.h"

enum {
	DETECT_MS = 10000,       /* for the bytes that decide */
};

extern const struct protocol detect_protocol;

#endif
