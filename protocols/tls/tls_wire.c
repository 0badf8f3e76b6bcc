/* The wire of one connection as OpenSSL sees it. */
#include "tls/tls_wire.h"
#include <openssl/bio.h>


static int wire_read(BIO *bio, char *buf, size_t size, size_t *len)
{
	struct tls_wire *wire = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (!wire->in.len) {
		BIO_set_retry_read(bio);
		return -1;
	}

	*len = size < wire->in.len ? size : wire->in.len;
	memcpy(buf, wire->in.p, *len);
	wire->in = wire->send ? slice(NULL, 0) : slice_from(wire->in, *len);

	return 1;
}


static int wire_write(BIO *bio, const char *buf, size_t len, size_t *written)
{
	struct tls_wire *wire = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	*written = len;
	if (wire->send) {
		wire->send(wire->arg, slice(buf, len));
		return 1;
	}

	put_bytes(wire->out, slice(buf, len));
	if (wire->out->err)
		return -1;

	return 1;
}


/* Nothing is known here of MTUs, timeouts and peers. */
static long wire_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;

	return cmd == BIO_CTRL_FLUSH;
}


BIO_METHOD *tls_wire_method_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");

	if (!method)
		return NULL;

	if (BIO_meth_set_read_ex(method, wire_read) != 1 ||
	    BIO_meth_set_write_ex(method, wire_write) != 1 ||
	    BIO_meth_set_ctrl(method, wire_ctrl) != 1) {
		BIO_meth_free(method);
		return NULL;
	}

	return method;
}


BIO *tls_wire_bio_new(const BIO_METHOD *method, struct tls_wire *wire)
{
	BIO *bio = BIO_new(method);

	if (bio) {
		BIO_set_data(bio, wire);
		BIO_set_init(bio, 1);
	}

	return bio;
}
