/* Datagrams into a door, each with two bytes of length before it, all from
 * one peer.  A cookie of the right length is made a valid one, so that what
 * stands behind the door is reached too; with any other no session may be
 * there. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "base/reader.h"
#include "dtls/dtls_cookie.h"
#include "dtls/dtls_door.h"
#include "dtls/dtls_node.h"
#include "io/fake.h"
#include "stack/chain.h"

enum { DATAGRAM_MAX = 2000 };

struct world {
	struct fake *fake;
	struct loop loop;
	struct udp udp;
	struct dtls_door *door;
	struct io_meta meta;
	bool has_cookie;         /* a valid one has been seen */
};

static struct dtls_context *context;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static void check(bool ok)
{
	if (!ok)
		abort();
}


/* -- a certificate -- */

static void make_files(char cert_path[], char key_path[])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file;

	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	check(X509_set_pubkey(cert, key) &&
	      X509_sign(cert, key, EVP_sha256()));

	check((file = fdopen(mkstemp(cert_path), "w")));
	check(PEM_write_X509(file, cert));
	fclose(file);
	check((file = fdopen(mkstemp(key_path), "w")));
	check(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}


int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char cert[] = "/tmp/sluice-fuzz-XXXXXX";
	char key[] = "/tmp/sluice-fuzz-XXXXXX";
	const struct tls_identity identity = { NULL, cert, key };
	struct tls_context *tls;
	struct tls_fault fault;

	(void)argc;
	(void)argv;
	make_files(cert, key);
	check(!tls_context_new(&tls, TLS_DATAGRAM));
	check(!tls_context_add(tls, &identity, &fault));
	check(!tls_context_add_alpn(tls, "stun.turn"));
	check(!dtls_context_new(&context, tls));
	unlink(cert);
	unlink(key);
	log_set_level(LOG_LEVEL_ERROR);

	return 0;
}


/* -- the world -- */

static void on_accept(void *arg, struct carrier *take_carrier)
{
	const struct recipe recipe = { true, 1, { &dtls_session_protocol } };
	struct world *world = arg;
	struct chain *chain;

	check(world->has_cookie);
	check(!chain_open(&chain, take_carrier, &recipe, NULL, NULL, NULL));
}


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	(void)arg;
	(void)in;
	(void)meta;
}


static void on_failed(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static void world_init(struct world *world)
{
	static const struct udp_user user = {
		.input = on_input, .failed = on_failed,
	};
	static const struct fake_conf conf = { .seed = 1 };
	const struct dtls_door_conf door = {
		.udp = &world->udp, .context = context, .idle_ms = 1000,
		.accept = on_accept, .arg = world,
	};
	struct backend *backend;
	struct addr here;

	addr_parse(&here, str("192.0.2.1"), 3478);
	addr_parse(&world->meta.peer, str("192.0.2.2"), 4000);
	check(!fake_new(&world->fake, &conf));
	check(!fake_backend_new(&backend, world->fake));
	check(!loop_init(&world->loop, backend));
	check(!udp_open(&world->udp, &world->loop,
			fake_bind(world->fake, &here), NULL, &user, NULL));
	check(!dtls_door_open(&world->door, &door));
}


static void world_fini(struct world *world)
{
	dtls_door_close(world->door);
	udp_close(&world->udp);
	loop_pulse(&world->loop, 0);
	loop_fini(&world->loop);
	fake_free(world->fake);
}


/* Make a cookie of our length one of ours, in the datagram's own bytes. */
static void give_cookie(struct world *world, uint8_t *p, size_t len)
{
	struct dtls_path path = { world->meta.peer, world->meta.local };
	struct dtls_hello hello;

	if (dtls_hello_read(&hello, slice(p, len)))
		return;

	check(hello.random.len == DTLS_RANDOM_LEN);
	check(hello.cookie.p + hello.cookie.len <= p + len);
	if (hello.cookie.len != DTLS_COOKIE_LEN)
		return;

	check(!dtls_cookie_make(p + (hello.cookie.p - p),
				dtls_context_key(context), &path, &hello,
				world->loop.now_us));
	world->has_cookie = true;
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct world world = { .has_cookie = false };
	struct reader r = reader(slice(data, len));
	uint8_t copy[DATAGRAM_MAX];

	world_init(&world);
	while (reader_left(&r) > 2) {
		size_t n = get_be16(&r);
		struct slice s;

		if (n > sizeof(copy))
			n = sizeof(copy);
		if (n > reader_left(&r))
			n = reader_left(&r);
		s = get_bytes(&r, n);
		if (!n)
			continue;

		memcpy(copy, s.p, n);
		give_cookie(&world, copy, n);
		dtls_door_input(world.door, slice(copy, n), &world.meta);
		fake_run(world.fake, 1000);
	}
	check(dtls_door_stats(world.door)->n_sessions <= world.has_cookie);
	world_fini(&world);

	return 0;
}
