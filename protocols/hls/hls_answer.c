/* Answers from a snapshot: playlists, sections, segments and parts. */
#include "hls/hls_multivariant.h"
#include "hls/hls_playlist.h"
#include "hls/hls_server_int.h"
#include "httpd/http_exchange.h"


enum {
	SECOND_US = 1000000,
	PLAYLIST_MAX = 1 << 20,  /* bytes: queries are in each line */
};


/* -- caches -- */

/* Below a second there is nothing that Cache-Control could say. */
static int64_t max_age_s(int64_t us)
{
	return us < SECOND_US ? -1 : us / SECOND_US;
}


static void answer(struct http_exchange *x, const struct hls_ask *ask,
		   struct chunk *chunk, int64_t cache_us)
{
	ask->client->carrier.bytes_out += chunk->len;
	http_exchange_answer(x, &(struct http_answer){
		.type = hls_content_type(&ask->name),
		.chunk = chunk,
		.max_age_s = max_age_s(cache_us),
		.is_public = true,
	});
}


/* -- playlists -- */

static void print_multivariant(struct writer *w, const struct hls_ask *ask,
			       const struct hls_snapshot *s)
{
	const struct hls_tracks *tracks = s->tracks;
	const struct hls_variant variant = {
		.rendition = hls_rendition(),
		.codecs = str(tracks->codecs),
		.peak_bps = hls_media_peak_bps(&s->media, s->first),
		.average_bps = hls_media_average_bps(&s->media, s->first),
		.width = tracks->width,
		.height = tracks->height,
		.frames_per_ks = tracks->has_video ? s->frames_per_ks : 0,
	};

	hls_multivariant_print(w, &(struct hls_multivariant){
		.variants = &variant,
		.n_variants = 1,
		.query = ask->query,
		.is_independent = s->is_independent,
	});
}


static void print_media(struct writer *w, const struct hls_ask *ask,
			const struct hls_snapshot *s)
{
	const struct hls_media *m = &s->media;
	struct hls_playlist p = {
		.media = m,
		.first = s->first,
		.first_part = hls_media_first_part(m, s->first),
		.control = hls_control(m->target_s, m->part_target_us),
		.query = ask->query,
		.is_independent = s->is_independent,
	};

	if (ask->request.skip != HLS_SKIP_NO)
		p.n_skipped = hls_media_skip(m, s->first,
					     p.control.skip_until_us);
	hls_playlist_print(w, &p);
}


static struct chunk *print(const struct hls_ask *ask,
			   const struct hls_snapshot *s)
{
	struct writer w = writer(PLAYLIST_MAX);
	struct chunk *chunk = NULL;

	if (ask->name.kind == HLS_MULTIVARIANT)
		print_multivariant(&w, ask, s);
	else
		print_media(&w, ask, s);
	if (!w.err)
		chunk = chunk_copy(writer_slice(&w));
	writer_fini(&w);

	return chunk;
}


/* What most viewers ask for is printed once. */
static struct chunk *text_of(struct hls_watch *watch,
			     const struct hls_ask *ask)
{
	struct chunk **text = NULL;
	struct chunk *chunk;

	if (ask->name.kind == HLS_PLAYLIST && !ask->query.len)
		text = &watch->texts[ask->request.skip != HLS_SKIP_NO];
	if (text && *text)
		return chunk_ref(*text);

	chunk = print(ask, watch->snapshot);
	if (text)
		*text = chunk_ref(chunk);

	return chunk;
}


static void answer_text(struct http_exchange *x, struct hls_watch *watch,
			const struct hls_ask *ask)
{
	bool is_waited = ask->name.kind == HLS_PLAYLIST &&
			 ask->request.has_msn;
	struct chunk *chunk = text_of(watch, ask);

	if (chunk)
		answer(x, ask, chunk,
		       hls_cache_us(true, is_waited, true,
				    watch->snapshot->media.target_s));
	else
		http_exchange_problem(x, 503, "out of memory");
	chunk_unref(chunk);
}


int hls_answer(struct http_exchange *x, struct hls_watch *watch,
	       const struct hls_ask *ask)
{
	const struct hls_snapshot *s = watch->snapshot;
	struct chunk *chunk = NULL;
	int err = 0;

	if (!hls_snapshot_is_ready(s))
		return -EAGAIN;

	if (ask->name.kind == HLS_PLAYLIST)
		err = hls_media_wait(&s->media, &ask->request);
	else if (ask->name.kind != HLS_MULTIVARIANT)
		err = hls_snapshot_find(s, &ask->name, &chunk);

	if (err == -EBADMSG)
		http_exchange_problem(x, 400, "that is too far ahead");
	else if (err && err != -EAGAIN)
		http_exchange_problem(x, 404, "it is not there (any more)");
	else if (!err && chunk)
		answer(x, ask, chunk, hls_cache_us(false, false, true,
						   s->media.target_s));
	else if (!err)
		answer_text(x, watch, ask);

	return err == -EAGAIN ? err : 0;
}
