/* Certificates: by name, what is wrong with them, and tickets. */
#include <stdio.h>
#include <openssl/pem.h>
#include "base/mem.h"
#include "tls_test.h"
#include "test.h"


TEST(tls_host_fits)
{
	static const struct {
		const char *host, *name;
		bool fits;
	} cases[] = {
		{ "a.example.org", "a.example.org", true },
		{ "a.example.org", "A.Example.ORG", true },
		{ "a.example.org", "b.example.org", false },
		{ "a.example.org", "aa.example.org", false },
		{ "a.example.org", "", false },
		{ "*.example.org", "a.example.org", true },
		{ "*.example.org", "A.EXAMPLE.org", true },
		{ "*.example.org", "a.b.example.org", false },
		{ "*.example.org", "example.org", false },
		{ "*.example.org", ".example.org", false },
		{ "*.example.org", "a.example.com", false },
		{ "*.example.org", "", false },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (tls_host_fits(str(cases[i].host), str(cases[i].name)) !=
		    cases[i].fits)
			TEST_FAIL("%s, %s", cases[i].host, cases[i].name);
	}
 out:
	return err;
}


/* The name in the certificate that who asks for `name` gets. */
static int ask(struct tls_context *context, const char *name, char *out,
	       int size)
{
	struct wire w = { 0 };
	char asked[64];
	X509 *cert = NULL;
	int err;

	TEST_ERR(wire_init(&w, context));
	snprintf(asked, sizeof(asked), "%s", name ? name : "");
	if (name)
		SSL_set_tlsext_host_name(w.ssl, asked);
	TEST_ERR(wire_pump(&w));
	cert = SSL_get1_peer_certificate(w.ssl);
	TEST_OK(cert);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
				  NID_commonName, out, size);
	err = 0;
 out:
	X509_free(cert);
	wire_fini(&w);
	return err;
}


TEST(tls_context_names)
{
	static const char *const names[] = {
		"one.example", "a.two.example", "*.two.example",
		"c.two.example", NULL
	};
	static const char *const cases[][2] = {
		{ NULL, "one.example" },
		{ "one.example", "one.example" },
		{ "unknown.example", "one.example" },
		{ "b.two.example", "*.two.example" },
		{ "A.two.example", "a.two.example" },
		{ "a.b.two.example", "one.example" },
		{ "c.two.example", "c.two.example" },
	};
	struct certs certs;
	struct tls_context *context = NULL;
	char got[64];
	int err;

	TEST_ERR(certs_init(&certs));
	TEST_ERR(certs_context(&certs, names, &context));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		err = ask(context, cases[i][0], got, sizeof(got));
		if (err)
			goto out;
		if (strcmp(got, cases[i][1]))
			TEST_FAIL("%s: got %s", cases[i][0], got);
	}
	err = 0;
 out:
	tls_context_free(context);
	certs_fini(&certs);
	return err;
}


/* A ticket of one connection opens the next, whichever its worker. */
TEST(tls_context_tickets)
{
	static const char *const names[] = { "one.example", NULL };
	struct certs certs;
	struct tls_context *context = NULL;
	struct wire w = { 0 };
	SSL_SESSION *session = NULL;
	int err;

	TEST_ERR(certs_init(&certs));
	TEST_ERR(certs_context(&certs, names, &context));
	TEST_ERR(wire_init(&w, context));
	TEST_ERR(wire_pump(&w));
	TEST_EQ(0, SSL_session_reused(w.ssl));
	session = SSL_get1_session(w.ssl);
	SSL_shutdown(w.ssl);
	wire_fini(&w);

	TEST_ERR(wire_init(&w, context));
	TEST_EQ(1, SSL_set_session(w.ssl, session));
	TEST_ERR(wire_pump(&w));
	TEST_EQ(1, SSL_session_reused(w.ssl));
	err = 0;
 out:
	SSL_SESSION_free(session);
	wire_fini(&w);
	tls_context_free(context);
	certs_fini(&certs);
	return err;
}


/* -- what is wrong -- */

static int encrypt_key(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;
	int err = -EINVAL;

	if (key && out && PEM_write_PKCS8PrivateKey(out, key,
			EVP_aes_128_cbc(), "secret", 6, NULL, NULL) == 1)
		err = 0;
	EVP_PKEY_free(key);
	if (in)
		fclose(in);
	if (out)
		fclose(out);

	return err;
}


static int write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return -errno;
	fputs(text, f);
	fclose(f);

	return 0;
}


/* All others are on P-256. */
static int write_other_key(const char *path)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *f = fopen(path, "w");
	int ok = key && f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
						  NULL);

	EVP_PKEY_free(key);
	if (f)
		fclose(f);

	return ok ? 0 : -EINVAL;
}


static int make_bad_files(const struct certs *certs)
{
	char from[CERTS_PATH_MAX], to[CERTS_PATH_MAX];
	int err = certs_make(certs, "a", 1);

	if (!err)
		err = certs_make(certs, "b", 1);
	if (!err)
		err = encrypt_key(certs_path(certs, from, "a", ".key"),
				  certs_path(certs, to, "locked", ".key"));
	if (!err)
		err = write_text(certs_path(certs, to, "text", ".crt"), "x");
	if (!err)
		err = write_text(certs_path(certs, to, "broken", ".crt"),
				 "-----BEGIN CERTIFICATE-----\nAAAA\n"
				 "-----END CERTIFICATE-----\n");
	if (!err)
		err = write_text(certs_path(certs, to, "empty", ".key"), "");

	return err ? err : write_other_key(certs_path(certs, to, "other",
						      ".key"));
}


static const struct bad_files {
	const char *cert, *key;
	enum tls_fault_where where;
	const char *text;
} bad_files[] = {
	{ "none.crt", "a.key", TLS_FAULT_CERT, "none.crt': not found" },
	{ "", "a.key", TLS_FAULT_CERT, "/': is a folder" },
	{ "text.crt", "a.key", TLS_FAULT_CERT,
	  "text.crt': has no certificate in PEM form" },
	{ "a.key", "a.key", TLS_FAULT_CERT,
	  "a.key': has no certificate in PEM form" },
	{ "broken.crt", "a.key", TLS_FAULT_CERT, "broken.crt': " },
	{ "a.crt", "none.key", TLS_FAULT_KEY, "none.key': not found" },
	{ "a.crt", "empty.key", TLS_FAULT_KEY,
	  "empty.key': has no private key in PEM form" },
	{ "a.crt", "a.crt", TLS_FAULT_KEY,
	  "a.crt': has no private key in PEM form" },
	{ "a.crt", "b.key", TLS_FAULT_KEY,
	  "b.key': is not the key of the certificate in '" },
	{ "a.crt", "other.key", TLS_FAULT_KEY,
	  "other.key': is not the key of the certificate in '" },
	{ "a.crt", "locked.key", TLS_FAULT_KEY,
	  "locked.key': the key is encrypted" },
};


TEST(tls_context_faults)
{
	struct certs certs;
	struct tls_context *context = NULL;
	char cert[CERTS_PATH_MAX], key[CERTS_PATH_MAX];
	const struct tls_identity identity = { "x.example", cert, key };
	struct tls_fault fault;
	int err;

	TEST_ERR(certs_init(&certs));
	TEST_ERR(make_bad_files(&certs));
	TEST_ERR(tls_context_new(&context, TLS_STREAM));

	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		const struct bad_files *b = &bad_files[i];

		certs_path(&certs, cert, b->cert, "");
		certs_path(&certs, key, b->key, "");
		err = tls_context_add(context, &identity, &fault);
		if (err != -EBADMSG)
			TEST_ERR(err ? err : -EINVAL);
		TEST_EQ(b->where, fault.where);
		if (!strstr(fault.text, b->text))
			TEST_FAIL("%s: %s", b->text, fault.text);
	}

	certs_path(&certs, cert, "a", ".crt");
	certs_path(&certs, key, "a", ".key");
	TEST_ERR(tls_context_add(context, &identity, &fault));
	err = 0;
 out:
	tls_context_free(context);
	certs_fini(&certs);
	return err;
}


TEST(tls_context_bad_hosts)
{
	static const char *const hosts[] = {
		NULL, "", "*", "*.", "a b", "a..b", ".a", "a.", "*a.b", "a.*",
		"two.EXAMPLE",
	};
	static const char *const names[] = { "one", "two.example", NULL };
	struct certs certs;
	struct tls_context *context = NULL;
	char cert[CERTS_PATH_MAX], key[CERTS_PATH_MAX];
	struct tls_fault fault;
	int err;

	TEST_ERR(certs_init(&certs));
	TEST_ERR(certs_context(&certs, names, &context));

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		const struct tls_identity identity = {
			hosts[i], certs_path(&certs, cert, "one", ".crt"),
			certs_path(&certs, key, "one", ".key"),
		};

		err = tls_context_add(context, &identity, &fault);
		TEST_EQ(-EBADMSG, err);
		TEST_EQ(TLS_FAULT_HOST, fault.where);
	}
	err = 0;
 out:
	tls_context_free(context);
	certs_fini(&certs);
	return err;
}


TEST(tls_context_old_certificate)
{
	struct certs certs;
	struct tls_context *context = NULL;
	struct wire w = { 0 };
	char cert[CERTS_PATH_MAX], key[CERTS_PATH_MAX];
	const struct tls_identity identity = { NULL, cert, key };
	struct tls_fault fault;
	int err;

	TEST_ERR(certs_init(&certs));
	TEST_ERR(certs_make(&certs, "old", -1));
	certs_path(&certs, cert, "old", ".crt");
	certs_path(&certs, key, "old", ".key");
	TEST_ERR(tls_context_new(&context, TLS_STREAM));

	wire_log(&w);
	TEST_ERR(tls_context_add(context, &identity, &fault));
	TEST_OK(strstr(w.log, "old.crt: the certificate has expired"));
	err = 0;
 out:
	wire_fini(&w);
	tls_context_free(context);
	certs_fini(&certs);
	return err;
}
