/* For the tests of TLS: certificates, and a connection without sockets. */
#include "tls_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "base/mem.h"
#include "base/log.h"


/* -- certificates -- */

int certs_init(struct certs *certs)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(certs->dir, sizeof(certs->dir), "%s/sluice-tls-XXXXXX",
		 tmp ? tmp : P_tmpdir);

	return mkdtemp(certs->dir) ? 0 : -errno;
}


void certs_fini(struct certs *certs)
{
	DIR *dir = opendir(certs->dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[CERTS_PATH_MAX * 2];

		snprintf(path, sizeof(path), "%s/%s", certs->dir,
			 entry->d_name);
		if (entry->d_name[0] != '.')
			remove(path);
	}
	if (dir)
		closedir(dir);
	rmdir(certs->dir);
}


const char *certs_path(const struct certs *certs, char *out,
		       const char *name, const char *suffix)
{
	snprintf(out, CERTS_PATH_MAX, "%s/%s%s", certs->dir, name, suffix);

	return out;
}


static int sign(X509 *cert, EVP_PKEY *key, const char *name, int days)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	const unsigned char *text = (const unsigned char *)name;

	return X509_set_version(cert, X509_VERSION_3) &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -86400 * 100) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text,
					  -1, -1, 0) &&
	       X509_set_issuer_name(cert, subject) &&
	       X509_set_pubkey(cert, key) &&
	       X509_sign(cert, key, EVP_sha256()) ? 0 : -EINVAL;
}


static int save(const char *path, const X509 *cert, const EVP_PKEY *key)
{
	FILE *file = fopen(path, "w");
	int ok;

	if (!file)
		return -errno;
	ok = cert ? PEM_write_X509(file, cert)
		  : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL,
					 NULL);
	fclose(file);

	return ok ? 0 : -EINVAL;
}


int certs_make(const struct certs *certs, const char *name, int days)
{
	char path[CERTS_PATH_MAX];
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int err = key && cert ? sign(cert, key, name, days) : -EINVAL;

	if (!err)
		err = save(certs_path(certs, path, name, ".crt"), cert, NULL);
	if (!err)
		err = save(certs_path(certs, path, name, ".key"), NULL, key);
	EVP_PKEY_free(key);
	X509_free(cert);

	return err;
}


int certs_context(const struct certs *certs, const char *const *names,
		  struct tls_context **context)
{
	char cert[CERTS_PATH_MAX], key[CERTS_PATH_MAX];
	struct tls_fault fault;
	int err = tls_context_new(context, TLS_STREAM);

	for (; !err && *names; names++) {
		const struct tls_identity identity = {
			.host = *names,
			.cert_file = certs_path(certs, cert, *names, ".crt"),
			.key_file = certs_path(certs, key, *names, ".key"),
		};

		err = certs_make(certs, *names, 1);
		if (!err)
			err = tls_context_add(*context, &identity, &fault);
	}

	return err;
}


/* -- the carrier -- */

static struct wire *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct wire, carrier);
}


static ssize_t wire_send(struct carrier *carrier, const struct iovec *iov,
			 int n_iov)
{
	struct wire *w = of_carrier(carrier);
	size_t room = w->send_room ? w->send_room : SIZE_MAX, sent = 0;

	for (int i = 0; i < n_iov; i++) {
		size_t n = iov[i].iov_len < room ? iov[i].iov_len : room;

		put_bytes(&w->down, slice(iov[i].iov_base, n));
		sent += n;
		room -= n;
		if (n < iov[i].iov_len)
			w->is_short = true;
	}

	return w->down.err ? w->down.err : (ssize_t)sent;
}


/* As the TCP carrier does, but in pieces. */
static void feed(struct wire *w)
{
	size_t shown = 0;
	bool has_eaten = false;

	if (w->is_busy)
		return;

	w->is_busy = true;
	while (!w->is_closed && w->up.len && (has_eaten || shown < w->up.len)) {
		size_t n = w->up.len - shown;
		ssize_t eaten;

		if (w->cut && n) {
			w->random = w->random * 1664525 + 1013904223;
			n = 1 + (w->random >> 8) % w->cut;
		}
		shown = n < w->up.len - shown ? shown + n : w->up.len;

		eaten = w->carrier.user->input(w->carrier.arg,
					       slice(w->up.data, shown),
					       NULL);
		if (eaten < 0)
			break;
		has_eaten = eaten > 0;
		shown -= (size_t)eaten;
		writer_drop(&w->up, (size_t)eaten);
	}
	w->is_busy = false;
}


static void wire_resume(struct carrier *carrier)
{
	feed(of_carrier(carrier));
}


static void wire_shutdown(struct carrier *carrier)
{
	of_carrier(carrier)->is_shut = true;
}


static void wire_close(struct carrier *carrier)
{
	of_carrier(carrier)->is_closed = true;
}


static const struct carrier_ops carrier_ops = {
	.send = wire_send,
	.resume = wire_resume,
	.shutdown = wire_shutdown,
	.close = wire_close,
};


/* -- the nearest node -- */

static struct wire *of_chain(const struct chain *chain)
{
	return of_carrier(chain->carrier);
}


static int near_open(struct node *node, struct binding *binding)
{
	(void)binding;
	of_chain(node->chain)->near = node;

	return 0;
}


static ssize_t near_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct wire *w = of_chain(node->chain);

	(void)meta;

	if (w->is_deaf)
		return 0;
	if (w->unit)
		in.len -= in.len % w->unit;

	put_bytes(&w->heard, in);
	if (!w->is_mute)
		put_bytes(outbox_control(&node->out), in);
	chain_want_output(node->chain);

	if (node->out.control.err)
		return node->out.control.err;

	return w->heard.err ? w->heard.err : (ssize_t)in.len;
}


static bool near_event(struct node *node, const struct event *event)
{
	++of_chain(node->chain)->n_events[event->type];

	return false;
}


static const struct protocol near_protocol = {
	.name = "near",
	.size = sizeof(struct node),
	.input_max = NEAR_MAX,
	.open = near_open,
	.input = near_input,
	.event = near_event,
};


/* -- both ends -- */

static void wait_not(struct backend *backend, int64_t timeout_us)
{
	(void)backend;
	(void)timeout_us;
}


static void destroy_not(struct backend *backend)
{
	(void)backend;
}


static const struct backend_ops backend_ops = {
	.name = "none",
	.wait = wait_not,
	.destroy = destroy_not,
};


static void on_log(const struct log_record *rec, void *arg)
{
	struct wire *w = arg;
	size_t len = strlen(w->log);

	snprintf(w->log + len, sizeof(w->log) - len, "%.*s\n",
		 PRINT_STR(rec->text));
}


static void on_closed(struct chain *chain, int err, void *arg)
{
	struct wire *w = arg;

	(void)chain;
	w->chain = NULL;
	w->closed_err = err;
}


static int client_init(struct wire *w)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

	w->ctx = SSL_CTX_new(TLS_client_method());
	w->ssl = SSL_new(w->ctx);
	if (!w->ssl || !in || !out)
		return -EINVAL;

	BIO_set_mem_eof_return(in, -1);
	BIO_set_mem_eof_return(out, -1);
	SSL_set_bio(w->ssl, in, out);
	SSL_set_connect_state(w->ssl);

	return 0;
}


void wire_log(struct wire *w)
{
	log_set_sink(on_log, w);
	log_set_budget(0);
}


int wire_init(struct wire *w, struct tls_context *context)
{
	return wire_init_with(w, &tls_protocol, context);
}


int wire_init_with(struct wire *w, const struct protocol *protocol,
		   struct tls_context *context)
{
	int err;

	memset(w, 0, sizeof(*w));
	w->random = 1;
	w->got = writer(SIZE_MAX);
	w->up = writer(SIZE_MAX);
	w->down = writer(SIZE_MAX);
	w->heard = writer(SIZE_MAX);
	w->backend.ops = &backend_ops;
	w->carrier.ops = &carrier_ops;
	w->carrier.loop = &w->loop;
	addr_parse(&w->carrier.peer, str("192.0.2.1"), 1);
	w->binding.recipe.protocols[0] = protocol;
	w->binding.recipe.protocols[1] = &near_protocol;
	w->binding.recipe.n = 2;
	w->binding.parts[0].protocol = w->binding.recipe.protocols[0];
	w->binding.parts[0].prepared = context;
	w->binding.n_parts = 1;
	wire_log(w);

	err = client_init(w);
	if (!err)
		err = loop_init(&w->loop, &w->backend);
	if (!err)
		err = chain_open(&w->chain, &w->carrier, &w->binding.recipe,
				 &w->binding, on_closed, w);

	return err;
}


void wire_fini(struct wire *w)
{
	if (w->chain)
		chain_close(w->chain, 0);
	if (w->loop.arena)
		loop_fini(&w->loop);
	log_set_sink(NULL, NULL);
	log_set_budget(LOG_BUDGET);
	SSL_free(w->ssl);
	SSL_CTX_free(w->ctx);
	writer_fini(&w->got);
	writer_fini(&w->up);
	writer_fini(&w->down);
	writer_fini(&w->heard);
}


/* What the client has to send, or has received. */
static int client_turn(struct wire *w)
{
	uint8_t buf[4096];
	size_t n;
	int ret;

	ret = SSL_is_init_finished(w->ssl) ? 1 : SSL_do_handshake(w->ssl);
	while (ret == 1) {
		ret = SSL_read_ex(w->ssl, buf, sizeof(buf), &n);
		if (ret == 1)
			put_bytes(&w->got, slice(buf, n));
	}
	w->ssl_error = SSL_get_error(w->ssl, ret);

	return w->got.err ? w->got.err : wire_collect(w);
}


int wire_collect(struct wire *w)
{
	uint8_t buf[4096];
	size_t n;

	while (BIO_read_ex(SSL_get_wbio(w->ssl), buf, sizeof(buf), &n) == 1)
		put_bytes(&w->up, slice(buf, n));

	return w->up.err;
}


/* The chain's turn: output, and what the carrier then tells it. */
static void server_turn(struct wire *w)
{
	size_t len;

	if (w->is_short) {
		w->is_short = false;
		w->carrier.user->writable(w->carrier.arg);
	}
	feed(w);
	loop_pulse(&w->loop, 0);

	len = w->chain ? w->chain->out->control.len : 0;
	if (len > w->out_max)
		w->out_max = len;
}


int wire_pump(struct wire *w)
{
	size_t up, down, n;
	int err;

	do {
		err = client_turn(w);
		if (err)
			return err;

		up = w->up.len;
		if (w->chain)
			server_turn(w);

		down = w->down.len;
		if (down && BIO_write_ex(SSL_get_rbio(w->ssl), w->down.data,
					 down, &n) != 1)
			return -EINVAL;
		writer_fini(&w->down);

		if (w->closed_err == -ENOMEM)
			return -ENOMEM;
	} while (down || w->up.len != up || w->is_short);

	return client_turn(w);
}


int wire_say(struct wire *w, struct slice s)
{
	size_t n;

	if (SSL_write_ex(w->ssl, s.p, s.len, &n) != 1 || n != s.len)
		return -EINVAL;

	return wire_collect(w);
}


int wire_near_resume(struct wire *w)
{
	w->is_deaf = false;
	chain_resume(w->chain);

	return w->closed_err;
}


int wire_near_say(struct wire *w, struct slice s)
{
	put_bytes(outbox_control(&w->near->out), s);
	chain_want_output(w->chain);

	return w->near->out.control.err;
}


int wire_inject(struct wire *w, struct slice s)
{
	put_bytes(&w->up, s);

	return w->up.err;
}


uint8_t *pattern_new(size_t len)
{
	uint8_t *p = mem_alloc(len);
	uint32_t x = 7;

	for (size_t i = 0; p && i < len; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}

	return p;
}
