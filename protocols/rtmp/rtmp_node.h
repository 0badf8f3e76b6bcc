/* RTMP as a node of a chain: server side. */
#ifndef RTMP_NODE_H
#define RTMP_NODE_H

#include "stack/protocol.h"

extern const struct protocol rtmp_protocol;

#endif
