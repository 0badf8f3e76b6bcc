/* Players: each verifies one stream, from its first key frame on.
 *
 * Video and audio are counted apart, since a server may interleave their
 * chunks; the stamp of a key frame says where both must go on.  A gap that
 * ends at a key frame is a skip, any other a loss. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "load.h"

enum {
	COMMAND_MAX = 512,
	TXN_PLAY = 4,
	CLIENT_BUFFER_MS = 1000,
	LIVE = -1000,            /* play's start: live only */
	NEVER_CHECK_US = 250000,
	TCP_LINE_MAX = 512,
	TCP_ESTABLISHED = 1,
};

enum stamp_state {
	STAMP_NONE,
	STAMP_GOOD,
	STAMP_BAD,
};


static struct player *player_of(struct peer *peer)
{
	return (struct player *)(void *)peer;
}


/* It has asked to play. */
static void start(struct peer *peer)
{
	struct player *player = player_of(peer);

	player->play_us = peer->load->now_us;
	if (player->is_never) {
		++peer->load->n_joined;
		peer_set_reading(peer, false);
	}
}


static int on_created(struct peer *peer)
{
	uint8_t bytes[COMMAND_MAX], control[32];
	struct wire_out out = { bytes, 0, sizeof(bytes) };
	struct wire_out length = { control, 0, sizeof(control) };
	char name[URL_PART_MAX + 16];
	int err;

	load_stream_name(peer->load, peer->stream, name, sizeof(name));
	peer_put_command(&out, "play", TXN_PLAY);
	amf_put_string(&out, name);
	amf_put_number(&out, LIVE);
	err = peer_send_command(peer, peer->stream_id, &out);
	if (err)
		return err;

	start(peer);
	wire_put_user_control(&length, WIRE_SET_BUFFER_LENGTH, 2,
			      peer->stream_id, CLIENT_BUFFER_MS);

	return peer_send(peer, length.p, length.len);
}


static int ask(struct peer *peer)
{
	const struct url *url = &peer->load->opt.flv_url;
	char name[URL_PART_MAX + 16], request[COMMAND_MAX];
	int len;

	load_stream_name(peer->load, peer->stream, name, sizeof(name));
	len = snprintf(request, sizeof(request), "GET /%s/%s.flv HTTP/1.1\r\n"
		       "Host: %s\r\nUser-Agent: sluice load\r\n\r\n",
		       url->app, name, url->host);
	start(peer);

	return peer_send(peer, (const uint8_t *)request, (size_t)len);
}


static int on_status(struct peer *peer)
{
	if (peer->state == PEER_START)
		peer->state = PEER_RUNNING;

	return 0;
}


/* The first key frame: all after it must come. */
static void join(struct player *player, const struct stamp *s, uint32_t ms)
{
	struct load *load = player->peer.load;

	player->has_joined = true;
	player->shift_ms = ms - s->media_ms;
	player->next_video = s->n_video;
	player->next_audio = s->n_audio;
	++load->n_joined;
	histogram_add(&load->totals.join, load->now_us - player->play_us);
}


/* A gap of `n` messages in front of the key frame or other frame `s`. */
static void count_gap(struct player *player, const struct stamp *s,
		      uint32_t n)
{
	struct totals *totals = &player->peer.load->totals;

	if (!s->is_key) {
		totals->missing += n;
		return;
	}

	/* Audio before the key frame was jumped over too. */
	if (s->n_audio > player->next_audio) {
		n += s->n_audio - player->next_audio;
		player->next_audio = s->n_audio;
	}
	if (player->is_stopper) {
		++totals->stopper_skips;
		totals->stopper_skipped += n;
	} else {
		++totals->skips;
		totals->skipped += n;
	}
}


/* A whole good message of a player that has joined. */
static void count(struct player *player, const struct stamp *s, uint32_t ms)
{
	struct load *load = player->peer.load;
	uint32_t *next = s->is_video ? &player->next_video :
		&player->next_audio;
	uint32_t n = s->is_video ? s->n_video : s->n_audio;

	if (n < *next) {
		++load->totals.repeated;
		return;
	}

	if (n > *next)
		count_gap(player, s, n - *next);
	*next = n + 1;
	++load->totals.messages;
	if (ms - s->media_ms != player->shift_ms) {
		++load->totals.retimed;
		player->shift_ms = ms - s->media_ms;
	}
	if (s->is_key && load->resume_us && s->sent_us >= load->resume_us)
		player->has_resumed = true;
	if (!player->is_stopper && load->measure_us &&
	    s->sent_us >= load->measure_us &&
	    s->sent_us < load->measure_end_us)
		histogram_add(&load->totals.latency,
			      load->now_us - s->sent_us);
}


static void on_frame(struct player *player, const struct wire_message *m,
		     const struct stamp *s, bool is_good)
{
	struct totals *totals = &player->peer.load->totals;

	if (!is_good) {
		if (!totals->corrupt++)
			peer_say(&player->peer, "first corrupt message: "
				 "type %u, %u bytes, timestamp %u",
				 m->type, m->len, m->timestamp);
		return;
	}

	if (!player->has_joined && s->is_key)
		join(player, s, m->timestamp);
	if (!player->has_joined)
		return;

	if (s->is_video ? !player->has_video_config :
	    !player->has_audio_config)
		++totals->no_config;
	count(player, s, m->timestamp);
}


/* A sequence header: must be the one published, byte for byte. */
static void on_config(struct player *player, const struct wire_message *m)
{
	bool is_video = m->type == WIRE_VIDEO;
	const struct media *media = player->peer.load->media;
	const uint8_t *want;
	size_t len;

	want = is_video ? media_video_config(media, &len) :
		media_audio_config(media, &len);
	if (m->len != len || memcmp(m->head, want, len)) {
		++player->peer.load->totals.corrupt;
		peer_say(&player->peer, "another sequence header");
		return;
	}

	if (is_video)
		player->has_video_config = true;
	else
		player->has_audio_config = true;
}


static int on_media(struct peer *peer, const struct wire_message *m,
		    const uint8_t *p, size_t len)
{
	struct player *player = player_of(peer);
	struct stamp *s = &player->stamps[m->slot];
	uint8_t *state = &player->stamp_states[m->slot];
	bool is_last = m->got + len == m->len;
	int err;

	if (!m->got)
		*state = STAMP_NONE;
	if (m->head_len >= 2 && !m->head[1]) {
		if (is_last)
			on_config(player, m);
		return 0;
	}

	if (*state == STAMP_NONE) {
		err = media_read(s, m->type == WIRE_VIDEO, m->head,
				 m->head_len, m->len);
		if (err == -EAGAIN)
			return 0;
		*state = !err && s->publisher == peer->stream ?
			STAMP_GOOD : STAMP_BAD;
	}
	if (*state == STAMP_GOOD &&
	    !media_check(peer->load->media, s, m->got, p, len,
			 player->is_thorough))
		*state = STAMP_BAD;
	if (is_last)
		on_frame(player, m, s, *state == STAMP_GOOD);

	return 0;
}


void player_open(struct load *load, unsigned i)
{
	static const struct role role = {
		"player", on_created, on_status, ask, on_media
	};
	const struct options *opt = &load->opt;
	struct player *player = &load->players[i];

	player->is_stopper = i < opt->n_stoppers;
	player->is_never = i >= opt->n_players;
	player->is_thorough = i < opt->n_thorough;
	peer_open(&player->peer, load, &role, i, i % opt->n_watched);
}


void players_finish(struct load *load)
{
	const struct options *opt = &load->opt;

	for (unsigned i = 0; opt->n_publishers && i < opt->n_players; i++) {
		const struct player *player = &load->players[i];
		const struct publisher *publisher =
			&load->publishers[player->peer.stream];

		if (!player->has_joined)
			continue;
		load->totals.missing +=
			publisher->n_video - player->next_video +
			publisher->n_audio - player->next_audio;
	}
}


static uint16_t local_port(const struct peer *peer)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(peer->fd, (struct sockaddr *)&addr, &len))
		return 0;

	return ntohs(addr.ss_family == AF_INET6 ?
		     ((struct sockaddr_in6 *)(void *)&addr)->sin6_port :
		     ((struct sockaddr_in *)(void *)&addr)->sin_port);
}


/* Mark in `is_open` the clients' ports that have an established connection
 * at the server's end. */
static void find_open_ports(const char *path, uint16_t server_port,
			    bool is_open[UINT16_MAX + 1])
{
	FILE *f = fopen(path, "r");
	char line[TCP_LINE_MAX];
	unsigned local, remote, state;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %x",
			   &local, &remote, &state) == 3 &&
		    local == server_port && state == TCP_ESTABLISHED)
			is_open[remote & UINT16_MAX] = true;
	}
	if (f)
		fclose(f);
}


/* A server that closes with bytes unsent is not seen at our end, whose
 * window is shut; but the state of its own end is, on the same machine. */
void players_check_never(struct load *load)
{
	static bool is_open[UINT16_MAX + 1];
	const struct options *opt = &load->opt;

	if (!opt->n_never || load->now_us < load->never_check_us)
		return;

	load->never_check_us = load->now_us + NEVER_CHECK_US;
	memset(is_open, 0, sizeof(is_open));
	find_open_ports("/proc/net/tcp", opt->url.port, is_open);
	find_open_ports("/proc/net/tcp6", opt->url.port, is_open);

	for (unsigned i = 0; i < opt->n_never; i++) {
		struct player *player = &load->players[opt->n_players + i];

		if (player->play_us && !player->closed_us &&
		    (player->peer.fd < 0 ||
		     !is_open[local_port(&player->peer)]))
			player->closed_us = load->now_us;
	}
}
