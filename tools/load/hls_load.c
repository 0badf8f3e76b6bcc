/* Viewers of one HLS stream: each loads the playlist as RFC 8216 s6.3.4 says,
 * and fetches every segment in turn, over one connection.  What has left the
 * playlist before it was fetched is missed.  --help lists the options.
 *
 * Says on standard output when each part of the run begins, as rtmp_load. */
#include "hls_load.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "number.h"

enum {
	NAME_MAX_LEN = 192,
	HEAD_MAX = 4096,
	PLAYLIST_MAX = 64 * 1024,
	READ_MAX = 256 * 1024,
	EVENTS_MAX = 256,
	SEGMENTS_BEHIND = 3,     /* of the live edge, to begin */
	RETRY_US = 500000,       /* of a playlist that is not there yet */
	US_PER_S = 1000000,
	EXIT_USAGE = 2,
};

enum what {
	MULTIVARIANT,
	PLAYLIST,
	INIT,
	SEGMENT,
	NOTHING,                 /* until `due_us` */
};

struct viewer {
	int fd;                  /* -1: not open */
	enum what what;          /* is asked for */
	int64_t due_us;          /* of the next playlist */
	bool has_started;
	bool has_head;
	int status;
	size_t n_head;
	char head[HEAD_MAX];
	int64_t body_left;
	size_t n_body;
	char *body;              /* owned: PLAYLIST_MAX */
	uint64_t next;           /* Media Sequence Number to fetch */
	char playlist[NAME_MAX_LEN];
	char init[NAME_MAX_LEN]; /* as last fetched */
	int64_t target_us;
};

struct hls {
	unsigned n_viewers;
	unsigned seconds;
	unsigned ramp;
	unsigned join_s;
	bool is_json;
	char host[NAME_MAX_LEN];
	char folder[NAME_MAX_LEN];       /* "/live/x/" */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	int epoll_fd;
	struct viewer *viewers;  /* owned */
	unsigned n_open;
	unsigned n_started;
	bool is_measuring;
	int64_t now_us;
	uint64_t n_segments, n_playlists, n_missed, n_failed, n_bytes;
};

static const struct number numbers[] = {
	{ "--viewers", offsetof(struct hls, n_viewers), 1, 50000, 1,
	  "viewers" },
	{ "--seconds", offsetof(struct hls, seconds), 1, 1000000, 10,
	  "seconds of measurement" },
	{ "--ramp", offsetof(struct hls, ramp), 1, 100000, 100,
	  "new viewers per second" },
	{ "--join-timeout", offsetof(struct hls, join_s), 1, 3600, 60,
	  "seconds for all to have a segment" },
};

enum { N_NUMBERS = sizeof(numbers) / sizeof(*numbers) };


static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}


static void say(const struct hls *hls, const char *word)
{
	printf("%s: %u of %u\n", word, hls->n_started, hls->n_viewers);
	fflush(stdout);
}


/* -- asking -- */

static void fail(struct hls *hls, struct viewer *v, const char *why)
{
	fprintf(stderr, "viewer %td: %s\n", v - hls->viewers, why);
	++hls->n_failed;
	close(v->fd);
	v->fd = -1;
}


static void ask(struct hls *hls, struct viewer *v, enum what what,
		const char *name)
{
	char request[2 * NAME_MAX_LEN + 128];
	int len = snprintf(request, sizeof(request), "GET %s%s HTTP/1.1\r\n"
			   "Host: %s\r\nUser-Agent: sluice load\r\n\r\n",
			   hls->folder, name, hls->host);

	v->what = what;
	v->has_head = false;
	v->n_head = v->n_body = 0;
	if (send(v->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		fail(hls, v, "cannot ask");
}


static void wait_for_playlist(const struct hls *hls, struct viewer *v,
			      int64_t us)
{
	v->what = NOTHING;
	v->due_us = hls->now_us + us;
}


/* -- playlists -- */

/* The text behind `tag`, up to its line's end, in `out`. */
static bool find_tag(const char *text, const char *tag, char *out)
{
	const char *at = strstr(text, tag);
	size_t len;

	if (!at)
		return false;

	at += strlen(tag);
	len = strcspn(at, "\r\n\"");
	if (len >= NAME_MAX_LEN)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';

	return true;
}


/* The name of segment `n` of those listed; the number of those listed. */
static uint64_t find_segment(char *text, uint64_t n, char *name)
{
	uint64_t n_listed = 0;

	for (char *line = text; *line; line += strspn(line, "\r\n")) {
		size_t len = strcspn(line, "\r\n");

		if (line[0] != '#' && len < NAME_MAX_LEN && n_listed++ == n) {
			memcpy(name, line, len);
			name[len] = '\0';
		}
		line += len;
	}

	return n_listed;
}


static void on_multivariant(struct hls *hls, struct viewer *v)
{
	if (!find_segment(v->body, 0, v->playlist)) {
		fail(hls, v, "no variant");
		return;
	}
	ask(hls, v, PLAYLIST, v->playlist);
}


/* Fetch what is next, if it is listed by now. */
static void on_playlist(struct hls *hls, struct viewer *v)
{
	char text[NAME_MAX_LEN], name[NAME_MAX_LEN];
	uint64_t first = 0, n;

	hls->n_playlists += hls->is_measuring;
	if (find_tag(v->body, "#EXT-X-MEDIA-SEQUENCE:", text))
		first = strtoull(text, NULL, 10);
	if (find_tag(v->body, "#EXT-X-TARGETDURATION:", text))
		v->target_us = atoi(text) * US_PER_S;
	n = find_segment(v->body, UINT64_MAX, name);
	if (!v->has_started && n)
		v->next = first + (n > SEGMENTS_BEHIND ? n - SEGMENTS_BEHIND
						       : 0);
	if (v->next < first) {
		hls->n_missed += first - v->next;
		v->next = first;
	}
	if (v->next >= first + n) {
		wait_for_playlist(hls, v, v->target_us ? v->target_us / 2
						       : RETRY_US);
		return;
	}

	if (find_tag(v->body, "#EXT-X-MAP:URI=\"", name) &&
	    strcmp(name, v->init)) {
		memcpy(v->init, name, sizeof(name));
		ask(hls, v, INIT, name);
		return;
	}

	find_segment(v->body, v->next - first, name);
	ask(hls, v, SEGMENT, name);
}


static void on_segment(struct hls *hls, struct viewer *v)
{
	hls->n_segments += hls->is_measuring;
	hls->n_started += !v->has_started;
	v->has_started = true;
	++v->next;
	ask(hls, v, PLAYLIST, v->playlist);
}


/* -- answers -- */

static void on_answer(struct hls *hls, struct viewer *v)
{
	if (v->body)
		v->body[v->n_body] = '\0';

	if (v->status != 200 && v->what == SEGMENT) {
		++hls->n_missed;
		++v->next;
		ask(hls, v, PLAYLIST, v->playlist);
		return;
	}
	if (v->status != 200 && !v->has_started) {
		v->playlist[0] = '\0';
		wait_for_playlist(hls, v, RETRY_US);
		return;
	}
	if (v->status != 200) {
		fail(hls, v, "the playlist is gone");
		return;
	}

	switch (v->what) {
	case MULTIVARIANT:
		on_multivariant(hls, v);
		break;
	case PLAYLIST:
		on_playlist(hls, v);
		break;
	case INIT:
		ask(hls, v, PLAYLIST, v->playlist);
		break;
	case SEGMENT:
		on_segment(hls, v);
		break;
	case NOTHING:
		break;
	}
}


/* Take what belongs to the head; how much that was. */
static size_t take_head(struct hls *hls, struct viewer *v, const char *p,
			size_t len)
{
	size_t n = HEAD_MAX - 1 - v->n_head < len ? HEAD_MAX - 1 - v->n_head
						  : len;
	size_t before = v->n_head;
	const char *end, *length;

	memcpy(v->head + v->n_head, p, n);
	v->n_head += n;
	v->head[v->n_head] = '\0';
	end = strstr(v->head, "\r\n\r\n");
	if (!end) {
		if (v->n_head == HEAD_MAX - 1)
			fail(hls, v, "a long head");
		return n;
	}

	length = strstr(v->head, "Content-Length: ");
	if (strncmp(v->head, "HTTP/1.1 ", 9) || !length || length > end) {
		fail(hls, v, "an answer without a length");
		return n;
	}
	v->has_head = true;
	v->status = atoi(v->head + 9);
	v->body_left = atoll(length + 16);

	return (size_t)(end + 4 - v->head) - before;
}


static size_t take_body(struct hls *hls, struct viewer *v, const char *p,
			size_t len)
{
	size_t n = (uint64_t)v->body_left < len ? (size_t)v->body_left : len;
	bool is_text = v->what == MULTIVARIANT || v->what == PLAYLIST;

	if (is_text && v->n_body + n < PLAYLIST_MAX) {
		memcpy(v->body + v->n_body, p, n);
		v->n_body += n;
	}
	v->body_left -= (int64_t)n;
	if (!v->body_left)
		on_answer(hls, v);

	return n;
}


static void on_readable(struct hls *hls, struct viewer *v)
{
	static char bytes[READ_MAX];
	ssize_t n = recv(v->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	size_t at = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(hls, v, "closed by the server");
		return;
	}

	if (hls->is_measuring)
		hls->n_bytes += (uint64_t)n;
	while (v->fd >= 0 && (at < (size_t)n ||
			      (v->has_head && !v->body_left &&
			       v->what != NOTHING))) {
		if (!v->has_head)
			at += take_head(hls, v, bytes + at, (size_t)n - at);
		else
			at += take_body(hls, v, bytes + at, (size_t)n - at);
	}
}


/* -- the run -- */

static void open_viewer(struct hls *hls, struct viewer *v)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = v };
	int one = 1;

	v->body = malloc(PLAYLIST_MAX);
	v->fd = socket(hls->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!v->body || v->fd < 0 ||
	    connect(v->fd, (struct sockaddr *)&hls->addr, hls->addr_len)) {
		fail(hls, v, "cannot connect");
		return;
	}
	setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(hls->epoll_fd, EPOLL_CTL_ADD, v->fd, &ev);
	ask(hls, v, MULTIVARIANT, "index.m3u8");
}


static void turn(struct hls *hls)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(hls->epoll_fd, events, EVENTS_MAX, 10);

	hls->now_us = clock_us();
	for (int i = 0; i < n; i++) {
		struct viewer *v = events[i].data.ptr;

		if (v->fd >= 0)
			on_readable(hls, v);
	}
	for (unsigned i = 0; i < hls->n_open; i++) {
		struct viewer *v = &hls->viewers[i];

		if (v->fd < 0 || v->what != NOTHING || hls->now_us < v->due_us)
			continue;
		if (v->playlist[0])
			ask(hls, v, PLAYLIST, v->playlist);
		else
			ask(hls, v, MULTIVARIANT, "index.m3u8");
	}
}


static bool join(struct hls *hls)
{
	int64_t start_us = hls->now_us = clock_us();
	int64_t end_us = start_us + (int64_t)hls->join_s * US_PER_S;

	while (hls->n_started < hls->n_viewers && hls->now_us < end_us &&
	       !hls->n_failed) {
		int64_t due = (hls->now_us - start_us) * hls->ramp / US_PER_S;

		while (hls->n_open < hls->n_viewers &&
		       (int64_t)hls->n_open <= due)
			open_viewer(hls, &hls->viewers[hls->n_open++]);
		turn(hls);
	}

	return hls->n_started == hls->n_viewers;
}


static void measure(struct hls *hls)
{
	int64_t end_us = hls->now_us + (int64_t)hls->seconds * US_PER_S;

	hls->is_measuring = true;
	while (hls->now_us < end_us)
		turn(hls);
	hls->is_measuring = false;
}


/* -- what was found -- */

static bool report(const struct hls *hls)
{
	bool ok = hls->n_started == hls->n_viewers && !hls->n_missed &&
		!hls->n_failed && hls->n_segments;

	if (hls->is_json)
		printf("{ \"ok\": %s, \"viewers\": %u, \"joined\": %u, "
		       "\"segments\": %llu, \"playlists\": %llu, \"missed\": "
		       "%llu, \"failed\": %llu, \"bytes\": %llu, "
		       "\"seconds\": %u }\n", ok ? "true" : "false",
		       hls->n_viewers, hls->n_started,
		       (unsigned long long)hls->n_segments,
		       (unsigned long long)hls->n_playlists,
		       (unsigned long long)hls->n_missed,
		       (unsigned long long)hls->n_failed,
		       (unsigned long long)hls->n_bytes, hls->seconds);
	else
		printf("joined       %u of %u\nfetched      %llu segments, "
		       "%llu playlists, %.3f Gbit in %u s\nmissed       %llu; "
		       "%llu failed\n", hls->n_started, hls->n_viewers,
		       (unsigned long long)hls->n_segments,
		       (unsigned long long)hls->n_playlists,
		       (double)hls->n_bytes * 8e-9, hls->seconds,
		       (unsigned long long)hls->n_missed,
		       (unsigned long long)hls->n_failed);

	return ok;
}


/* -- the command line -- */

/* http://HOST:PORT/APP/NAME */
static int read_url(struct hls *hls, const char *url)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *info;
	char port[8];

	if (sscanf(url, "http://%127[^:/]:%7[0-9]%127s", hls->host, port,
		   hls->folder) != 3 ||
	    getaddrinfo(hls->host, port, &hints, &info))
		return -EINVAL;

	strcat(hls->folder, "/");
	memcpy(&hls->addr, info->ai_addr, info->ai_addrlen);
	hls->addr_len = info->ai_addrlen;
	freeaddrinfo(info);

	return 0;
}


static int read_options(struct hls *hls, int argc, char **argv)
{
	numbers_init(numbers, N_NUMBERS, hls);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			hls->is_json = true;
		} else if (i + 1 == argc) {
			break;
		} else if (!strcmp(argv[i], "--url")) {
			if (read_url(hls, argv[++i]))
				break;
		} else if (numbers_read(numbers, N_NUMBERS, hls, argv[i],
					argv[i + 1])) {
			return -EINVAL;
		} else {
			++i;
		}
	}
	if (hls->addr_len)
		return 0;

	printf("load hls --url http://HOST:PORT/APP/NAME [options]\n\n");
	numbers_print(numbers, N_NUMBERS);
	printf("  %-16s one line of JSON at the end\n", "--json");

	return -EINVAL;
}


static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}


int hls_load(int argc, char **argv)
{
	static struct hls hls;
	bool ok;

	if (read_options(&hls, argc, argv))
		return EXIT_USAGE;

	raise_limits();
	hls.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	hls.viewers = calloc(hls.n_viewers, sizeof(*hls.viewers));
	if (!hls.viewers || hls.epoll_fd < 0)
		return EXIT_FAILURE;

	if (join(&hls)) {
		say(&hls, "measuring");
		measure(&hls);
		say(&hls, "measured");
	}
	ok = report(&hls);

	for (unsigned i = 0; i < hls.n_open; i++) {
		if (hls.viewers[i].fd >= 0)
			close(hls.viewers[i].fd);
		free(hls.viewers[i].body);
	}
	free(hls.viewers);
	close(hls.epoll_fd);

	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
