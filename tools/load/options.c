/* The command line of the load. */
#include "options.h"
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "number.h"

enum {
	PORT_DEFAULT = 1935,
};

#define FIELD(f) offsetof(struct options, f)

static const struct number numbers[] = {
	{ "--publishers", FIELD(n_publishers), 0, 10000, 1,
	  "streams to publish; 0: somebody else does" },
	{ "--watched", FIELD(n_watched), 0, 10000, 0,
	  "streams that have players; 0: all" },
	{ "--players", FIELD(n_players), 0, 50000, 1,
	  "players, spread over the watched streams" },
	{ "--bitrate", FIELD(bitrate_kbps), 160, 40000, 1000,
	  "kb/s of a stream, audio included" },
	{ "--fps", FIELD(fps), 1, 240, 25, "video frames per second" },
	{ "--gop", FIELD(gop), 1, 10000, 50, "frames per key frame" },
	{ "--key-ratio", FIELD(key_ratio), 1, 100, 8,
	  "size of a key frame to that of others" },
	{ "--audio", FIELD(audio), 0, 1, 1, "128 kb/s of audio" },
	{ "--flv-port", FIELD(flv_port), 0, 65535, 0,
	  "players come to this port for FLV by HTTP; 0: by RTMP" },
	{ "--ramp", FIELD(ramp), 1, 100000, 500,
	  "new connections per second" },
	{ "--publish", FIELD(publish_s), 0, 3600, 0,
	  "seconds with publishers alone" },
	{ "--warmup", FIELD(warmup_s), 0, 3600, 1,
	  "seconds from all joined to the measurement" },
	{ "--seconds", FIELD(seconds), 1, 1000000, 10,
	  "seconds of measurement" },
	{ "--join-timeout", FIELD(join_timeout_s), 1, 3600, 60,
	  "seconds for all to have joined" },
	{ "--receive-buffer", FIELD(receive_buffer), 0, 1 << 30, 0,
	  "SO_RCVBUF of players; 0: the system's" },
	{ "--thorough", FIELD(n_thorough), 0, 50000, 4,
	  "players that look at every byte" },
	{ "--stoppers", FIELD(n_stoppers), 0, 50000, 0,
	  "players that stop reading, and must get a key frame again" },
	{ "--stop-after", FIELD(stop_after_s), 0, 1000000, 2,
	  "seconds of measurement before they stop" },
	{ "--stop-for", FIELD(stop_for_s), 1, 1000000, 30,
	  "seconds that they stop" },
	{ "--never-read", FIELD(n_never), 0, 50000, 0,
	  "further players that play and never read" },
	{ "--never-limit", FIELD(never_limit_s), 0, 1000000, 0,
	  "seconds until the server must have closed them; 0: no matter" },
};

enum { N_NUMBERS = sizeof(numbers) / sizeof(*numbers) };


static void print_help(void)
{
	printf("load --url rtmp://HOST[:PORT]/APP/NAME [options]\n\n"
	       "Publishes made-up media and plays it, verifies every message"
	       "\nand measures the latency.  Stream i of several is NAMEi.\n"
	       "Exit status 0 if nothing is missing.\n\n");
	numbers_print(numbers, N_NUMBERS);
	printf("  %-16s an FLV file (H.264, AAC) to publish, over and over\n",
	       "--flv");
	printf("  %-16s one line of JSON at the end\n", "--json");
}


static int get_part(char *part, const char **p, const char *end_at)
{
	size_t len = strcspn(*p, end_at);

	if (!len || len >= URL_PART_MAX)
		return -EINVAL;

	memcpy(part, *p, len);
	part[len] = '\0';
	*p += len;

	return 0;
}


static int find_address(struct url *url)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	char port[16];

	snprintf(port, sizeof(port), "%u", url->port);
	if (getaddrinfo(url->host, port, &hints, &info))
		return -EINVAL;

	memcpy(&url->addr, info->ai_addr, info->ai_addrlen);
	url->addr_len = info->ai_addrlen;
	freeaddrinfo(info);

	return 0;
}


/* rtmp://HOST[:PORT]/APP/NAME, an IPv6 address in brackets. */
static int read_url(struct url *url, const char *p)
{
	bool is_v6;
	char *end;
	unsigned long port = PORT_DEFAULT;

	if (strncmp(p, "rtmp://", 7))
		return -EINVAL;

	p += 7;
	is_v6 = *p == '[';
	p += is_v6;
	if (get_part(url->host, &p, is_v6 ? "]" : ":/"))
		return -EINVAL;
	p += is_v6 && *p == ']';
	if (*p == ':') {
		port = strtoul(p + 1, &end, 10);
		p = end;
	}
	if (*p != '/' || !port || port > UINT16_MAX)
		return -EINVAL;
	++p;
	if (get_part(url->app, &p, "/") || *p != '/')
		return -EINVAL;
	++p;
	if (get_part(url->name, &p, ""))
		return -EINVAL;
	url->port = (uint16_t)port;

	return find_address(url);
}


/* What must hold between options. */
static int check(struct options *opt)
{
	const char *why = NULL;

	if (!opt->n_watched)
		opt->n_watched = opt->n_publishers ? opt->n_publishers : 1;

	if (!opt->url.port)
		why = "--url is missing";
	else if (opt->n_publishers && opt->n_watched > opt->n_publishers)
		why = "more streams watched than published";
	else if (opt->n_stoppers > opt->n_players)
		why = "more stoppers than players";
	else if (opt->n_stoppers &&
		 opt->stop_after_s + opt->stop_for_s >= opt->seconds)
		why = "the measurement ends before stoppers read again";
	if (!why) {
		opt->flv_url = opt->url;
		opt->flv_url.port = (uint16_t)opt->flv_port;
		return find_address(&opt->flv_url) ? -EINVAL : 0;
	}

	fprintf(stderr, "%s\n", why);

	return -EINVAL;
}


int options_read(struct options *opt, int argc, char **argv)
{
	memset(opt, 0, sizeof(*opt));
	numbers_init(numbers, N_NUMBERS, opt);

	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];

		if (!strcmp(name, "--help")) {
			print_help();
			exit(EXIT_SUCCESS);
		}
		if (!strcmp(name, "--json")) {
			opt->is_json = true;
			continue;
		}
		if (++i == argc) {
			fprintf(stderr, "%s needs a value\n", name);
			return -EINVAL;
		}
		if (!strcmp(name, "--flv")) {
			opt->flv = argv[i];
		} else if (!strcmp(name, "--url")) {
			if (read_url(&opt->url, argv[i])) {
				fprintf(stderr, "bad URL %s\n", argv[i]);
				return -EINVAL;
			}
		} else if (numbers_read(numbers, N_NUMBERS, opt, name,
					argv[i])) {
			return -EINVAL;
		}
	}

	return check(opt);
}
