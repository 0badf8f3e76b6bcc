/* Clients that come by TCP: frames of STUN and ChannelData, one after the
 * other (RFC 8656 s12.4).  Packets are a multiple of 4 bytes, so that there
 * is no padding between them. */
#include "turn_stream.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>

enum {
	ON = 1,
	LENGTH_AT = 2,           /* in both kinds of frames */
};


int turn_stream_dial(const struct turn_load *load, struct turn_flow *flow)
{
	const struct addr *to = &load->opt.server;
	struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_addr.s_addr = flow->ip
	};
	int on = ON;

	flow->stream = calloc(1, sizeof(*flow->stream));
	if (!flow->stream)
		return -ENOMEM;

	flow->fd = socket(to->u.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (flow->fd < 0)
		return -errno;

	setsockopt(flow->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (flow->ip && bind(flow->fd, (struct sockaddr *)&from, sizeof(from)))
		return -errno;

	return connect(flow->fd, &to->u.sa, addr_len(to)) ? -errno : 0;
}


/* What of the pieces comes after the first `n` bytes. */
static void keep_rest(struct turn_stream *stream, const struct iovec *iov,
		      size_t n_iov, size_t n)
{
	for (size_t i = 0; i < n_iov; i++) {
		size_t skip = n < iov[i].iov_len ? n : iov[i].iov_len;
		size_t len = iov[i].iov_len - skip;

		n -= skip;
		if (len > sizeof(stream->rest) - stream->rest_len)
			len = sizeof(stream->rest) - stream->rest_len;
		memcpy(stream->rest + stream->rest_len,
		       (const uint8_t *)iov[i].iov_base + skip, len);
		stream->rest_len += len;
	}
}


static void send_rest(struct turn_stream *stream, int fd)
{
	ssize_t n = send(fd, stream->rest, stream->rest_len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n <= 0)
		return;

	stream->rest_len -= (size_t)n;
	memmove(stream->rest, stream->rest + n, stream->rest_len);
}


void turn_stream_send(struct turn_load *load, struct turn_flow *flow,
		      const struct iovec *iov, size_t n_iov)
{
	struct msghdr h = { .msg_iovlen = n_iov };
	ssize_t n;

	if (flow->stream->rest_len)
		send_rest(flow->stream, flow->fd);
	if (flow->stream->rest_len) {
		++load->out.n_dropped;
		return;
	}

	/* msghdr serves receiving as well, hence is not const. */
	memcpy(&h.msg_iov, &iov, sizeof(iov));
	n = sendmsg(flow->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
	keep_rest(flow->stream, iov, n_iov, n < 0 ? 0 : (size_t)n);
}


/* The length of the frame at `p`, 0 if its header is not all there. */
static size_t frame_len(const uint8_t *p, size_t len)
{
	size_t n;

	if (len < TURN_HEADER_LEN)
		return 0;

	n = (size_t)(p[LENGTH_AT] << 8 | p[LENGTH_AT + 1]);

	return n + (p[0] >> 6 ? TURN_HEADER_LEN : STUN_HEADER_LEN);
}


void turn_stream_recv(struct turn_load *load, struct turn_flow *flow,
		      void (*on_frame)(struct turn_load *load,
				       struct turn_flow *flow,
				       struct batch_datagram *d))
{
	struct turn_stream *stream = flow->stream;
	uint8_t bytes[TURN_FRAME_MAX + BATCH_TRAIN];
	struct batch_datagram d = { .p = bytes };
	size_t len = stream->part_len;
	ssize_t n;

	memcpy(bytes, stream->part, len);
	n = recv(flow->fd, bytes + len, BATCH_TRAIN, MSG_DONTWAIT);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			shutdown(flow->fd, SHUT_RDWR);
		return;
	}

	len += (size_t)n;
	for (;;) {
		d.len = d.segment_len = frame_len(d.p, len);
		if (!d.len || d.len > len)
			break;
		on_frame(load, flow, &d);
		d.p += d.len;
		len -= d.len;
	}

	stream->part_len = len < sizeof(stream->part) ? len : 0;
	memcpy(stream->part, d.p, stream->part_len);
	if (stream->rest_len)
		send_rest(stream, flow->fd);
}
