/* What goes through the allocations: sent on a schedule, or as soon as what
 * was sent before has come back; bounced by peers, checked and timed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "turn.h"
#include "turn_packet.h"
#include "turn_stream.h"

enum {
	RUN_MAX = 64,            /* bursts, before something is received */
	HEAD_LEN = TURN_HEADER_LEN + TURN_PACKET_HEAD,
	STUCK_US = 200 * TURN_US_PER_MS,
	SEED = 3,                /* the same order in each run */
};


/* Relayed packets for one that is sent. */
static unsigned n_hops(const struct turn_load *load)
{
	enum turn_mode mode = load->opt.mode;

	return mode == TURN_ECHO || mode == TURN_HAIRPIN ? 2 : 1;
}


static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}


int turn_traffic_start(struct turn_load *load)
{
	const struct turn_options *opt = &load->opt;
	struct turn_schedule *s = &load->schedule;
	uint32_t other;

	s->step = opt->mode == TURN_HAIRPIN ? 2 : 1;
	s->n = opt->n_flows / s->step;
	s->flows = calloc(s->n, sizeof(*s->flows));
	s->offsets_us = calloc(s->n, sizeof(*s->offsets_us));
	if (!s->flows || !s->offsets_us)
		return -ENOMEM;

	if (opt->rate)
		s->cycle_us = (int64_t)s->n * n_hops(load) * opt->burst *
			TURN_US_PER_S / opt->rate;
	srandom(SEED);
	for (unsigned i = 0; i < s->n; i++) {
		s->flows[i] = i * s->step;
		other = (uint32_t)random() % (i + 1);
		s->flows[i] = s->flows[other];
		s->flows[other] = i * s->step;
		s->offsets_us[i] = s->cycle_us ? random() % s->cycle_us : 0;
	}
	qsort(s->offsets_us, s->n, sizeof(*s->offsets_us), compare);
	s->start_us = load->now_us;
	for (unsigned i = 0; i < s->n; i++)
		load->flows[s->flows[i]].credit = opt->window;

	return 0;
}


void turn_traffic_stop(struct turn_load *load)
{
	free(load->schedule.flows);
	free(load->schedule.offsets_us);
}


static void flush(struct turn_load *load)
{
	batch_flush(&load->out);
	load->n_heads = 0;
}


/* Write the head of the next packet of a flow, and where its pieces are. */
static void put_packet(struct turn_load *load, struct turn_flow *flow,
		       struct iovec iov[2])
{
	size_t len = load->opt.size, skip;
	uint8_t *p = load->heads[load->n_heads++];
	struct turn_packet packet = {
		load->run, (uint32_t)(flow - load->flows), flow->n_sent++,
		load->now_us
	};
	const uint8_t *filler = turn_packet_filler();

	p[0] = TURN_CHANNEL >> 8;
	p[1] = TURN_CHANNEL & 0xff;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	turn_packet_write(p + TURN_HEADER_LEN, len, &packet);

	/* A peer has no header to write. */
	skip = load->opt.mode == TURN_SOURCE ? TURN_HEADER_LEN : 0;
	iov[0].iov_base = p + skip;
	iov[0].iov_len = HEAD_LEN - skip;
	memcpy(&iov[1].iov_base, &filler, sizeof(filler));
	iov[1].iov_len = len - TURN_PACKET_HEAD;
}


/* Where a flow begins: at its client, or at its peer. */
static void send_from(struct turn_load *load, struct turn_flow *flow,
		      const struct batch_send *send)
{
	size_t i = (size_t)(flow - load->flows) % load->opt.n_peers;

	if (load->opt.mode == TURN_SOURCE)
		batch_push(&load->out, load->peer_fds[i], send);
	else
		turn_flow_send(load, flow, send);
}


/* Send a burst of a flow: as a train, or packet by packet. */
static void send_burst(struct turn_load *load, struct turn_flow *flow)
{
	const struct turn_options *opt = &load->opt;
	bool is_source = opt->mode == TURN_SOURCE;
	struct iovec iov[2 * BATCH_SEGMENTS_MAX];
	struct batch_send send = {
		.iov = iov, .n_iov = 2,
		.to = is_source ? &flow->relayed : &opt->server,
		.from_ip = is_source ? 0 : flow->ip
	};

	if (load->n_heads + opt->burst > BATCH_SLOTS)
		flush(load);

	for (unsigned i = 0; i < opt->burst; i++) {
		put_packet(load, flow, opt->has_gso ? &iov[2 * i] : iov);
		if (!opt->has_gso)
			send_from(load, flow, &send);
	}
	if (opt->has_gso) {
		send.n_iov = 2 * opt->burst;
		send.segment_len = opt->burst == 1 ? 0 : opt->size +
			(is_source ? 0u : TURN_HEADER_LEN);
		send_from(load, flow, &send);
	}
	if (load->phase == TURN_MEASURE)
		load->totals.sent += opt->burst;
	flow->active_us = load->now_us;
}


/* Send what the window lets a flow send. */
static void send_credit(struct turn_load *load, struct turn_flow *flow)
{
	if (load->phase > TURN_MEASURE)
		return;

	while (flow->credit >= load->opt.burst) {
		flow->credit -= load->opt.burst;
		send_burst(load, flow);
	}
}


/* Where packets were lost, nothing comes back that would send the next. */
static int64_t run_windows(struct turn_load *load)
{
	struct turn_schedule *s = &load->schedule;
	int64_t us = load->now_us;

	for (unsigned i = 0; i < s->n; i++) {
		struct turn_flow *flow = &load->flows[s->flows[i]];

		if (us - flow->active_us > STUCK_US)
			flow->credit = load->opt.window;
		send_credit(load, flow);
	}
	flush(load);

	return us + STUCK_US;
}


int64_t turn_traffic_run(struct turn_load *load)
{
	struct turn_schedule *s = &load->schedule;
	int64_t due_us;

	if (load->opt.window)
		return run_windows(load);
	if (!s->cycle_us)
		return INT64_MAX;

	for (int n = 0;; n++) {
		due_us = s->start_us + (int64_t)(s->n_done / s->n) *
			s->cycle_us + s->offsets_us[s->n_done % s->n];
		if (due_us > load->now_us || n == RUN_MAX)
			break;
		if (load->phase == TURN_MEASURE)
			histogram_add(&load->totals.late,
				      load->now_us - due_us);
		send_burst(load, &load->flows[s->flows[s->n_done++ % s->n]]);
	}
	flush(load);

	return due_us;
}


/* A packet is at the end of its way. */
static void finish(struct turn_load *load, struct turn_flow *flow,
		   const struct turn_packet *packet)
{
	struct turn_totals *t = &load->totals;

	if (packet->seq < flow->next) {
		++t->repeated;
		return;
	}

	flow->next = packet->seq + 1;
	if (packet->sent_us >= load->measure_us &&
	    (packet->sent_us < load->measure_end_us ||
	     load->phase == TURN_MEASURE)) {
		++t->received;
		histogram_add(&t->rtt, load->now_us - packet->sent_us);
	}
	flow->active_us = load->now_us;
	if (load->opt.window) {
		++flow->credit;
		send_credit(load, flow);
	}
}


/* Read a packet that the server sent, and count it. */
static bool read_packet(struct turn_load *load, const uint8_t *p, size_t len,
			struct turn_packet *packet)
{
	if (load->phase == TURN_MEASURE)
		++load->totals.relayed;
	if (!turn_packet_read(p, len, packet) ||
	    packet->flow >= load->opt.n_flows) {
		++load->totals.corrupt;
		return false;
	}

	return packet->run == load->run;
}


/* What came, to be sent as it is. */
static struct batch_send bounced(const struct batch_datagram *d,
				 struct iovec *iov)
{
	struct batch_send send = {
		.iov = iov, .n_iov = 1,
		.segment_len = d->segment_len < d->len ? d->segment_len : 0
	};

	iov->iov_base = d->p;
	iov->iov_len = d->len;

	return send;
}


/* ChannelData at a client, possibly a train.  In hairpin mode what the other
 * one of the pair has sent goes back as it came: the channels are alike. */
static void on_data(struct turn_load *load, struct turn_flow *flow,
		    const struct batch_datagram *d)
{
	uint32_t self = (uint32_t)(flow - load->flows);
	struct iovec iov;
	struct batch_send send = bounced(d, &iov);
	struct turn_packet packet;
	bool is_foreign = false;

	for (size_t at = 0; at < d->len; at += d->segment_len) {
		const uint8_t *p = d->p + at;
		size_t left = d->len - at, len = left < TURN_HEADER_LEN ? 0 :
			(size_t)(p[2] << 8 | p[3]);

		if (left < TURN_HEADER_LEN || p[0] != TURN_CHANNEL >> 8 ||
		    p[1] || len > left - TURN_HEADER_LEN) {
			++load->totals.corrupt;
			continue;
		}
		if (!read_packet(load, p + TURN_HEADER_LEN, len, &packet))
			continue;
		if (packet.flow == self)
			finish(load, flow, &packet);
		else if (load->opt.mode == TURN_HAIRPIN &&
			 packet.flow == (self ^ 1))
			is_foreign = true;
		else
			++load->totals.strays;
	}
	send.to = &load->opt.server;
	send.from_ip = flow->ip;
	if (is_foreign)
		turn_flow_send(load, flow, &send);
}


static struct turn_flow *find_flow(struct turn_load *load, int64_t i,
				   uint32_t local_ip)
{
	if (i < 0)
		i = (int64_t)ntohl(local_ip) - ntohl(load->flows[0].ip);

	return i < 0 || i >= load->opt.n_flows ? NULL : &load->flows[i];
}


/* A frame of a client's: both kinds. */
static void on_frame(struct turn_load *load, struct turn_flow *flow,
		     struct batch_datagram *d)
{
	if (d->p[0] >> 6)
		on_data(load, flow, d);
	else
		turn_flow_answer(load, flow, slice(d->p, d->len));
}


void turn_traffic_recv_stream(struct turn_load *load, struct turn_flow *flow)
{
	load->now_us = clock_now_us();
	turn_stream_recv(load, flow, on_frame);
	flush(load);
}


void turn_traffic_recv_client(struct turn_load *load, int fd, int64_t i)
{
	struct batch_datagram datagrams[BATCH_MAX];
	size_t n = batch_recv(&load->in, fd, datagrams);

	load->now_us = clock_now_us();
	for (size_t k = 0; k < n; k++) {
		struct batch_datagram *d = &datagrams[k];
		struct turn_flow *flow = find_flow(load, i, d->local_ip);

		if (flow && d->len)
			on_frame(load, flow, d);
	}
	flush(load);
	batch_in_reset(&load->in);
}


/* A datagram or train at a peer: it goes back, or its way ends here. */
static void on_peer_data(struct turn_load *load, unsigned i,
			 const struct batch_datagram *d)
{
	bool is_echo = load->opt.mode == TURN_ECHO;
	struct iovec iov;
	struct batch_send send = bounced(d, &iov);
	struct turn_packet packet;

	for (size_t at = 0; at < d->len; at += d->segment_len) {
		size_t left = d->len - at;

		if (!read_packet(load, d->p + at, left < d->segment_len ?
				 left : d->segment_len, &packet))
			continue;
		if (!addr_eq(&load->flows[packet.flow].relayed, &d->from))
			++load->totals.strays;
		else if (!is_echo)
			finish(load, &load->flows[packet.flow], &packet);
	}
	send.to = &d->from;
	if (is_echo)
		batch_push(&load->out, load->peer_fds[i], &send);
}


void turn_traffic_recv_peer(struct turn_load *load, unsigned i)
{
	struct batch_datagram datagrams[BATCH_MAX];
	size_t n = batch_recv(&load->in, load->peer_fds[i], datagrams);

	load->now_us = clock_now_us();
	for (size_t k = 0; k < n; k++) {
		if (datagrams[k].len)
			on_peer_data(load, i, &datagrams[k]);
	}
	flush(load);
	batch_in_reset(&load->in);
}
