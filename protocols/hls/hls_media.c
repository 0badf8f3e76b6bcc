/* Which segments and parts are listed, skipped, kept and waited for
 * (draft-pantos-hls-rfc8216bis-22 s6.2). */
#include "hls/hls_media.h"


enum {
	SECOND_US = 1000000,
	WINDOW_TARGETS = 3,      /* a live playlist lasts no less */
	PARTS_TARGETS = 3,       /* parts are listed for so long, */
	PARTS_KEPT_TARGETS = 6,  /* and there for so long */
	MSN_AHEAD = 2,           /* who asks for more is answered 400 */
	PARTS_AHEAD_S = 3,       /* the same, of parts */
	PARTS_AHEAD = 3,         /* and of parts of a second and longer */
};


static int64_t target_us(const struct hls_media *m, int n)
{
	return (int64_t)m->target_s * n * SECOND_US;
}


static int64_t parts_us(const struct hls_segment *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->n_parts; i++)
		sum += s->parts[i].duration_us;

	return sum;
}


/* The first segment that does not end more than `away_us` before the end of
 * what is listed; rest_us: of which so much follows the last whole one. */
static size_t first_within(const struct hls_media *m, int64_t away_us,
			   int64_t rest_us)
{
	size_t i = m->n_segments;

	while (i && rest_us <= away_us)
		rest_us += m->segments[--i].duration_us;

	return i;
}


unsigned hls_target_s(int64_t duration_us)
{
	int64_t s = (duration_us + SECOND_US / 2) / SECOND_US;

	return s > 1 ? (unsigned)s : 1;
}


size_t hls_media_first(const struct hls_media *m, int64_t window_us)
{
	int64_t least = target_us(m, WINDOW_TARGETS), sum = 0;
	size_t i = m->n_segments;

	if (window_us < least)
		window_us = least;
	while (i && sum < window_us)
		sum += m->segments[--i].duration_us;

	return i;
}


size_t hls_media_first_part(const struct hls_media *m, size_t first)
{
	size_t i = first_within(m, target_us(m, PARTS_TARGETS),
				m->open ? parts_us(m->open) : 0);

	return i > first ? i : first;
}


size_t hls_media_skip(const struct hls_media *m, size_t first,
		      int64_t skip_until_us)
{
	size_t i = first_within(m, skip_until_us, 0);

	return i > first ? i - first : 0;
}


/* NOTE: older playlists may have been longer than the one of now, but by
 * less than a segment. */
size_t hls_media_keep(const struct hls_media *m, int64_t window_us)
{
	size_t i = hls_media_first(m, window_us);
	int64_t longest = 0, away = 0, least = 0;

	for (size_t j = i; j < m->n_segments; j++)
		longest += m->segments[j].duration_us;
	longest += target_us(m, 1);
	if (m->part_target_us)
		least = target_us(m, PARTS_KEPT_TARGETS);

	/* `away`: from the end of a segment to the end of the last one. */
	for (i = m->n_segments; i; i--) {
		int64_t own = m->segments[i - 1].duration_us;

		if (away > least && away > longest + own)
			break;
		away += own;
	}

	return i;
}


uint64_t hls_media_discontinuity(const struct hls_media *m, size_t first)
{
	uint64_t n = m->n_discontinuities;

	for (size_t i = 0; i < first; i++)
		n += m->segments[i].has_discontinuity;

	return n;
}


/* The Advance Part Limit (s6.2.5.2). */
static uint64_t parts_ahead(const struct hls_media *m)
{
	if (m->part_target_us >= SECOND_US)
		return PARTS_AHEAD;

	return (uint64_t)(PARTS_AHEAD_S * SECOND_US / m->part_target_us);
}


/* A part of the segment `msn`, at most MSN_AHEAD after the last whole one. */
static int wait_part(const struct hls_media *m, uint64_t msn, uint64_t part)
{
	uint64_t end = m->first_msn + m->n_segments, n_open = 0, ahead;

	if (m->open)
		n_open = m->open->n_parts;

	/* Beyond the parts of a whole segment the next one begins. */
	if (msn < end) {
		if (msn < m->first_msn ||
		    part < m->segments[msn - m->first_msn].n_parts)
			return 0;
		++msn;
		part = 0;
	}
	if (msn < end || (msn == end && part < n_open))
		return 0;

	ahead = part + 1 - (msn == end ? n_open : 0);

	return part == UINT64_MAX || ahead > parts_ahead(m) ? -EBADMSG
							    : -EAGAIN;
}


int hls_media_wait(const struct hls_media *m, const struct hls_request *q)
{
	uint64_t end = m->first_msn + m->n_segments;

	if (!q->has_msn || m->is_ended)
		return 0;
	if (q->msn >= end + MSN_AHEAD)
		return -EBADMSG;
	if (q->has_part && m->part_target_us)
		return wait_part(m, q->msn, q->part);

	return q->msn < end ? 0 : -EAGAIN;
}


/* Segments 0 .. n_segments, the last one of which is the open one. */
static const struct hls_segment *segment_at(const struct hls_media *m,
					    size_t i)
{
	return i < m->n_segments ? &m->segments[i] : m->open;
}


static int find_segment(const struct hls_media *m, uint64_t msn,
			size_t *segment)
{
	if (msn < m->first_msn || msn - m->first_msn >= m->n_segments ||
	    m->segments[msn - m->first_msn].is_gap)
		return -ENOENT;

	*segment = (size_t)(msn - m->first_msn);

	return 0;
}


static int find_init(const struct hls_media *m, uint64_t number,
		     size_t *segment)
{
	for (size_t i = m->n_segments + !!m->open; i; i--) {
		if (segment_at(m, i - 1)->init == number) {
			*segment = i - 1;
			return 0;
		}
	}

	return -ENOENT;
}


/* The newest first: that is what clients ask for. */
static int find_part(const struct hls_media *m, uint64_t number,
		     size_t *segment, size_t *part)
{
	if (!m->part_target_us)
		return -ENOENT;
	if (number == m->next_part)
		return m->is_ended ? -ENOENT : -EAGAIN;

	for (size_t i = m->n_segments + !!m->open; i; i--) {
		const struct hls_segment *s = segment_at(m, i - 1);

		if (number < s->first_part ||
		    number - s->first_part >= s->n_parts)
			continue;
		if (s->parts[number - s->first_part].is_gap)
			return -ENOENT;

		*segment = i - 1;
		*part = (size_t)(number - s->first_part);
		return 0;
	}

	return -ENOENT;
}


int hls_media_find(const struct hls_media *m, const struct hls_name *name,
		   size_t *segment, size_t *part)
{
	if (!str_eq(name->rendition, m->rendition) || name->life != m->life ||
	    name->format != m->format)
		return -ENOENT;

	switch (name->kind) {

	case HLS_INIT:
		return find_init(m, name->number, segment);

	case HLS_SEGMENT:
		return find_segment(m, name->number, segment);

	case HLS_PART:
		return find_part(m, name->number, segment, part);

	default:
		return -ENOENT;
	}
}


/* Rounded up: a client that counts on less would stall.  Bytes of a window
 * stay far below 2^40. */
static uint64_t bps(uint64_t n_bytes, int64_t us)
{
	uint64_t n = n_bytes * 8 * SECOND_US, t = (uint64_t)us;

	return us > 0 ? (n + t - 1) / t : 0;
}


uint64_t hls_media_average_bps(const struct hls_media *m, size_t first)
{
	uint64_t n_bytes = 0;
	int64_t us = 0;

	for (size_t i = first; i < m->n_segments; i++) {
		n_bytes += m->segments[i].n_bytes;
		us += m->segments[i].duration_us;
	}

	return bps(n_bytes, us);
}


uint64_t hls_media_peak_bps(const struct hls_media *m, size_t first)
{
	int64_t least = target_us(m, 1) / 2;
	int64_t most = target_us(m, 3) / 2 + SECOND_US / 2;
	uint64_t peak = 0;

	for (size_t i = first; i < m->n_segments; i++) {
		uint64_t n_bytes = 0;
		int64_t us = 0;

		for (size_t j = i; j < m->n_segments && us <= most; j++) {
			n_bytes += m->segments[j].n_bytes;
			us += m->segments[j].duration_us;
			if (us >= least && us <= most &&
			    bps(n_bytes, us) > peak)
				peak = bps(n_bytes, us);
		}
	}

	return peak ? peak : hls_media_average_bps(m, first);
}


int64_t hls_cache_us(bool is_playlist, bool is_waited, bool is_found,
		     unsigned target_s)
{
	int64_t target = (int64_t)target_s * SECOND_US;

	if (!is_playlist)
		return is_found ? 6 * target : target;
	if (is_waited)
		return is_found ? 6 * target : 4 * target;

	return is_found ? target / 2 : target;
}
