/* A node that looks at the first bytes and becomes who speaks like that. */
#include "detect/detect_node.h"
#include <stdio.h>
#include "base/error.h"
#include "base/mem.h"
#include "detect/detect_int.h"
#include "host/binding.h"


struct detect {
	struct node node;
	struct log_tag log;
	const struct detect_conf *conf;
	struct timer deadline;
};


static struct detect *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct detect, node);
}


static const char *peer(const struct detect *d, char text[ADDR_TEXT_MAX])
{
	return addr_print(&d->node.chain->carrier->peer, text);
}


static void on_deadline(void *arg)
{
	struct detect *d = arg;
	char text[ADDR_TEXT_MAX];

	log_info(d, "%s: did not say within %d s what it speaks: closed",
		 peer(d, text), DETECT_MS / 1000);
	chain_close(d->node.chain, -ETIMEDOUT);
}


static void start_deadline(struct detect *d)
{
	timer_start(loop_timers(d->node.chain->loop), &d->deadline, DETECT_MS,
		    on_deadline, d);
}


/* Behind TLS there is no other one. */
static unsigned mask(const struct detect *d)
{
	return d->conf->mask & ~(d->node.far ? 1u << DETECT_TLS : 0);
}


static int refuse(struct detect *d, struct slice in, int start)
{
	char text[ADDR_TEXT_MAX], hex[2 * DETECT_BYTES + 1] = "";

	for (size_t i = 0; i < in.len && i < DETECT_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", in.p[i]);
	log_info(d, "%s: %s, %s: closed", peer(d, text),
		 start == DETECT_RTMPE ? "RTMPE is not supported"
		 : "begins like nothing that is known here", hex);

	return start == DETECT_RTMPE ? -ENOTSUP : -EPROTO;
}


static int become(struct detect *d, int start)
{
	const struct protocol *const heirs[] = {
		d->conf->protocols[start], &detect_protocol,
	};
	struct node *heir;

	log_debug(d, "detected %s", heirs[0]->name);

	return chain_replace(&d->node, heirs, start == DETECT_TLS ? 2 : 1,
			     &heir);
}


static ssize_t detect_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	struct detect *d = of_node(node);
	int start = detect_start(in, mask(d));

	(void)meta;
	if (start == -EAGAIN)
		return 0;
	if (start < 0 || !d->conf->protocols[start])
		return refuse(d, in, start);

	return become(d, start);
}


/* Once it is encrypted, the peer has its time anew. */
static bool detect_event(struct node *node, const struct event *event)
{
	struct detect *d = of_node(node);

	if (event->type == EVENT_UP && timer_is_running(&d->deadline))
		start_deadline(d);

	return false;
}


static int detect_open(struct node *node, struct binding *binding)
{
	struct detect *d = of_node(node);

	d->log.category = "detect";
	d->conf = binding_prepared(binding, &detect_protocol);
	start_deadline(d);

	return 0;
}


static void detect_close(struct node *node)
{
	timer_stop(&of_node(node)->deadline);
}


static int detect_prepare(struct binding *binding, void **prepared)
{
	struct detect_conf *conf = NULL;
	int err = detect_configure(&conf, binding);

	*prepared = conf;

	return err;
}


static void detect_release(void *prepared)
{
	mem_free(prepared);
}


const struct protocol detect_protocol = {
	.name = "detect",
	.size = sizeof(struct detect),
	.input_max = DETECT_BYTES,
	.takes_certificate = true,
	.keys = "detects alsoServes allowOrigins accessLog",
	.open = detect_open,
	.input = detect_input,
	.event = detect_event,
	.close = detect_close,
	.prepare = detect_prepare,
	.release = detect_release,
};
