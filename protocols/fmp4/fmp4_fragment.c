/* moof, the header of mdat, and what may stand before them. */
#include "fmp4/fmp4_fragment.h"
#include <assert.h>
#include "base/writer.h"
#include "fmp4/fmp4_box.h"
#include "fmp4/fmp4_int.h"


/* tfhd, s8.8.7. */
enum {
	TFHD_DURATION = 0x000008,
	TFHD_FLAGS = 0x000020,
	TFHD_BASE_IS_MOOF = 0x020000,
};

/* trun, s8.8.8. */
enum {
	TRUN_DATA_OFFSET = 0x000001,
	TRUN_FIRST_FLAGS = 0x000004,
	TRUN_DURATIONS = 0x000100,
	TRUN_SIZES = 0x000200,
	TRUN_FLAGS = 0x000400,
	TRUN_OFFSETS = 0x000800,
	TRUN_SIGNED = 1,         /* version: composition offsets */
	TRUN_DATA_OFFSET_AT = 16,        /* bytes from the box's start */
};

/* sample_flags, s8.8.3.1. */
enum {
	SAMPLE_KEY = 0x02000000,         /* depends on no other */
	SAMPLE_INTER = 0x01010000,       /* depends on others, no sync */
};

enum {
	PRFT_ARBITRARY = 8,      /* flags: always the same point of ours */
	US_PER_S = 1000000,
};

/* From 1900 to 1970. */
static const uint64_t ntp_unix_s = 2208988800;


/* What all samples of a run share need not be said of each. */
struct shape {
	uint32_t trun_flags;
	uint32_t duration;       /* of the first sample */
	uint32_t flags;          /* of the last sample */
};


static int64_t duration(const struct fmp4_run *run, size_t i)
{
	int64_t end = i + 1 < run->n ? run->samples[i + 1].dts : run->end_dts;

	return end - run->samples[i].dts;
}


static uint32_t sample_flags(const struct fmp4_sample *s)
{
	return s->is_key ? SAMPLE_KEY : SAMPLE_INTER;
}


/* Adds the run's bytes to *payload_len. */
static int check_run(const struct fmp4_run *run, uint64_t *payload_len)
{
	int64_t last = 0, offset;

	for (size_t i = 0; i < run->n; i++) {
		const struct fmp4_sample *s = &run->samples[i];

		if (s->dts < last)
			return -EBADMSG;
		if (s->dts - last > UINT32_MAX && i)
			return -EMSGSIZE;
		if (__builtin_sub_overflow(s->pts, s->dts, &offset) ||
		    offset < INT32_MIN || offset > INT32_MAX)
			return -EMSGSIZE;

		last = s->dts;
		*payload_len += s->size;
	}

	if (run->end_dts < last)
		return -EBADMSG;

	return run->end_dts - last > UINT32_MAX ? -EMSGSIZE : 0;
}


static int check(const struct fmp4_run *runs, size_t n_runs,
		 uint64_t *payload_len)
{
	size_t n = 0;
	int err;

	*payload_len = 0;
	for (size_t i = 0; i < n_runs; i++) {
		assert(runs[i].n);
		if (runs[i].n > FMP4_SAMPLES_MAX - n)
			return -EMSGSIZE;

		n += runs[i].n;
		err = check_run(&runs[i], payload_len);
		if (err)
			return err;
	}

	return *payload_len > FMP4_PAYLOAD_MAX ? -EMSGSIZE : 0;
}


static struct shape shape(const struct fmp4_run *run)
{
	struct shape s = {
		.trun_flags = TRUN_DATA_OFFSET | TRUN_SIZES,
		.duration = (uint32_t)duration(run, 0),
		.flags = sample_flags(&run->samples[run->n - 1]),
	};
	bool is_first_other = sample_flags(&run->samples[0]) != s.flags;

	for (size_t i = 0; i < run->n; i++) {
		const struct fmp4_sample *it = &run->samples[i];

		if (duration(run, i) != s.duration)
			s.trun_flags |= TRUN_DURATIONS;
		if (i && sample_flags(it) != s.flags)
			s.trun_flags |= TRUN_FLAGS;
		if (it->pts != it->dts)
			s.trun_flags |= TRUN_OFFSETS;
	}
	if (is_first_other && !(s.trun_flags & TRUN_FLAGS))
		s.trun_flags |= TRUN_FIRST_FLAGS;

	return s;
}


static void put_tfhd(struct writer *w, uint32_t track_id,
		     const struct shape *s)
{
	size_t box = fmp4_full_box_open(w, "tfhd", 0, TFHD_BASE_IS_MOOF |
					TFHD_DURATION | TFHD_FLAGS);

	put_be32(w, track_id);
	put_be32(w, s->duration);
	put_be32(w, s->flags);
	fmp4_box_close(w, box);
}


static void put_tfdt(struct writer *w, int64_t dts)
{
	size_t box = fmp4_full_box_open(w, "tfdt", 1, 0);

	put_be64(w, (uint64_t)dts);
	fmp4_box_close(w, box);
}


/* Returns where its data offset stands, which is not known yet. */
static size_t put_trun(struct writer *w, const struct fmp4_run *run,
		       const struct shape *s)
{
	size_t box = fmp4_full_box_open(w, "trun", TRUN_SIGNED,
					s->trun_flags);

	put_be32(w, (uint32_t)run->n);
	put_be32(w, 0);
	if (s->trun_flags & TRUN_FIRST_FLAGS)
		put_be32(w, sample_flags(&run->samples[0]));

	for (size_t i = 0; i < run->n; i++) {
		const struct fmp4_sample *it = &run->samples[i];

		if (s->trun_flags & TRUN_DURATIONS)
			put_be32(w, (uint32_t)duration(run, i));
		put_be32(w, it->size);
		if (s->trun_flags & TRUN_FLAGS)
			put_be32(w, sample_flags(it));
		if (s->trun_flags & TRUN_OFFSETS)
			put_be32(w, (uint32_t)(it->pts - it->dts));
	}
	fmp4_box_close(w, box);

	return box + TRUN_DATA_OFFSET_AT;
}


static size_t put_traf(struct writer *w, const struct fmp4_run *run)
{
	struct shape s = shape(run);
	size_t traf = fmp4_box_open(w, "traf");
	size_t at;

	put_tfhd(w, run->track_id, &s);
	put_tfdt(w, run->samples[0].dts);
	at = put_trun(w, run, &s);
	fmp4_box_close(w, traf);

	return at;
}


static void put_mfhd(struct writer *w, uint32_t sequence)
{
	size_t box = fmp4_full_box_open(w, "mfhd", 0, 0);

	put_be32(w, sequence);
	fmp4_box_close(w, box);
}


/* Offsets count from the start of moof; the first one is `offset`. */
static void set_offsets(struct writer *w, const size_t *at, size_t offset,
			const struct fmp4_run *runs, size_t n_runs)
{
	for (size_t i = 0; i < n_runs; i++) {
		fmp4_set_be32(w, at[i], (uint32_t)offset);
		for (size_t k = 0; k < runs[i].n; k++)
			offset += runs[i].samples[k].size;
	}
}


int fmp4_fragment_print(struct writer *w, uint32_t sequence,
			const struct fmp4_run *runs, size_t n_runs)
{
	size_t at[FMP4_TRACKS_MAX], start = w->len, moof;
	uint64_t payload_len;
	int err;

	assert(n_runs && n_runs <= FMP4_TRACKS_MAX);

	err = w->err ? w->err : check(runs, n_runs, &payload_len);
	if (err)
		return err;

	moof = fmp4_box_open(w, "moof");
	put_mfhd(w, sequence);
	for (size_t i = 0; i < n_runs; i++)
		at[i] = put_traf(w, &runs[i]);
	fmp4_box_close(w, moof);

	put_be32(w, (uint32_t)payload_len + FMP4_BOX_HEADER_LEN);
	put_str(w, str("mdat"));
	set_offsets(w, at, w->len - start, runs, n_runs);
	if (w->err)
		w->len = start;

	return w->err;
}


void fmp4_styp_print(struct writer *w, enum fmp4_piece piece)
{
	static const char *const brands[] = {
		[FMP4_SEGMENT] = "cmfscmffcmfl",
		[FMP4_FRAGMENT] = "cmffcmfl",
		[FMP4_CHUNK] = "cmfl",
	};
	size_t box = fmp4_box_open(w, "styp");

	put_str(w, str("msdh"));
	put_be32(w, 0);
	put_str(w, str("msdhiso6"));
	put_str(w, str(brands[piece]));
	fmp4_box_close(w, box);
}


void fmp4_prft_print(struct writer *w, uint32_t track_id, int64_t wall_us,
		     int64_t dts)
{
	size_t box = fmp4_full_box_open(w, "prft", 1, PRFT_ARBITRARY);
	uint64_t us = (uint64_t)wall_us;

	put_be32(w, track_id);
	put_be32(w, (uint32_t)(us / US_PER_S + ntp_unix_s));
	put_be32(w, (uint32_t)(((us % US_PER_S) << 32) / US_PER_S));
	put_be64(w, (uint64_t)dts);
	fmp4_box_close(w, box);
}


static void put_z(struct writer *w, struct str s)
{
	put_str(w, s);
	put_u8(w, 0);
}


void fmp4_emsg_print(struct writer *w, const struct fmp4_event *e)
{
	size_t box = fmp4_full_box_open(w, "emsg", 1, 0);

	put_be32(w, e->clock_hz);
	put_be64(w, (uint64_t)e->pts);
	put_be32(w, e->duration);
	put_be32(w, e->id);
	put_z(w, e->scheme);
	put_z(w, e->value);
	put_bytes(w, e->data);
	fmp4_box_close(w, box);
}
