/* ftyp and moov: no samples, so all tables are empty. */
#include "fmp4/fmp4_init.h"
#include <assert.h>
#include "base/writer.h"
#include "fmp4/fmp4_int.h"


enum {
	MOVIE_HZ = 1000,
	ONE = 0x00010000,        /* 16.16 */
	ONE_2_30 = 0x40000000,
	FULL_VOLUME = 0x0100,    /* 8.8 */
	LANGUAGE_UND = 0x55c4,   /* three letters of five bits */
	TRACK_IS_SHOWN = 0x03,   /* enabled, in movie */
	IS_SELF_CONTAINED = 1,
	VMHD_FLAGS = 1,
};


/* cmfc: one track, as CMAF wants it (23000-19 s7.3.1). */
static void put_ftyp(struct writer *w, size_t n_tracks)
{
	size_t box = fmp4_box_open(w, "ftyp");

	put_str(w, str("iso6"));
	put_be32(w, 0);
	put_str(w, str("iso6mp41"));
	if (n_tracks == 1)
		put_str(w, str("cmfc"));
	fmp4_box_close(w, box);
}


static void put_matrix(struct writer *w)
{
	static const uint32_t unity[] = {
		ONE, 0, 0, 0, ONE, 0, 0, 0, ONE_2_30
	};

	for (size_t i = 0; i < ARRAY_LEN(unity); i++)
		put_be32(w, unity[i]);
}


static void put_mvhd(struct writer *w, uint32_t next_id)
{
	size_t box = fmp4_full_box_open(w, "mvhd", 0, 0);

	put_be32(w, 0);          /* creation and modification: not said */
	put_be32(w, 0);
	put_be32(w, MOVIE_HZ);
	put_be32(w, 0);          /* duration: that of the fragments */
	put_be32(w, ONE);
	put_be16(w, FULL_VOLUME);
	fmp4_put_zeros(w, 2 + 8);
	put_matrix(w);
	fmp4_put_zeros(w, 24);
	put_be32(w, next_id);
	fmp4_box_close(w, box);
}


/* What the picture's width is on the screen, 16.16. */
static uint32_t shown_width(const struct fmp4_track *t)
{
	uint64_t width = t->width;

	if (t->sar_width && t->sar_height)
		width = width * t->sar_width / t->sar_height;

	return (uint32_t)(width > UINT16_MAX ? UINT16_MAX : width) << 16;
}


static void put_tkhd(struct writer *w, const struct fmp4_track *t)
{
	size_t box = fmp4_full_box_open(w, "tkhd", 0, TRACK_IS_SHOWN);

	put_be32(w, 0);
	put_be32(w, 0);
	put_be32(w, t->id);
	put_be32(w, 0);
	put_be32(w, 0);          /* duration */
	fmp4_put_zeros(w, 8);
	put_be16(w, 0);          /* layer */
	put_be16(w, 0);          /* alternate_group */
	put_be16(w, fmp4_track_is_video(t) ? 0 : FULL_VOLUME);
	put_be16(w, 0);
	put_matrix(w);
	put_be32(w, shown_width(t));
	put_be32(w, (uint32_t)t->height << 16);
	fmp4_box_close(w, box);
}


static void put_mdhd(struct writer *w, const struct fmp4_track *t)
{
	size_t box = fmp4_full_box_open(w, "mdhd", 0, 0);

	put_be32(w, 0);
	put_be32(w, 0);
	put_be32(w, t->clock_hz);
	put_be32(w, 0);
	put_be16(w, LANGUAGE_UND);
	put_be16(w, 0);
	fmp4_box_close(w, box);
}


static void put_hdlr(struct writer *w, const struct fmp4_track *t)
{
	bool is_video = fmp4_track_is_video(t);
	size_t box = fmp4_full_box_open(w, "hdlr", 0, 0);

	put_be32(w, 0);
	put_str(w, str(is_video ? "vide" : "soun"));
	fmp4_put_zeros(w, 12);
	put_str(w, str(is_video ? "Video" : "Audio"));
	put_u8(w, 0);
	fmp4_box_close(w, box);
}


static void put_media_header(struct writer *w, const struct fmp4_track *t)
{
	size_t box = fmp4_track_is_video(t) ?
		fmp4_full_box_open(w, "vmhd", 0, VMHD_FLAGS) :
		fmp4_full_box_open(w, "smhd", 0, 0);

	fmp4_put_zeros(w, fmp4_track_is_video(t) ? 8 : 4);
	fmp4_box_close(w, box);
}


/* The samples are in this very file. */
static void put_dinf(struct writer *w)
{
	size_t dinf = fmp4_box_open(w, "dinf");
	size_t dref = fmp4_full_box_open(w, "dref", 0, 0);
	size_t url;

	put_be32(w, 1);
	url = fmp4_full_box_open(w, "url ", 0, IS_SELF_CONTAINED);
	fmp4_box_close(w, url);
	fmp4_box_close(w, dref);
	fmp4_box_close(w, dinf);
}


static void put_empty_table(struct writer *w, const char *type, size_t len)
{
	size_t box = fmp4_full_box_open(w, type, 0, 0);

	fmp4_put_zeros(w, len);
	fmp4_box_close(w, box);
}


static void put_stbl(struct writer *w, const struct fmp4_track *t)
{
	size_t stbl = fmp4_box_open(w, "stbl");
	size_t stsd = fmp4_full_box_open(w, "stsd", 0, 0);

	put_be32(w, 1);
	fmp4_entry_print(w, t);
	fmp4_box_close(w, stsd);

	put_empty_table(w, "stts", 4);
	put_empty_table(w, "stsc", 4);
	put_empty_table(w, "stsz", 8);
	put_empty_table(w, "stco", 4);
	fmp4_box_close(w, stbl);
}


static void put_trak(struct writer *w, const struct fmp4_track *t)
{
	size_t trak = fmp4_box_open(w, "trak"), mdia, minf;

	put_tkhd(w, t);
	mdia = fmp4_box_open(w, "mdia");
	put_mdhd(w, t);
	put_hdlr(w, t);
	minf = fmp4_box_open(w, "minf");
	put_media_header(w, t);
	put_dinf(w);
	put_stbl(w, t);
	fmp4_box_close(w, minf);
	fmp4_box_close(w, mdia);
	fmp4_box_close(w, trak);
}


/* Every fragment says durations and flags itself: no defaults but the sample
 * entry's number. */
static void put_trex(struct writer *w, const struct fmp4_track *t)
{
	size_t box = fmp4_full_box_open(w, "trex", 0, 0);

	put_be32(w, t->id);
	put_be32(w, 1);
	fmp4_put_zeros(w, 12);
	fmp4_box_close(w, box);
}


void fmp4_init_print(struct writer *w, const struct fmp4_track *tracks,
		     size_t n_tracks)
{
	size_t moov, mvex;
	uint32_t last_id = 0;

	assert(n_tracks && n_tracks <= FMP4_TRACKS_MAX);

	for (size_t i = 0; i < n_tracks; i++) {
		assert(tracks[i].id && tracks[i].clock_hz);
		if (tracks[i].id > last_id)
			last_id = tracks[i].id;
	}

	put_ftyp(w, n_tracks);
	moov = fmp4_box_open(w, "moov");
	put_mvhd(w, last_id + 1);
	for (size_t i = 0; i < n_tracks; i++)
		put_trak(w, &tracks[i]);

	mvex = fmp4_box_open(w, "mvex");
	for (size_t i = 0; i < n_tracks; i++)
		put_trex(w, &tracks[i]);
	fmp4_box_close(w, mvex);
	fmp4_box_close(w, moov);
}
