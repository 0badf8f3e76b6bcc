/* Media playlists (draft-pantos-hls-rfc8216bis-22 s4.4.3 to s4.4.5). */
#include "hls/hls_playlist.h"
#include <inttypes.h>
#include <time.h>
#include "base/writer.h"
#include "hls/hls_int.h"


enum {
	SECOND_US = 1000000,
	MILLISECOND_US = 1000,
	SKIP_TARGETS = 6,        /* s4.4.3.8 */
	HOLD_BACK_PARTS = 3,
	VERSION_FLOAT = 3,       /* EXTINF with fractions (s8) */
	VERSION_MAP = 6,         /* EXT-X-MAP */
	VERSION_SKIP = 9,        /* EXT-X-SKIP */
};


static struct hls_name name_of(const struct hls_media *m, enum hls_kind kind,
			       uint64_t number)
{
	const struct hls_name name = {
		.kind = kind,
		.format = m->format,
		.rendition = m->rendition,
		.life = m->life,
		.number = number,
	};

	return name;
}


/* YYYY-MM-DDThh:mm:ss.sssZ (s4.4.4.6) */
static void put_date(struct writer *w, int64_t us)
{
	int64_t ms = us / MILLISECOND_US - (us % MILLISECOND_US < 0);
	time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
	char text[32];
	struct tm tm;

	if (!gmtime_r(&s, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return;

	put_fmt(w, "#EXT-X-PROGRAM-DATE-TIME:%s.%03dZ\n", text,
		(int)(ms - (int64_t)s * 1000));
}


static void put_control(struct writer *w, const struct hls_control *c)
{
	const char *comma = "";

	if (!c->can_block_reload && !c->skip_until_us && !c->hold_back_us &&
	    !c->part_hold_back_us)
		return;

	put_fmt(w, "#EXT-X-SERVER-CONTROL:");
	if (c->can_block_reload) {
		put_fmt(w, "CAN-BLOCK-RELOAD=YES");
		comma = ",";
	}
	if (c->skip_until_us) {
		put_fmt(w, "%sCAN-SKIP-UNTIL=", comma);
		put_hls_seconds(w, c->skip_until_us);
		comma = ",";
	}
	if (c->hold_back_us) {
		put_fmt(w, "%sHOLD-BACK=", comma);
		put_hls_seconds(w, c->hold_back_us);
		comma = ",";
	}
	if (c->part_hold_back_us) {
		put_fmt(w, "%sPART-HOLD-BACK=", comma);
		put_hls_seconds(w, c->part_hold_back_us);
	}
	put_fmt(w, "\n");
}


/* NOTE: both sequences are said also while they are 0: a tag may not come
 * into a playlist later on (s6.2.1). */
static void put_head(struct writer *w, const struct hls_playlist *p)
{
	const struct hls_media *m = p->media;
	int version = m->format == HLS_FMP4 ? VERSION_MAP : VERSION_FLOAT;

	put_fmt(w, "#EXTM3U\n#EXT-X-VERSION:%d\n",
		p->n_skipped ? VERSION_SKIP : version);
	put_fmt(w, "#EXT-X-TARGETDURATION:%u\n", m->target_s);
	if (p->is_independent)
		put_fmt(w, "#EXT-X-INDEPENDENT-SEGMENTS\n");
	put_control(w, &p->control);
	if (m->part_target_us) {
		put_fmt(w, "#EXT-X-PART-INF:PART-TARGET=");
		put_hls_seconds(w, m->part_target_us);
		put_fmt(w, "\n");
	}

	put_fmt(w, "#EXT-X-MEDIA-SEQUENCE:%" PRIu64 "\n",
		m->first_msn + p->first);
	put_fmt(w, "#EXT-X-DISCONTINUITY-SEQUENCE:%" PRIu64 "\n",
		hls_media_discontinuity(m, p->first));
	if (p->n_skipped)
		put_fmt(w, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%zu\n", p->n_skipped);
}


/* What must stand before the first part too (s4.4.4.9).  `i` is n_segments
 * for the open one. */
static void put_tags(struct writer *w, const struct hls_playlist *p,
		     size_t i, const struct hls_segment *s)
{
	const struct hls_media *m = p->media;
	struct hls_name name = name_of(m, HLS_INIT, s->init);

	if (s->has_discontinuity)
		put_fmt(w, "#EXT-X-DISCONTINUITY\n");
	if (m->format == HLS_FMP4 &&
	    (i == p->first || m->segments[i - 1].init != s->init)) {
		put_fmt(w, "#EXT-X-MAP:URI=\"");
		put_hls_uri(w, &name, p->query);
		put_fmt(w, "\"\n");
	}
	if (s->date_us != HLS_NO_DATE)
		put_date(w, s->date_us);
}


static void put_parts(struct writer *w, const struct hls_playlist *p,
		      const struct hls_segment *s)
{
	for (size_t i = 0; i < s->n_parts; i++) {
		struct hls_name name = name_of(p->media, HLS_PART,
					       s->first_part + i);

		put_fmt(w, "#EXT-X-PART:DURATION=");
		put_hls_seconds(w, s->parts[i].duration_us);
		put_fmt(w, "%s%s,URI=\"",
			s->parts[i].is_independent ? ",INDEPENDENT=YES" : "",
			s->parts[i].is_gap ? ",GAP=YES" : "");
		put_hls_uri(w, &name, p->query);
		put_fmt(w, "\"\n");
	}
}


static void put_segment(struct writer *w, const struct hls_playlist *p,
			size_t i)
{
	const struct hls_media *m = p->media;
	const struct hls_segment *s = &m->segments[i];
	struct hls_name name = name_of(m, HLS_SEGMENT, m->first_msn + i);

	put_tags(w, p, i, s);
	if (m->part_target_us && i >= p->first_part)
		put_parts(w, p, s);
	if (s->is_gap)
		put_fmt(w, "#EXT-X-GAP\n");
	put_fmt(w, "#EXTINF:");
	put_hls_seconds(w, s->duration_us);
	put_fmt(w, ",\n");
	put_hls_uri(w, &name, p->query);
	put_fmt(w, "\n");
}


/* The live edge: parts of the open segment, and what comes next. */
static void put_edge(struct writer *w, const struct hls_playlist *p)
{
	const struct hls_media *m = p->media;
	struct hls_name name = name_of(m, HLS_PART, m->next_part);

	if (m->open && m->open->n_parts) {
		put_tags(w, p, m->n_segments, m->open);
		put_parts(w, p, m->open);
	}

	put_fmt(w, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
	put_hls_uri(w, &name, p->query);
	put_fmt(w, "\"\n");
}


static void put_report(struct writer *w, const struct hls_playlist *p,
		       const struct hls_report *r)
{
	const struct hls_name name = {
		.kind = HLS_PLAYLIST,
		.rendition = r->rendition,
	};

	put_fmt(w, "#EXT-X-RENDITION-REPORT:URI=\"");
	put_hls_uri(w, &name, p->query);
	put_fmt(w, "\",LAST-MSN=%" PRIu64, r->last_msn);
	if (r->has_parts)
		put_fmt(w, ",LAST-PART=%" PRIu64, r->last_part);
	put_fmt(w, "\n");
}


struct hls_control hls_control(unsigned target_s, int64_t part_target_us)
{
	const struct hls_control control = {
		.can_block_reload = true,
		.skip_until_us = (int64_t)target_s * SKIP_TARGETS * SECOND_US,
		.part_hold_back_us = HOLD_BACK_PARTS * part_target_us,
	};

	return control;
}


struct hls_report hls_report(const struct hls_media *m)
{
	bool is_open = m->part_target_us && m->open && m->open->n_parts;
	const struct hls_segment *last = is_open ? m->open :
		&m->segments[m->n_segments - 1];
	const struct hls_report report = {
		.rendition = m->rendition,
		.last_msn = m->first_msn + m->n_segments - !is_open,
		.last_part = last->n_parts ? last->n_parts - 1 : 0,
		.has_parts = m->part_target_us && last->n_parts,
	};

	return report;
}


void hls_playlist_print(struct writer *w, const struct hls_playlist *p)
{
	const struct hls_media *m = p->media;

	put_head(w, p);
	for (size_t i = p->first + p->n_skipped; i < m->n_segments; i++)
		put_segment(w, p, i);

	if (m->is_ended) {
		put_fmt(w, "#EXT-X-ENDLIST\n");
		return;
	}

	if (m->part_target_us)
		put_edge(w, p);
	for (size_t i = 0; i < p->n_reports; i++)
		put_report(w, p, &p->reports[i]);
}
