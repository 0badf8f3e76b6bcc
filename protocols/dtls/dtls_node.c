/* DTLS as a node of a chain: one session.
 *
 * What OpenSSL writes goes out at once, a datagram each: the chain's own
 * outbox keeps no boundaries, so nothing is put there. */
#include "dtls/dtls_node.h"
#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/time.h>
#include "base/error.h"
#include "dtls/dtls_int.h"
#include "tls/tls_wire.h"
#include "stack/chain.h"


enum { REST_MS = 1000 };

enum dtls_state {
	DTLS_FRESH,              /* nothing has come */
	DTLS_HANDSHAKING,
	DTLS_UP,
	DTLS_ENDED,              /* close_notify was the last that we said */
};

struct dtls {
	struct node node;
	struct log_tag log;
	enum dtls_state state;
	struct dtls_session *session;
	SSL *ssl;                /* owned */
	struct tls_wire wire;
	struct timer deadline;   /* of the handshake */
	struct timer resend;     /* of its last flight, RFC 6347 s4.2.4 */
	struct timer rest;       /* runs while OpenSSL has its buffers */
	int64_t used_us;
};


static struct dtls *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct dtls, node);
}


static bool is_open(const struct dtls *dtls)
{
	return dtls->node.chain->state == CHAIN_OPEN;
}


static const char *peer(const struct dtls *dtls, char text[ADDR_TEXT_MAX])
{
	return addr_print(&dtls->session->carrier.peer, text);
}


/* -- ends -- */

/* The peer has broken the rules, or found that we do: an alert has told it
 * (RFC 6347 s4.1.2.7).  What anybody else may send never leads here once the
 * handshake is done: it is dropped. */
static int on_broken(struct dtls *dtls)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	char text[ADDR_TEXT_MAX];

	if (!reason)
		return -ENOMEM;    /* all else leaves a reason */

	log_info(dtls, "%s from %s: %s", dtls->state == DTLS_UP ? "record"
		 : "handshake", peer(dtls, text), reason);
	chain_tell(dtls->node.chain, EVENT_FAILED, -EBADMSG);

	return -EBADMSG;
}


/* What OpenSSL means by `ret`: 0 if it only wants more datagrams. */
static int on_return(struct dtls *dtls, int ret)
{
	switch (SSL_get_error(dtls->ssl, ret)) {

	case SSL_ERROR_WANT_READ:
		return 0;

	case SSL_ERROR_ZERO_RETURN:
		chain_tell(dtls->node.chain, EVENT_EOF, 0);
		chain_end(dtls->node.chain);
		return 0;

	default:
		return on_broken(dtls);
	}
}


static void on_deadline(void *arg)
{
	struct dtls *dtls = arg;
	char text[ADDR_TEXT_MAX];

	log_info(dtls, "%s: no handshake within %d s", peer(dtls, text),
		 DTLS_HANDSHAKE_MS / 1000);
	chain_close(dtls->node.chain, -ETIMEDOUT);
}


/* -- the last flight, which may be lost -- */

static void on_resend(void *arg);

static void start_resend(struct dtls *dtls)
{
	struct timer_wheel *wheel = loop_timers(dtls->node.chain->loop);
	struct timeval left;

	if (DTLSv1_get_timeout(dtls->ssl, &left))
		timer_start(wheel, &dtls->resend, left.tv_sec * 1000 +
			    left.tv_usec / 1000 + 1, on_resend, dtls);
	else
		timer_stop(&dtls->resend);
}


static void on_resend(void *arg)
{
	struct dtls *dtls = arg;

	ERR_clear_error();
	if (DTLSv1_handle_timeout(dtls->ssl) < 0)
		chain_close(dtls->node.chain, -ETIMEDOUT);
	else
		start_resend(dtls);
}


/* -- buffers: those of OpenSSL are half of what a silent session costs -- */

static void on_rest(void *arg);

static void start_rest(struct dtls *dtls, int64_t ms)
{
	timer_start(loop_timers(dtls->node.chain->loop), &dtls->rest, ms,
		    on_rest, dtls);
}


static void on_rest(void *arg)
{
	struct dtls *dtls = arg;
	int64_t now_us = dtls->node.chain->loop->now_us;
	int64_t ms = REST_MS - (now_us - dtls->used_us) / 1000;

	if (ms > 0 || !SSL_free_buffers(dtls->ssl))
		start_rest(dtls, ms > 0 ? ms : REST_MS);
}


/* The session is up, and in use. */
static int wake(struct dtls *dtls)
{
	dtls->used_us = dtls->node.chain->loop->now_us;
	if (timer_is_running(&dtls->rest))
		return 0;
	if (!SSL_alloc_buffers(dtls->ssl))
		return -ENOMEM;
	start_rest(dtls, REST_MS);

	return 0;
}


/* -- input -- */

/* The door has verified the cookie; OpenSSL is told so. */
static int begin(struct dtls *dtls)
{
	BIO_ADDR *nobody = BIO_ADDR_new();
	int ret;

	if (!nobody)
		return -ENOMEM;

	ERR_clear_error();
	ret = DTLSv1_listen(dtls->ssl, nobody);
	BIO_ADDR_free(nobody);
	if (ret != 1)
		return ret ? on_broken(dtls) : -EBADMSG;
	dtls->state = DTLS_HANDSHAKING;

	return 0;
}


static int handshake(struct dtls *dtls)
{
	struct str alpn;
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(dtls->ssl);
	if (ret != 1)
		return on_return(dtls, ret);

	alpn = tls_alpn(dtls->ssl);
	log_debug(dtls, "up: %s %s%s%s%.*s", SSL_get_version(dtls->ssl),
		  SSL_get_cipher_name(dtls->ssl),
		  SSL_session_reused(dtls->ssl) ? " (resumed)" : "",
		  alpn.len ? " alpn=" : "", PRINT_STR(alpn));
	dtls->state = DTLS_UP;
	timer_stop(&dtls->deadline);
	dtls_session_up(dtls->session);
	chain_tell(dtls->node.chain, EVENT_UP, 0);

	/* What the nearer node has said already is a datagram. */
	if (is_open(dtls))
		chain_flush(dtls->node.chain);

	return 0;
}


/* What one datagram gives rise to is one datagram. */
static int push(struct dtls *dtls, struct slice plain,
		const struct io_meta *meta)
{
	struct chain *chain = dtls->node.chain;
	ssize_t eaten = node_push(&dtls->node, plain, meta);

	if (eaten < 0)
		return (int)eaten;
	if (list_is_linked(&chain->flush.node))
		chain_flush(chain);

	return 0;
}


/* A datagram may hold several records (RFC 6347 s4.1.1). */
static int decrypt(struct dtls *dtls, const struct io_meta *meta)
{
	uint8_t plain[DTLS_RECORD_MAX];
	size_t len;

	/* Who was told that the session is up may have closed it. */
	int ret, err = is_open(dtls) ? wake(dtls) : 0;

	while (!err && is_open(dtls)) {
		ERR_clear_error();
		ret = SSL_read_ex(dtls->ssl, plain, sizeof(plain), &len);
		if (ret != 1)
			return on_return(dtls, ret);
		err = push(dtls, slice(plain, len), meta);
	}

	return err;
}


static ssize_t session_input(struct node *node, struct slice in,
			     const struct io_meta *meta)
{
	struct dtls *dtls = of_node(node);
	int err = 0;

	dtls->wire.in = in;
	if (dtls->state == DTLS_FRESH)
		err = begin(dtls);
	if (!err && dtls->state == DTLS_HANDSHAKING)
		err = handshake(dtls);
	if (!err && dtls->state == DTLS_UP)
		err = decrypt(dtls, meta);
	dtls->wire.in = slice(NULL, 0);

	if (err)
		return err;
	if (is_open(dtls))
		start_resend(dtls);

	return (ssize_t)in.len;
}


/* -- output -- */

/* Move all out of the nearer outbox.  Returns its length, which may be above
 * `size`: then it does not fit. */
static size_t gather(struct outbox *from, uint8_t *plain, size_t size)
{
	struct iovec iov[OUTBOX_IOV];
	size_t len = 0;
	int n;

	while ((n = outbox_peek(from, iov, OUTBOX_IOV, OUTBOX_ROOM)) > 0) {
		size_t start = len;

		for (int i = 0; i < n; i++) {
			if (len + iov[i].iov_len <= size)
				memcpy(plain + len, iov[i].iov_base,
				       iov[i].iov_len);
			len += iov[i].iov_len;
		}
		outbox_consume(from, len - start);
	}

	return len;
}


static int seal(struct dtls *dtls, struct outbox *from)
{
	uint8_t plain[DTLS_RECORD_MAX];
	size_t len = gather(from, plain, sizeof(plain)), written;
	int err;

	if (!len)
		return 0;
	if (len > sizeof(plain)) {
		log_debug(dtls, "dropped: %zu bytes are no record", len);
		return 0;
	}

	err = wake(dtls);
	if (err)
		return err;
	ERR_clear_error();

	return SSL_write_ex(dtls->ssl, plain, len, &written) == 1 ? 0
								  : -EPROTO;
}


static int session_output(struct node *node, struct outbox *from)
{
	struct dtls *dtls = of_node(node);
	int err = 0;

	if (dtls->state != DTLS_UP)
		return 0;

	if (from)
		err = seal(dtls, from);
	if (!err && node->chain->state == CHAIN_ENDING)
		err = wake(dtls);
	if (!err && node->chain->state == CHAIN_ENDING) {
		ERR_clear_error();
		SSL_shutdown(dtls->ssl);
		dtls->state = DTLS_ENDED;
	}

	return err;
}


/* -- life -- */

static void send_datagram(void *arg, struct slice datagram)
{
	dtls_session_send(arg, datagram);
}


static int session_open(struct node *node, struct binding *binding)
{
	struct dtls *dtls = of_node(node);

	(void)binding;
	dtls->log.category = "dtls";
	dtls->session = dtls_session_of(node->chain->carrier);
	assert(dtls->session);
	dtls->wire.send = send_datagram;
	dtls->wire.arg = dtls->session;

	dtls->ssl = dtls_context_session(dtls->session->context,
					 &dtls->wire);
	if (!dtls->ssl)
		return -ENOMEM;

	timer_start(loop_timers(node->chain->loop), &dtls->deadline,
		    DTLS_HANDSHAKE_MS, on_deadline, dtls);

	return 0;
}


static void session_node_close(struct node *node)
{
	struct dtls *dtls = of_node(node);

	timer_stop(&dtls->deadline);
	timer_stop(&dtls->resend);
	timer_stop(&dtls->rest);
	SSL_free(dtls->ssl);
	dtls->ssl = NULL;
}


const struct protocol dtls_session_protocol = {
	.name = "dtlsSession",
	.size = sizeof(struct dtls),
	.open = session_open,
	.input = session_input,
	.output = session_output,
	.close = session_node_close,
};
