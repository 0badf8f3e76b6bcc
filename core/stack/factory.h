/* The factory: protocols and chains by name.  An acceptor's `protocol` in the
 * configuration is the name of a chain, or a list of protocol names that
 * begins with "tcp" or "udp".  Applications can add their own of both.
 * Thread: main, before the workers start; afterwards it only is read. */
#ifndef FACTORY_H
#define FACTORY_H

#include "stack/chain.h"

struct factory {
	struct list protocols;
	struct list chains;
};

API void factory_fini(struct factory *factory);

/* Make all of `from` known to `to`, which knows nothing.  0 or -ENOMEM. */
int factory_copy(struct factory *to, const struct factory *from);

/* Make a protocol known; it must stay.  0, -EEXIST or -ENOMEM. */
API int factory_add_protocol(struct factory *factory,
			     const struct protocol *protocol);

/* Make a chain known, e.g. "inboundRtmps", "tcp tls rtmp".  0, -EEXIST,
 * -ENOENT (an unknown protocol), -EBADMSG (not from tcp or udp), -EMSGSIZE
 * (more than CHAIN_NODES_MAX of them), -ENOMEM. */
API int factory_add_chain(struct factory *factory, const char *name,
			  const char *protocols);

/* What to build for `n` names: one chain, or the protocols of one.  Returns
 * 0, or -ENOENT with *unknown set to the name that nobody knows, -EBADMSG
 * (does not begin with tcp or udp, or with nothing behind), -EMSGSIZE. */
API int factory_find(const struct factory *factory, const struct str *names,
		     size_t n, struct recipe *recipe, struct str *unknown);

/* Call fn(name, arg) for each name of a chain, to help with misspelt ones. */
API void factory_each_chain(const struct factory *factory,
			    void (*fn)(const char *name, void *arg),
			    void *arg);

#endif
