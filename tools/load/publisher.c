/* Publishers: each sends its own stream in real time. */
#include <stdlib.h>
#include <string.h>
#include "load.h"

enum {
	CHUNK_SIZE = 4096,       /* as OBS sends */
	COMMAND_MAX = 512,
	METADATA_MAX = 4096,
	TXN_PUBLISH = 3,
	CSID_AUDIO = 4,
	CSID_VIDEO = 6,
	CSID_DATA = 5,
	CHUNKS_MAX = MEDIA_FRAME_MAX / CHUNK_SIZE + 1,
	WIRE_FRAME_MAX = MEDIA_FRAME_MAX + CHUNKS_MAX * 5 + 32,
};


static struct publisher *publisher_of(struct peer *peer)
{
	return (struct publisher *)(void *)peer;
}


static int on_created(struct peer *peer)
{
	uint8_t bytes[COMMAND_MAX], control[32];
	struct wire_out out = { bytes, 0, sizeof(bytes) };
	struct wire_out size = { control, 0, sizeof(control) };
	char name[URL_PART_MAX + 16];
	int err;

	/* The chunk size changes what follows; the command fits either. */
	load_stream_name(peer->load, peer->stream, name, sizeof(name));
	peer_put_command(&out, "publish", TXN_PUBLISH);
	amf_put_string(&out, name);
	amf_put_string(&out, "live");
	err = peer_send_command(peer, peer->stream_id, &out);
	if (err)
		return err;

	wire_put_control(&size, WIRE_SET_CHUNK_SIZE, CHUNK_SIZE);

	return peer_send(peer, size.p, size.len);
}


static void put_config(struct wire_out *out, const struct peer *peer)
{
	const uint8_t *p;
	size_t len;

	p = media_video_config(peer->load->media, &len);
	wire_put_message(out, CSID_VIDEO, 0, WIRE_VIDEO, peer->stream_id, p,
			 len, CHUNK_SIZE);
	p = media_audio_config(peer->load->media, &len);
	if (!p || !peer->load->opt.audio)
		return;
	wire_put_message(out, CSID_AUDIO, 0, WIRE_AUDIO, peer->stream_id, p,
			 len, CHUNK_SIZE);
}


static void put_properties(struct wire_out *out, const struct options *opt)
{
	amf_put_string(out, "onMetaData");
	amf_put_object(out);
	amf_put_key(out, "width");
	amf_put_number(out, 640);
	amf_put_key(out, "height");
	amf_put_number(out, 360);
	amf_put_key(out, "framerate");
	amf_put_number(out, opt->fps);
	amf_put_key(out, "videocodecid");
	amf_put_number(out, 7);
	amf_put_key(out, "audiocodecid");
	amf_put_number(out, 10);
	amf_put_end(out);
}


/* The clip's onMetaData, or one of our own. */
static void put_metadata(struct wire_out *out, const struct peer *peer)
{
	const struct clip_config *metadata = &peer->load->clip.metadata;
	uint8_t bytes[METADATA_MAX];
	struct wire_out body = { bytes, 0, sizeof(bytes) };

	amf_put_string(&body, "@setDataFrame");
	if (metadata->p && metadata->len <= sizeof(bytes) - body.len)
		wire_put(&body, metadata->p, metadata->len);
	else
		put_properties(&body, &peer->load->opt);

	wire_put_message(out, CSID_DATA, 0, WIRE_DATA, peer->stream_id,
			 body.p, body.len, CHUNK_SIZE);
}


/* Length of a video frame, so that the bitrate comes out over a GOP. */
static uint32_t video_len(const struct options *opt, bool is_key)
{
	double audio_bps = opt->audio ? MEDIA_AUDIO_LEN * 8.0 *
		MEDIA_AUDIO_HZ / MEDIA_AUDIO_SAMPLES : 0;
	double gop_bytes = (opt->bitrate_kbps * 1000.0 - audio_bps) / 8 *
		opt->gop / opt->fps;
	double len = gop_bytes / (opt->gop - 1 + opt->key_ratio);

	if (is_key)
		len *= opt->key_ratio;
	if (len < MEDIA_VIDEO_MIN)
		len = MEDIA_VIDEO_MIN;

	return len > MEDIA_FRAME_MAX ? MEDIA_FRAME_MAX : (uint32_t)len;
}


/* Describe the next frame of a stream that is made up: whichever of video
 * and audio is due first.  Returns when, from its start, in microseconds. */
static int64_t make_up(const struct options *opt, struct stamp *s)
{
	int64_t video = (int64_t)s->n_video * US_PER_S / opt->fps;
	int64_t audio = (int64_t)s->n_audio * MEDIA_AUDIO_SAMPLES *
		US_PER_S / MEDIA_AUDIO_HZ;

	s->is_video = !opt->audio || video <= audio;
	s->is_key = s->is_video && s->n_video % opt->gop == 0;
	s->len = s->is_video ? video_len(opt, s->is_key) : MEDIA_AUDIO_LEN;
	if (!s->is_video)
		video = audio;
	s->media_ms = (uint32_t)(video / US_PER_MS);

	return video;
}


static void plan_next(struct publisher *p)
{
	const struct load *load = p->peer.load;
	struct stamp *s = &p->next;
	int64_t us;

	s->publisher = p->peer.stream;
	s->n_video = p->n_video;
	s->n_audio = p->n_audio;
	if (load->opt.flv) {
		media_next(load->media, s);
		us = (int64_t)s->media_ms * US_PER_MS;
	} else {
		us = make_up(&load->opt, s);
	}
	p->due_us = p->start_us + us;
}


static int send_frame(struct publisher *p)
{
	static uint8_t frame[MEDIA_FRAME_MAX], bytes[WIRE_FRAME_MAX];
	struct load *load = p->peer.load;
	struct wire_out out = { bytes, 0, sizeof(bytes) };
	struct stamp *s = &p->next;

	s->sent_us = now_us();
	histogram_add(&load->totals.late, s->sent_us - p->due_us);
	media_write(load->media, s, frame);
	wire_put_message(&out, s->is_video ? CSID_VIDEO : CSID_AUDIO,
			 s->media_ms, s->is_video ? WIRE_VIDEO : WIRE_AUDIO,
			 p->peer.stream_id, frame, s->len, CHUNK_SIZE);
	p->n_video += s->is_video;
	p->n_audio += !s->is_video;
	++load->totals.sent;

	return peer_send(&p->peer, out.p, out.len);
}


static int on_status(struct peer *peer)
{
	struct publisher *publisher = publisher_of(peer);
	struct load *load = peer->load;
	const struct options *opt = &load->opt;
	uint8_t bytes[METADATA_MAX + COMMAND_MAX];
	struct wire_out out = { bytes, 0, sizeof(bytes) };

	if (peer->state != PEER_START)
		return 0;

	peer->state = PEER_RUNNING;
	++load->n_publishing;
	put_metadata(&out, peer);
	put_config(&out, peer);

	/* Spread over a frame's time, so that not all send at once. */
	publisher->start_us = load->now_us + (int64_t)peer->index * US_PER_S /
		opt->fps / opt->n_publishers;
	plan_next(publisher);
	if (publisher->due_us < load->next_due_us)
		load->next_due_us = publisher->due_us;

	return peer_send(peer, out.p, out.len);
}


/* Send one publisher's due frames. */
static void run(struct publisher *p)
{
	struct load *load = p->peer.load;
	int err;

	while (p->due_us <= load->now_us) {
		err = send_frame(p);
		if (err) {
			peer_say(&p->peer, "publishing: %s", strerror(-err));
			++load->totals.closed;
			peer_close(&p->peer);
			return;
		}
		plan_next(p);
	}
}


void publishers_run(struct load *load)
{
	load->next_due_us = INT64_MAX;
	for (unsigned i = 0; i < load->opt.n_publishers; i++) {
		struct publisher *p = &load->publishers[i];

		if (p->peer.state != PEER_RUNNING)
			continue;
		run(p);
		if (p->peer.state == PEER_RUNNING &&
		    p->due_us < load->next_due_us)
			load->next_due_us = p->due_us;
	}
}


void publisher_open(struct load *load, unsigned i)
{
	static const struct role role = {
		"publisher", on_created, on_status, NULL, NULL
	};

	peer_open(&load->publishers[i].peer, load, &role, i, i);
}
