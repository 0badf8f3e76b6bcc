/* echo: the tutorial.  A protocol that sends back what it gets, and an
 * application that offers it; docs/writing-an-application.md explains it. */
#include "base/error.h"
#include "host/host.h"

enum { WAITING_MAX = 64 * 1024 };  /* bytes that we keep for a slow peer */

static const struct config_key keys[] = {
	{ .name = "greeting", .type = CONFIG_STRING, .def = "",
	  .doc = "what is sent to a new connection" },
	{ .name = NULL }
};


static int echo_open(struct node *node, struct binding *binding)
{
	const char *greeting = config_str(binding->app->section, "greeting");

	put_str(outbox_control(&node->out), str(greeting));
	chain_want_output(node->chain);

	return 0;
}


/* Bytes are pushed from the peer.  To eat less than all is back-pressure. */
static ssize_t echo_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct writer *out = outbox_control(&node->out);
	size_t room = WAITING_MAX - out->len;
	size_t n = in.len < room ? in.len : room;

	(void)meta;
	put_bytes(out, slice(in.p, n));
	chain_want_output(node->chain);

	return out->err ? out->err : (ssize_t)n;
}


/* Bytes are pulled for the peer.  When all have left, eat again. */
static int echo_output(struct node *node, struct outbox *from)
{
	(void)from;
	if (!outbox_control(&node->out)->len)
		chain_resume(node->chain);

	return 0;
}


static const struct protocol echo_protocol = {
	.name = "echo",
	.size = sizeof(struct node),
	.input_max = WAITING_MAX,
	.open = echo_open,
	.input = echo_input,
	.output = echo_output,
};

static const struct protocol *const protocols[] = { &echo_protocol, NULL };

static const struct application_chain chains[] = {
	{ "inboundEcho", "tcp echo" },
	{ "inboundUdpEcho", "udp echo" },
	{ NULL, NULL }
};

API extern const struct application_module sluice_application;
const struct application_module sluice_application = {
	.abi = APPLICATION_ABI,
	.name = "echo",
	.keys = keys,
	.protocols = protocols,
	.chains = chains,
};
