/* What an acceptor line says about encryption. */
#include "tls/tls_config.h"
#include "host/config.h"


bool tls_is_configured(const struct binding *binding)
{
	return config_has(binding->section, "sslCert");
}


static int add(struct tls_context *context,
	       const struct config_section *section,
	       const char *const keys[3])
{
	const struct tls_identity identity = {
		.host = keys[TLS_FAULT_HOST]
				? config_str(section, keys[TLS_FAULT_HOST])
				: NULL,
		.cert_file = config_str(section, keys[TLS_FAULT_CERT]),
		.key_file = config_str(section, keys[TLS_FAULT_KEY]),
	};
	struct tls_fault fault;
	int err = tls_context_add(context, &identity, &fault);

	if (err == -EBADMSG)
		config_fail(section, keys[fault.where], "%s", fault.text);

	return err;
}


/* All faults are told, not only the first. */
static int add_all(struct tls_context *context,
		   const struct config_section *section)
{
	static const char *const keys[] = { NULL, "sslCert", "sslKey" };
	static const char *const list_keys[] = { "host", "cert", "key" };
	const struct config_section *list;
	int err, result;

	list = config_section(section, "sslCertificates");
	result = add(context, section, keys);

	for (size_t i = 0; i < config_n(list) && result != -ENOMEM; i++) {
		err = add(context, config_at(list, i), list_keys);
		if (err)
			result = err;
	}

	return result;
}


/* What has been prepared by now is nearer, or is it that asks. */
static int add_protocols(struct tls_context *context,
			 const struct binding *binding)
{
	int err = 0;

	for (size_t i = 0; i < binding->n_parts && !err; i++) {
		const struct protocol *p = binding->parts[i].protocol;

		if (p->alpn)
			err = tls_context_add_alpn(context, p->alpn);
	}

	return err;
}


int tls_configure(struct tls_context **contextp,
		  const struct binding *binding, enum tls_kind kind,
		  const struct protocol *protocol)
{
	const struct config_section *section = binding->section;
	struct tls_context *context;
	int err;

	if (!tls_is_configured(binding) || !config_has(section, "sslKey")) {
		config_fail(section, "sslCert", "a chain with \"%s\" needs "
			    "sslCert and sslKey", protocol->name);
		return -EBADMSG;
	}

	err = tls_context_new(&context, kind);
	if (err)
		return err;

	err = add_all(context, section);
	if (!err)
		err = add_protocols(context, binding);
	if (err)
		tls_context_free(context);
	else
		*contextp = context;

	return err;
}
