/* experiment: the bare forwarder over core/io */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/mem.h"
#include "io/udp.h"
#include "io/loop.h"
#include "stun/stun_writer.h"

struct flow { struct udp relay; uint8_t head[4]; struct addr client, peer, relayed; };
enum { N = 32768 };
static struct loop loop;
static struct udp listener;
static struct flow *flows[N];
static unsigned n_flows;
static unsigned table[4*N];
static struct udp_conf conf;
static int icmp;

static unsigned *slot_of(const struct addr *c)
{
	uint32_t i = (c->u.in.sin_addr.s_addr ^ (uint32_t)c->u.in.sin_port << 12) * 2654435761u;
	for (i >>= 15;; i++) {
		unsigned *s = &table[i % (4*N)];
		if (!*s || addr_eq(&flows[*s-1]->client, c)) return s;
	}
}
static void failed(void *arg, int err) { (void)arg; printf("failed %d\n", err); }
static void on_icmp(void *arg, const struct udp_icmp *i) { (void)arg; (void)i; }

static void relay_input(void *arg, struct slice in, const struct io_meta *meta)
{
	struct flow *f = arg;
	size_t seg = meta->segment_len ? meta->segment_len : in.len;
	for (size_t at = 0; at < in.len; at += seg) {
		size_t len = in.len - at < seg ? in.len - at : seg;
		f->head[2] = (uint8_t)(len >> 8); f->head[3] = (uint8_t)len;
		struct udp_packet p = { .head = slice(f->head, 4), .body = slice(in.p + at, len), .is_lent = true, .to = &f->client };
		udp_push(&listener, &p);
	}
}
static const struct udp_user relay_user = { relay_input, NULL, failed };
static const struct udp_user relay_user_icmp = { relay_input, on_icmp, failed };

static struct flow *open_flow(const struct addr *c)
{
	unsigned *s = slot_of(c);
	if (*s) return flows[*s-1];
	struct flow *f = calloc(1, sizeof(*f));
	struct addr any; addr_parse(&any, str("127.0.0.1"), 0);
	int fd = loop_bind_udp(&loop, &any);
	if (fd < 0) { printf("bind %d\n", fd); return NULL; }
	f->client = *c;
	flows[n_flows++] = f; *s = n_flows;
	struct udp_conf rc = conf;
	rc.receive_buffer = 1<<20;
	udp_open(&f->relay, &loop, fd, &rc, icmp ? &relay_user_icmp : &relay_user, f);
	udp_local(&f->relay, &f->relayed);
	return f;
}

static void answer(struct slice in, const struct io_meta *meta)
{
	struct stun_message m; struct writer w = writer(512); struct stun_writer s; struct flow *f = NULL;
	struct slice v; uint16_t ch;
	if (stun_message_parse(in, &m) || m.class != STUN_REQUEST) return;
	if (m.method != STUN_BINDING && !(f = open_flow(&meta->peer))) return;
	s = stun_begin(&w, STUN_SUCCESS, m.method, m.id);
	stun_put_xor_addr(&s, STUN_XOR_MAPPED_ADDRESS, &meta->peer);
	if (m.method == STUN_ALLOCATE) stun_put_xor_addr(&s, STUN_XOR_RELAYED_ADDRESS, &f->relayed);
	if (m.method == STUN_CHANNEL_BIND) {
		stun_message_find(&m, STUN_CHANNEL_NUMBER, &v); stun_channel_read(v, &ch);
		f->head[0] = (uint8_t)(ch >> 8); f->head[1] = (uint8_t)ch;
		stun_message_find(&m, STUN_XOR_PEER_ADDRESS, &v); stun_xor_addr_read(v, m.id, &f->peer);
	}
	stun_put_u32(&s, STUN_LIFETIME, 3600);
	struct udp_packet p = { .body = writer_slice(&w), .to = &meta->peer };
	udp_push(&listener, &p);
	writer_fini(&w);
}
static void input(void *arg, struct slice in, const struct io_meta *meta)
{
	(void)arg;
	if (in.len < 4) return;
	if (in.p[0] >> 6 != 1) { answer(in, meta); return; }
	unsigned i = *slot_of(&meta->peer);
	if (!i) return;
	struct flow *f = flows[i-1];
	size_t seg = meta->segment_len ? meta->segment_len : in.len;
	for (size_t at = 0; at < in.len; at += seg) {
		size_t len = (size_t)(in.p[at+2] << 8 | in.p[at+3]);
		if (at + 4 + len > in.len) return;
		struct udp_packet p = { .body = slice(in.p + at + 4, len), .is_lent = true, .to = &f->peer, .tos = conf.has_tos ? meta->tos : 0 };
		udp_push(&f->relay, &p);
	}
}
static const struct udp_user user = { input, NULL, failed };

int main(int argc, char **argv)
{
	struct backend *b; struct addr a; struct rlimit l;
	getrlimit(RLIMIT_NOFILE, &l); l.rlim_cur = l.rlim_max; setrlimit(RLIMIT_NOFILE, &l);
	int port = 3478;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--port")) port = atoi(argv[++i]);
		if (!strcmp(argv[i], "--tos")) conf.has_tos = true;
		if (!strcmp(argv[i], "--icmp")) icmp = 1;
		if (!strcmp(argv[i], "--nogro")) conf.has_no_gro = true;
		if (!strcmp(argv[i], "--nogso")) conf.has_no_gso = true;
	}
	if (backend_new(&b, str("epoll")) || loop_init(&loop, b)) return 1;
	addr_parse(&a, str("127.0.0.1"), (uint16_t)port);
	struct udp_conf lc = conf; lc.receive_buffer = lc.send_buffer = 4 << 20;
	int fd = loop_bind_udp(&loop, &a);
	if (fd < 0) return 2;
	if (udp_open(&listener, &loop, fd, &lc, &user, NULL)) return 3;
	loop_run(&loop);
	return 0;
}
