/* DTLS for a whole socket: "udp dtls echo". */
#include "dtls/dtls_node.h"
#include "dtls/dtls_door.h"
#include "host/config.h"
#include "host/host.h"


struct dtls_socket {
	struct node node;
	struct binding *binding;
	struct recipe recipe;    /* of a session's chain */
	struct dtls_door *door;  /* owned */
};


static struct dtls_socket *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct dtls_socket, node);
}


static void on_session(void *arg, struct carrier *take_carrier)
{
	struct dtls_socket *socket = arg;
	struct binding *binding = socket->binding;

	/* Who is refused was told to the log; the peer finds out. */
	host_open_chain(binding_host(binding, socket->node.chain), binding,
			&socket->recipe, take_carrier);
}


static int socket_open(struct node *node, struct binding *binding)
{
	struct dtls_socket *socket = of_node(node);
	const struct dtls_door_conf conf = {
		.udp = carrier_udp(node->chain->carrier),
		.context = binding_prepared(binding, &dtls_protocol),
		.idle_ms = config_int(binding->app->section,
				      "idleTimeoutMs"),
		.accept = on_session,
		.arg = socket,
	};

	socket->binding = binding;
	socket->recipe = binding->recipe;
	socket->recipe.protocols[0] = &dtls_session_protocol;

	return dtls_door_open(&socket->door, &conf);
}


static ssize_t socket_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	dtls_door_input(of_node(node)->door, in, meta);

	return (ssize_t)in.len;
}


static void socket_close(struct node *node)
{
	dtls_door_close(of_node(node)->door);
}


static int socket_prepare(struct binding *binding, void **prepared)
{
	struct dtls_context *context;
	int err;

	if (!binding->recipe.is_datagram ||
	    binding->recipe.protocols[0] != &dtls_protocol) {
		config_fail(binding->section, "protocol",
			    "\"dtls\" stands behind \"udp\"; over streams "
			    "it is \"tls\"");
		return -EBADMSG;
	}

	err = dtls_configure(&context, binding, &dtls_protocol);
	if (!err)
		*prepared = context;

	return err;
}


static void socket_release(void *prepared)
{
	dtls_context_free(prepared);
}


static void socket_adopt(void *prepared, void *next)
{
	dtls_context_adopt(prepared, next);
}


const struct protocol dtls_protocol = {
	.name = "dtls",
	.size = sizeof(struct dtls_socket),
	.is_shared = true,
	.takes_certificate = true,
	.open = socket_open,
	.input = socket_input,
	.close = socket_close,
	.prepare = socket_prepare,
	.release = socket_release,
	.adopt = socket_adopt,
};
