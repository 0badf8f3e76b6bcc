/* TLS as a node of a chain.
 *
 * Towards near: OpenSSL reads straight from the carrier's bytes, a record at
 * a time; plaintext that the nearer node leaves is kept, and no more is
 * decrypted while that is above the nearer node's bound.
 *
 * Towards far: a record is sealed only when all that was sealed before has
 * left, so that lag stays where it costs nothing, in the stream's log. */
#include "tls/tls_node.h"
#include <ctype.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "base/error.h"
#include "tls/tls_config.h"
#include "tls/tls_wire.h"


enum { CONTENT_HANDSHAKE = 22 };    /* RFC 8446 s5.1 */

enum tls_state {
	TLS_HANDSHAKING,
	TLS_UP,
	TLS_ENDED,               /* an alert was the last that we said */
};

struct tls {
	struct node node;
	struct log_tag log;
	enum tls_state state;
	const struct tls_context *context;   /* NULL: no certificate */
	SSL *ssl;                /* owned; NULL until it has begun */
	struct tls_wire wire;
	bool has_begun;          /* a byte has come */
	bool has_peer_ended;     /* said close_notify, */
	bool has_ended;          /* and so have we */
	bool is_pushing;         /* the nearer node is being fed */
	struct writer left;      /* plaintext that it has not eaten */
	struct timer deadline;   /* of the handshake */
};


static struct tls *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct tls, node);
}


static bool is_open(const struct tls *tls)
{
	return tls->node.chain->state == CHAIN_OPEN;
}


static const char *peer(const struct tls *tls, char text[ADDR_TEXT_MAX])
{
	return addr_print(&tls->node.chain->carrier->peer, text);
}


/* -- ends -- */

/* The peer has broken the rules, or found that we do: OpenSSL has written the
 * alert, which is all that is still sent (RFC 8446 s6.2). */
static int on_broken(struct tls *tls)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	char text[ADDR_TEXT_MAX];
	int err = tls->node.out.control.err;

	if (!err && !reason)
		err = -ENOMEM;     /* all else leaves a reason */
	if (err)
		return err;

	log_info(tls, "%s from %s: %s", tls->state == TLS_UP ? "record"
		 : "handshake", peer(tls, text), reason);
	tls->state = TLS_ENDED;
	timer_stop(&tls->deadline);
	chain_tell(tls->node.chain, EVENT_FAILED, -EBADMSG);
	chain_end(tls->node.chain);

	return 0;
}


/* The peer sends no more (close_notify, RFC 8446 s6.1); each side by itself,
 * if the nearest node wants it so. */
static int on_peer_end(struct tls *tls)
{
	tls->has_peer_ended = true;
	chain_tell(tls->node.chain, EVENT_EOF, 0);
	if (!tls->node.chain->is_two_way)
		chain_end(tls->node.chain);

	return 0;
}


/* What OpenSSL means by `ret`: 0 if it only wants more bytes. */
static int on_return(struct tls *tls, int ret)
{
	switch (SSL_get_error(tls->ssl, ret)) {

	case SSL_ERROR_WANT_READ:
		return 0;

	case SSL_ERROR_ZERO_RETURN:
		return on_peer_end(tls);

	default:
		return on_broken(tls);
	}
}


static void on_deadline(void *arg)
{
	struct tls *tls = arg;
	char text[ADDR_TEXT_MAX];

	log_info(tls, "%s: no %s within %d s", peer(tls, text),
		 tls->has_begun ? "handshake" : "first byte",
		 TLS_HANDSHAKE_MS / 1000);
	chain_close(tls->node.chain, -ETIMEDOUT);
}


/* -- input -- */

/* What the nearer node may leave, which may be another one by now. */
static size_t near_input_max(const struct tls *tls)
{
	const struct node *node = tls->node.near;

	while (node && !node->protocol->input)
		node = node->near;

	return node ? node->protocol->input_max : 0;
}


/* Feed the nearer node until it eats no more.  Returns the bytes eaten (all,
 * if the chain ends meanwhile), or a negative errno. */
static ssize_t feed(struct tls *tls, struct slice in)
{
	size_t n = 0;
	ssize_t eaten = 1;

	tls->is_pushing = true;
	while (n < in.len && eaten > 0 && is_open(tls)) {
		eaten = node_push(&tls->node, slice_from(in, n), NULL);
		if (eaten > 0)
			n += (size_t)eaten;
	}
	tls->is_pushing = false;

	if (eaten < 0)
		return eaten;

	return (ssize_t)(is_open(tls) ? n : in.len);
}


static int push_left(struct tls *tls)
{
	ssize_t eaten = feed(tls, writer_slice(&tls->left));

	if (eaten > 0)
		writer_drop(&tls->left, (size_t)eaten);
	if (!tls->left.len || !is_open(tls))
		writer_fini(&tls->left);

	return eaten < 0 ? (int)eaten : 0;
}


static int push(struct tls *tls, struct slice in)
{
	ssize_t eaten = 0;

	if (!tls->left.len) {
		eaten = feed(tls, in);
		if (eaten < 0 || (size_t)eaten == in.len)
			return eaten < 0 ? (int)eaten : 0;
		put_bytes(&tls->left, slice_from(in, (size_t)eaten));
		return tls->left.err;
	}

	put_bytes(&tls->left, in);

	return tls->left.err ? tls->left.err : push_left(tls);
}


/* Once so much is left, nothing is decrypted. */
static bool has_room(const struct tls *tls)
{
	return !tls->left.len || tls->left.len < near_input_max(tls);
}


static int decrypt(struct tls *tls)
{
	uint8_t plain[TLS_RECORD_MAX];
	size_t len;
	int ret, err = 0;

	/* The room is for a whole record: OpenSSL keeps no plaintext. */
	while (!err && is_open(tls) && tls->wire.in.len && has_room(tls)) {
		ERR_clear_error();
		ret = SSL_read_ex(tls->ssl, plain, sizeof(plain), &len);
		err = ret == 1 ? push(tls, slice(plain, len))
			       : on_return(tls, ret);
		if (tls->has_peer_ended)
			tls->wire.in = slice(NULL, 0);
	}

	return err;
}


static int handshake(struct tls *tls)
{
	struct str alpn;
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(tls->ssl);
	if (ret != 1)
		return on_return(tls, ret);

	alpn = tls_alpn(tls->ssl);
	log_debug(tls, "up: %s %s%s%s%.*s", SSL_get_version(tls->ssl),
		  SSL_get_cipher_name(tls->ssl),
		  SSL_session_reused(tls->ssl) ? " (resumed)" : "",
		  alpn.len ? " alpn=" : "", PRINT_STR(alpn));
	tls->state = TLS_UP;
	timer_stop(&tls->deadline);
	chain_tell(tls->node.chain, EVENT_UP, 0);

	return 0;
}


/* The first byte of any connection that speaks TLS is known. */
static int begin(struct tls *tls, uint8_t first)
{
	char text[ADDR_TEXT_MAX];

	tls->has_begun = true;
	if (first == CONTENT_HANDSHAKE) {
		tls->ssl = tls_context_connection(tls->context, &tls->wire);
		return tls->ssl ? 0 : -ENOMEM;
	}

	log_info(tls, "%s does not speak TLS, but %s: closed",
		 peer(tls, text), first == 3 ? "plain RTMP" :
		 isupper(first) ? "plain HTTP or the like" :
		 "something else");

	return -EPROTO;
}


static ssize_t tls_input(struct node *node, struct slice in,
			 const struct io_meta *meta)
{
	struct tls *tls = of_node(node);
	size_t n_left;
	int err = 0;

	(void)meta;

	if (!tls->has_begun && in.len)
		err = begin(tls, in.p[0]);

	tls->wire.in = in;
	if (!err && tls->state == TLS_HANDSHAKING)
		err = handshake(tls);
	if (!err && tls->state == TLS_UP)
		err = decrypt(tls);
	n_left = tls->wire.in.len;
	tls->wire.in = slice(NULL, 0);

	if (err)
		return err;
	if (node->out.control.len)
		chain_want_output(node->chain);

	return (ssize_t)(is_open(tls) ? in.len - n_left : in.len);
}


/* TLS or not: the first byte tells. */
static ssize_t either_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	struct tls *tls = of_node(node);
	char text[ADDR_TEXT_MAX];

	if (tls->has_begun || !in.len ||
	    (tls->context && in.p[0] == CONTENT_HANDSHAKE))
		return tls_input(node, in, meta);

	log_debug(tls, "%s is not encrypted", peer(tls, text));
	chain_remove(node);

	return 0;
}


/* -- output -- */

/* Move up to one record's plaintext out of the nearer outbox. */
static size_t gather(struct outbox *from, uint8_t *plain, size_t size)
{
	struct iovec iov[OUTBOX_IOV];
	size_t len = 0;
	int n;

	while (len < size &&
	       (n = outbox_peek(from, iov, OUTBOX_IOV, size - len)) > 0) {
		size_t start = len;

		for (int i = 0; i < n && len < size; i++) {
			size_t room = size - len;

			if (iov[i].iov_len < room)
				room = iov[i].iov_len;
			memcpy(plain + len, iov[i].iov_base, room);
			len += room;
		}
		outbox_consume(from, len - start);
	}

	return len;
}


static int seal(struct tls *tls, struct outbox *from)
{
	uint8_t plain[TLS_RECORD_MAX];
	size_t len = gather(from, plain, sizeof(plain)), written;

	if (!len)
		return 0;

	ERR_clear_error();
	if (SSL_write_ex(tls->ssl, plain, len, &written) == 1 &&
	    written == len)
		return 0;

	return tls->node.out.control.err ? tls->node.out.control.err
					 : -EPROTO;
}


static int say_goodbye(struct tls *tls)
{
	ERR_clear_error();
	SSL_shutdown(tls->ssl);
	tls->has_ended = true;

	return tls->node.out.control.err;
}


static int tls_output(struct node *node, struct outbox *from)
{
	struct tls *tls = of_node(node);
	struct writer *out = outbox_control(&node->out);
	int err = 0;

	if (tls->state != TLS_UP || tls->has_ended || out->len)
		return 0;

	if (from)
		err = seal(tls, from);
	if (!err && !out->len && (node->chain->state == CHAIN_ENDING ||
				  node->chain->is_shutting))
		err = say_goodbye(tls);

	return err;
}


/* -- life -- */

static bool tls_event(struct node *node, const struct event *event)
{
	struct tls *tls = of_node(node);
	int err;

	switch (event->type) {

	case EVENT_UP:
		return tls->state == TLS_HANDSHAKING;

	case EVENT_RESUME:
		if (tls->is_pushing || !tls->left.len)
			return false;
		err = push_left(tls);
		if (err)
			chain_close(node->chain, err);
		return !is_open(tls);

	default:
		return false;
	}
}


static int tls_open(struct node *node, struct binding *binding)
{
	struct tls *tls = of_node(node);

	tls->log.category = "tls";
	tls->left = writer(SIZE_MAX / 2);
	tls->wire.out = outbox_control(&node->out);
	tls->wire.out->max = TLS_WAITING_MAX;

	tls->context = binding_prepared(binding, node->protocol);

	timer_start(loop_timers(node->chain->loop), &tls->deadline,
		    TLS_HANDSHAKE_MS, on_deadline, tls);

	return 0;
}


static void tls_close(struct node *node)
{
	struct tls *tls = of_node(node);

	timer_stop(&tls->deadline);
	SSL_free(tls->ssl);
	tls->ssl = NULL;

	/* Else the nearer node, which closes us, still reads it. */
	if (!tls->is_pushing)
		writer_fini(&tls->left);
}


/* -- configuration -- */

static int tls_prepare(struct binding *binding, void **prepared)
{
	struct tls_context *context = NULL;
	int err = tls_configure(&context, binding, TLS_STREAM, &tls_protocol);

	*prepared = context;

	return err;
}


static int either_prepare(struct binding *binding, void **prepared)
{
	struct tls_context *context = NULL;
	int err = 0;

	if (tls_is_configured(binding))
		err = tls_configure(&context, binding, TLS_STREAM,
				    &tls_or_plain_protocol);
	*prepared = context;

	return err;
}


static void tls_release(void *prepared)
{
	tls_context_free(prepared);
}


static void tls_adopt(void *prepared, void *next)
{
	tls_context_adopt(prepared, next);
}


const struct protocol tls_protocol = {
	.name = "tls",
	.size = sizeof(struct tls),
	.input_max = TLS_INPUT_MAX,
	.takes_certificate = true,
	.open = tls_open,
	.input = tls_input,
	.output = tls_output,
	.event = tls_event,
	.close = tls_close,
	.prepare = tls_prepare,
	.release = tls_release,
	.adopt = tls_adopt,
};

const struct protocol tls_or_plain_protocol = {
	.name = "tlsOrPlain",
	.size = sizeof(struct tls),
	.input_max = TLS_INPUT_MAX,
	.takes_certificate = true,
	.open = tls_open,
	.input = either_input,
	.output = tls_output,
	.event = tls_event,
	.close = tls_close,
	.prepare = either_prepare,
	.release = tls_release,
	.adopt = tls_adopt,
};
