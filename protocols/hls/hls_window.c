/* The newest segments of one life, and snapshots of them. */
#include "hls/hls_window.h"
#include <stdlib.h>
#include "base/mem.h"


enum {
	SECOND_US = 1000000,
	PARTS_KEPT_TARGETS = 6,  /* parts are there for so long (s6.2.2) */
	LISTED_LEAST = 3,        /* segments, whatever bytes_max says */
	PARTS_FIRST = 16,        /* room for parts; doubled as needed */
	RATE_SHARE = 2500,       /* a rate is that of a standard, if it is off
				  * by less than 1/2500 */
};

/* A segment; once it is whole it is immutable. */
struct hls_whole {
	struct hls_segment info; /* its parts apart */
	struct chunk *bytes;     /* a reference; NULL while it is open */
	struct hls_tracks *tracks;       /* a reference */
	unsigned n_pictures;
	bool starts_with_key;
};

struct hls_parts {
	size_t n, size;
	struct hls_part *infos;  /* behind this struct, and */
	struct chunk **bytes;    /* behind those; each a reference */
};


struct str hls_rendition(void)
{
	return str("stream");
}


/* -- segments and parts -- */

static void destroy_whole(void *arg)
{
	struct hls_whole *whole = arg;

	chunk_unref(whole->bytes);
	mem_unref(whole->tracks);
}


static void destroy_parts(void *arg)
{
	struct hls_parts *parts = arg;

	for (size_t i = 0; i < parts->n; i++)
		chunk_unref(parts->bytes[i]);
}


/* A copy of `from` (may be NULL) with room for `size` parts. */
static struct hls_parts *parts_new(const struct hls_parts *from, size_t size)
{
	struct hls_parts *parts;

	parts = mem_new(sizeof(*parts) + size * sizeof(parts->infos[0]) +
			size * sizeof(parts->bytes[0]), destroy_parts);
	if (!parts)
		return NULL;

	parts->size = size;
	parts->bytes = (struct chunk **)(void *)(parts + 1);
	parts->infos = (struct hls_part *)(void *)(parts->bytes + size);
	for (size_t i = 0; from && i < from->n; i++) {
		parts->infos[i] = from->infos[i];
		parts->bytes[i] = chunk_ref(from->bytes[i]);
		parts->n = i + 1;
	}

	return parts;
}


static void kept_unref(struct hls_kept *kept)
{
	mem_unref(kept->whole);
	mem_unref(kept->parts);
	*kept = (struct hls_kept){ NULL, NULL };
}


static struct hls_kept kept_ref(const struct hls_kept *kept)
{
	return (struct hls_kept){ mem_ref(kept->whole),
				  mem_ref(kept->parts) };
}


/* As playlists see it. */
static struct hls_segment kept_info(const struct hls_kept *kept)
{
	struct hls_segment info = kept->whole->info;

	if (kept->parts) {
		info.parts = kept->parts->infos;
		info.n_parts = kept->parts->n;
	}

	return info;
}


/* The bytes of all parts, one after the other. */
static struct chunk *join(const struct hls_parts *parts, size_t len)
{
	struct chunk *chunk;

	if (parts->n == 1)
		return chunk_ref(parts->bytes[0]);

	chunk = chunk_new(len);
	for (size_t i = 0; chunk && i < parts->n; i++) {
		struct slice s = chunk_slice(parts->bytes[i]);

		memcpy(chunk->data + chunk->len, s.p, s.len);
		chunk->len += s.len;
	}

	return chunk;
}


/* -- what is kept -- */

static void drop_parts(struct hls_window *w, struct hls_kept *kept)
{
	if (!kept->parts)
		return;

	if (kept->parts->n > 1)
		w->bytes -= (size_t)kept->whole->info.n_bytes;
	kept->parts = mem_unref(kept->parts);
}


static void drop_first(struct hls_window *w)
{
	struct hls_kept *first = &w->kept[0];

	w->n_discontinuities += first->whole->info.has_discontinuity;
	++w->first_msn;
	drop_parts(w, first);
	w->bytes -= (size_t)first->whole->info.n_bytes;
	kept_unref(first);
	memmove(first, first + 1, --w->n_kept * sizeof(*first));
}


/* The parts of segments that ended so long ago. */
static void drop_parts_before(struct hls_window *w, int64_t us)
{
	int64_t away = 0;

	for (size_t i = w->n_kept; i; i--) {
		struct hls_kept *kept = &w->kept[i - 1];

		if (away > us)
			drop_parts(w, kept);
		away += kept->whole->info.duration_us;
	}
}


/* Those that nobody may ask for any more, and those too many.  Of what nobody
 * reads nobody has an old playlist. */
static void drop_old(struct hls_window *w)
{
	struct hls_segment segments[HLS_SEGMENTS_KEPT];
	int64_t targets_us = (int64_t)w->target_s * PARTS_KEPT_TARGETS *
			     SECOND_US;
	const struct hls_media m = {
		.segments = segments,
		.n_segments = w->n_kept,
		.target_s = w->target_s,
		.part_target_us = w->conf.part_target_us,
	};
	size_t n;

	for (size_t i = 0; i < w->n_kept; i++)
		segments[i] = w->kept[i].whole->info;

	drop_parts_before(w, w->is_idle ? 0 : targets_us);
	n = w->is_idle ? hls_media_first(&m, 0)
		       : hls_media_keep(&m, w->conf.window_us);
	while (n--)
		drop_first(w);
	while (w->bytes > w->conf.bytes_max && w->n_kept > LISTED_LEAST)
		drop_first(w);
}


/* -- pieces -- */

static void note_target(struct hls_window *w, unsigned target_s,
			int64_t duration_us)
{
	/* NOTE: a publisher who was not told the target in time may have a
	 * longer one; better to say so than to be wrong. */
	if (!w->target_s)
		w->target_s = target_s;
	if (w->target_s < hls_target_s(duration_us))
		w->target_s = hls_target_s(duration_us);
}


static void drop_open(struct hls_window *w)
{
	kept_unref(&w->open);
	w->is_torn = true;
}


/* The open segment is whole. */
static int finish_open(struct hls_window *w, unsigned target_s)
{
	struct hls_whole *whole = w->open.whole;
	struct hls_kept *kept;

	whole->bytes = join(w->open.parts, (size_t)whole->info.n_bytes);
	if (!whole->bytes) {
		drop_open(w);
		return -ENOMEM;
	}

	if (w->n_kept == HLS_SEGMENTS_KEPT)
		drop_first(w);
	note_target(w, target_s, whole->info.duration_us);
	kept = &w->kept[w->n_kept++];
	*kept = w->open;
	w->open = (struct hls_kept){ NULL, NULL };
	w->bytes += (size_t)whole->info.n_bytes;
	if (kept->parts->n > 1)
		w->bytes += (size_t)whole->info.n_bytes;
	drop_old(w);

	return 0;
}


static int open_segment(struct hls_window *w, const struct hls_piece *piece)
{
	bool is_first = !w->n_kept && !w->first_msn;
	struct hls_whole *whole = mem_new(sizeof(*whole), destroy_whole);

	w->open.whole = whole;
	w->open.parts = parts_new(NULL, PARTS_FIRST);
	if (!whole || !w->open.parts) {
		drop_open(w);
		return -ENOMEM;
	}

	if (w->tracks != piece->tracks) {
		mem_unref(w->tracks);
		w->tracks = mem_ref(piece->tracks);
		++w->init;
	}
	whole->tracks = mem_ref(piece->tracks);
	whole->starts_with_key = piece->starts_with_key;
	whole->info.date_us = piece->date_us;
	whole->info.init = w->init;
	whole->info.first_part = w->next_part;
	whole->info.has_discontinuity = !is_first &&
		(piece->has_discontinuity || w->is_torn);
	w->is_torn = false;

	return 0;
}


static int add_part(struct hls_window *w, const struct hls_piece *piece)
{
	struct hls_parts *parts = w->open.parts, *larger;
	struct hls_whole *whole = w->open.whole;

	if (parts->n == parts->size) {
		larger = parts_new(parts, 2 * parts->size);
		if (!larger)
			return -ENOMEM;
		mem_unref(parts);
		w->open.parts = parts = larger;
	}

	parts->infos[parts->n] = piece->part;
	parts->bytes[parts->n] = chunk_ref(piece->bytes);
	++parts->n;
	++w->next_part;
	whole->info.duration_us += piece->part.duration_us;
	whole->info.n_bytes += piece->bytes->len;
	whole->n_pictures += piece->n_pictures;

	return 0;
}


int hls_window_add(struct hls_window *w, const struct hls_piece *piece)
{
	int lost = 0, err = 0;

	if (piece->starts_segment) {
		if (w->open.whole)
			lost = finish_open(w, piece->target_s);
		err = open_segment(w, piece);
	}
	if (err || !w->open.whole)
		return err;

	err = add_part(w, piece);
	if (err)
		drop_open(w);
	else if (piece->ends_segment)
		err = finish_open(w, piece->target_s);

	return err ? err : lost;
}


void hls_window_end(struct hls_window *w)
{
	if (w->open.whole)
		finish_open(w, 1);
	w->is_ended = true;
}


void hls_window_init(struct hls_window *w, const struct hls_window_conf *conf,
		     uint32_t life)
{
	memset(w, 0, sizeof(*w));
	w->conf = *conf;
	w->life = life;
}


void hls_window_fini(struct hls_window *w)
{
	for (size_t i = 0; i < w->n_kept; i++)
		kept_unref(&w->kept[i]);
	w->n_kept = 0;
	kept_unref(&w->open);
	w->tracks = mem_unref(w->tracks);
}


/* -- snapshots -- */

static void destroy_snapshot(void *arg)
{
	struct hls_snapshot *s = arg;

	for (size_t i = 0; s->kept && i <= s->media.n_segments; i++)
		kept_unref(&s->kept[i]);
	mem_free(s->kept);
	mem_free(s->segments);
	chunk_unref(s->open_init);
}


/* Frames in 1000 s, as people would say it. */
static unsigned rate_of(uint64_t n, int64_t us)
{
	static const unsigned standard[] = {
		23976, 24000, 25000, 29970, 30000, 48000, 50000, 59940, 60000,
	};
	uint64_t rate;

	if (us <= 0)
		return 0;

	rate = (n * 1000 * SECOND_US + (uint64_t)us / 2) / (uint64_t)us;
	if (rate > UINT32_MAX)
		return 0;

	for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
		int64_t off = (int64_t)rate - standard[i];

		if (llabs(off) * RATE_SHARE < standard[i])
			return standard[i];
	}

	return (unsigned)rate;
}


/* What is said of all that is listed. */
static void sum_up(struct hls_snapshot *s)
{
	uint64_t n_pictures = 0;
	int64_t us = 0;

	s->is_independent = true;
	for (size_t i = s->first; i < s->media.n_segments; i++) {
		const struct hls_whole *whole = s->kept[i].whole;

		s->is_independent &= whole->starts_with_key;
		s->tracks = whole->tracks;
		n_pictures += whole->n_pictures;
		us += whole->info.duration_us;
	}
	if (n_pictures)
		s->frames_per_ks = rate_of(n_pictures, us);
}


/* The open segment: what grows is copied. */
static int copy_open(struct hls_snapshot *s, const struct hls_kept *open)
{
	struct hls_kept *kept = &s->kept[s->media.n_segments];
	struct hls_segment *segment = &s->segments[s->media.n_segments];

	kept->parts = parts_new(open->parts, open->parts->n);
	if (!kept->parts)
		return -ENOMEM;

	*segment = open->whole->info;
	segment->parts = kept->parts->infos;
	segment->n_parts = kept->parts->n;
	s->media.open = segment;
	s->open_init = chunk_ref(open->whole->tracks->init);

	return 0;
}


struct hls_snapshot *hls_window_snapshot(const struct hls_window *w)
{
	struct hls_snapshot *s = mem_new(sizeof(*s), destroy_snapshot);
	size_t n = w->n_kept;

	if (!s)
		return NULL;

	s->kept = mem_zalloc((n + 1) * sizeof(s->kept[0]));
	s->segments = mem_zalloc((n + 1) * sizeof(s->segments[0]));
	if (!s->kept || !s->segments)
		goto no_memory;

	s->media = (struct hls_media){
		.rendition = hls_rendition(),
		.format = w->conf.format,
		.life = w->life,
		.segments = s->segments,
		.n_segments = n,
		.first_msn = w->first_msn,
		.n_discontinuities = w->n_discontinuities,
		.next_part = w->next_part,
		.target_s = w->target_s,
		.part_target_us = w->conf.part_target_us,
		.is_ended = w->is_ended,
	};

	for (size_t i = 0; i < n; i++) {
		s->kept[i] = kept_ref(&w->kept[i]);
		s->segments[i] = kept_info(&s->kept[i]);
	}

	if (w->open.whole && copy_open(s, &w->open))
		goto no_memory;
	s->first = hls_media_first(&s->media, w->conf.window_us);
	sum_up(s);

	return s;

 no_memory:
	return mem_unref(s);
}


struct hls_snapshot *hls_snapshot_ref(struct hls_snapshot *snapshot)
{
	return mem_ref(snapshot);
}


struct hls_snapshot *hls_snapshot_unref(struct hls_snapshot *snapshot)
{
	return mem_unref(snapshot);
}


int hls_snapshot_find(const struct hls_snapshot *s,
		      const struct hls_name *name, struct chunk **chunk)
{
	size_t i, part = 0;
	int err = hls_media_find(&s->media, name, &i, &part);

	if (err)
		return err;

	if (name->kind == HLS_PART)
		*chunk = s->kept[i].parts->bytes[part];
	else if (name->kind == HLS_SEGMENT)
		*chunk = s->kept[i].whole->bytes;
	else
		*chunk = i < s->media.n_segments
				 ? s->kept[i].whole->tracks->init
				 : s->open_init;

	return *chunk ? 0 : -ENOENT;
}
