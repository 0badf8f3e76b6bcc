/* One end of a stream to a server of the rig, for the flows. */
#ifndef WIRE_H
#define WIRE_H

#include "base/writer.h"
#include "rig.h"

/* One end of a stream.  What comes is collected. */
struct wire {
	struct carrier *carrier; /* NULL: closed */
	struct writer in;
	struct writer out;       /* not taken by the carrier yet */
	bool has_ended;          /* the other side sends no more */
};

/* Over `fd`, of the backend of rig->loop.  0 or a negative errno. */
int wire_open(struct wire *wire, struct rig *rig, int fd);
void wire_close(struct wire *wire);
void wire_send(struct wire *wire, struct slice bytes);

/* Send no more; read nothing, or on. */
void wire_shut(struct wire *wire);
void wire_set_deaf(struct wire *wire, bool is_deaf);

#endif
