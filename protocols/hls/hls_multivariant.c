/* Multivariant playlists (draft-pantos-hls-rfc8216bis-22 s4.4.6). */
#include "hls/hls_multivariant.h"
#include <inttypes.h>
#include "base/writer.h"
#include "hls/hls_int.h"


enum { KILO = 1000 };


static struct hls_name playlist_of(struct str rendition)
{
	const struct hls_name name = {
		.kind = HLS_PLAYLIST,
		.rendition = rendition,
	};

	return name;
}


static void put_audio(struct writer *w, const struct hls_audio *a,
		      struct str query)
{
	struct hls_name name = playlist_of(a->rendition);
	bool is_autoselect = a->is_autoselect || a->is_default;

	put_fmt(w, "#EXT-X-MEDIA:TYPE=AUDIO");
	put_hls_quoted(w, "GROUP-ID", a->group);
	put_hls_quoted(w, "NAME", a->name);
	put_hls_quoted(w, "LANGUAGE", a->language);
	put_fmt(w, ",DEFAULT=%s,AUTOSELECT=%s", a->is_default ? "YES" : "NO",
		is_autoselect ? "YES" : "NO");
	if (a->n_channels)
		put_fmt(w, ",CHANNELS=\"%u\"", a->n_channels);
	if (a->rendition.len) {
		put_fmt(w, ",URI=\"");
		put_hls_uri(w, &name, query);
		put_fmt(w, "\"");
	}
	put_fmt(w, "\n");
}


static void put_variant(struct writer *w, const struct hls_variant *v,
			struct str query)
{
	struct hls_name name = playlist_of(v->rendition);

	put_fmt(w, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRIu64, v->peak_bps);
	if (v->average_bps)
		put_fmt(w, ",AVERAGE-BANDWIDTH=%" PRIu64, v->average_bps);
	put_hls_quoted(w, "CODECS", v->codecs);
	if (v->width && v->height)
		put_fmt(w, ",RESOLUTION=%ux%u", v->width, v->height);
	if (v->frames_per_ks)
		put_fmt(w, ",FRAME-RATE=%u.%03u", v->frames_per_ks / KILO,
			v->frames_per_ks % KILO);
	put_hls_quoted(w, "AUDIO", v->audio);
	put_fmt(w, "\n");
	put_hls_uri(w, &name, query);
	put_fmt(w, "\n");
}


/* NOTE: nothing here needs a version above 1, and to say one too large is
 * wrong (s6.2.1). */
void hls_multivariant_print(struct writer *w,
			    const struct hls_multivariant *p)
{
	put_fmt(w, "#EXTM3U\n");
	if (p->is_independent)
		put_fmt(w, "#EXT-X-INDEPENDENT-SEGMENTS\n");
	for (size_t i = 0; i < p->n_audio; i++)
		put_audio(w, &p->audio[i], p->query);
	for (size_t i = 0; i < p->n_variants; i++)
		put_variant(w, &p->variants[i], p->query);
}
