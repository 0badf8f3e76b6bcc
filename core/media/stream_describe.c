/* What a stream says of itself. */
#include "media/stream.h"
#include "media/stream_log_int.h"


/* What a track brings now: the last whole span's figures, unless nothing has
 * come for so long that they mean nothing. */
static void describe_pace(struct report *r, const struct stream *stream,
			  const struct track *track)
{
	const struct track_pace *pace = &track->pace;
	bool is_live = stream->loop->now_us - track->last_us <
		       2 * STREAM_PACE_MS * 1000;

	report_gauge(r, "bits_per_second", REPORT_PLAIN,
		     is_live ? pace->bits_per_s : 0,
		     "Bits of media that came in a second lately");
	if (track->kind != MEDIA_VIDEO)
		return;

	report_gauge(r, "frame_rate", REPORT_MILLI,
		     is_live ? pace->frames_per_1000s : 0,
		     "Frames in a second of media lately");
	if (pace->gop_ms) {
		report_gauge(r, "gop_frames", REPORT_PLAIN, pace->gop_frames,
			     "Frames from the last key frame but one to the "
			     "last");
		report_gauge(r, "gop", REPORT_US, pace->gop_ms * 1000,
			     "Time from the last key frame but one to the "
			     "last");
	}
}


static void describe_track(struct report *r, const struct stream *stream,
			   const struct track *track,
			   const struct stream_extra *extra)
{
	char index[4];

	index[0] = (char)('0' + track->index / 100);
	index[1] = (char)('0' + track->index / 10 % 10);
	index[2] = (char)('0' + track->index % 10);

	report_open(r, "track");
	report_label(r, "kind", str(media_kind_name(track->kind)));
	report_label(r, "index", track->index < 10 ? str_n(index + 2, 1)
			       : track->index < 100 ? str_n(index + 1, 2)
						    : str_n(index, 3));
	if (track->kind != MEDIA_DATA)
		report_text(r, "codec", str(codec_name(track->codec)));
	report_count(r, "frames", REPORT_PLAIN, (int64_t)track->n_frames,
		     "Frames that the publisher sent");
	report_count(r, "received", REPORT_BYTES, (int64_t)track->n_bytes,
		     "Bytes of media that the publisher sent");
	report_count(r, "repaired_frames", REPORT_PLAIN,
		     (int64_t)track->n_repaired,
		     "Frames whose time did not grow");
	if (track->kind != MEDIA_DATA)
		describe_pace(r, stream, track);
	if (extra && extra->track)
		extra->track(r, track, extra->arg);
	report_close(r);
}


static void describe_format(struct report *r,
			    const struct stream_format *format)
{
	const struct stream_log *log = format->log;

	report_open(r, "format");
	report_label(r, "name", str(format->packager->name));
	report_gauge(r, "viewers", REPORT_PLAIN, stream_log_n_cursors(log),
		     "Viewers of this format");
	report_gauge(r, "log", REPORT_BYTES, (int64_t)log->kept,
		     "Bytes that its log holds");
	report_count(r, "messages", REPORT_PLAIN,
		     (int64_t)atomic_load(&log->n_messages),
		     "Messages that were written to its log");
	report_count(r, "lost_messages", REPORT_PLAIN,
		     (int64_t)log->n_lost,
		     "Messages lost for want of memory");
	report_close(r);
}


static const struct stream_tap *tap_of(const struct list_node *node)
{
	const char *p = (const char *)node;

	return (const void *)(p - offsetof(struct stream_tap, node));
}


/* A format that has no log. */
static void describe_tap(struct report *r, const struct stream_tap *tap)
{
	if (!tap->n_viewers)
		return;

	report_open(r, "format");
	report_label(r, "name", str(tap->format));
	report_gauge(r, "viewers", REPORT_PLAIN, tap->n_viewers(tap),
		     "Viewers of this format");
	report_close(r);
}


/* Of all formats, those without a log too. */
static unsigned n_viewers(const struct stream *stream)
{
	unsigned n = 0;

	for (size_t i = 0; i < stream->n_formats; i++)
		n += stream_log_n_cursors(stream->formats[i].log);
	LIST_EACH(&stream->taps, node) {
		const struct stream_tap *tap = tap_of(node);

		n += tap->n_viewers ? tap->n_viewers(tap) : 0;
	}

	return n;
}


static int64_t bits_per_s(const struct stream *stream)
{
	int64_t n = 0;

	for (size_t i = 0; i < stream->n_tracks; i++) {
		const struct track *track = &stream->tracks[i];

		if (stream->loop->now_us - track->last_us <
		    2 * STREAM_PACE_MS * 1000)
			n += track->pace.bits_per_s;
	}

	return n;
}


void stream_describe(struct report *r, const struct stream *stream,
		     const struct stream_extra *extra)
{
	report_open(r, "stream");
	report_label(r, "application", str(stream->app));
	report_label(r, "name", str(stream->name));
	report_label(r, "vhost", str(stream->vhost));
	report_gauge(r, "age", REPORT_US,
		     stream->loop->now_us - stream->since_us,
		     "Time since it was published");
	report_gauge(r, "viewers", REPORT_PLAIN, n_viewers(stream),
		     "Viewers that play it");
	report_gauge(r, "bits_per_second", REPORT_PLAIN, bits_per_s(stream),
		     "Bits of media that came in a second lately");
	report_gauge(r, "kept", REPORT_BYTES, (int64_t)stream->kept.bytes,
		     "Bytes of frames since the last key frame");
	report_count(r, "clock_jumps", REPORT_PLAIN, (int64_t)stream->n_jumps,
		     "Jumps of the publisher's clock");
	if (extra && extra->stream)
		extra->stream(r, stream, extra->arg);

	report_list_open(r, "tracks");
	for (size_t i = 0; i < stream->n_tracks; i++)
		describe_track(r, stream, &stream->tracks[i], extra);
	report_list_close(r);

	report_list_open(r, "formats");
	for (size_t i = 0; i < stream->n_formats; i++)
		describe_format(r, &stream->formats[i]);
	LIST_EACH(&stream->taps, node)
		describe_tap(r, tap_of(node));
	report_list_close(r);
	report_close(r);
}
