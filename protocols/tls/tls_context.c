/* What the connections of one acceptor line share. */
#include "tls/tls_context.h"
#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "tls/tls_wire.h"


/* TLS 1.2 with forward secrecy and authenticated encryption (RFC 9325 s4.2);
 * those of TLS 1.3 are all good. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* The longest name in DNS, RFC 1035 s2.3.4. */
enum { HOST_MAX = 253 };

struct identity {
	char *host;              /* owned; NULL: the default */
	SSL_CTX *ssl;            /* owned */
};

/* The first is the default. */
struct identities {
	size_t n;
	struct identity at[];
};

struct tls_context {
	struct log_tag log;
	enum tls_kind kind;
	BIO_METHOD *wire;        /* owned */
	struct writer alpn;      /* names, a byte of length before each */
	_Atomic(struct identities *) identities; /* owned; or NULL */
};


/* -- names -- */

static bool is_host(struct str host)
{
	struct str name = host;

	if (name.len > 2 && name.p[0] == '*' && name.p[1] == '.')
		name = str_n(name.p + 2, name.len - 2);

	if (!name.len || name.len > HOST_MAX)
		return false;

	for (size_t i = 0; i < name.len; i++) {
		bool is_dot = name.p[i] == '.';

		if (is_dot && (!i || name.p[i - 1] == '.'))
			return false;
		if (!is_dot && !isalnum((unsigned char)name.p[i]) &&
		    name.p[i] != '-' && name.p[i] != '_')
			return false;
	}

	return name.p[name.len - 1] != '.';
}


static bool is_same(struct str a, struct str b)
{
	return a.len == b.len && !strncasecmp(a.p, b.p, a.len);
}


bool tls_host_fits(struct str host, struct str name)
{
	const char *dot;

	if (host.len < 2 || host.p[0] != '*')
		return is_same(host, name);

	dot = name.len ? memchr(name.p, '.', name.len) : NULL;
	if (!dot || dot == name.p)
		return false;

	return is_same(str_n(host.p + 1, host.len - 1),
		       str_n(dot, name.len - (size_t)(dot - name.p)));
}


/* An exact name goes before one with a star, wherever they stand. */
static const struct identity *find(const struct tls_context *context,
				   struct str name)
{
	const struct identities *ids = atomic_load(&context->identities);
	const struct identity *found = NULL;

	for (size_t i = 1; i < ids->n; i++) {
		const struct identity *id = &ids->at[i];

		if (!tls_host_fits(str(id->host), name))
			continue;
		if (id->host[0] != '*')
			return id;
		found = id;
	}

	return found;
}


/* A client asks for a name (RFC 6066 s3).  A name that we do not have is no
 * error: many ask for an address, or for an alias that only they know. */
static int on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct identity *id = find(arg, str(name));

	(void)alert;

	if (!id)
		return SSL_TLSEXT_ERR_NOACK;

	return SSL_set_SSL_CTX(ssl, id->ssl) ? SSL_TLSEXT_ERR_OK
					     : SSL_TLSEXT_ERR_NOACK;
}


/* A client offers protocols (RFC 7301 s3.2): ours are in our order. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
		   const unsigned char *in, unsigned in_len, void *arg)
{
	const struct tls_context *context = arg;
	unsigned char *found;

	(void)ssl;

	if (!context->alpn.len)
		return SSL_TLSEXT_ERR_NOACK;
	if (SSL_select_next_proto(&found, len, context->alpn.data,
				  (unsigned)context->alpn.len, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;

	return SSL_TLSEXT_ERR_OK;
}


/* Whoever opens a connection of datagrams has verified the cookie of its
 * first one before, without OpenSSL and without memory (RFC 6347 s4.2.1). */
static int on_cookie(SSL *ssl, const unsigned char *cookie, unsigned len)
{
	(void)ssl;
	(void)cookie;
	(void)len;

	return 1;
}


/* -- files -- */

static int fail(struct tls_fault *fault, enum tls_fault_where where,
		const char *fmt, ...) PRINTF_LIKE(3, 4);

static int fail(struct tls_fault *fault, enum tls_fault_where where,
		const char *fmt, ...)
{
	va_list ap;

	fault->where = where;
	va_start(ap, fmt);
	vsnprintf(fault->text, sizeof(fault->text), fmt, ap);
	va_end(ap);
	ERR_clear_error();

	return -EBADMSG;
}


/* 0, or why the file cannot be read: OpenSSL tells it less well. */
static int try_read(const char *path)
{
	FILE *file = fopen(path, "re");
	int err = 0;

	if (!file)
		return -errno;
	if (fgetc(file) == EOF && ferror(file))
		err = -errno;
	fclose(file);

	return err;
}


static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text ? text : "OpenSSL does not take it";
}


static bool is_error(int lib, int what)
{
	unsigned long err = ERR_peek_error();

	return ERR_GET_LIB(err) == lib && ERR_GET_REASON(err) == what;
}


/* Never ask at the terminal; remember that there was a question. */
static int on_passphrase(char *buf, int size, int for_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)for_writing;

	*(bool *)arg = true;

	return -1;
}


static int load_certificate(SSL_CTX *ssl, const char *path,
			    struct tls_fault *fault)
{
	int err = try_read(path);

	if (err)
		return fail(fault, TLS_FAULT_CERT, "'%s': %s", path,
			    error_text(err));

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, path) == 1)
		return 0;

	if (is_error(ERR_LIB_PEM, PEM_R_NO_START_LINE))
		return fail(fault, TLS_FAULT_CERT,
			    "'%s': has no certificate in PEM form", path);

	return fail(fault, TLS_FAULT_CERT, "'%s': %s", path, reason());
}


static int load_key(SSL_CTX *ssl, const struct tls_identity *identity,
		    struct tls_fault *fault)
{
	const char *path = identity->key_file;
	int err = try_read(path);
	bool is_encrypted = false;

	if (err)
		return fail(fault, TLS_FAULT_KEY, "'%s': %s", path,
			    error_text(err));

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ssl, on_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, &is_encrypted);
	err = SSL_CTX_use_PrivateKey_file(ssl, path, SSL_FILETYPE_PEM) == 1
		      ? 0 : -EBADMSG;
	SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);

	if (is_encrypted)
		return fail(fault, TLS_FAULT_KEY, "'%s': the key is "
			    "encrypted; a server needs it without a "
			    "passphrase", path);

	/* A key of another type lands beside the certificate's. */
	if (!err && SSL_CTX_check_private_key(ssl) == 1)
		return 0;
	if (!err || is_error(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH) ||
	    is_error(ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH))
		return fail(fault, TLS_FAULT_KEY, "'%s': is not the key of "
			    "the certificate in '%s'", path,
			    identity->cert_file);

	if (is_error(ERR_LIB_PEM, PEM_R_NO_START_LINE) ||
	    is_error(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED))
		return fail(fault, TLS_FAULT_KEY,
			    "'%s': has no private key in PEM form", path);

	return fail(fault, TLS_FAULT_KEY, "'%s': %s", path, reason());
}


static void warn_if_old(const struct tls_context *context, SSL_CTX *ssl,
			const char *path)
{
	const X509 *cert = SSL_CTX_get0_certificate(ssl);

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
		log_warn(context, "%s: the certificate has expired", path);
	else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
		log_warn(context, "%s: the certificate is not valid yet",
			 path);
}


/* -- OpenSSL's own context -- */

static bool set_versions(SSL_CTX *ssl, enum tls_kind kind)
{
	bool is_stream = kind == TLS_STREAM;

	return SSL_CTX_set_min_proto_version(ssl, is_stream ? TLS1_2_VERSION
					     : DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_max_proto_version(ssl, is_stream ? TLS1_3_VERSION
					     : DTLS1_2_VERSION) == 1;
}


/* Sessions are resumed with tickets only, which any worker can open: the key
 * is the context's.  A server that holds thousands of silent viewers must
 * not hold their buffers. */
static SSL_CTX *ssl_context_new(struct tls_context *context)
{
	SSL_CTX *ssl = SSL_CTX_new(context->kind == TLS_STREAM
				   ? TLS_server_method()
				   : DTLS_server_method());

	if (!ssl)
		return NULL;

	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION |
			    SSL_OP_NO_COMPRESSION |
			    SSL_OP_CIPHER_SERVER_PREFERENCE |
			    SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_clear_options(ssl, SSL_OP_NO_TICKET);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS |
			 SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			 SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_tlsext_servername_callback(ssl, on_name);
	SSL_CTX_set_tlsext_servername_arg(ssl, context);
	SSL_CTX_set_alpn_select_cb(ssl, on_alpn, context);
	SSL_CTX_set_cookie_verify_cb(ssl, on_cookie);

	if (!set_versions(ssl, context->kind) ||
	    SSL_CTX_set_cipher_list(ssl, CIPHERS) != 1 ||
	    SSL_CTX_set_num_tickets(ssl, 1) != 1) {
		SSL_CTX_free(ssl);
		return NULL;
	}

	return ssl;
}


/* -- life -- */

int tls_context_new(struct tls_context **contextp, enum tls_kind kind)
{
	struct tls_context *context = mem_zalloc(sizeof(*context));

	if (!context)
		return -ENOMEM;

	context->log.category = "tls";
	context->kind = kind;
	context->alpn = writer(TLS_ALPN_MAX);
	context->wire = tls_wire_method_new();
	if (!context->wire) {
		mem_free(context);
		return -ENOMEM;
	}

	*contextp = context;

	return 0;
}


struct tls_context *tls_context_free(struct tls_context *context)
{
	struct identities *ids;

	if (!context)
		return NULL;

	ids = atomic_load(&context->identities);
	for (size_t i = 0; ids && i < ids->n; i++) {
		SSL_CTX_free(ids->at[i].ssl);
		mem_free(ids->at[i].host);
	}

	mem_free(ids);
	writer_fini(&context->alpn);
	BIO_meth_free(context->wire);

	return mem_free(context);
}


static int check_host(const struct identities *ids, const char *host,
		      struct tls_fault *fault)
{
	if (!host || !is_host(str(host)))
		return fail(fault, TLS_FAULT_HOST, "'%s' is no name of a "
			    "host, such as a.example.org or *.example.org",
			    host ? host : "");

	for (size_t i = 1; i < ids->n; i++) {
		if (is_same(str(ids->at[i].host), str(host)))
			return fail(fault, TLS_FAULT_HOST,
				    "'%s' has a certificate already", host);
	}

	return 0;
}


int tls_context_add(struct tls_context *context,
		    const struct tls_identity *identity,
		    struct tls_fault *fault)
{
	struct identities *ids = atomic_load(&context->identities);
	const size_t n = ids ? ids->n : 0;
	struct identity *id;
	int err = n ? check_host(ids, identity->host, fault) : 0;

	if (err)
		return err;

	ids = mem_resize(ids, sizeof(*ids) + (n + 1) * sizeof(ids->at[0]));
	if (!ids)
		return -ENOMEM;

	ids->n = n;
	atomic_store(&context->identities, ids);
	id = &ids->at[n];
	id->host = n ? text_dup(str(identity->host)) : NULL;
	id->ssl = ssl_context_new(context);

	err = id->ssl && (id->host || !n) ? 0 : -ENOMEM;
	if (!err)
		err = load_certificate(id->ssl, identity->cert_file, fault);
	if (!err)
		err = load_key(id->ssl, identity, fault);
	if (err) {
		SSL_CTX_free(id->ssl);
		mem_free(id->host);
		return err;
	}

	warn_if_old(context, id->ssl, identity->cert_file);
	++ids->n;

	return 0;
}


void tls_context_adopt(struct tls_context *context, struct tls_context *next)
{
	struct identities *ids = atomic_load(&next->identities);

	/* Names and protocols are looked up in who lives on. */
	for (size_t i = 0; ids && i < ids->n; i++) {
		SSL_CTX_set_tlsext_servername_arg(ids->at[i].ssl, context);
		SSL_CTX_set_alpn_select_cb(ids->at[i].ssl, on_alpn, context);
	}

	ids = atomic_exchange(&context->identities, ids);
	atomic_store(&next->identities, ids);
}


int tls_context_add_alpn(struct tls_context *context, const char *ids)
{
	while (*ids) {
		size_t len = strcspn(ids, " ");

		if (len > UINT8_MAX)
			return -EMSGSIZE;
		if (len) {
			put_u8(&context->alpn, (unsigned)len);
			put_str(&context->alpn, str_n(ids, len));
		}
		ids += len;
		ids += strspn(ids, " ");
	}

	return context->alpn.err;
}


SSL *tls_context_connection(const struct tls_context *context,
			    struct tls_wire *wire)
{
	SSL *ssl = SSL_new(atomic_load(&context->identities)->at[0].ssl);
	BIO *bio = ssl ? tls_wire_bio_new(context->wire, wire) : NULL;

	if (!bio) {
		SSL_free(ssl);
		return NULL;
	}

	/* Both directions: one reference is enough (SSL_set_bio(3)). */
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);

	return ssl;
}


struct str tls_alpn(const SSL *ssl)
{
	const unsigned char *p;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &p, &len);

	return str_of(slice(p, len));
}
